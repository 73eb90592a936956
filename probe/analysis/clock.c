/* summary: was the recorder's clock set back during the run, and how many HTTP servers answered
 *
 * Requests are stored in the order in which they ended: where that order and their times disagree by more
 * than packets may be out of order, the clock was set back. A clock set forward looks like a pause. */
#include "parts.h"

#include <stdlib.h>

#define STEP_NS INT64_C(100000000)

struct ended {
    uint64_t id;
    int64_t last_ns;
};

static int by_id(const void *pa, const void *pb)
{
    const struct ended *a = pa, *b = pb;
    return a->id < b->id ? -1 : a->id > b->id;
}

static int64_t furthest_back(struct ended *list, size_t n)
{
    int64_t latest_ns = 0, most_ns = 0;
    qsort(list, n, sizeof *list, by_id);
    for (size_t i = 0; i < n; i++) {
        if (latest_ns - list[i].last_ns > most_ns)
            most_ns = latest_ns - list[i].last_ns;
        if (list[i].last_ns > latest_ns)
            latest_ns = list[i].last_ns;
    }
    return most_ns >= STEP_NS ? most_ns : 0;
}

static enum pp_status count_servers(struct ana_input *in)
{
    bool *seen = calloc((size_t)in->name_count + 1, sizeof *seen);
    if (!seen)
        return PP_NOMEM;
    for (size_t i = 0; i < in->facts.request_count; i++) {
        uint32_t server = in->facts.requests[i].server;
        in->report->http_servers += !seen[server];
        seen[server] = true;
    }
    free(seen);
    return PP_OK;
}

enum pp_status ana_clock_find(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    struct ended *list = malloc((f->request_count + 1) * sizeof *list);
    size_t n = 0;
    if (!list)
        return PP_NOMEM;
    for (size_t i = 0; i < f->request_count; i++)
        if (f->requests[i].complete)
            list[n++] = (struct ended){f->requests[i].id, f->requests[i].last_ns};
    in->report->clock_back_ns = furthest_back(list, n);
    free(list);
    return count_servers(in);
}
