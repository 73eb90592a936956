/* summary: was the recorder's clock set back during the run, and how many HTTP servers answered
 *
 * Requests are stored in the order in which they ended: where that order and their times disagree by more
 * than packets may be out of order, the clock was set back. A clock set forward looks like a pause. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define STEP_NS INT64_C(100000000)
#define LATE_NS INT64_C(1000000000) /* after a level's end, the request was not sent in it by this clock */

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

static int by_level_id(const void *pa, const void *pb)
{
    const struct fact_level *a = pa, *b = pb;
    return (a->id > b->id) - (a->id < b->id);
}

/* Marks tell a level's time by the load generator's clock, and no request of it is sent after its end. */
static enum pp_status find_late(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    struct ana_report *r = in->report;
    struct fact_level *levels = malloc((f->level_count + 1) * sizeof *levels);
    if (!levels)
        return PP_NOMEM;
    if (f->level_count > 0)
        memcpy(levels, f->levels, f->level_count * sizeof *levels);
    qsort(levels, f->level_count, sizeof *levels, by_level_id);
    for (size_t i = 0; i < f->request_count && f->level_count > 0; i++) {
        const struct fact_request *q = &f->requests[i];
        struct fact_level key = {.id = q->level_mark};
        const struct fact_level *l =
            q->level_mark ? bsearch(&key, levels, f->level_count, sizeof *levels, by_level_id) : NULL;
        if (!l)
            continue;
        r->marks++;
        int64_t late_ns = q->arrival_ns - l->end_ns;
        r->marks_late += late_ns > LATE_NS;
        r->marks_late_ns = late_ns > LATE_NS && late_ns > r->marks_late_ns ? late_ns : r->marks_late_ns;
    }
    free(levels);
    return PP_OK;
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
    enum pp_status st = find_late(in);
    return st == PP_OK ? count_servers(in) : st;
}
