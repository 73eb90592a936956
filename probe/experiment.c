/* summary: poolprobe experiment: makes the runs that are missing, then says what each factor does */
#include "experiment.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/opt.h"
#include "experiment/folder.h"
#include "experiment/runner.h"
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct experiment_options {
#define OPT OPT_AS_FIELD
#include "experiment_options.def"
#undef OPT
};

static const struct opt_def experiment_defs[] = {
#define OPT(field, ...) OPT_AS_ROW(struct experiment_options, field, __VA_ARGS__)
#include "experiment_options.def"
#undef OPT
};

static const struct opt_table experiment_table = {
    .program = "poolprobe experiment",
    .usage = "[OPTION…] SPEC.json",
    .about = "Runs every combination of the factors' levels, in random order and repeated, and\n"
             "says what each factor does, with intervals. Called again, it goes on where it\n"
             "was interrupted. Exit status 3: done, but a recording had lost data.",
    .defs = experiment_defs,
    .count = sizeof experiment_defs / sizeof experiment_defs[0],
};

/* The state of one call. */
struct experiment {
    const struct experiment_options *opt;
    enum view_format format;
    char dir[PATH_MAX];
    struct exp_spec *spec;
    struct exp_plan plan;
    struct exp_watch watch;
};

#define NAME_BYTES 400

/* SPEC.json → SPEC.experiment, beside the place where one stands. */
static void default_dir(char *dst, size_t n, const char *spec)
{
    const char *base = strrchr(spec, '/');
    base = base ? base + 1 : spec;
    size_t len = strlen(base);
    if (len > 5 && strcmp(base + len - 5, ".json") == 0)
        len -= 5;
    (void)snprintf(dst, n, "%.*s.experiment", (int)len, base);
}

static int dry_run(const struct experiment *x)
{
    char name[NAME_BYTES];
    struct exp_files files;
    for (size_t i = 0; i < x->plan.count; i++) {
        exp_folder_files(&files, x->dir, &x->plan.slots[i]);
        printf("%3zu  repeat %u  %s%s\n", i + 1, x->plan.slots[i].repeat,
               exp_cell_name(name, sizeof name, &x->spec->design, x->plan.slots[i].cell),
               exp_folder_done(&files) ? "  (done)" : "");
    }
    return PP_EXIT_OK;
}

/* A run that fails is tried once more: machines have bad moments. */
static enum pp_status run_slot(struct experiment *x, const struct exp_slot *slot, struct pp_err *err)
{
    enum pp_status st = exp_run(x->spec, x->dir, slot, &x->watch, err);
    if (st == PP_OK || st == PP_AGAIN || st == PP_NOENT || st == PP_DENIED)
        return st;
    exp_watch_end(&x->watch, "failed, once more");
    exp_watch_again(&x->watch);
    return exp_run(x->spec, x->dir, slot, &x->watch, err);
}

static bool pause_between(struct experiment *x)
{
    int64_t start = clock_mono_ns();
    while (clock_mono_ns() - start < x->spec->pause_ns)
        if (!exp_watch_tick(&x->watch))
            return false;
    return true;
}

static size_t count_missing(const struct experiment *x)
{
    struct exp_files files;
    size_t n = 0;
    for (size_t i = 0; i < x->plan.count; i++) {
        exp_folder_files(&files, x->dir, &x->plan.slots[i]);
        n += !exp_folder_done(&files);
    }
    return n;
}

/* Makes the runs that are not there yet. */
static enum pp_status run_missing(struct experiment *x, struct pp_err *err)
{
    char name[NAME_BYTES], what[NAME_BYTES + 64];
    struct exp_files files;
    size_t left = count_missing(x), made = 0;
    for (size_t i = 0; i < x->plan.count; i++) {
        const struct exp_slot *slot = &x->plan.slots[i];
        exp_folder_files(&files, x->dir, slot);
        if (exp_folder_done(&files))
            continue;
        if (made > 0 && !pause_between(x))
            return pp_err_set(err, PP_AGAIN, "interrupted");
        (void)snprintf(what, sizeof what, "[%zu/%zu] %s, repeat %u", i + 1, x->plan.count,
                       exp_cell_name(name, sizeof name, &x->spec->design, slot->cell), slot->repeat);
        exp_watch_begin(&x->watch, what, --left);
        enum pp_status st = run_slot(x, slot, err);
        exp_watch_end(&x->watch, st == PP_OK ? "done" : st == PP_AGAIN ? "interrupted" : "failed");
        if (st != PP_OK)
            return st;
        made++;
    }
    return PP_OK;
}

static enum pp_status write_one(const struct ana_experiment *a, const struct view_options *view,
                                const char *path, struct pp_err *err)
{
    struct view_file *file;
    enum pp_status st = view_file_new(&file, path, err);
    if (st != PP_OK)
        return st;
    st = view_experiment(view_file_stream(file), a, view, err);
    return view_file_free(&file, st, err);
}

