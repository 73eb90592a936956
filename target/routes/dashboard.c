/* summary: GET /dashboard: lists read by several connections at the same time */
#include "routes.h"

#include "park.h"

#include <stdlib.h>

struct part {
    struct request request; /* with a trace and an answer of its own */
    const struct request_list *list;
    enum pp_status acquired;
    enum pp_status status;
};

static void run_part(void *priv)
{
    struct part *p = priv;
    struct request *r = &p->request;
    struct db *db = NULL;
    p->status = p->acquired = request_acquire(r, &db);
    if (p->acquired != PP_OK)
        return;
    p->status = request_add_list(r, db, p->list, r->answer);
    request_release(r, &db);
}

/* A part's trace has the request's number and trace context, so that what is made from them agrees. */
static bool init_part(struct part *p, const struct request *r, size_t number)
{
    p->request = (struct request){.app = r->app, .trace = calloc(1, sizeof *r->trace)};
    p->request.answer = cJSON_CreateObject();
    p->list = &request_lists[number % REQUEST_LISTS];
    if (p->request.trace == NULL || p->request.answer == NULL)
        return false;
    p->request.trace->id = r->trace->id;
    trace_set_parent(p->request.trace, r->trace->traceparent);
    return true;
}

static void end_part(struct part *p, struct request *r, unsigned number, cJSON *parts)
{
    if (p->request.trace != NULL)
        trace_merge(r->trace, p->request.trace, number + 1);
    free(p->request.trace);
    if (!cJSON_AddItemToArray(parts, p->request.answer))
        cJSON_Delete(p->request.answer);
}

unsigned route_dashboard(struct request *r)
{
    size_t count = (size_t)r->app->options->fan_out;
    struct part parts[PARK_BRANCHES] = {0};
    enum pp_status acquired = PP_OK;
    enum pp_status st = PP_OK;
    for (size_t i = 0; i < count; i++)
        if (!init_part(&parts[i], r, i))
            st = PP_NOMEM;
    if (st == PP_OK)
        park_run_all(r->app->loop, run_part, parts, sizeof parts[0], count);
    else
        trace_error(r->trace, "out of memory");
    r->answer = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(r->answer, "parts");
    for (size_t i = 0; i < count; i++) {
        if (parts[i].status != PP_OK)
            st = parts[i].status;
        if (parts[i].acquired != PP_OK)
            acquired = parts[i].acquired;
        end_part(&parts[i], r, (unsigned)i, list);
    }
    return st == PP_OK ? 200 : request_fail(r, acquired);
}
