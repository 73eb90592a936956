/* summary: exact joins: checkouts whose statements carry the trace id of a request in flight */
#include "join_int.h"

#include <stdlib.h>
#include <string.h>

struct traced {
    uint64_t trace[2];
    uint32_t request;
};

static int compare(const void *pa, const void *pb)
{
    const struct traced *a = pa, *b = pb;
    for (int i = 0; i < 2; i++)
        if (a->trace[i] != b->trace[i])
            return a->trace[i] < b->trace[i] ? -1 : 1;
    return a->request < b->request ? -1 : a->request > b->request;
}

static size_t find(const struct traced *t, size_t n, const uint64_t trace[2])
{
    struct traced key = {.trace = {trace[0], trace[1]}, .request = 0};
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare(&t[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* One trace may hold several requests, one calling the other: the latest that began before is the innermost.
 */
static uint32_t request_of(const struct jn *j, const struct traced *t, size_t n, const struct fact_trace *x,
                           uint32_t take)
{
    uint32_t best = FACT_NONE;
    for (size_t i = find(t, n, x->trace); i < n && memcmp(t[i].trace, x->trace, sizeof x->trace) == 0; i++) {
        const struct fact_request *r = &j->f->requests[t[i].request];
        if (r->arrival_ns > x->sent_ns || jn_answer_ns(r) < x->sent_ns || !jn_may(j, t[i].request, take))
            continue;
        if (best == FACT_NONE || r->arrival_ns >= j->f->requests[best].arrival_ns)
            best = t[i].request;
    }
    return best;
}

static void fix_all(struct jn *j, const struct traced *t, size_t n, uint32_t *current, const uint32_t *next)
{
    const struct ana_facts *f = j->f;
    for (size_t i = 0; i < f->trace_count; i++) {
        const struct fact_trace *x = &f->traces[i];
        uint32_t at = current[x->conn];
        while (at != FACT_NONE && next[at] != FACT_NONE && f->checkouts[next[at]].start_ns <= x->sent_ns)
            at = next[at];
        current[x->conn] = at;
        if (at == FACT_NONE || j->takes[at].shape == 0 || j->takes[at].fixed ||
            x->sent_ns < f->checkouts[at].start_ns || x->sent_ns > f->checkouts[at].end_ns)
            continue;
        uint32_t request = request_of(j, t, n, x, at);
        if (request == FACT_NONE)
            continue;
        j->takes[at].request = request;
        j->takes[at].fixed = true;
    }
}

void jn_traces(struct jn *j)
{
    const struct ana_facts *f = j->f;
    size_t n = 0;
    if (f->trace_count == 0)
        return;
    struct traced *t = malloc((f->request_count + 1) * sizeof *t);
    uint32_t *current = malloc((f->conn_count + 1) * sizeof *current);
    uint32_t *next = malloc((f->checkout_count + 1) * sizeof *next);
    if (!t || !current || !next) {
        j->nomem = true;
    } else {
        for (size_t i = 0; i < f->request_count; i++)
            if (f->requests[i].trace[0] != 0 || f->requests[i].trace[1] != 0) {
                memcpy(t[n].trace, f->requests[i].trace, sizeof t[n].trace);
                t[n++].request = (uint32_t)i;
            }
        if (n > 0)
            qsort(t, n, sizeof *t, compare);
        memset(current, 0xff, (f->conn_count + 1) * sizeof *current);
        for (size_t i = f->checkout_count; i-- > 0;) {
            uint32_t conn = f->checkouts[i].conn;
            next[i] = conn == FACT_NONE ? FACT_NONE : current[conn];
            if (conn != FACT_NONE)
                current[conn] = (uint32_t)i;
        }
        fix_all(j, t, n, current, next);
    }
    free(t);
    free(current);
    free(next);
}
