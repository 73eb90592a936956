/* summary: trouble on demand: N+1 queries, a slow query, a transaction held while thinking, a hot row */
#include "routes.h"

#include "park.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define N1_ORDERS 20

typedef enum pp_status work_f(struct request *r, struct db *db, struct pp_err *err);

/* One connection for the whole request. */
static unsigned with_connection(struct request *r, work_f *work)
{
    struct db *db = NULL;
    struct pp_err err = {PP_OK, ""};
    enum pp_status st = request_acquire(r, &db);
    if (st != PP_OK)
        return request_fail(r, st);
    r->answer = cJSON_CreateObject();
    st = work(r, db, &err);
    if (st != PP_OK)
        trace_error(r->trace, err.text);
    request_release(r, &db);
    return st == PP_OK ? 200 : request_fail(r, PP_OK);
}

static enum pp_status run(struct request *r, struct db *db, const char *name, const char *sql,
                          struct pp_err *err)
{
    return db_exec(db, r->trace, name, sql, NULL, err);
}

struct keys {
    uint64_t ids[N1_ORDERS];
    size_t count;
};

static bool take_key(void *priv, const struct db_value *values, size_t count)
{
    struct keys *k = priv;
    if (count > 0 && values[0].text != NULL && k->count < N1_ORDERS)
        k->ids[k->count++] = strtoull(values[0].text, NULL, 10);
    return k->count < N1_ORDERS;
}

/* What an object mapper does that loads each order's user for itself. */
static enum pp_status orders_n1(struct request *r, struct db *db, struct pp_err *err)
{
    struct keys k = {.count = 0};
    char sql[128];
    struct db_query q = {.name = "select order keys",
                         .sql = "SELECT user_id FROM orders ORDER BY created_at DESC LIMIT 20",
                         .row = take_key,
                         .priv = &k};
    enum pp_status st = db_select(db, r->trace, &q, err);
    for (size_t i = 0; st == PP_OK && i < k.count; i++) {
        (void)snprintf(sql, sizeof sql, "SELECT id, username FROM users WHERE id = %" PRIu64, k.ids[i]);
        st = run(r, db, "select user", sql, err);
    }
    (void)cJSON_AddNumberToObject(r->answer, "orders", (double)k.count);
    return st;
}

unsigned route_orders_n1(struct request *r)
{
    return with_connection(r, orders_n1);
}

/* No index helps: every pair of users is compared. */
static enum pp_status slow(struct request *r, struct db *db, struct pp_err *err)
{
    return run(r, db, "slow count", "SELECT COUNT(*) FROM users a JOIN users b ON a.full_name < b.email",
               err);
}

unsigned route_slow(struct request *r)
{
    return with_connection(r, slow);
}

/* COMMIT, or ROLLBACK after a failure if the connection lives. */
static enum pp_status end_work(struct request *r, struct db *db, size_t first, enum pp_status st,
                               struct pp_err *err)
{
    struct pp_err ignored = {PP_OK, ""};
    if (st == PP_OK)
        st = run(r, db, "commit", "COMMIT", err);
    if (st != PP_OK && !db_is_dead(db))
        (void)run(r, db, "rollback", "ROLLBACK", &ignored);
    request_end_transaction(r, first, st == PP_OK);
    return st;
}

/* The application thinks while its transaction is open: the connection is held and the server idle. */
static enum pp_status held_transaction(struct request *r, struct db *db, struct pp_err *err)
{
    char sql[128];
    size_t first = r->trace->command_count;
    enum pp_status st = run(r, db, "start transaction", "START TRANSACTION", err);
    if (st != PP_OK)
        return st;
    (void)snprintf(sql, sizeof sql, "UPDATE users SET active = 1 - active WHERE id = %" PRIu64,
                   1 + r->trace->id % 1000);
    st = run(r, db, "update own row", sql, err);
    if (st == PP_OK)
        park_sleep(r->app->loop, r->app->options->think_ns);
    return end_work(r, db, first, st, err);
}

unsigned route_held_transaction(struct request *r)
{
    return with_connection(r, held_transaction);
}

/* Every such request updates the same row and keeps its lock while it counts. */
static enum pp_status hot_row(struct request *r, struct db *db, struct pp_err *err)
{
    size_t first = r->trace->command_count;
    enum pp_status st = run(r, db, "start transaction", "START TRANSACTION", err);
    if (st != PP_OK)
        return st;
    st = run(r, db, "update hot row", "UPDATE products SET stock = stock + 1 WHERE id = 1", err);
    for (int i = 0; st == PP_OK && i < 3; i++)
        st = run(r, db, "sum items", "SELECT COUNT(*), SUM(quantity * unit_price) FROM order_items", err);
    return end_work(r, db, first, st, err);
}

unsigned route_hot_row(struct request *r)
{
    return with_connection(r, hot_row);
}
