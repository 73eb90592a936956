/* summary: GET /health without the database, POST /reset with all of it */
#include "routes.h"

#include "sql_target.h"

unsigned route_health(struct request *r)
{
    struct pool_stats s;
    pool_get_stats(r->app->pool, &s);
    r->answer = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(r->answer, "status", "ok");
    cJSON *pool = cJSON_AddObjectToObject(r->answer, "pool");
    (void)cJSON_AddNumberToObject(pool, "open", (double)s.open);
    (void)cJSON_AddNumberToObject(pool, "idle", (double)s.idle);
    (void)cJSON_AddNumberToObject(pool, "waiting", (double)s.waiting);
    (void)cJSON_AddNumberToObject(pool, "dialling", (double)s.dialling);
    return 200;
}

unsigned route_reset(struct request *r)
{
    struct db *db = NULL;
    struct pp_err err = {PP_OK, ""};
    enum pp_status st = request_acquire(r, &db);
    if (st != PP_OK)
        return request_fail(r, st);
    st = app_run_script(db, r->trace, "seed", sql_workload_seed, &err);
    if (st != PP_OK)
        trace_error(r->trace, err.text);
    request_release(r, &db);
    if (st != PP_OK)
        return request_fail(r, PP_OK);
    r->answer = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(r->answer, "status", "reset");
    return 200;
}
