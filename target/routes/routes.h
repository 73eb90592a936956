/* summary: the routes of reftarget and what they share */
#ifndef TARGET_ROUTES_H
#define TARGET_ROUTES_H

#include "app.h"

#include <cJSON.h>

struct request {
    struct app *app;
    struct trace *trace;
    cJSON *answer; /* set by the route; freed by the caller */
};

/* Answers the request; returns the HTTP status. */
typedef unsigned route_f(struct request *r);

route_f route_io_intensive;
route_f route_users;
route_f route_products;
route_f route_orders;
route_f route_health;
route_f route_reset;
route_f route_orders_n1;
route_f route_slow;
route_f route_dashboard;
route_f route_held_transaction;
route_f route_hot_row;

/* The route of a method and path, or NULL with *status 404 or 405 and, for 405, *allow. */
route_f *routes_find(const char *method, const char *path, unsigned *status, const char **allow);

/* Gets a connection and notes it in the trace. On PP_OK *db is set; else the error is in the trace too. */
PP_MUST_CHECK enum pp_status request_acquire(struct request *r, struct db **db);
/* Gives it back (a broken one is closed) and notes it. */
void request_release(struct request *r, struct db **db);
/* The list queries, for routes that use them together. */
struct request_list {
    const char *name;
    const char *key; /* of the answer */
    const char *sql;
};
#define REQUEST_LISTS 3
extern const struct request_list request_lists[REQUEST_LISTS];
/* Runs a list on a connection and adds its rows to `answer` under its key. */
PP_MUST_CHECK enum pp_status request_add_list(struct request *r, struct db *db,
                                              const struct request_list *list, cJSON *answer);
/* Notes the transaction that began with command `first` and ended with the last one. */
void request_end_transaction(struct request *r, size_t first, bool committed);
/* 503 when no connection was to be had, 500 for the rest; sets the answer to the trace's error. */
unsigned request_fail(struct request *r, enum pp_status acquired);

#endif
