/* summary: intervals of what changed at each endpoint and each query: block bootstrap over the whole of both
 * runs
 *
 * A latency counts as the middle of its histogram's bucket (1 % at most), so that a million statements are
 * some thousands of figures to draw from. All items are drawn from the same blocks. */
#include "details.h"
#include "diff_int.h"
#include "diff_slices.h"

#include "base/sort.h"

#include <math.h>
#include <stdlib.h>

#define SEED UINT64_C(0xd1b54a32d192ed03)
#define ITEMS_MOST ((size_t)200) /* of a kind: those that changed most */
#define SAMPLES_FEWEST 20
#define BLOCKS_FEWEST 5 /* in which the item appears */
#define Q95 0.95

/* So many latencies of one bucket in one block; those of an item by value. */
struct tally {
    uint32_t block, count;
    double ms;
};

struct item {
    size_t first, count; /* of the tallies */
    uint64_t samples;
    bool enough;
};

/* One run, endpoints and queries together. */
struct side {
    const struct ana_report *r;
    struct ana_slices slices;
    struct sort_item *keys; /* item, bucket and block, as they are sorted */
    size_t key_count;
    struct tally *tallies;
    struct item *items;
};

/* An item of both sides with its target. */
struct pair {
    uint32_t item;
    struct ana_change *mean_ms, *p95_ms;
    double *values; /* ANA_RESAMPLES of the mean, then of the percentile */
    double centre[2];
};

struct boot {
    struct side a, b;
    struct pair *pairs;
    size_t count;
};

/* Item above bucket: sorting is linear in this range. The block goes along. */
static void add(struct side *s, uint32_t item, int64_t ns, int64_t at_ns)
{
    if (item == FACT_NONE || ns < 0)
        return;
    s->keys[s->key_count++] = (struct sort_item){(int64_t)((uint64_t)item << 12 | hist_bucket_of(ns)),
                                                 ana_slice_of(&s->slices, at_ns)};
}

/* `item_of_endpoint` and `item_of_query` by index in the report; FACT_NONE: not compared. */
static void add_all(struct side *s, const uint32_t *item_of_endpoint, const uint32_t *item_of_query)
{
    const struct ana_details *d = s->r->details;
    const struct ana_facts *f = &d->facts;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        if (q->complete)
            add(s, item_of_endpoint[d->endpoint_at[q->endpoint]], fact_latency_ns(q), q->arrival_ns);
    }
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *x = &f->statements[i];
        if (x->complete)
            add(s, item_of_query[x->query], x->last_ns - x->sent_ns, x->sent_ns);
    }
}

static double middle_ms(uint32_t bucket)
{
    return ((double)hist_bucket_low(bucket) + (double)hist_bucket_high(bucket)) / 2e6;
}

/* Equal items, buckets and blocks become one tally. */
static enum pp_status count(struct side *s, size_t items)
{
    uint32_t *seen = calloc(s->slices.count + 1, sizeof *seen);
    uint32_t *blocks = calloc(items + 1, sizeof *blocks);
    size_t n = 0;
    s->items = calloc(items + 1, sizeof *s->items);
    s->tallies = malloc((s->key_count + 1) * sizeof *s->tallies);
    enum pp_status st =
        seen && blocks && s->items && s->tallies ? sort_items(s->keys, s->key_count) : PP_NOMEM;
    for (size_t i = 0; i < s->key_count && st == PP_OK; i++) {
        uint64_t key = (uint64_t)s->keys[i].key;
        uint32_t block = s->keys[i].index;
        struct item *x = &s->items[key >> 12];
        bool same = i > 0 && s->keys[i - 1].key == s->keys[i].key && s->keys[i - 1].index == block;
        if (x->samples++ == 0)
            x->first = n;
        if (same) {
            s->tallies[n - 1].count++;
            continue;
        }
        x->count++;
        blocks[key >> 12] += seen[block] != (key >> 12) + 1;
        seen[block] = (uint32_t)(key >> 12) + 1;
        s->tallies[n++] = (struct tally){block, 1, middle_ms((uint32_t)(key & 0xfff))};
    }
    for (size_t i = 0; i < items && st == PP_OK; i++)
        s->items[i].enough = s->items[i].samples >= SAMPLES_FEWEST && blocks[i] >= BLOCKS_FEWEST;
    free(seen);
    free(blocks);
    return st;
}

/* Mean and 95th percentile of an item as drawn; false: it was not drawn at all. */
static bool figures(const struct side *s, uint32_t item, double out[2])
{
    const struct item *x = &s->items[item];
    const struct tally *t = s->tallies + x->first;
    double n = 0, sum = 0, above = 0;
    for (size_t i = 0; i < x->count; i++) {
        double w = (double)t[i].count * s->slices.times[t[i].block];
        n += w;
        sum += w * t[i].ms;
    }
    if (n <= 0)
        return false;
    size_t k = x->count;
    while (k > 0 && above <= (1 - Q95) * n) {
        k--;
        above += (double)t[k].count * s->slices.times[t[k].block];
    }
    out[0] = sum / n;
    out[1] = t[k].ms;
    return true;
}

static void draw_all(struct boot *x, size_t at)
{
    for (size_t i = 0; i < x->count; i++) {
        struct pair *p = &x->pairs[i];
        double a[2], b[2];
        bool ok = figures(&x->a, p->item, a) && figures(&x->b, p->item, b);
        for (int k = 0; k < 2; k++) {
            double by = ok ? b[k] - a[k] : p->centre[k]; /* nothing drawn: says nothing */
            if (at == SIZE_MAX)
                p->centre[k] = by;
            else
                p->values[(size_t)k * ANA_RESAMPLES + at] = by;
        }
    }
}

