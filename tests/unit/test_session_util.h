/* summary: for the tests of the session stage: exchanges in one line each, and a sink that keeps what comes
 * out */
#ifndef TEST_SESSION_UTIL_H
#define TEST_SESSION_UTIL_H

#include "http.h"
#include "myw.h"
#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEEP 64
#define AUTO MYW_STATUS_AUTOCOMMIT
#define IN (MYW_STATUS_AUTOCOMMIT | MYW_STATUS_IN_TRANS)

/* Everything that came out, in order; texts copied. Counts go on past KEEP, rows don't. */
struct out {
    struct ses *ses;
    struct ses_statement st[KEEP];
    char digest_text[KEEP][128];
    char sample[KEEP][64];
    char trace_id[KEEP][33];
    size_t st_count;
    struct ses_txn txn[KEEP];
    size_t txn_count;
    struct ses_checkout co[KEEP];
    size_t co_count;
    struct ses_connection conn[KEEP];
    char conn_text[KEEP][128]; /* user/db/visibility/why */
    size_t conn_count;
    struct ses_pool pool[KEEP];
    char pool_text[KEEP][160]; /* host|server|user|db|pid|program */
    size_t pool_count;
    struct ses_request req[KEEP];
    size_t req_count;
    struct ses_level level[KEEP];
    size_t level_count;
    struct ses_gap gap[KEEP];
    size_t gap_count;
    struct myw_session session; /* of the connection at hand */
};

static inline void keep_pool(void *priv, const struct ses_pool *p)
{
    struct out *o = priv;

    if (o->pool_count < KEEP) {
        o->pool[o->pool_count] = *p;
        snprintf(o->pool_text[o->pool_count], sizeof o->pool_text[0], "%s|%s|%s|%s|%s|%s", p->client_host,
                 p->server, p->user, p->db, p->pid, p->program_name);
    }
    o->pool_count++;
}

static inline void keep_connection(void *priv, const struct ses_connection *c)
{
    struct out *o = priv;

    if (o->conn_count < KEEP) {
        o->conn[o->conn_count] = *c;
        snprintf(o->conn_text[o->conn_count], sizeof o->conn_text[0], "%s/%s/%s/%s", c->user, c->db,
                 c->visibility, c->close_why);
    }
    o->conn_count++;
}

static inline void keep_statement(void *priv, const struct ses_statement *s)
{
    struct out *o = priv;

    if (o->st_count < KEEP) {
        o->st[o->st_count] = *s;
        snprintf(o->digest_text[o->st_count], sizeof o->digest_text[0], "%s", s->digest_text);
        snprintf(o->trace_id[o->st_count], sizeof o->trace_id[0], "%s", s->trace_id);
        snprintf(o->sample[o->st_count], sizeof o->sample[0], "%.*s", (int)s->sample_bytes, s->sample);
    }
    o->st_count++;
}

static inline void keep_txn(void *priv, const struct ses_txn *t)
{
    struct out *o = priv;

    if (o->txn_count < KEEP)
        o->txn[o->txn_count] = *t;
    o->txn_count++;
}

static inline void keep_checkout(void *priv, const struct ses_checkout *c)
{
    struct out *o = priv;

    if (o->co_count < KEEP)
        o->co[o->co_count] = *c;
    o->co_count++;
}

static inline void keep_request(void *priv, const struct ses_request *r)
{
    struct out *o = priv;

    if (o->req_count < KEEP)
        o->req[o->req_count] = *r;
    o->req_count++;
}

static inline void keep_level(void *priv, const struct ses_level *l)
{
    struct out *o = priv;

    if (o->level_count < KEEP)
        o->level[o->level_count] = *l;
    o->level_count++;
}

static inline void keep_gap(void *priv, const struct ses_gap *g)
{
    struct out *o = priv;

    if (o->gap_count < KEEP)
        o->gap[o->gap_count] = *g;
    o->gap_count++;
}

