/* summary: endpoints of the report: their budgets, largest total latency first */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

static int by_total(const void *pa, const void *pb)
{
    const struct ana_endpoint *a = pa, *b = pb;
    int64_t x = hist_sum(a->latency.hist), y = hist_sum(b->latency.hist);
    if (x != y)
        return x > y ? -1 : 1;
    int by_route = strcmp(a->route, b->route);
    return by_route ? by_route : strcmp(a->method, b->method);
}

/* Sorting ends the use of a request's index of its endpoint. The budgets come with the joined requests. */
enum pp_status ana_endpoints_finish(struct ana_input *in)
{
    struct ana_report *r = in->report;
    in->facts.endpoint_count = r->endpoint_count;
    if (r->endpoint_count > 1)
        qsort(r->endpoints, r->endpoint_count, sizeof *r->endpoints, by_total);
    return PP_OK;
}
