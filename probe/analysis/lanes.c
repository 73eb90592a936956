/* summary: connections as lanes: the ones that were held longest, and their use over the whole run */
#include "lanes.h"
#include "series.h"

#include <stdlib.h>

struct rank {
    uint32_t conn;
    int64_t held_ns;
};

static bool of_application(const struct ana_facts *f, uint32_t conn)
{
    return conn != FACT_NONE && f->conns[conn].pool != FACT_NONE && f->pools[f->conns[conn].pool].application;
}

static int by_held(const void *pa, const void *pb)
{
    const struct rank *a = pa, *b = pb;
    if (a->held_ns != b->held_ns)
        return a->held_ns > b->held_ns ? -1 : 1;
    return a->conn < b->conn ? -1 : a->conn > b->conn;
}

static int by_conn(const void *pa, const void *pb)
{
    const struct rank *a = pa, *b = pb;
    return a->conn < b->conn ? -1 : a->conn > b->conn;
}

/* The connections of the application's pools, the longest held first; their number, or SIZE_MAX for no
 * memory. */
static size_t rank_all(const struct ana_facts *f, struct rank **out)
{
    size_t n = 0;
    int64_t *held = calloc(f->conn_count + 1, sizeof *held);
    struct rank *ranks = calloc(f->conn_count + 1, sizeof *ranks);
    *out = ranks;
    if (!held || !ranks) {
        free(held);
        return SIZE_MAX;
    }
    for (size_t i = 0; i < f->checkout_count; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        if (c->conn != FACT_NONE && c->end_ns > c->start_ns)
            held[c->conn] += c->end_ns - c->start_ns;
    }
    for (uint32_t i = 0; i < f->conn_count; i++)
        if (of_application(f, i))
            ranks[n++] = (struct rank){.conn = i, .held_ns = held[i]};
    qsort(ranks, n, sizeof *ranks, by_held);
    free(held);
    return n;
}

static bool add_lanes(struct lanes_input *in, const struct rank *ranks, size_t n)
{
    struct ana_lanes *l = in->out;
    l->lanes = calloc(n, sizeof *l->lanes);
    if (!l->lanes)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct fact_conn *c = &in->facts->conns[ranks[i].conn];
        struct ana_lane *lane = &l->lanes[l->count++];
        lane->connection_id = c->id;
        lane->open_ns = c->ready_ns > 0 ? c->ready_ns : c->open_ns;
        lane->close_ns = c->close_ns;
        lane->use = calloc(l->columns, 1);
        if (!lane->use)
            return false;
        in->lane_of[ranks[i].conn] = (uint32_t)i;
    }
    return true;
}

static bool fill_use(struct lanes_input *in)
{
    struct ana_lanes *l = in->out;
    double *ns = calloc(l->columns * l->count, sizeof *ns);
    if (!ns)
        return false;
    for (size_t i = 0; i < in->facts->checkout_count; i++) {
        const struct fact_checkout *c = &in->facts->checkouts[i];
        if (c->conn == FACT_NONE || in->lane_of[c->conn] == FACT_NONE)
            continue;
        double *row = ns + in->lane_of[c->conn] * l->columns;
        size_t k = ana_bucket_at(c->start_ns, l->column_start_ns, l->column_ns, l->columns);
        for (int64_t t_ns = c->start_ns; t_ns < c->end_ns && k < l->columns; k++) {
            int64_t border_ns = l->column_start_ns + (int64_t)(k + 1) * l->column_ns;
            int64_t until_ns = border_ns < c->end_ns ? border_ns : c->end_ns;
            row[k] += (double)(until_ns - t_ns);
            t_ns = until_ns;
        }
    }
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->columns; k++) {
            double percent = ns[i * l->columns + k] / (double)l->column_ns * 100.0;
            l->lanes[i].use[k] = (uint8_t)(percent > 100 ? 100 : percent + 0.5);
        }
    free(ns);
    return true;
}

static enum pp_status make(struct lanes_input *in)
{
    const struct ana_series *s = &in->report->series;
    struct ana_lanes *l = in->out;
    struct rank *ranks;
    int64_t span_ns = (int64_t)s->count * s->bucket_ns;
    l->column_start_ns = s->start_ns;
    l->column_ns = ana_round_bucket(span_ns, ANA_LANE_COLUMNS_MAX);
    l->columns = (size_t)((span_ns - 1) / l->column_ns) + 1;
    size_t all = rank_all(in->facts, &ranks), n = all < ANA_LANES_MAX ? all : ANA_LANES_MAX;
    bool ok = all != SIZE_MAX;
    if (ok && n > 0) {
        l->left_out = all - n;
        qsort(ranks, n, sizeof *ranks, by_conn);
        ok = add_lanes(in, ranks, n) && fill_use(in);
    }
    free(ranks);
    if (!ok)
        return PP_NOMEM;
    return l->count ? ana_lanes_window(in) : PP_OK;
}

enum pp_status ana_lanes_make(struct ana_input *in)
{
    struct ana_report *r = in->report;
    struct lanes_input li = {.facts = &in->facts, .report = r, .out = &r->lanes};
    if (r->series.count == 0 || in->facts.checkout_count == 0)
        return PP_OK;
    li.lane_of = malloc((in->facts.conn_count + 1) * sizeof *li.lane_of);
    if (!li.lane_of)
        return PP_NOMEM;
    for (size_t i = 0; i < in->facts.conn_count; i++)
        li.lane_of[i] = FACT_NONE;
    enum pp_status st = make(&li);
    free(li.lane_of);
    return st;
}