static inline struct myw_session session_of(uint64_t id)
{
    return (struct myw_session){
        .conn_id = id,
        .client = "10.0.0.1:40000",
        .server = "10.0.0.2:3306",
        .thread_id = (uint32_t)id + 100,
        .user = "app",
        .db = "shop",
        .auth_plugin = "caching_sha2_password",
        .server_version = "8.4.0",
        .attr_pid = "77",
        .attr_program_name = "web",
        .attr_client_name = "libmysql",
        .open_ns = 1,
        .greeting_ns = 2,
        .ready_ns = 3,
        .rtt_ns = 1,
    };
}

/* A new session stage; give it back with done(). */
static inline struct out *fresh(const struct ses_options *options)
{
    struct out *o = calloc(1, sizeof *o);
    struct ses_sink sink = {
        .pool = keep_pool,
        .connection = keep_connection,
        .statement = keep_statement,
        .txn = keep_txn,
        .checkout = keep_checkout,
        .request = keep_request,
        .level = keep_level,
        .gap = keep_gap,
    };

    assert_non_null(o);
    sink.priv = o;
    assert_int_equal(ses_new(&o->ses, options, &sink), PP_OK);
    o->session = session_of(1);
    return o;
}

static inline void done(struct out *o)
{
    ses_free(&o->ses);
    assert_null(o->ses);
    free(o);
}

/* A command with its response, whole and OK; change what differs and give it to ses_on_exchange. */
static inline struct myw_exchange exchange_of(struct out *o, enum myw_cmd cmd, const char *sql,
                                              int64_t sent_ns, int64_t last_ns)
{
    return (struct myw_exchange){
        .session = &o->session,
        .cmd = cmd,
        .sql = sql,
        .sql_bytes = sql ? strlen(sql) : 0,
        .sent_ns = sent_ns,
        .first_ns = last_ns,
        .last_ns = last_ns,
        .ok = true,
        .complete = true,
    };
}

static inline void query(struct out *o, const char *sql, int64_t sent_ns, int64_t last_ns, int status)
{
    struct myw_exchange x = exchange_of(o, MYW_CMD_QUERY, sql, sent_ns, last_ns);

    x.has_status = true;
    x.status = (uint16_t)status;
    ses_on_exchange(o->ses, &x);
}

static inline void failed_query(struct out *o, const char *sql, int64_t sent_ns, int64_t last_ns,
                                uint16_t errnum)
{
    struct myw_exchange x = exchange_of(o, MYW_CMD_QUERY, sql, sent_ns, last_ns);

    x.ok = false;
    x.errnum = errnum;
    strcpy(x.sqlstate, "HY000");
    ses_on_exchange(o->ses, &x);
}

/* A command that the protocol does not answer. */
static inline void silent(struct out *o, enum myw_cmd cmd, int64_t sent_ns)
{
    struct myw_exchange x = exchange_of(o, cmd, NULL, sent_ns, 0);

    ses_on_exchange(o->ses, &x);
}

/* A query whose response was lost. */
static inline void lost_query(struct out *o, const char *sql, int64_t sent_ns, uint32_t notes)
{
    struct myw_exchange x = exchange_of(o, MYW_CMD_QUERY, sql, sent_ns, 0);

    x.ok = x.complete = false;
    x.notes = notes;
    ses_on_exchange(o->ses, &x);
}

static inline void life(struct out *o, enum myw_lifecycle_type type, int64_t ts_ns, uint32_t notes)
{
    const struct myw_lifecycle l = {.session = &o->session,
                                    .type = type,
                                    .ts_ns = ts_ns,
                                    .notes = notes,
                                    .gap_bytes = type == MYW_LIFE_GAP ? 9 : 0,
                                    .why = type == MYW_LIFE_CLOSE ? "fin" : NULL};

    ses_on_lifecycle(o->ses, &l);
}

static inline void ready(struct out *o)
{
    life(o, MYW_LIFE_OPEN, 1, 0);
    life(o, MYW_LIFE_READY, 3, 0);
}

#endif
