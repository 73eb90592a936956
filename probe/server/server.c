/* summary: the server stage's public calls: variables, statement counts and status counters into the sink */
#include "srv_priv.h"

#include "base/clock.h"
#include "base/obj.h"
#include "sql_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What performance_schema counts, found by experiment (MySQL 9.7.4 and MariaDB 10.11.19: one command at a
 * time on one account, and the account's rows before and after it; both servers agree):
 *
 *   statement/sql/KIND  one a COM_QUERY, failed ones too ("error" for a syntax error or an empty text,
 * "empty_query" for a comment alone); one for each statement of a multi-statement COM_QUERY, up to the first
 * error statement/com/NAME  one a command of every other kind: Prepare, Execute, Fetch, Reset stmt, Long
 * Data, Close stmt, Ping, Init DB, Change user, Reset Connection, Set option, Statistics, Field List, Debug,
 * Quit; Error, Sleep and Time for bytes that are no command the server takes statement/sp/...    statements
 * inside procedures, functions, triggers: no commands, left out nothing             the handshake (failed or
 * not); a connection that ends without COM_QUIT
 *
 * A statement is counted when it has ended (SELECT SLEEP(1): only afterwards), also when it was killed or its
 * client had gone; that is a moment after its response went out, and for Close stmt, Long Data and Quit,
 * which have none, at any time after they were sent. A live session's counts show at once. So, between two
 * moments at which an account is idle, the difference is the number of its commands on the wire, Quit
 * included and handshakes not. Two things make the server's number larger: texts of several statements (all
 * but one of each), and init_connect (on the servers and for the users that it applies to). */

static enum pp_status no_counts(struct pp_err *err, const char *what)
{
    return pp_err_set(err, PP_NOENT, "the server does not count statements: %s", what);
}

static void take_number(void *priv, MYSQL_ROW row)
{
    if (row[0] != NULL)
        *(long long *)priv = strtoll(row[0], NULL, 10);
}

/* Once a connection: settings of performance_schema change rarely, and reading them is not free. */
static enum pp_status check_counting(struct srv *s, struct pp_err *err)
{
    long long on = 0;
    long long switched_off = 0;
    if (s->counts_checked)
        return PP_OK;
    enum pp_status status = srv_query(s, sql_ps_on, 1, take_number, &on, err);
    if (status != PP_OK)
        return status;
    if (on == 0)
        return no_counts(
            err, "performance_schema is OFF; set performance_schema=ON in its configuration and restart it");
    status = srv_query(s, sql_ps_statements_off, 1, take_number, &switched_off, err);
    if (status != PP_OK)
        return status;
    if (switched_off != 0)
        return no_counts(
            err, "statement instruments, their consumers or actors are disabled; restore the defaults of "
                 "setup_instruments, setup_consumers and setup_actors");
    s->counts_checked = true;
    return PP_OK;
}

struct sampling {
    struct srv *s;
    int64_t ts_ns;
};

static void take_variable(void *priv, MYSQL_ROW row)
{
    const struct sampling *p = priv;
    if (row[0] != NULL)
        p->s->sink.variable(p->s->sink.priv, row[0], row[1] != NULL ? row[1] : "", p->ts_ns);
}

static void emit_status(const struct sampling *p, const char *name, const char *value)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end != value && errno == 0)
        p->s->sink.status(p->s->sink.priv, name, number, p->ts_ns);
}

static void take_status(void *priv, MYSQL_ROW row)
{
    if (row[0] != NULL && row[1] != NULL)
        emit_status(priv, row[0], row[1]);
}

static void take_account(void *priv, MYSQL_ROW row)
{
    const struct sampling *p = priv;
    char name[512]; /* a user has at most 32 characters, a host 255 */
    if (row[0] == NULL || row[1] == NULL || row[2] == NULL)
        return;
    int n = snprintf(name, sizeof name, "statements.by_account.%s@%s", row[0], row[1]);
    if (n > 0 && (size_t)n < sizeof name)
        emit_status(priv, name, row[2]);
    if (row[3] == NULL || row[3][0] != '1')
        return;
    /* This very question is not counted yet. */
    n = snprintf(name, sizeof name, "statements.own.%s@%s", row[0], row[1]);
    if (n > 0 && (size_t)n < sizeof name)
        p->s->sink.status(p->s->sink.priv, name, p->s->commands - 1, p->ts_ns);
}

enum pp_status srv_open(struct srv **out, const char *uri, const struct srv_sink *sink, struct pp_err *err)
{
    struct srv *s = NULL;
    *out = NULL;
    if (OBJ_NEW(s, SRV_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    s->sink = *sink;
    enum pp_status status = srv_uri_parse(&s->uri, uri, err);
    if (status == PP_OK)
        status = srv_connect(s, err);
    if (status != PP_OK) {
        srv_free(&s);
        return status;
    }
    *out = s;
    return PP_OK;
}

const char *srv_version(const struct srv *s)
{
    OBJ_CHECK(s, SRV_MAGIC);
    return s->version;
}

uint64_t srv_thread_id(const struct srv *s)
{
    OBJ_CHECK(s, SRV_MAGIC);
    return s->thread_id;
}

uint16_t srv_port(const struct srv *s)
{
    OBJ_CHECK(s, SRV_MAGIC);
    return s->uri.port;
}

enum pp_status srv_read_variables(struct srv *s, struct pp_err *err)
{
    OBJ_CHECK(s, SRV_MAGIC);
    struct sampling p = {.s = s, .ts_ns = clock_real_ns()};
    return srv_query(s, sql_global_variables, 2, take_variable, &p, err);
}

enum pp_status srv_read_counts(struct srv *s, struct pp_err *err)
{
    OBJ_CHECK(s, SRV_MAGIC);
    struct sampling p = {.s = s, .ts_ns = clock_real_ns()};
    enum pp_status status = srv_query(s, sql_status_counters, 2, take_status, &p, err);
    if (status == PP_OK)
        status = check_counting(s, err);
    if (status != PP_OK)
        return status;
    p.ts_ns = clock_real_ns();
    int64_t start_ns = clock_mono_ns();
    status = srv_query(s, sql_ps_statements_by_account, 4, take_account, &p, err);
    if (status == PP_OK)
        s->sink.status(s->sink.priv, "statements.read_ns", clock_mono_ns() - start_ns, p.ts_ns);
    return status;
}

void srv_free(struct srv **sp)
{
    struct srv *s = *sp;
    if (s == NULL)
        return;
    OBJ_CHECK(s, SRV_MAGIC);
    if (s->db != NULL)
        mysql_close(s->db);
    OBJ_FREE(*sp);
}
