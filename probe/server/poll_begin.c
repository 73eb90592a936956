/* summary: poller: what begins anew: a session of its own, the counters of a restarted server, another server
 * that answers in the place of the first */
#include "poll_priv.h"

#include "base/clock.h"

#include "sql_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A restarted server has a start at least this much later: Uptime has whole seconds, and clocks drift. */
#define RESTART_S 2

static void see_on(void *priv, MYSQL_ROW row)
{
    *(bool *)priv = row[0] != NULL && strtol(row[0], NULL, 10) == 0;
}

static void take_identity(void *priv, MYSQL_ROW row)
{
    struct srv_poller *p = priv;
    if (row[0] != NULL)
        snprintf(p->identity, sizeof p->identity, "%s", row[0]);
}

static void empty_map(struct srv_poller *p, struct map **m, void (*free_map)(struct map **))
{
    struct map *empty = map_new(POLL_KEYS_MAX);
    if (empty == NULL) {
        poll_nomem(p);
        return;
    }
    free_map(m);
    *m = empty;
}

/* Session and event ids begin again. What the server has and lets this user see may be another version's. */
static void forget_sessions(struct srv_poller *p)
{
    empty_map(p, &p->sessions, poll_map_free);
    empty_map(p, &p->tls, poll_map_free);
    p->sessions_seen = p->tls_sessions = 0;
    p->asked_history = p->no_digest_function = false;
    for (size_t i = 0; i < POLL_SOURCES; i++) {
        p->state[i].dead = false;
        p->state[i].variant = 0;
    }
    p->state[POLL_SWITCHES].due_ns = 0;
}

/* Its counters have nothing to do with those of the one before: each source's next answer sets the base. */
static void replaced(struct srv_poller *p, const char *before)
{
    poll_note_again(p, "replaced",
                    "another server answers now (%s in the place of %s): what it counted before its first "
                    "answer, and the other one after its last, is not known",
                    p->identity, before);
    forget_sessions(p);
    empty_map(p, &p->digests, poll_digests_free);
    empty_map(p, &p->events, poll_map_free);
    empty_map(p, &p->status, poll_map_free);
    for (size_t i = 0; i < POLL_SOURCES; i++)
        p->state[i].last_ns = 0;
    p->start_known = false;
}

static void see_identity(struct srv_poller *p)
{
    static const char *const sqls[] = {sql_ps_identity, sql_ps_identity_mariadb};
    char before[sizeof p->identity];
    struct pp_err err = {.status = PP_OK};
    memcpy(before, p->identity, sizeof before);
    enum pp_status st = PP_NOENT;
    for (size_t i = 0; i < sizeof sqls / sizeof sqls[0] && st != PP_OK && p->s->db != NULL; i++)
        st = srv_query(p->s, sqls[i], 1, take_identity, p, &err);
    if (st == PP_OK && before[0] != '\0' && strcmp(before, p->identity) != 0)
        replaced(p, before);
}

static void take_uptime(void *priv, MYSQL_ROW row)
{
    *(int64_t *)priv = poll_i64(row[1], -1);
}

/* After a restart every counter begins at 0. */
static void restart(struct srv_poller *p)
{
    poll_note_again(p, "restart",
                    "the server was restarted: what it counted between the last answer before and its end "
                    "is not known");
    forget_sessions(p);
    poll_digests_restart(p);
    poll_events_restart(p);
    empty_map(p, &p->status, poll_map_free);
    for (size_t i = 0; i < POLL_SOURCES; i++)
        p->state[i].restarted = p->state[i].last_ns != 0;
}

/* Only a broken connection can hide a restart. The start is later by both of this machine's clocks: one of
 * them alone may have been set, or have stood still while the machine slept. */
static void see_start(struct srv_poller *p)
{
    int64_t uptime = -1;
    struct pp_err err = {.status = PP_OK};
    if (srv_query(p->s, sql_ps_uptime, 2, take_uptime, &uptime, &err) != PP_OK || uptime < 0)
        return;
    int64_t started = clock_mono_ns() / NS_PER_S - uptime;
    int64_t started_real = clock_real_ns() / NS_PER_S - uptime;
    if (p->start_known && started > p->started_s + RESTART_S && started_real > p->started_real_s + RESTART_S)
        restart(p);
    p->start_known = true;
    p->started_s = started;
    p->started_real_s = started_real;
}

enum pp_status poll_session_begin(struct srv_poller *p, struct pp_err *err)
{
    if (p->s->session.status != PP_OK)
        poll_note(p, "missing", "the poller's session: %s", p->s->session.text);
    enum pp_status st = srv_query(p->s, sql_ps_on, 1, see_on, &p->ps_off, err);
    if (p->s->db != NULL)
        see_identity(p);
    if (p->s->db != NULL)
        see_start(p);
    if (p->s->db == NULL)
        return st == PP_OK ? pp_err_set(err, PP_IO, "lost the connection while it began") : st;
    if (p->ps_off)
        poll_note(p, "missing",
                  "performance_schema is OFF: nothing is known of statements by digest, waits and sessions; "
                  "set performance_schema=ON in the server's configuration and restart it");
    return PP_OK;
}
