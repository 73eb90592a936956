/* summary: table of routes, and getting and giving back a connection within a request */
#include "routes.h"

#include <string.h>

static const struct {
    const char *method;
    const char *path;
    route_f *f;
} table[] = {
    {"POST", "/io-intensive", route_io_intensive},
    {"GET", "/users", route_users},
    {"GET", "/products", route_products},
    {"GET", "/orders", route_orders},
    {"GET", "/health", route_health},
    {"POST", "/reset", route_reset},
    {"GET", "/orders-n1", route_orders_n1},
    {"GET", "/slow", route_slow},
    {"GET", "/dashboard", route_dashboard},
    {"POST", "/held-transaction", route_held_transaction},
    {"POST", "/hot-row", route_hot_row},
};

route_f *routes_find(const char *method, const char *path, unsigned *status, const char **allow)
{
    *status = 404;
    *allow = NULL;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].path, path) != 0)
            continue;
        if (strcmp(table[i].method, method) == 0)
            return table[i].f;
        *status = 405;
        *allow = table[i].method;
    }
    return NULL;
}

enum pp_status request_acquire(struct request *r, struct db **db)
{
    struct pool_lease lease;
    struct pp_err err = {PP_OK, ""};
    enum pp_status st = pool_acquire(r->app->pool, &lease, &err);
    *db = lease.conn;
    trace_add_acquire(r->trace, &lease, *db != NULL ? db_thread_id(*db) : 0);
    if (st != PP_OK)
        trace_error(r->trace, err.text);
    else if (r->app->options->traceparent != NULL && r->trace->traceparent[0] != 0)
        db_set_traceparent(*db, r->trace->traceparent);
    return st;
}

void request_release(struct request *r, struct db **db)
{
    struct db *d = *db;
    *db = NULL;
    db_set_traceparent(d, NULL);
    if (db_is_dead(d))
        pool_discard(r->app->pool, d);
    else
        pool_release(r->app->pool, d);
    trace_released(r->trace);
}

void request_end_transaction(struct request *r, size_t first, bool committed)
{
    const struct trace *t = r->trace;
    if (first >= t->command_count)
        return;
    struct trace_txn txn = {.start_ns = t->commands[first].start_ns,
                            .end_ns = t->commands[t->command_count - 1].end_ns,
                            .committed = committed};
    trace_add_txn(r->trace, &txn);
}

unsigned request_fail(struct request *r, enum pp_status acquired)
{
    cJSON_Delete(r->answer);
    r->answer = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(r->answer, "error", r->trace->error);
    return acquired != PP_OK ? 503 : 500;
}
