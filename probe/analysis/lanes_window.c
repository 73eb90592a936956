/* summary: the exact window of the lanes: a moment around the slowest request, short enough to be drawn whole
 */
#include "lanes.h"

#include "base/clock.h"

#include <stdlib.h>

#define WINDOW_MAX_NS NS_PER_S
#define WINDOW_MIN_NS NS_PER_MS

const char *ana_lane_kind_name(enum ana_lane_kind kind)
{
    static const char *const names[] = {"dial", "held", "statement", "commit"};
    return (unsigned)kind <= ANA_LANE_COMMIT ? names[kind] : "?";
}

/* The slowest complete request of the level with the most users (of the run, where there are none). */
static const struct fact_request *slowest(const struct lanes_input *in)
{
    const struct ana_facts *f = in->facts;
    const struct fact_request *worst = NULL;
    uint32_t top = FACT_NONE;
    for (uint32_t i = 0; i < f->level_count; i++)
        if (in->report->levels[i].requests > 0 &&
            (top == FACT_NONE || f->levels[i].users > f->levels[top].users))
            top = i;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        if (!q->complete || (top != FACT_NONE && q->level != top))
            continue;
        if (!worst || q->last_ns - q->arrival_ns > worst->last_ns - worst->arrival_ns)
            worst = q;
    }
    return worst;
}

/* The middle of what the window is to show. */
static int64_t choose_middle(const struct lanes_input *in)
{
    const struct ana_facts *f = in->facts;
    const struct fact_request *q = slowest(in);
    if (!q) {
        const struct fact_checkout *c = &f->checkouts[f->checkout_count / 2];
        return c->start_ns;
    }
    if (q->level != FACT_NONE)
        in->out->level_id = f->levels[q->level].id;
    return q->arrival_ns + (q->last_ns - q->arrival_ns) / 2;
}

static bool shown(const struct lanes_input *in, uint32_t conn, int64_t start_ns, int64_t end_ns)
{
    return conn != FACT_NONE && in->lane_of[conn] != FACT_NONE && end_ns > start_ns &&
           start_ns < in->out->window_end_ns && end_ns > in->out->window_start_ns;
}

typedef bool segment_f(void *priv, uint32_t lane, const struct ana_lane_segment *s);

/* Every segment of the shown lanes that touches the window; stops when `f` returns false. */
static void each(const struct lanes_input *in, segment_f *f, void *priv)
{
    const struct ana_facts *x = in->facts;
    for (size_t i = 0; i < x->conn_count; i++) {
        const struct fact_conn *c = &x->conns[i];
        struct ana_lane_segment s = {c->open_ns, c->ready_ns, ANA_LANE_DIAL};
        if (!c->mid_stream && c->open_ns > 0 && shown(in, (uint32_t)i, c->open_ns, c->ready_ns) &&
            !f(priv, in->lane_of[i], &s))
            return;
    }
    for (size_t i = 0; i < x->checkout_count; i++) {
        const struct fact_checkout *c = &x->checkouts[i];
        struct ana_lane_segment s = {c->start_ns, c->end_ns, ANA_LANE_HELD};
        if (shown(in, c->conn, c->start_ns, c->end_ns) && !f(priv, in->lane_of[c->conn], &s))
            return;
    }
    for (size_t i = 0; i < x->statement_count; i++) {
        const struct fact_statement *c = &x->statements[i];
        struct ana_lane_segment s = {c->sent_ns, c->last_ns,
                                     c->ends_txn ? ANA_LANE_COMMIT : ANA_LANE_STATEMENT};
        if (shown(in, c->conn, c->sent_ns, c->last_ns) && !f(priv, in->lane_of[c->conn], &s))
            return;
    }
}

static bool count_one(void *priv, uint32_t lane, const struct ana_lane_segment *s)
{
    (void)lane;
    (void)s;
    (*(size_t *)priv)++;
    return true;
}

static size_t set_window(const struct lanes_input *in, int64_t middle_ns, int64_t length_ns)
{
    size_t n = 0;
    in->out->window_start_ns = middle_ns - length_ns / 2;
    in->out->window_end_ns = middle_ns + length_ns / 2;
    each(in, count_one, &n);
    return n;
}

struct found {
    struct ana_lane_segment segment;
    uint32_t lane;
};

struct finder {
    struct found *found;
    size_t count, left_out;
};

static bool add_one(void *priv, uint32_t lane, const struct ana_lane_segment *s)
{
    struct finder *x = priv;
    if (x->count < ANA_LANE_SEGMENTS_MAX)
        x->found[x->count++] = (struct found){*s, lane};
    else
        x->left_out++;
    return true;
}

static int by_lane(const void *pa, const void *pb)
{
    const struct found *a = pa, *b = pb;
    if (a->lane != b->lane)
        return a->lane < b->lane ? -1 : 1;
    if (a->segment.start_ns != b->segment.start_ns)
        return a->segment.start_ns < b->segment.start_ns ? -1 : 1;
    return (int)a->segment.kind - (int)b->segment.kind;
}

enum pp_status ana_lanes_window(struct lanes_input *in)
{
    struct ana_lanes *l = in->out;
    int64_t middle_ns = choose_middle(in), length_ns = WINDOW_MAX_NS;
    while (set_window(in, middle_ns, length_ns) > ANA_LANE_SEGMENTS_MAX && length_ns > 2 * WINDOW_MIN_NS)
        length_ns /= 2;
    struct finder x = {.found = calloc(ANA_LANE_SEGMENTS_MAX, sizeof *x.found)};
    l->segments = calloc(ANA_LANE_SEGMENTS_MAX, sizeof *l->segments);
    if (!x.found || !l->segments) {
        free(x.found);
        return PP_NOMEM;
    }
    each(in, add_one, &x);
    qsort(x.found, x.count, sizeof *x.found, by_lane);
    for (size_t i = 0; i < x.count; i++) {
        struct ana_lane *lane = &l->lanes[x.found[i].lane];
        if (lane->count++ == 0)
            lane->first = i;
        l->segments[i] = x.found[i].segment;
    }
    l->segment_count = x.count;
    l->segments_left_out = x.left_out;
    free(x.found);
    return PP_OK;
}
