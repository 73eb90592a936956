/* summary: GET /users, /products, /orders: one connection, one query, its rows as JSON */
#include "routes.h"

#include <stdlib.h>

static const char users_sql[] =
    "SELECT id, username, email, full_name, active, created_at FROM users ORDER BY id LIMIT 100";
static const char products_sql[] = "SELECT id, name, category, price, stock FROM products WHERE stock > 0 "
                                   "ORDER BY category, price DESC LIMIT 100";
static const char orders_sql[] =
    "SELECT o.id, u.username, o.status, o.created_at, COUNT(*) AS items, SUM(i.quantity * i.unit_price) AS "
    "total "
    "FROM orders o JOIN users u ON u.id = o.user_id JOIN order_items i ON i.order_id = o.id "
    "GROUP BY o.id, u.username, o.status, o.created_at ORDER BY o.created_at DESC LIMIT 100";

static bool add_row(void *priv, const struct db_value *values, size_t count)
{
    cJSON *row = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(priv, row)) {
        cJSON_Delete(row);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct db_value *v = &values[i];
        if (v->text == NULL)
            (void)cJSON_AddNullToObject(row, v->name);
        else if (v->is_number)
            (void)cJSON_AddNumberToObject(row, v->name, strtod(v->text, NULL));
        else
            (void)cJSON_AddStringToObject(row, v->name, v->text);
    }
    return true;
}

const struct request_list request_lists[REQUEST_LISTS] = {{"select users", "users", users_sql},
                                                          {"select products", "products", products_sql},
                                                          {"select orders", "orders", orders_sql}};

enum pp_status request_add_list(struct request *r, struct db *db, const struct request_list *list,
                                cJSON *answer)
{
    struct pp_err err = {PP_OK, ""};
    struct db_query q = {
        .name = list->name, .sql = list->sql, .prepared = r->app->options->prepared, .row = add_row};
    q.priv = cJSON_AddArrayToObject(answer, list->key);
    enum pp_status st =
        q.priv != NULL ? db_select(db, r->trace, &q, &err) : pp_err_set(&err, PP_NOMEM, "out of memory");
    if (st != PP_OK)
        trace_error(r->trace, err.text);
    return st;
}

static unsigned answer_list(struct request *r, const struct request_list *list)
{
    struct db *db = NULL;
    enum pp_status st = request_acquire(r, &db);
    if (st != PP_OK)
        return request_fail(r, st);
    r->answer = cJSON_CreateObject();
    st = request_add_list(r, db, list, r->answer);
    request_release(r, &db);
    return st == PP_OK ? 200 : request_fail(r, PP_OK);
}

unsigned route_users(struct request *r)
{
    return answer_list(r, &request_lists[0]);
}

unsigned route_products(struct request *r)
{
    return answer_list(r, &request_lists[1]);
}

unsigned route_orders(struct request *r)
{
    return answer_list(r, &request_lists[2]);
}
