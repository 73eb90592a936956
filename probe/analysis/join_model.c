/* summary: the join's model of a route: contexts with what comes next, slots with the lengths of gaps */
#include "join_model.h"

#include "facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BIN_OCTAVE 8                      /* the first bin begins at 2^8 ns */
#define BACKOFF 0.5F                      /* worth of what the wider context says, in observations */
#define NEVER 0.02F                       /* worth of a shape that a route was never seen with */
#define SLOT_PRIOR 8.0                    /* worth of the wider slot */
#define SLOT_FLOOR 0.01                   /* mass spread over all bins: nothing is impossible */
#define LATE_SHARE (1 - 1.2 * SLOT_FLOOR) /* the floor itself lies mostly beyond */
#define SAME_PRIOR 4.0
#define PARALLEL_PRIOR 0.002
#define FAR_EACH 2.0F /* for each late time by which somebody overtakes */
#define FAR_LEAST_NS 200000
#define LOG_LEAST (-30.0F)
#define ASKED_BITS 15

enum place_kind {
    PLACE_FULL = 1, /* route, position, shape before */
    PLACE_SHAPE,    /* route, shape before */
    PLACE_ROUTE,
    PLACE_GAP,
    PLACE_ROUTE_GAP,
    PLACE_COMMON_GAP,
};

/* Shapes have 24 bits, routes 31. */
static uint64_t place_key(enum place_kind kind, uint32_t route, uint32_t pos, uint32_t prev)
{
    uint64_t p = prev == JN_NONE ? 0xffffff : prev & 0xffffff;
    return (uint64_t)kind << 61 | (uint64_t)(route & 0x7fffffff) << 30 | p << 6 | (pos & 63);
}

enum pp_status jn_model_new(struct jn_model **out, uint32_t shape_count)
{
    struct jn_model *m = calloc(1, sizeof *m);
    *out = m;
    if (!m)
        return PP_NOMEM;
    m->shape_count = shape_count;
    m->learned = 1;
    m->asked = calloc((size_t)1 << ASKED_BITS, sizeof *m->asked);
    return m->asked ? PP_OK : PP_NOMEM;
}

void jn_model_free(struct jn_model **mp)
{
    struct jn_model *m = *mp;
    if (!m)
        return;
    jn_table_fini(&m->contexts);
    jn_table_fini(&m->transitions);
    jn_table_fini(&m->slots);
    free(m->asked);
    free(m->context);
    free(m->slot);
    free(m);
    *mp = NULL;
}

/* ---- contexts ---- */

static uint32_t context_at(struct jn_model *m, uint64_t key, uint32_t parent)
{
    struct jn_entry *e = jn_table_get(&m->contexts, key);
    if (e)
        return e->index;
    if (m->context_count >= JN_CONTEXTS_MAX && parent != JN_NONE)
        return parent;
    e = jn_table_put(&m->contexts, key);
    if (!e || !FACT_ROOM(m->context, m->context_count, m->context_cap)) {
        m->nomem = true;
        return parent == JN_NONE ? 0 : parent;
    }
    e->index = (uint32_t)m->context_count++;
    m->context[e->index] = (struct jn_context){.parent = parent};
    return e->index;
}

uint32_t jn_context_top(struct jn_model *m, uint32_t route)
{
    return context_at(m, place_key(PLACE_ROUTE, route, 0, 0), JN_NONE);
}

uint32_t jn_context_of(struct jn_model *m, uint32_t route, uint32_t pos, uint32_t prev)
{
    uint64_t full = place_key(PLACE_FULL, route, pos < JN_POS_MAX ? pos : JN_POS_MAX, prev);
    struct jn_entry *e = jn_table_get(&m->contexts, full);
    if (e)
        return e->index;
    uint32_t top = context_at(m, place_key(PLACE_ROUTE, route, 0, 0), JN_NONE);
    uint32_t middle = context_at(m, place_key(PLACE_SHAPE, route, 0, prev), top);
    return context_at(m, full, middle);
}

static uint64_t transition_key(uint32_t context, uint32_t shape)
{
    return ((uint64_t)context + 1) << 32 | shape;
}

