/* summary: poller: samples: who waits for a lock of whom, open transactions, what the sessions do */
#include "poll_priv.h"

#include "sql_server.h"

static void take_lock_wait(void *priv, MYSQL_ROW row)
{
    const struct poll_round *r = priv;
    struct srv_lock_wait wait = {.poll_id = r->id,
                                 .waiting_thread = poll_i64(row[0], 0),
                                 .blocking_thread = poll_i64(row[1], 0),
                                 .wait_ns = poll_i64(row[2], -1),
                                 .blocking_age_ns = poll_i64(row[3], -1),
                                 .blocking_idle = poll_i64(row[4], 0),
                                 .kind = poll_text(row[5]),
                                 .object = poll_text(row[6]),
                                 .index_name = poll_text(row[7]),
                                 .mode = poll_text(row[8]),
                                 .waiting_text = poll_text(row[9]),
                                 .blocking_text = poll_text(row[10])};
    r->p->s->sink.lock_wait(r->p->s->sink.priv, &wait);
}

enum pp_status poll_ask_row_lock_waits(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_row_lock_waits, sql_ps_row_lock_waits_mariadb, NULL};
    if (!r->p->lock_waits)
        return PP_AGAIN;
    return poll_ask(r, sqls, 11, take_lock_wait, r, err);
}

enum pp_status poll_ask_metadata_waits(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_metadata_waits, NULL};
    return poll_ask(r, sqls, 11, take_lock_wait, r, err);
}

static void take_trx(void *priv, MYSQL_ROW row)
{
    const struct poll_round *r = priv;
    struct srv_trx trx = {.poll_id = r->id,
                          .thread_id = poll_i64(row[0], 0),
                          .age_ns = poll_i64(row[1], -1),
                          .idle = poll_i64(row[2], 0),
                          .rows_locked = poll_i64(row[3], 0),
                          .rows_modified = poll_i64(row[4], 0),
                          .read_only = poll_i64(row[5], 0),
                          .state = poll_text(row[6]),
                          .isolation = poll_text(row[7])};
    r->p->s->sink.trx(r->p->s->sink.priv, &trx);
}

enum pp_status poll_ask_trx(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_trx, NULL};
    return poll_ask(r, sqls, 8, take_trx, r, err);
}

static void take_thread_state(void *priv, MYSQL_ROW row)
{
    const struct poll_round *r = priv;
    struct srv_thread_state state = {.poll_id = r->id,
                                     .count = poll_i64(row[0], 0),
                                     .memory_bytes = poll_i64(row[1], -1),
                                     .memory_max_bytes = poll_i64(row[2], -1),
                                     .command = poll_text(row[3]),
                                     .state = poll_text(row[4]),
                                     .type = poll_text(row[5])};
    r->p->s->sink.thread_state(r->p->s->sink.priv, &state);
}

enum pp_status poll_ask_thread_states(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_thread_states, sql_ps_thread_states_mariadb,
                                       sql_ps_thread_states_plain, NULL};
    return poll_ask(r, sqls, 6, take_thread_state, r, err);
}
