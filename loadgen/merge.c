/* summary: adds the results of several machines up: counts and histograms, from which all figures are
 * computed anew */
#include "merge.h"

#include "base/log.h"
#include "command.h"
#include "report.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (1u << 30)

struct merge_options {
    const char *output;
};

static const struct opt_def defs[] = {
    {OPT_STRING, 'o', "output", "FILE", "results.json", "where the sum goes",
     offsetof(struct merge_options, output)},
};

static const struct opt_table table = {
    .program = "poolload merge",
    .usage = "A.json B.json … [-o FILE]",
    .about = "Adds the results of several machines up, level by level: counts and histograms are summed, and "
             "every "
             "figure is computed anew from the sums. The machines must have requested the same endpoints.",
    .defs = defs,
    .count = sizeof defs / sizeof defs[0],
};

/* The sum so far. */
struct merge {
    struct lg_config config; /* endpoints and framework, for lg_result_json */
    struct lg_result *levels;
    size_t count;
    cJSON *framework; /* the file that the config's framework is borrowed from */
};

static char *read_text(const char *path, struct pp_err *err)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    long size = -1;
    if (f != NULL && fseek(f, 0, SEEK_END) == 0)
        size = ftell(f);
    if (size >= 0 && size < (long)FILE_MAX_BYTES && fseek(f, 0, SEEK_SET) == 0)
        text = malloc((size_t)size + 1);
    if (text != NULL && fread(text, 1, (size_t)size, f) == (size_t)size) {
        text[size] = 0;
    } else {
        int error = size >= (long)FILE_MAX_BYTES ? EFBIG : errno;
        free(text);
        text = NULL;
        (void)pp_err_set(err, PP_IO, "cannot read %s: %s", path, strerror(error));
    }
    if (f != NULL)
        (void)fclose(f);
    return text;
}

static struct lg_result *level_of(struct merge *m, size_t index)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->levels[i].index == index)
            return &m->levels[i];
    return NULL;
}

/* The watched processes of both, one list after the other. */
static void join_watch(struct lg_watch *to, struct lg_watch *from)
{
    struct lg_watched *items = realloc(to->items, (to->count + from->count) * sizeof *items);
    if (items == NULL)
        return;
    to->items = items;
    memcpy(items + to->count, from->items, from->count * sizeof *items);
    to->count += from->count;
    from->count = 0; /* they have moved */
}

static void add(struct lg_result *to, struct lg_result *from)
{
    int64_t first_ns = to->start_ns < from->start_ns ? to->start_ns : from->start_ns;
    int64_t length_ns = to->end_ns - to->start_ns;
    if (from->end_ns - from->start_ns > length_ns)
        length_ns = from->end_ns - from->start_ns;
    to->start_ns = first_ns;
    to->end_ns = first_ns + length_ns;
    to->users += from->users;
    to->rate += from->rate;
    to->connections += from->connections;
    to->machines = (to->machines > 0 ? to->machines : 1) + (from->machines > 0 ? from->machines : 1);
    to->unfinished += from->unfinished;
    to->unsent += from->unsent;
    to->interrupted = to->interrupted || from->interrupted;
    to->too_many_errors = to->too_many_errors || from->too_many_errors;
    if (from->lookup_ns > to->lookup_ns)
        to->lookup_ns = from->lookup_ns;
    lg_stats_merge(to->stats, from->stats);
    if (from->watch.count > 0)
        join_watch(&to->watch, &from->watch);
}

/* Half of the time at least should be common to both. */
static void warn_apart(const struct lg_result *a, const struct lg_result *b, const char *path)
{
    int64_t begin = a->start_ns > b->start_ns ? a->start_ns : b->start_ns;
    int64_t end = a->end_ns < b->end_ns ? a->end_ns : b->end_ns;
    if ((end - begin) * 2 < a->end_ns - a->start_ns)
        log_warn("%s: its level %zu was measured at another time than the others'; start the machines "
                 "together with "
                 "--start-at",
                 path, b->index + 1);
}

