/* summary: keeps the results of all levels; writes the file, the run, the table */
#include "report.h"

#include "base/log.h"
#include "base/obj.h"
#include "store.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPORT_MAGIC 0x6c677270u

struct lg_report {
    uint32_t magic;
    const struct lg_config *config;
    cJSON *levels;
    char *temp_path;
    struct lg_table table;
    bool run_failed;
};

static enum pp_status cannot_write(const struct lg_report *rep, struct pp_err *err)
{
    return pp_err_set(err, PP_IO, "cannot write %s: %s; give another place with -o FILE",
                      rep->config->opt.output, strerror(errno));
}

/* Finds out before the load, not after it, that the place cannot be written. */
static enum pp_status try_output(const struct lg_report *rep, struct pp_err *err)
{
    int fd = open(rep->temp_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cannot_write(rep, err);
    (void)close(fd);
    (void)unlink(rep->temp_path);
    return PP_OK;
}

enum pp_status lg_report_new(struct lg_report **out, const struct lg_config *c, struct pp_err *err)
{
    struct lg_report *rep = NULL;
    *out = NULL;
    if (OBJ_NEW(rep, REPORT_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    rep->config = c;
    lg_table_init(&rep->table);
    rep->levels = cJSON_CreateArray();
    enum pp_status st = PP_OK;
    if (asprintf(&rep->temp_path, "%s.part", c->opt.output) < 0)
        rep->temp_path = NULL;
    if (rep->levels == NULL || rep->temp_path == NULL)
        st = pp_err_set(err, PP_NOMEM, "out of memory");
    else
        st = try_output(rep, err);
    if (st == PP_OK && c->run_path != NULL && access(c->run_path, R_OK | W_OK) != 0)
        st = pp_err_set(err, PP_NOENT,
                        "cannot write to the run %s: %s; start \"poolprobe record -o RUN\" first",
                        c->run_path, strerror(errno));
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
    free(rep->temp_path);
    lg_table_fini(&rep->table);
    OBJ_FREE(rep);
    *rp = NULL;
}

static enum pp_status write_file(const struct lg_report *rep, const char *text, struct pp_err *err)
{
    FILE *f = fopen(rep->temp_path, "we");
    if (f == NULL)
        return cannot_write(rep, err);
    bool ok = fputs(text, f) >= 0 && fputc('\n', f) != EOF;
    ok = fflush(f) == 0 && ok;
    ok = fsync(fileno(f)) == 0 && ok;
    int e = errno;
    ok = fclose(f) == 0 && ok;
    if (ok && rename(rep->temp_path, rep->config->opt.output) == 0)
        return PP_OK;
    if (ok)
        e = errno;
    (void)unlink(rep->temp_path);
    errno = e;
    return cannot_write(rep, err);
}

static void add_to_run(struct lg_report *rep, const struct lg_result *r, const cJSON *level)
{
    if (rep->config->run_path == NULL)
        return;
    struct pp_err err = {.status = PP_OK};
    char *text = cJSON_PrintUnformatted(level);
    enum pp_status st = PP_NOMEM;
    if (text != NULL)
        st = sto_add_load_result(rep->config->run_path, (uint32_t)(r->index + 1), (uint32_t)r->users,
                                 r->start_ns, r->end_ns, text, &err);
    cJSON_free(text);
    if (st == PP_OK)
        return;
    rep->run_failed = true;
    log_warn("level %zu is not in the run %s: %s", r->index + 1, rep->config->run_path,
             err.text[0] != 0 ? err.text : pp_status_name(st));
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
    char *text = cJSON_Print(rep->levels);
    if (text == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    enum pp_status st = write_file(rep, text, err);
    cJSON_free(text);
    return st;
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

void lg_report_print(const struct lg_report *rep)
{
    OBJ_CHECK(rep, REPORT_MAGIC);
    lg_table_print(&rep->table);
}
