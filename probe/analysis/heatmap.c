/* summary: latency over time: how many requests of each stretch of time fell into each class of latency */
#include "events.h"
#include "parts.h"
#include "series.h"

#include <math.h>
#include <stdlib.h>

struct extent {
    int64_t from_ns, to_ns;          /* arrivals */
    int64_t shortest_ns, longest_ns; /* latencies, at least 1 */
    size_t count;
};

static bool counts(const struct fact_request *q)
{
    return q->complete && ana_request_known(q);
}

static struct extent measure(const struct ana_facts *f)
{
    struct extent x = {.from_ns = INT64_MAX, .shortest_ns = INT64_MAX};
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        int64_t took_ns = fact_latency_ns(q);
        if (!counts(q))
            continue;
        x.count++;
        x.from_ns = q->arrival_ns < x.from_ns ? q->arrival_ns : x.from_ns;
        x.to_ns = q->arrival_ns > x.to_ns ? q->arrival_ns : x.to_ns;
        x.shortest_ns = took_ns < x.shortest_ns ? took_ns : x.shortest_ns;
        x.longest_ns = took_ns > x.longest_ns ? took_ns : x.longest_ns;
    }
    return x;
}

/* Classes a decade: as many as fit into the rows, at edges such as 1, 1.33, 1.78, … ms. */
static int classes_of(const struct extent *x)
{
    static const int choices[] = {8, 4, 2, 1};
    double decades = log10((double)x->longest_ns / (double)x->shortest_ns);
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if ((decades + 2.0 / choices[i]) * choices[i] <= (double)ANA_HEAT_ROWS_MAX)
            return choices[i];
    return 1;
}

static bool make_edges(struct ana_heatmap *h, const struct extent *x)
{
    int classes = classes_of(x);
    int first = (int)floor(log10((double)x->shortest_ns) * classes);
    int last = (int)floor(log10((double)x->longest_ns) * classes);
    h->rows = (size_t)(last - first) + 1;
    h->edge_ns = calloc(h->rows + 1, sizeof *h->edge_ns);
    for (size_t r = 0; r <= h->rows && h->edge_ns; r++)
        h->edge_ns[r] = (int64_t)llround(pow(10, (double)(first + (int)r) / classes));
    return h->edge_ns != NULL;
}

static size_t row_of(const struct ana_heatmap *h, int64_t took_ns)
{
    size_t r = 0;
    while (r + 1 < h->rows && took_ns >= h->edge_ns[r + 1])
        r++;
    return r;
}

enum pp_status ana_heatmap_make(struct ana_heatmap *h, const struct ana_facts *f)
{
    struct extent x = measure(f);
    *h = (struct ana_heatmap){0};
    if (x.count == 0)
        return PP_OK;
    h->start_ns = x.from_ns;
    h->bucket_ns = ana_round_bucket(x.to_ns - x.from_ns, ANA_HEAT_COLUMNS_MAX);
    h->columns = (size_t)((x.to_ns - x.from_ns) / h->bucket_ns) + 1;
    if (!make_edges(h, &x))
        return PP_NOMEM;
    h->counts = calloc(h->columns * h->rows + 1, sizeof *h->counts);
    if (!h->counts)
        return PP_NOMEM;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        if (!counts(q))
            continue;
        size_t column = ana_bucket_at(q->arrival_ns, h->start_ns, h->bucket_ns, h->columns);
        h->counts[column * h->rows + row_of(h, fact_latency_ns(q))]++;
    }
    return PP_OK;
}