static enum pp_status take_level(struct merge *m, struct lg_result *r, const char *path, struct pp_err *err)
{
    struct lg_result *to = level_of(m, r->index);
    if (to != NULL) {
        if ((to->rate > 0) != (r->rate > 0)) {
            lg_result_fini(r);
            return pp_err_set(err, PP_INVALID, "%s: open and closed load do not add up", path);
        }
        warn_apart(to, r, path);
        add(to, r);
        lg_result_fini(r);
        return PP_OK;
    }
    struct lg_result *levels = realloc(m->levels, (m->count + 1) * sizeof *levels);
    if (levels == NULL) {
        lg_result_fini(r);
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    m->levels = levels;
    m->levels[m->count++] = *r;
    return PP_OK;
}

static enum pp_status take_file(struct merge *m, const char *path, struct pp_err *err)
{
    struct pp_err why = {.status = PP_OK};
    enum pp_status st = PP_OK;
    char *text = read_text(path, err);
    if (text == NULL)
        return PP_IO;
    cJSON *file = cJSON_Parse(text);
    free(text);
    if (!cJSON_IsArray(file))
        st = pp_err_set(err, PP_INVALID, "%s is not a results.json of poolload", path);
    const cJSON *level = NULL;
    cJSON_ArrayForEach(level, file)
    {
        struct lg_result r;
        st = lg_result_read(&r, &m->config, level, &why);
        if (st != PP_OK)
            (void)pp_err_set(err, st, "%s: %s", path, why.text);
        else
            st = take_level(m, &r, path, err);
        if (st != PP_OK)
            break;
    }
    const char *name =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(file, 0), "framework"));
    if (m->framework == NULL && name != NULL) {
        m->framework = file;
        m->config.opt.framework = name;
    } else {
        cJSON_Delete(file);
    }
    return st;
}

static int by_index(const void *a, const void *b)
{
    const struct lg_result *x = a;
    const struct lg_result *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static enum pp_status write_sum(struct merge *m, struct pp_err *err)
{
    struct lg_report *rep = NULL;
    qsort(m->levels, m->count, sizeof *m->levels, by_index);
    m->config.open_load = m->count > 0 && m->levels[0].rate > 0;
    enum pp_status st = lg_report_new(&rep, &m->config, err);
    for (size_t i = 0; st == PP_OK && i < m->count; i++)
        st = lg_report_add(rep, &m->levels[i], err);
    if (st == PP_OK)
        lg_report_print(rep);
    lg_report_free(&rep);
    return st;
}

static enum pp_status merge_all(struct merge *m, int argc, char **argv, struct pp_err *err)
{
    for (int i = 0; i < argc; i++) {
        enum pp_status st = take_file(m, argv[i], err);
        if (st != PP_OK)
            return st;
    }
    if (m->count == 0)
        return pp_err_set(err, PP_INVALID, "the files hold no level");
    return write_sum(m, err);
}

static void merge_fini(struct merge *m)
{
    for (size_t i = 0; i < m->count; i++)
        lg_result_fini(&m->levels[i]);
    free(m->levels);
    cJSON_Delete(m->framework);
    lg_config_fini(&m->config);
}

int lg_merge_main(int argc, char **argv)
{
    struct merge_options options;
    struct pp_err err = {.status = PP_OK};
    int rest = 0;
    int code = lg_command_begin(&table, argc, argv, &options, &rest);
    if (code >= 0)
        return code;
    if (argc - rest < 2) {
        log_error("merge needs two results files or more, such as merge A.json B.json -o SUM.json");
        return PP_EXIT_USAGE;
    }
    struct merge m = {.count = 0};
    m.config.opt.framework = "unknown";
    m.config.opt.output = options.output;
    enum pp_status st = merge_all(&m, argc - rest, argv + rest, &err);
    merge_fini(&m);
    if (st != PP_OK)
        log_error("%s", err.text);
    return st == PP_OK ? PP_EXIT_OK : PP_EXIT_FAILED;
}
