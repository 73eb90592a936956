/* summary: endpoints of two runs side by side, the largest change of their part in a request's mean latency
 * first
 */
#include "diff_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct weighed {
    struct ana_diff_endpoint e;
    double change;
};

static int by_change(const void *pa, const void *pb)
{
    const struct weighed *a = pa, *b = pb;
    if (a->change != b->change)
        return a->change > b->change ? -1 : 1;
    int by_route = strcmp(a->e.route, b->e.route);
    return by_route ? by_route : strcmp(a->e.method, b->e.method);
}

static double requests_of(const struct ana_report *r)
{
    double n = 0;
    for (size_t i = 0; i < r->endpoint_count; i++)
        n += (double)r->endpoints[i].requests;
    return n > 0 ? n : 1;
}

static double part_of(const struct ana_endpoint *e, double requests)
{
    return e ? (double)hist_sum(e->latency.hist) / requests : 0;
}

static const struct ana_endpoint *same_in(const struct ana_report *r, const struct ana_endpoint *e)
{
    for (size_t i = 0; i < r->endpoint_count; i++)
        if (strcmp(r->endpoints[i].route, e->route) == 0 && strcmp(r->endpoints[i].method, e->method) == 0)
            return &r->endpoints[i];
    return NULL;
}

enum pp_status ana_diff_endpoints(struct ana_diff *d)
{
    size_t most = d->a->endpoint_count + d->b->endpoint_count, n = 0;
    struct weighed *list = calloc(most + 1, sizeof *list);
    d->endpoints = calloc(most + 1, sizeof *d->endpoints);
    if (!list || !d->endpoints) {
        free(list);
        return PP_NOMEM;
    }
    for (size_t i = 0; i < d->a->endpoint_count; i++) {
        const struct ana_endpoint *a = &d->a->endpoints[i];
        list[n++].e =
            (struct ana_diff_endpoint){.method = a->method, .route = a->route, .a = a, .b = same_in(d->b, a)};
    }
    for (size_t i = 0; i < d->b->endpoint_count; i++) {
        const struct ana_endpoint *b = &d->b->endpoints[i];
        if (!same_in(d->a, b))
            list[n++].e = (struct ana_diff_endpoint){.method = b->method, .route = b->route, .b = b};
    }
    double na = requests_of(d->a), nb = requests_of(d->b);
    for (size_t i = 0; i < n; i++)
        list[i].change = fabs(part_of(list[i].e.a, na) - part_of(list[i].e.b, nb));
    qsort(list, n, sizeof *list, by_change);
    for (size_t i = 0; i < n; i++)
        d->endpoints[i] = list[i].e;
    d->endpoint_count = n;
    free(list);
    return PP_OK;
}
