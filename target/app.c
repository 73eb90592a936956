/* summary: start and end of what requests share */
#include "app.h"

#include "loop.h"
#include "script.h"
#include "sql_target.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct db *dial_timed(const struct app *a, struct truth_dial *line, struct pp_err *err)
{
    line->start_ns = clock_real_ns();
    struct db_login login = {.uri = &a->uri,
                             .password = a->password,
                             .loop = a->loop,
                             .attributes = a->options->traceparent != NULL &&
                                           strcmp(a->options->traceparent, "attribute") == 0};
    struct db *d = db_dial(&login, &line->error_number, err);
    line->end_ns = clock_real_ns();
    line->thread_id = d != NULL ? db_thread_id(d) : 0;
    return d;
}

static void *pool_dial(void *priv, struct pp_err *err)
{
    struct app *a = priv;
    struct truth_dial line = {.purpose = "pool"};
    struct db *d = dial_timed(a, &line, err);
    truth_add_dial(a->truth, &line);
    return d;
}

static void pool_hang_up(void *priv, void *conn, enum pool_close why)
{
    struct app *a = priv;
    struct db *d = conn;
    struct truth_close_line line = {
        .at_ns = clock_real_ns(), .thread_id = db_thread_id(d), .why = pool_close_name(why)};
    db_hang_up(&d);
    truth_add_close(a->truth, &line);
}

static int64_t pool_age_ns(void *priv, const void *conn)
{
    (void)priv;
    return db_age_ns(conn);
}

struct script_run {
    struct db *db;
    struct trace *trace;
    const char *name;
};

static enum pp_status run_statement(void *priv, const char *sql, struct pp_err *err)
{
    const struct script_run *run = priv;
    return db_exec(run->db, run->trace, run->name, sql, NULL, err);
}

enum pp_status app_run_script(struct db *d, struct trace *t, const char *name, const char *script,
                              struct pp_err *err)
{
    struct script_run run = {.db = d, .trace = t, .name = name};
    return script_each(script, run_statement, &run, err);
}

static bool ignore_row(void *priv, const struct db_value *values, size_t count)
{
    (void)priv;
    (void)values;
    (void)count;
    return true;
}

