/* summary: poolprobe report: reads a run and says where the time went */
#include "report.h"

#include "analysis.h"
#include "base/log.h"
#include "base/opt.h"
#include "view.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct report_options {
#define OPT OPT_AS_FIELD
#include "report_options.def"
#undef OPT
};

static const struct opt_def report_defs[] = {
#define OPT(field, ...) OPT_AS_ROW(struct report_options, field, __VA_ARGS__)
#include "report_options.def"
#undef OPT
};

static const struct opt_table report_table = {
    .program = "poolprobe report",
    .usage = "[OPTION…] RUN",
    .about = "Says where the time of the requests in a run file went, with what speaks for\n"
             "and against it. Exit status 3: done, but the recording had lost data.",
    .defs = report_defs,
    .count = sizeof report_defs / sizeof report_defs[0],
};

static bool parse_view(const struct report_options *o, struct view_options *view)
{
    *view = (struct view_options){.by = VIEW_BY_ALL, .colour = view_wants_colour(o->output)};
    if (strcmp(o->format, "csv") == 0)
        view->format = VIEW_CSV;
    else if (!view_parse_format(o->format, &view->format)) {
        log_error("report: no format \"%s\"; it is text, json, html or csv", o->format);
        return false;
    }
    if (o->by && !view_parse_by(o->by, &view->by)) {
        log_error(
            "report: no part \"%s\"; it is query, transaction, connection, pool, endpoint, level, request "
            "or checkout",
            o->by);
        return false;
    }
    if (view->format == VIEW_CSV && view->by == VIEW_BY_ALL) {
        log_error("report: --format csv writes one table: name it with --by, such as --by request");
        return false;
    }
    return true;
}

static enum pp_status write_report(const struct ana_report *report, const struct view_options *view,
                                   const char *path, struct pp_err *err)
{
    struct view_file *file;
    enum pp_status st = view_file_new(&file, path, err);
    if (st != PP_OK)
        return st;
    st = view_report(view_file_stream(file), report, view, err);
    return view_file_free(&file, st, err);
}

static int run(const struct report_options *o, const struct view_options *view, const char *path)
{
    struct ana_report *report = NULL;
    struct pp_err err;
    char loss[PP_ERR_MAX];
    int status = PP_EXIT_OK;
    if (ana_report_new(&report, path, &err) != PP_OK) {
        log_error("report: %s", err.text);
        return PP_EXIT_FAILED;
    }
    if (write_report(report, view, o->output, &err) != PP_OK) {
        log_error("report: %s", err.text);
        status = PP_EXIT_FAILED;
    } else if (view_loss_line(&report->capture, loss, sizeof loss)) {
        log_warn("the recording of %s lost data: %s", path, loss);
        status = PP_EXIT_LOSS;
    }
    ana_report_free(&report);
    return status;
}

int report_main(int argc, char **argv)
{
    struct report_options options;
    struct view_options view;
    struct opt_result parsed;
    struct pp_err err;
    if (opt_parse(&report_table, argc, argv, &options, &parsed, &err) != PP_OK) {
        log_error("report: %s", err.text);
        return PP_EXIT_USAGE;
    }
    if (parsed.help) {
        opt_print_help(&report_table);
        return PP_EXIT_OK;
    }
    if (parsed.version) {
        puts("poolprobe " POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    if (argc - parsed.rest != 1) {
        log_error("report: name one run file, such as poolprobe.run.db; '%s --help' shows the options",
                  report_table.program);
        return PP_EXIT_USAGE;
    }
    if (!parse_view(&options, &view))
        return PP_EXIT_USAGE;
    if (view_file_is_input(options.output, argv[parsed.rest])) {
        log_error("report: -o names the run file itself; choose another file");
        return PP_EXIT_USAGE;
    }
    return run(&options, &view, argv[parsed.rest]);
}
