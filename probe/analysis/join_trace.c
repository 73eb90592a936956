/* summary: exact joins: checkouts whose statements carry the trace id of one request in flight */
#include "join_int.h"

#include <stdlib.h>
#include <string.h>

struct traced {
    uint64_t trace[2];
    uint32_t request;
};

/* Requests of one trace that are looked at, the latest first: a client that sends every request with the same
 * id does not make the analysis slow. */
#define OF_A_TRACE_MAX 1000

static int compare_ids(const uint64_t a[2], const uint64_t b[2])
{
    if (a[0] != b[0])
        return a[0] < b[0] ? -1 : 1;
    return a[1] < b[1] ? -1 : a[1] > b[1];
}

/* By trace, then by arrival as the requests are. */
static int compare(const void *pa, const void *pb)
{
    const struct traced *a = pa, *b = pb;
    int order = compare_ids(a->trace, b->trace);
    return order != 0 ? order : a->request < b->request ? -1 : a->request > b->request;
}

/* How many come before the first of this trace that arrived after the statement: only those before may have
 * sent it. */
static size_t find_end(const struct jn *j, const struct traced *t, size_t n, const struct fact_trace *x)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = compare_ids(t[mid].trace, x->trace);
        if (order < 0 || (order == 0 && j->f->requests[t[mid].request].arrival_ns <= x->sent_ns))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The one request of this trace that may have sent the statement: in flight when it was sent, perhaps already
 * answering (a streamed answer, a commit after it). A trace may hold several: of one that calls another
 * server the inner one, but of those that came to one server side by side the id does not tell which it was.
 */
static uint32_t request_of(const struct jn *j, const struct traced *t, size_t n, const struct fact_trace *x,
                           uint32_t take)
{
    const struct fact_request *requests = j->f->requests;
    uint32_t found = FACT_NONE;
    size_t looked = 0;
    for (size_t i = find_end(j, t, n, x); i-- > 0 && compare_ids(t[i].trace, x->trace) == 0; looked++) {
        const struct fact_request *r = &requests[t[i].request];
        if (looked == OF_A_TRACE_MAX)
            return FACT_NONE;
        if (r->last_ns < x->sent_ns || !jn_here(j, t[i].request, take))
            continue;
        if (found == FACT_NONE)
            found = t[i].request;
        else if (r->server == requests[found].server || r->last_ns < requests[found].last_ns)
            return FACT_NONE;
    }
    return found;
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
