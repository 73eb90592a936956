/* summary: poller: waits and file operations by event, what was added to each since the last answer */
#include "poll_priv.h"

#include "sql_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct event {
    uint64_t count, timer_ps, bytes;
};

struct event_key {
    const char *event, *operation;
};

/* NULL: no memory. */
static struct event *event_of(struct srv_poller *p, const struct event_key *k)
{
    char key[256];
    int n = snprintf(key, sizeof key, "%s%c%s", k->event, 0, k->operation);
    if (n < 0 || (size_t)n >= sizeof key)
        return NULL;
    struct event *e = map_get(p->events, key, (size_t)n);
    if (e != NULL)
        return e;
    e = calloc(1, sizeof *e);
    if (e != NULL && map_set(p->events, key, (size_t)n, e) == PP_OK)
        return e;
    free(e);
    return NULL;
}

static void see(struct poll_round *r, const struct event_key *k, const struct event *now)
{
    struct event *e = event_of(r->p, k);
    if (e == NULL) {
        poll_nomem(r->p);
        return;
    }
    if (now->count < e->count || now->timer_ps < e->timer_ps || now->bytes < e->bytes) {
        *e = (struct event){.count = 0};
        r->reset = true;
    }
    if (!r->first && now->count != e->count) {
        struct srv_event row = {.poll_id = r->id,
                                .event = k->event,
                                .operation = k->operation,
                                .count = (int64_t)(now->count - e->count),
                                .timer_ns = poll_ns_between(e->timer_ps, now->timer_ps),
                                .bytes = (int64_t)(now->bytes - e->bytes)};
        r->p->s->sink.event(r->p->s->sink.priv, &row);
    }
    *e = *now;
}

static void take_file(void *priv, MYSQL_ROW row)
{
    const char *event = poll_text(row[0]);
    struct event read = {poll_u64(row[1]), poll_u64(row[2]), poll_u64(row[3])};
    struct event write = {poll_u64(row[4]), poll_u64(row[5]), poll_u64(row[6])};
    struct event misc = {poll_u64(row[7]), poll_u64(row[8]), 0};
    see(priv, &(struct event_key){event, "read"}, &read);
    see(priv, &(struct event_key){event, "write"}, &write);
    see(priv, &(struct event_key){event, "misc"}, &misc);
}

static void note_reset(const struct poll_round *r)
{
    if (r->reset)
        poll_note_again(r->p, "reset",
                        "the server's summaries of waits or files were emptied (TRUNCATE): what they counted "
                        "since the answer before is not known");
}

struct redo {
    struct poll_round *r;
    bool redo;
};

static void take_file_row(void *priv, MYSQL_ROW row)
{
    struct redo *x = priv;
    x->redo = x->redo || strcmp(poll_text(row[0]), "wait/io/file/innodb/innodb_log_file") == 0;
    take_file(x->r, row);
}

enum pp_status poll_ask_files(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_files, NULL};
    struct redo x = {.r = r};
    enum pp_status st = poll_ask(r, sqls, 9, take_file_row, &x, err);
    if (st == PP_OK && !x.redo)
        poll_note(r->p, "missing",
                  "writes and flushes of the redo log: this server (%s) has no instrument for them",
                  r->p->s->version);
    if (st == PP_OK)
        note_reset(r);
    return st;
}

static void take_wait(void *priv, MYSQL_ROW row)
{
    struct event now = {poll_u64(row[1]), poll_u64(row[2]), 0};
    see(priv, &(struct event_key){poll_text(row[0]), ""}, &now);
}

enum pp_status poll_ask_waits(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_waits, NULL};
    enum pp_status st = poll_ask(r, sqls, 3, take_wait, r, err);
    if (st == PP_OK)
        note_reset(r);
    return st;
}

static void restart(void *priv, const void *key, size_t key_len, void *value)
{
    (void)priv;
    (void)key;
    (void)key_len;
    *(struct event *)value = (struct event){.count = 0};
}

void poll_events_restart(struct srv_poller *p)
{
    map_each(p->events, restart, NULL);
}
