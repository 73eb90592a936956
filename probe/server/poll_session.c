/* summary: poller: the server's sessions: user, client, kind of connection, program, statements */
#include "poll_priv.h"

#include "sql_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With more sessions than these, their statements are not counted one by one: each has some 220 counters. */
#define STATEMENTS_SESSIONS_MAX 300
/* With more sessions than these, the attributes that their clients sent are not asked for. */
#define ATTRS_SESSIONS_MAX 2000

#define NAME_MAX_BYTES 128
struct session {
    int64_t first_ns, last_ns, statements_first, statements_last;
    bool changed; /* since it was told */
    bool cut_off; /* its count began anew while it was watched: not known any more */
    char user[NAME_MAX_BYTES], host[NAME_MAX_BYTES], client[NAME_MAX_BYTES], db[NAME_MAX_BYTES];
    char type[24], pid[24], program_name[64];
};

static struct session *known(struct srv_poller *p, int64_t thread_id)
{
    return map_get(p->sessions, &thread_id, sizeof thread_id);
}

static void set(char *dst, size_t n, const char *text, bool *changed)
{
    size_t len = strnlen(text, n - 1);
    if (strlen(dst) == len && memcmp(dst, text, len) == 0)
        return;
    memcpy(dst, text, len);
    dst[len] = '\0';
    *changed = true;
}

static void take_session(void *priv, MYSQL_ROW row)
{
    struct poll_round *r = priv;
    int64_t id = poll_i64(row[0], 0);
    struct session *s = known(r->p, id);
    if (s == NULL) {
        s = calloc(1, sizeof *s);
        if (s == NULL || map_set(r->p->sessions, &id, sizeof id, s) != PP_OK) {
            free(s);
            poll_nomem(r->p);
            return;
        }
        s->first_ns = r->ts_ns;
        s->statements_first = s->statements_last = -1;
        s->changed = true;
    }
    s->last_ns = r->ts_ns;
    set(s->user, sizeof s->user, poll_text(row[1]), &s->changed);
    set(s->host, sizeof s->host, poll_text(row[2]), &s->changed);
    set(s->db, sizeof s->db, poll_text(row[3]), &s->changed);
    set(s->type, sizeof s->type, poll_text(row[4]), &s->changed);
    if (s->client[0] == '\0')
        set(s->client, sizeof s->client, s->host, &s->changed);
}

static void take_port(void *priv, MYSQL_ROW row)
{
    const struct poll_round *r = priv;
    struct session *s = known(r->p, poll_i64(row[0], 0));
    if (s != NULL)
        set(s->client, sizeof s->client, poll_text(row[1]), &s->changed);
}

static void take_attr(void *priv, MYSQL_ROW row)
{
    const struct poll_round *r = priv;
    struct session *s = known(r->p, poll_i64(row[0], 0));
    if (s == NULL || row[1] == NULL)
        return;
    if (strcmp(row[1], "_pid") == 0)
        set(s->pid, sizeof s->pid, poll_text(row[2]), &s->changed);
    else
        set(s->program_name, sizeof s->program_name, poll_text(row[2]), &s->changed);
}

struct telling {
    const struct poll_round *r;
    bool all;
    int64_t seen, tls;
    size_t gone; /* ids of sessions that have ended */
    int64_t ids[256];
};

static void tell(void *priv, const void *key, size_t key_len, void *value)
{
    struct telling *t = priv;
    struct session *s = value;
    int64_t id = 0;
    memcpy(&id, key, key_len);
    bool here = s->last_ns == t->r->ts_ns;
    t->seen += here;
    t->tls += here && strcmp(s->type, "SSL/TLS") == 0;
    if (s->changed || t->all || !here) {
        struct srv_connection row = {.thread_id = id,
                                     .first_ns = s->first_ns,
                                     .last_ns = s->last_ns,
                                     .statements_first = s->statements_first,
                                     .statements_last = s->statements_last,
                                     .user = s->user,
                                     .host = s->host,
                                     .client = s->client,
                                     .db = s->db,
                                     .type = s->type,
                                     .pid = s->pid,
                                     .program_name = s->program_name};
        t->r->p->s->sink.connection(t->r->p->s->sink.priv, &row);
    }
    s->changed = false;
    if (!here && t->gone < sizeof t->ids / sizeof t->ids[0])
        t->ids[t->gone++] = id;
}

static void tell_all(struct poll_round *r, bool all)
{
    struct telling t = {.r = r, .all = all};
    map_each(r->p->sessions, tell, &t);
    r->p->sessions_seen = t.seen;
    r->p->tls_sessions = t.tls;
    for (size_t i = 0; i < t.gone; i++)
        free(map_remove(r->p->sessions, &t.ids[i], sizeof t.ids[i]));
}

/* A part of the question that this server or user does not have is left out. */
static enum pp_status ask_part(struct poll_round *r, const char *const *sqls, unsigned columns, srv_row_f *f,
                               struct pp_err *err)
{
    enum pp_status st = PP_NOENT;
    for (size_t i = 0; sqls[i] != NULL && st != PP_OK && r->p->s->db != NULL; i++)
        st = srv_query(r->p->s, sqls[i], columns, f, r, err);
    return st == PP_OK || r->p->s->db != NULL ? PP_OK : st;
}

enum pp_status poll_ask_sessions(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_sessions, NULL};
    static const char *const ports[] = {sql_ps_session_ports, sql_ps_session_ports_lock, NULL};
    static const char *const attrs[] = {sql_ps_session_attrs, NULL};
    enum pp_status st = poll_ask(r, sqls, 5, take_session, r, err);
    if (st == PP_OK)
        st = ask_part(r, ports, 2, take_port, err);
    if (st == PP_OK && r->rows <= ATTRS_SESSIONS_MAX)
        st = ask_part(r, attrs, 3, take_attr, err);
    tell_all(r, r->last);
    return st;
}

static void take_statements(void *priv, MYSQL_ROW row)
{
    struct poll_round *r = priv;
    struct session *s = known(r->p, poll_i64(row[0], 0));
    if (s == NULL)
        return;
    int64_t n = poll_i64(row[1], -1);
    if (n < s->statements_last) {
        s->cut_off = r->reset = true;
        s->statements_first = -1;
    }
    if (s->cut_off)
        n = -1;
    if (s->statements_first < 0)
        s->statements_first = n;
    s->changed = s->changed || s->statements_last != n;
    s->statements_last = n;
    s->last_ns = r->ts_ns;
}

enum pp_status poll_ask_session_statements(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_session_statements, NULL};
    if (r->p->state[POLL_SESSIONS].last_ns == 0) /* put off: how many there are is not known yet */
        return PP_AGAIN;
    if (r->p->sessions_seen > STATEMENTS_SESSIONS_MAX ||
        poll_status_known(r->p, "Threads_connected") > 2 * STATEMENTS_SESSIONS_MAX) {
        poll_note(r->p, "missing", "statements by session: there are more than %d sessions",
                  STATEMENTS_SESSIONS_MAX);
        return PP_AGAIN;
    }
    enum pp_status st = poll_ask(r, sqls, 2, take_statements, r, err);
    if (st == PP_OK)
        tell_all(r, r->last);
    if (r->reset)
        poll_note_again(r->p, "reset",
                        "the server's statement counts of sessions were emptied (TRUNCATE): how many these "
                        "sessions ran in all is not known");
    return st;
}