/* The commands of the set-up are not part of any request: their trace is dropped. */
static enum pp_status prepare_database(struct app *a, struct db *d, struct pp_err *err)
{
    struct trace *t = calloc(1, sizeof *t);
    if (t == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    enum pp_status st;
    if (a->options->setup || a->options->setup_only) {
        st = app_run_script(d, t, "schema", sql_workload_schema, err);
        if (st == PP_OK)
            st = app_run_script(d, t, "seed", sql_workload_seed, err);
    } else {
        struct db_query q = {
            "check",
            "SELECT o.id FROM orders o JOIN order_items i ON i.order_id = o.id "
            "JOIN products p ON p.id = i.product_id JOIN users u ON u.id = o.user_id LIMIT 1",
            false, ignore_row, NULL};
        if ((st = db_select(d, t, &q, NULL)) != PP_OK)
            st = pp_err_set(err, st, "database %s has not the workload's tables: start once with --setup",
                            a->uri.database);
    }
    free(t);
    return st;
}

static void log_config(const struct app *a)
{
    const struct options *o = a->options;
    truth_add_config(a->truth, &(struct truth_config){.pool_min = (size_t)o->pool_min,
                                                      .pool_max = (size_t)o->pool_max,
                                                      .reuse = o->reuse,
                                                      .dial = o->dial,
                                                      .mysql_version = a->mysql_version,
                                                      .listen = o->listen,
                                                      .port = a->port,
                                                      .prepared = o->prepared,
                                                      .cpu_work_us = o->cpu_work_us,
                                                      .pool_timeout_ns = o->pool_timeout_ns,
                                                      .mode = o->mode,
                                                      .recycle_ns = o->recycle_ns,
                                                      .idle_timeout_ns = o->idle_timeout_ns,
                                                      .lose_wakeup_percent = (unsigned)o->lose_wakeup,
                                                      .wakeup_timer_ns = o->wakeup_timer_ns,
                                                      .traceparent = o->traceparent,
                                                      .fan_out = (unsigned)o->fan_out});
}

/* The log's first line names the server's version, so it is written before the line of this dial. */
static enum pp_status check_database(struct app *a, struct pp_err *err)
{
    struct truth_dial line = {.purpose = "setup"};
    struct db *d = dial_timed(a, &line, err);
    if (d == NULL)
        return PP_IO;
    (void)snprintf(a->mysql_version, sizeof a->mysql_version, "%s", db_server_version(d));
    log_config(a);
    truth_add_dial(a->truth, &line);
    enum pp_status st = prepare_database(a, d, err);
    db_hang_up(&d);
    return st;
}

static enum pp_status open_work_dir(struct app *a, struct pp_err *err)
{
    struct stat s;
    if (a->options->work_dir != NULL) {
        if (stat(a->options->work_dir, &s) != 0 || !S_ISDIR(s.st_mode) ||
            access(a->options->work_dir, W_OK) != 0)
            return pp_err_set(err, PP_NOENT, "--work-dir %s is not a folder that can be written to",
                              a->options->work_dir);
        if (strlen(a->options->work_dir) >= sizeof a->work_dir)
            return pp_err_set(err, PP_INVALID, "--work-dir is too long");
        (void)snprintf(a->work_dir, sizeof a->work_dir, "%s", a->options->work_dir);
        return PP_OK;
    }
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(a->work_dir, sizeof a->work_dir, "%s/reftarget.XXXXXX",
                     tmp != NULL && tmp[0] ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof a->work_dir || mkdtemp(a->work_dir) == NULL)
        return pp_err_set(err, PP_IO, "cannot make a folder for files: %s; name one with --work-dir",
                          strerrordesc_np(errno));
    a->work_dir_is_ours = true;
    return PP_OK;
}

static enum pp_status open_pool(struct app *a, struct pp_err *err)
{
    const struct options *o = a->options;
    struct pool_config config = {.min = (size_t)o->pool_min,
                                 .max = (size_t)o->pool_max,
                                 .lifo = strcmp(o->reuse, "lifo") == 0,
                                 .serial = strcmp(o->dial, "serial") == 0,
                                 .timeout_ns = o->pool_timeout_ns,
                                 .recycle_ns = o->recycle_ns,
                                 .idle_timeout_ns = o->idle_timeout_ns,
                                 .lose_wakeup_percent = (unsigned)o->lose_wakeup,
                                 .wakeup_timer_ns = o->wakeup_timer_ns,
                                 .loop = a->loop};
    struct pool_dialler dialler = {
        .dial = pool_dial, .hang_up = pool_hang_up, .age_ns = pool_age_ns, .priv = a};
    a->pool = pool_new(&config, &dialler);
    if (a->pool == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    return pool_fill(a->pool, err);
}

enum pp_status app_init(struct app *a, struct pp_err *err)
{
    a->password = getenv("MYSQL_PWD");
    if (a->options->setup_only)
        return check_database(a, err);
    if (strcmp(a->options->mode, "loop") == 0 && (a->loop = loop_new(err)) == NULL)
        return PP_IO;
    enum pp_status st = open_work_dir(a, err);
    if (st == PP_OK && a->options->truth != NULL)
        st = truth_open(a->options->truth, &a->truth, err);
    if (st == PP_OK)
        st = check_database(a, err);
    return st == PP_OK ? open_pool(a, err) : st;
}

enum pp_status app_fini(struct app *a, struct pp_err *err)
{
    pool_free(&a->pool);
    loop_free(&a->loop);
    if (a->work_dir_is_ours)
        (void)rmdir(a->work_dir);
    return truth_close(&a->truth, err);
}
