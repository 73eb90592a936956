/* summary: poolprobe diff: compares two runs */
#include "diff.h"

#include "analysis.h"
#include "base/log.h"
#include "base/opt.h"
#include "view.h"

#include <stddef.h>
#include <stdio.h>

struct diff_options {
#define OPT OPT_AS_FIELD
#include "diff_options.def"
#undef OPT
};

static const struct opt_def diff_defs[] = {
#define OPT(field, ...) OPT_AS_ROW(struct diff_options, field, __VA_ARGS__)
#include "diff_options.def"
#undef OPT
};

static const struct opt_table diff_table = {
    .program = "poolprobe diff",
    .usage = "[OPTION…] RUN_A RUN_B",
    .about = "Says what changed from run A to run B, which suspected causes the figures\n"
             "support or refute, and which cannot be told apart. Exit status 3: done, but a\n"
             "recording had lost data.",
    .defs = diff_defs,
    .count = sizeof diff_defs / sizeof diff_defs[0],
};

static enum pp_status write_diff(const struct ana_diff *diff, const struct view_options *view,
                                 const char *path, struct pp_err *err)
{
    struct view_file *file;
    enum pp_status st = view_file_new(&file, path, err);
    if (st != PP_OK)
        return st;
    st = view_diff(view_file_stream(file), diff, view, err);
    return view_file_free(&file, st, err);
}

/* One line for each run that lost something. */
static bool warn_losses(const struct ana_diff *diff, char **paths)
{
    char loss[PP_ERR_MAX];
    const struct ana_report *reports[] = {diff->a, diff->b};
    bool any = false;
    for (int i = 0; i < 2; i++) {
        if (!view_loss_line(&reports[i]->capture, loss, sizeof loss))
            continue;
        log_warn("the recording of %s lost data: %s", paths[i], loss);
        any = true;
    }
    return any;
}

static int run(const struct diff_options *o, const struct view_options *view, char **paths)
{
    struct ana_diff *diff = NULL;
    struct pp_err err;
    int status = PP_EXIT_OK;
    if (ana_diff_new(&diff, paths[0], paths[1], &err) != PP_OK) {
        log_error("diff: %s", err.text);
        return PP_EXIT_FAILED;
    }
    if (write_diff(diff, view, o->output, &err) != PP_OK) {
        log_error("diff: %s", err.text);
        status = PP_EXIT_FAILED;
    } else if (warn_losses(diff, paths)) {
        status = PP_EXIT_LOSS;
    }
    ana_diff_free(&diff);
    return status;
}

int diff_main(int argc, char **argv)
{
    struct diff_options options;
    struct view_options view = {.by = VIEW_BY_ALL};
    struct opt_result parsed;
    struct pp_err err;
    if (opt_parse(&diff_table, argc, argv, &options, &parsed, &err) != PP_OK) {
        log_error("diff: %s", err.text);
        return PP_EXIT_USAGE;
    }
    if (parsed.help) {
        opt_print_help(&diff_table);
        return PP_EXIT_OK;
    }
    if (parsed.version) {
        puts("poolprobe " POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    if (argc - parsed.rest != 2) {
        log_error("diff: name two run files; '%s --help' shows the options", diff_table.program);
        return PP_EXIT_USAGE;
    }
    if (!view_parse_format(options.format, &view.format)) {
        log_error("diff: no format \"%s\"; it is text, json or html", options.format);
        return PP_EXIT_USAGE;
    }
    if (view_file_is_input(options.output, argv[parsed.rest]) ||
        view_file_is_input(options.output, argv[parsed.rest + 1])) {
        log_error("diff: -o names one of the run files; choose another file");
        return PP_EXIT_USAGE;
    }
    view.colour = view_wants_colour(options.output);
    return run(&options, &view, argv + parsed.rest);
}