void jn_count_shape(struct jn_model *m, uint32_t context, uint32_t shape, float weight)
{
    m->learned++;
    for (uint32_t c = context; c != JN_NONE && !m->nomem; c = m->context[c].parent) {
        struct jn_entry *e = jn_table_put(&m->transitions, transition_key(c, shape));
        if (!e) {
            m->nomem = true;
            return;
        }
        e->value += weight;
        m->context[c].n += weight;
    }
}

static float probability(const struct jn_model *m, uint32_t context, uint32_t shape)
{
    const struct jn_context *c = &m->context[context];
    const struct jn_entry *e = jn_table_get(&m->transitions, transition_key(context, shape));
    float count = e ? e->value : 0;
    if (c->parent == JN_NONE)
        return (count + NEVER) / (c->n + NEVER * (float)(m->shape_count + 1));
    return (count + BACKOFF * probability(m, c->parent, shape)) / (c->n + BACKOFF);
}

float jn_log_shape(struct jn_model *m, uint32_t context, uint32_t shape)
{
    uint32_t hash = (context * UINT32_C(0x9e3779b1)) ^ (shape * UINT32_C(0x85ebca6b));
    struct jn_asked *k = &m->asked[hash >> (32 - ASKED_BITS)];
    if (k->context == context && k->shape == shape && k->learned == m->learned && k->unplaced == m->unplaced)
        return k->log;
    const struct jn_context *c = &m->context[context];
    float p = probability(m, context, shape);
    if (c->parent != JN_NONE)
        p = (1 - m->unplaced) * p + m->unplaced * probability(m, c->parent, shape);
    *k = (struct jn_asked){
        .context = context, .shape = shape, .learned = m->learned, .unplaced = m->unplaced, .log = logf(p)};
    return k->log;
}

/* ---- gaps ---- */

unsigned jn_bin(int64_t gap_ns)
{
    if (gap_ns < (INT64_C(1) << BIN_OCTAVE))
        return 0;
    unsigned octave = 63 - (unsigned)__builtin_clzll((unsigned long long)gap_ns);
    unsigned bin = (octave - BIN_OCTAVE) * 4 + ((unsigned)(gap_ns >> (octave - 2)) & 3);
    return bin < JN_BINS ? bin : JN_BINS - 1;
}

static double bin_low(unsigned bin)
{
    return bin == 0 ? 0 : ldexp(1 + (bin % 4) / 4.0, BIN_OCTAVE + (int)(bin / 4));
}

double jn_bin_ns(unsigned bin)
{
    return (bin_low(bin) + ldexp(1 + (bin % 4 + 1) / 4.0, BIN_OCTAVE + (int)(bin / 4))) / 2;
}

static uint32_t slot_at(struct jn_model *m, uint64_t key, uint32_t parent)
{
    struct jn_entry *e = jn_table_get(&m->slots, key);
    if (e)
        return e->index;
    if (m->slot_count >= JN_SLOTS_MAX && parent != JN_NONE)
        return parent;
    e = jn_table_put(&m->slots, key);
    if (!e || !FACT_ROOM(m->slot, m->slot_count, m->slot_cap)) {
        m->nomem = true;
        return parent == JN_NONE ? 0 : parent;
    }
    e->index = (uint32_t)m->slot_count++;
    memset(&m->slot[e->index], 0, sizeof m->slot[0]);
    m->slot[e->index].parent = parent;
    if (parent != JN_NONE) { /* until it is learnt */
        m->slot[e->index] = m->slot[parent];
        memset(m->slot[e->index].count, 0, sizeof m->slot[0].count);
        m->slot[e->index].n = m->slot[e->index].same = m->slot[e->index].taken = 0;
        m->slot[e->index].parallel = 0;
        m->slot[e->index].parent = parent;
    }
    return e->index;
}

uint32_t jn_slot_of(struct jn_model *m, uint32_t route, uint32_t pos, enum jn_gap gap)
{
    uint32_t at = gap != JN_GAP_BETWEEN ? 0 : pos < JN_POS_MAX ? pos : JN_POS_MAX;
    uint64_t full = place_key(PLACE_GAP, route, at, gap);
    struct jn_entry *e = jn_table_get(&m->slots, full);
    if (e)
        return e->index;
    uint32_t common = slot_at(m, place_key(PLACE_COMMON_GAP, 0, 0, gap), JN_NONE);
    uint32_t wide = slot_at(m, place_key(PLACE_ROUTE_GAP, route, 0, gap), common);
    return slot_at(m, full, wide);
}