static enum pp_status resample(struct boot *x)
{
    uint64_t state = SEED;
    for (size_t i = 0; i < x->count; i++)
        if (!(x->pairs[i].values = malloc(2 * ANA_RESAMPLES * sizeof(double))))
            return PP_NOMEM;
    ana_slices_draw(&x->a.slices, NULL);
    ana_slices_draw(&x->b.slices, NULL);
    draw_all(x, SIZE_MAX);
    for (size_t i = 0; i < ANA_RESAMPLES; i++) {
        ana_slices_draw(&x->a.slices, &state);
        ana_slices_draw(&x->b.slices, &state);
        draw_all(x, i);
    }
    for (size_t i = 0; i < x->count; i++) {
        struct pair *p = &x->pairs[i];
        ana_change_interval(p->mean_ms, p->values, p->centre[0]);
        ana_change_interval(p->p95_ms, p->values + ANA_RESAMPLES, p->centre[1]);
    }
    return PP_OK;
}

static void measured(struct ana_change *mean_ms, struct ana_change *p95_ms, const struct ana_latency *a,
                     const struct ana_latency *b)
{
    *mean_ms = ana_change_of(hist_mean(a->hist) / 1e6, hist_mean(b->hist) / 1e6);
    *p95_ms =
        ana_change_of((double)hist_quantile(a->hist, Q95) / 1e6, (double)hist_quantile(b->hist, Q95) / 1e6);
}

/* Names of the items of both sides by index in their reports. */
struct names {
    uint32_t *endpoint, *query;
};

static bool names_init(struct names *n, const struct ana_report *r)
{
    *n = (struct names){malloc((r->endpoint_count + 1) * sizeof(uint32_t)),
                        malloc((r->query_count + 1) * sizeof(uint32_t))};
    for (size_t i = 0; i < r->endpoint_count && n->endpoint; i++)
        n->endpoint[i] = FACT_NONE;
    for (size_t i = 0; i < r->query_count && n->query; i++)
        n->query[i] = FACT_NONE;
    return n->endpoint && n->query;
}

static void add_pair(struct boot *x, struct ana_change *mean_ms, struct ana_change *p95_ms)
{
    x->pairs[x->count] = (struct pair){.item = (uint32_t)x->count, .mean_ms = mean_ms, .p95_ms = p95_ms};
    x->count++;
}

/* Gives each pair that both runs have its item. */
static void name_all(struct boot *x, struct ana_diff *d, struct names *a, struct names *b)
{
    for (size_t i = 0; i < d->endpoint_count; i++) {
        struct ana_diff_endpoint *e = &d->endpoints[i];
        if (!e->a || !e->b)
            continue;
        measured(&e->mean_ms, &e->p95_ms, &e->a->latency, &e->b->latency);
        if (i >= ITEMS_MOST)
            continue;
        a->endpoint[e->a - d->a->endpoints] = b->endpoint[e->b - d->b->endpoints] = (uint32_t)x->count;
        add_pair(x, &e->mean_ms, &e->p95_ms);
    }
    for (size_t i = 0; i < d->query_count; i++) {
        struct ana_diff_query *q = &d->queries[i];
        if (!q->a || !q->b)
            continue;
        measured(&q->mean_ms, &q->p95_ms, &q->a->latency, &q->b->latency);
        if (i >= ITEMS_MOST)
            continue;
        a->query[q->a - d->a->queries] = b->query[q->b - d->b->queries] = (uint32_t)x->count;
        add_pair(x, &q->mean_ms, &q->p95_ms);
    }
}

static enum pp_status side_init(struct side *s, const struct names *n, size_t items)
{
    const struct ana_facts *f = &s->r->details->facts;
    enum pp_status st = ana_slices_make(&s->slices, f);
    s->keys = malloc((f->request_count + f->statement_count + 1) * sizeof *s->keys);
    if (st != PP_OK || !s->keys)
        return PP_NOMEM;
    add_all(s, n->endpoint, n->query);
    return count(s, items);
}

static void side_fini(struct side *s)
{
    ana_slices_fini(&s->slices);
    free(s->keys);
    free(s->tallies);
    free(s->items);
}

/* Only pairs that were seen often enough in both runs. */
static void drop_rare(struct boot *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->count; i++)
        if (x->a.items[x->pairs[i].item].enough && x->b.items[x->pairs[i].item].enough)
            x->pairs[n++] = x->pairs[i];
    x->count = n;
}

enum pp_status ana_diff_items(struct ana_diff *d)
{
    struct boot x = {.a.r = d->a, .b.r = d->b};
    struct names a, b;
    bool ok = names_init(&a, d->a);
    ok = names_init(&b, d->b) && ok;
    x.pairs = calloc(d->endpoint_count + d->query_count + 1, sizeof *x.pairs);
    enum pp_status st = ok && x.pairs ? PP_OK : PP_NOMEM;
    if (st == PP_OK)
        name_all(&x, d, &a, &b);
    if (st == PP_OK && d->a->details && d->b->details) {
        st = side_init(&x.a, &a, x.count);
        if (st == PP_OK)
            st = side_init(&x.b, &b, x.count);
        if (st == PP_OK) {
            drop_rare(&x);
            st = resample(&x);
        }
    }
    for (size_t i = 0; i < x.count && x.pairs; i++)
        free(x.pairs[i].values);
    side_fini(&x.a);
    side_fini(&x.b);
    free(x.pairs);
    free(a.endpoint);
    free(a.query);
    free(b.endpoint);
    free(b.query);
    return st;
}
