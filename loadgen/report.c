/* summary: keeps the results of all levels; writes the files, the run, the table */
#include "report.h"

#include "base/log.h"
#include "base/obj.h"
#include "csv.h"
#include "files.h"
#include "hdr.h"
#include "store.h"
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPORT_MAGIC 0x6c677270u
#define TEXT_LIMIT (1u << 30)

struct lg_report {
    uint32_t magic;
    const struct lg_config *config;
    cJSON *levels;
    struct buf csv;
    struct buf hdr;
    int64_t hdr_start_ns; /* of the first level */
    struct lg_table table;
    bool run_failed;
    bool broken;
};

static enum pp_status try_places(const struct lg_config *c, struct pp_err *err)
{
    enum pp_status st = lg_file_try(c->opt.output, "-o", err);
    if (st == PP_OK && c->opt.csv != NULL)
        st = lg_file_try(c->opt.csv, "--csv", err);
    if (st == PP_OK && c->opt.hdr_log != NULL)
        st = lg_file_try(c->opt.hdr_log, "--hdr-log", err);
    if (st == PP_OK && c->run_path != NULL && access(c->run_path, R_OK | W_OK) != 0)
        st = pp_err_set(err, PP_NOENT,
                        "cannot write to the run %s: %s; start \"poolprobe record -o RUN\" first",
                        c->run_path, strerror(errno));
    return st;
}

enum pp_status lg_report_new(struct lg_report **out, const struct lg_config *c, struct pp_err *err)
{
    struct lg_report *rep = NULL;
    *out = NULL;
    if (OBJ_NEW(rep, REPORT_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    rep->config = c;
    buf_init(&rep->csv, TEXT_LIMIT);
    buf_init(&rep->hdr, TEXT_LIMIT);
    lg_table_init(&rep->table, c->open_load, c->opt.watch_pids.count + c->opt.watch_cgroups.count > 0);
    rep->levels = cJSON_CreateArray();
    enum pp_status st = PP_OK;
    if (rep->levels == NULL || lg_csv_head(&rep->csv) != PP_OK)
        st = pp_err_set(err, PP_NOMEM, "out of memory");
    else
        st = try_places(c, err);
    if (st != PP_OK) {
        lg_report_free(&rep);
        return st;
    }
    *out = rep;
    return PP_OK;
}

void lg_report_free(struct lg_report **rp)
{
    struct lg_report *rep = *rp;
    if (rep == NULL)
        return;
    OBJ_CHECK(rep, REPORT_MAGIC);
    cJSON_Delete(rep->levels);
    buf_fini(&rep->csv);
    buf_fini(&rep->hdr);
    lg_table_fini(&rep->table);
    OBJ_FREE(rep);
    *rp = NULL;
}

static void add_to_run(struct lg_report *rep, const struct lg_result *r, const cJSON *level)
{
    if (rep->config->run_path == NULL)
        return;
    struct pp_err err = {.status = PP_OK};
    const char *target = rep->config->opt.framework;
    char *text = cJSON_PrintUnformatted(level);
    if (target == NULL || strcmp(target, "unknown") == 0) /* the option's default */
        target = "";
    enum pp_status st = PP_NOMEM;
    if (text != NULL)
        st = sto_add_load_result(rep->config->run_path,
                                 &(struct sto_load_result){.users = (uint32_t)r->users,
                                                           .start_ns = r->start_ns,
                                                           .end_ns = r->end_ns,
                                                           .target = target,
                                                           .json = text},
                                 &err);
    cJSON_free(text);
    if (st == PP_OK)
        return;
    rep->run_failed = true;
    log_warn("level %zu is not in the run %s: %s", r->index + 1, rep->config->run_path,
             err.text[0] != 0 ? err.text : pp_status_name(st));
}

static enum pp_status write_json(const struct lg_report *rep, struct pp_err *err)
{
    char *text = cJSON_Print(rep->levels);
    size_t len = text != NULL ? strlen(text) : 0;
    if (text == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    text[len] = '\n'; /* instead of the NUL */
    enum pp_status st = lg_file_write(rep->config->opt.output, "-o", text, len + 1, err);
    cJSON_free(text);
    return st;
}

static enum pp_status write_csv(struct lg_report *rep, const struct lg_result *r, struct pp_err *err)
{
    if (rep->config->opt.csv == NULL)
        return PP_OK;
    if (lg_csv_level(&rep->csv, r, rep->config) != PP_OK)
        return pp_err_set(err, PP_NOMEM, "out of memory for --csv");
    return lg_file_write(rep->config->opt.csv, "--csv", rep->csv.data, rep->csv.len, err);
}

static enum pp_status write_hdr(struct lg_report *rep, const struct lg_result *r, struct pp_err *err)
{
    if (rep->config->opt.hdr_log == NULL)
        return PP_OK;
    enum pp_status st = PP_OK;
    if (rep->hdr.len == 0) {
        rep->hdr_start_ns = r->start_ns;
        st = lg_hdr_log_head(&rep->hdr, r->start_ns);
    }
    if (st != PP_OK || lg_hdr_log_level(&rep->hdr, r, rep->hdr_start_ns) != PP_OK)
        return pp_err_set(err, PP_NOMEM, "out of memory for --hdr-log");
    return lg_file_write(rep->config->opt.hdr_log, "--hdr-log", rep->hdr.data, rep->hdr.len, err);
}

static void check_thresholds(struct lg_report *rep, const struct lg_result *r)
{
    for (size_t i = 0; i < rep->config->threshold_count; i++) {
        char why[256];
        if (!lg_threshold_breaks(&rep->config->thresholds[i], r, why, sizeof why))
            continue;
        rep->broken = true;
        log_error("%s", why);
    }
}

enum pp_status lg_report_add(struct lg_report *rep, const struct lg_result *r, struct pp_err *err)
{
    OBJ_CHECK(rep, REPORT_MAGIC);
    cJSON *level = lg_result_json(r, rep->config);
    if (level == NULL || lg_table_add(&rep->table, r) != PP_OK) {
        cJSON_Delete(level);
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    cJSON_AddItemToArray(rep->levels, level);
    add_to_run(rep, r, level);
    check_thresholds(rep, r);
    enum pp_status st = write_json(rep, err);
    if (st == PP_OK)
        st = write_csv(rep, r, err);
    return st == PP_OK ? write_hdr(rep, r, err) : st;
}

size_t lg_report_levels(const struct lg_report *rep)
{
    OBJ_CHECK(rep, REPORT_MAGIC);
    return (size_t)cJSON_GetArraySize(rep->levels);
}

bool lg_report_run_failed(const struct lg_report *rep)
{
    OBJ_CHECK(rep, REPORT_MAGIC);
    return rep->run_failed;
}

bool lg_report_broken(const struct lg_report *rep)
{
    OBJ_CHECK(rep, REPORT_MAGIC);
    return rep->broken;
}

void lg_report_print(const struct lg_report *rep)
{
    OBJ_CHECK(rep, REPORT_MAGIC);
    lg_table_print(&rep->table);
}
