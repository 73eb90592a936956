/* summary: endpoints of the report: their budgets, largest total latency first */
#include "budget.h"
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

/* Sorting ends the use of a request's index of its endpoint. */
enum pp_status ana_endpoints_finish(struct ana_input *in)
{
    struct ana_report *r = in->report;
    struct ana_budget_rules rules = {.why_not = in->why_not};
    in->facts.endpoint_count = r->endpoint_count;
    for (size_t i = 0; i < r->endpoint_count; i++) {
        struct ana_endpoint *e = &r->endpoints[i];
        if (r->endpoint_count == 1)
            ana_budget_make(&e->budget, &in->sweep.whole, &rules);
        else
            ana_budget_unknown(&e->budget, hist_count(e->latency.hist), hist_sum(e->latency.hist),
                               "needs requests joined to their statements; see the levels' budgets");
    }
    if (r->endpoint_count > 1)
        qsort(r->endpoints, r->endpoint_count, sizeof *r->endpoints, by_total);
    return PP_OK;
}