static enum pp_status write_results(const struct experiment *x, const struct ana_experiment *a,
                                    struct pp_err *err)
{
    static const struct {
        enum view_format format;
        const char *name;
    } kept[] = {
        {VIEW_TEXT, "experiment.txt"}, {VIEW_JSON, "experiment.json"}, {VIEW_HTML, "experiment.html"}};
    enum pp_status st = PP_OK;
    for (size_t i = 0; st == PP_OK && i < sizeof kept / sizeof kept[0]; i++) {
        char path[PATH_MAX + 32];
        const struct view_options view = {.format = kept[i].format, .charset = VIEW_CHARSET_UTF8};
        (void)snprintf(path, sizeof path, "%s/%s", x->dir, kept[i].name);
        st = write_one(a, &view, path, err);
    }
    const struct view_options view = {.format = x->format, .colour = view_wants_colour(NULL)};
    return st == PP_OK ? write_one(a, &view, NULL, err) : st;
}

/* The runs that are there, in the plan's order. Paths stay in `files`. */
static size_t gather(const struct experiment *x, struct ana_exp_run *runs, struct exp_files *files)
{
    size_t n = 0;
    for (size_t i = 0; i < x->plan.count; i++) {
        exp_folder_files(&files[n], x->dir, &x->plan.slots[i]);
        if (!exp_folder_done(&files[n]))
            continue;
        runs[n] = (struct ana_exp_run){files[n].run, x->plan.slots[i].cell, x->plan.slots[i].repeat};
        n++;
    }
    return n;
}

static enum pp_status evaluate(const struct experiment *x, bool *lossy, struct pp_err *err)
{
    struct ana_experiment *a = NULL;
    struct ana_exp_run *runs = calloc(x->plan.count, sizeof *runs);
    struct exp_files *files = calloc(x->plan.count, sizeof *files);
    enum pp_status st = runs && files ? PP_OK : pp_err_set(err, PP_NOMEM, "out of memory");
    size_t n = runs && files ? gather(x, runs, files) : 0;
    if (n > 0)
        st = ana_experiment_new(&a, &x->spec->design, runs, n, err);
    if (a)
        st = write_results(x, a, err);
    for (size_t i = 0; a && i < n; i++)
        *lossy = *lossy || a->lossy[i];
    ana_experiment_free(&a);
    free(runs);
    free(files);
    return st;
}

static int run(struct experiment *x)
{
    struct pp_err run_err, err;
    bool lossy = false;
    if (exp_folder_open(x->dir, x->spec, &err) != PP_OK || exp_watch_init(&x->watch, &err) != PP_OK) {
        log_error("experiment: %s", err.text);
        return PP_EXIT_FAILED;
    }
    enum pp_status made = run_missing(x, &run_err);
    enum pp_status st = evaluate(x, &lossy, &err);
    exp_watch_fini(&x->watch);
    if (st != PP_OK)
        log_error("experiment: %s", err.text);
    if (made == PP_AGAIN)
        log_error("experiment: interrupted with %zu of %zu runs done; the same command goes on from here",
                  x->plan.count - count_missing(x), x->plan.count);
    else if (made != PP_OK)
        log_error("experiment: %s; once that is mended, the same command goes on from here", run_err.text);
    if (st != PP_OK || made != PP_OK)
        return PP_EXIT_FAILED;
    log_info("results in %s: experiment.txt, experiment.json, experiment.html and the run files", x->dir);
    return lossy ? PP_EXIT_LOSS : PP_EXIT_OK;
}

static int with_spec(struct experiment *x, const char *path)
{
    struct pp_err err;
    if (exp_spec_new(&x->spec, path, &err) != PP_OK) {
        log_error("experiment: %s", err.text);
        return PP_EXIT_USAGE;
    }
    if (x->opt->output)
        (void)snprintf(x->dir, sizeof x->dir, "%s", x->opt->output);
    else
        default_dir(x->dir, sizeof x->dir, path);
    int status = PP_EXIT_FAILED;
    if (exp_plan_init(&x->plan, x->spec) != PP_OK)
        log_error("experiment: out of memory");
    else
        status = x->opt->dry_run ? dry_run(x) : run(x);
    exp_plan_fini(&x->plan);
    exp_spec_free(&x->spec);
    return status;
}

int experiment_main(int argc, char **argv)
{
    struct experiment_options options;
    struct experiment x = {.opt = &options};
    struct opt_result parsed;
    struct pp_err err;
    if (opt_parse(&experiment_table, argc, argv, &options, &parsed, &err) != PP_OK) {
        log_error("experiment: %s", err.text);
        return PP_EXIT_USAGE;
    }
    if (parsed.help) {
        opt_print_help(&experiment_table);
        return PP_EXIT_OK;
    }
    if (parsed.version) {
        puts("poolprobe " POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    if (argc - parsed.rest != 1) {
        log_error("experiment: name one specification; '%s --help' shows the options",
                  experiment_table.program);
        return PP_EXIT_USAGE;
    }
    if (!view_parse_format(options.format, &x.format)) {
        log_error("experiment: no format \"%s\"; it is text, json or html", options.format);
        return PP_EXIT_USAGE;
    }
    return with_spec(&x, argv[parsed.rest]);
}