void jn_count_gap(struct jn_model *m, uint32_t slot, int64_t gap_ns, float weight)
{
    unsigned bin = jn_bin(gap_ns);
    for (uint32_t s = slot; s != JN_NONE; s = m->slot[s].parent) {
        m->slot[s].count[bin] += weight;
        m->slot[s].n += weight;
    }
}

void jn_count_take(struct jn_model *m, uint32_t slot, bool same, bool parallel)
{
    for (uint32_t s = slot; s != JN_NONE; s = m->slot[s].parent) {
        m->slot[s].taken += 1;
        m->slot[s].same += same;
        m->slot[s].parallel += parallel;
    }
}

void jn_model_reset(struct jn_model *m)
{
    m->learned++;
    for (size_t i = 0; i < m->context_count; i++)
        m->context[i].n = 0;
    for (size_t i = 0; i < m->transitions.cap; i++)
        m->transitions.entries[i].value = 0;
    for (size_t i = 0; i < m->slot_count; i++) {
        struct jn_slot *s = &m->slot[i];
        memset(s->count, 0, sizeof s->count);
        s->n = s->same = s->taken = s->parallel = 0;
    }
}

/* The slot's own counts, smoothed over neighbours, with the wider slot's where there are few. */
static void mass_of(const struct jn_model *m, const struct jn_slot *s, double mass[JN_BINS])
{
    double wide[JN_BINS], sum = 0;
    if (s->parent == JN_NONE) {
        for (unsigned i = 0; i < JN_BINS; i++)
            wide[i] = 1.0 / JN_BINS;
    } else {
        mass_of(m, &m->slot[s->parent], wide);
    }
    for (unsigned i = 0; i < JN_BINS; i++) {
        double low = i > 0 ? s->count[i - 1] : 0, high = i + 1 < JN_BINS ? s->count[i + 1] : 0;
        mass[i] = 0.2 * low + 0.6 * s->count[i] + 0.2 * high + SLOT_PRIOR * wide[i];
        sum += mass[i];
    }
    for (unsigned i = 0; i < JN_BINS; i++)
        mass[i] = (1 - SLOT_FLOOR) * mass[i] / sum + SLOT_FLOOR / JN_BINS;
}

static float log_of(double x)
{
    return x > 0 ? fmaxf((float)log(x), LOG_LEAST) : LOG_LEAST;
}

static void learn_slot(struct jn_model *m, struct jn_slot *s, double conns)
{
    double mass[JN_BINS], before = 0;
    mass_of(m, s, mass);
    s->median_ns = s->late_ns = 0;
    for (unsigned i = 0; i < JN_BINS; i++) {
        double width = 2 * (jn_bin_ns(i) - bin_low(i));
        double reach = before + mass[i] / 2;
        s->log_density[i] = log_of(mass[i] / width);
        s->log_reach[i] = log_of(reach);
        s->log_survive[i] = log_of(1 - reach);
        if (before < 0.5 && before + mass[i] >= 0.5)
            s->median_ns = (int64_t)(bin_low(i) + width * (0.5 - before) / mass[i]);
        before += mass[i];
        if (s->late_ns == 0 && before >= LATE_SHARE)
            s->late_ns = (int64_t)(bin_low(i) + width);
    }
    double base = s->parent == JN_NONE ? 1 / conns : exp(m->slot[s->parent].log_same) / conns;
    double same = (s->same + SAME_PRIOR * fmin(base, 1)) / (s->taken + SAME_PRIOR);
    s->log_same = conns > 1 ? log_of(same * conns) : 0;
    s->log_other = conns > 1 ? log_of((1 - same) * conns / (conns - 1)) : 0;
    s->log_parallel = log_of((s->parallel + PARALLEL_PRIOR) / (s->taken + 1));
}

void jn_model_learn(struct jn_model *m, double conns)
{
    for (size_t i = 0; i < m->slot_count; i++) /* the wider ones come first */
        learn_slot(m, &m->slot[i], conns < 1 ? 1 : conns);
}

float jn_log_overtake(const struct jn_slot *s, int64_t d_ns)
{
    return s->log_survive[jn_bin(s->median_ns + d_ns)] -
           FAR_EACH * (float)d_ns / (float)(s->late_ns + FAR_LEAST_NS);
}
