/* summary: who sends what when: levels, shuffled cycles, think times, arrivals of open load */
#include "schedule.h"

#include "base/obj.h"

static uint64_t rotate(uint64_t v, int n)
{
    return v << n | v >> (64 - n);
}

/* splitmix64, which its authors advise for seeding xoshiro. */
static uint64_t seed_step(uint64_t *s)
{
    uint64_t z = (*s += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void lg_rng_init(struct lg_rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->s[i] = seed_step(&seed);
}

uint64_t lg_rng_next(struct lg_rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t lg_rng_below(struct lg_rng *r, uint64_t n)
{
    OBJ_ASSERT(n > 0);
    /* Draws from the incomplete last block would favour the low results. */
    uint64_t usable = UINT64_MAX - UINT64_MAX % n;
    uint64_t v = lg_rng_next(r);
    while (v >= usable)
        v = lg_rng_next(r);
    return v % n;
}

int64_t lg_rng_between(struct lg_rng *r, int64_t min, int64_t max)
{
    OBJ_ASSERT(min >= 0 && min <= max);
    return min + (int64_t)lg_rng_below(r, (uint64_t)(max - min) + 1);
}

enum pp_status lg_cycle_init(struct lg_cycle *c, const uint32_t *weights, size_t endpoint_count)
{
    *c = (struct lg_cycle){.order = NULL};
    for (size_t e = 0; e < endpoint_count; e++)
        c->count += weights[e];
    OBJ_ASSERT(c->count > 0 && endpoint_count <= UINT16_MAX);
    c->order = calloc(c->count, sizeof *c->order);
    if (c->order == NULL)
        return PP_NOMEM;
    size_t at = 0;
    for (size_t e = 0; e < endpoint_count; e++)
        for (uint32_t k = 0; k < weights[e]; k++)
            c->order[at++] = (uint16_t)e;
    return PP_OK;
}

void lg_cycle_fini(struct lg_cycle *c)
{
    free(c->order);
    *c = (struct lg_cycle){.order = NULL};
}

static void shuffle(struct lg_cycle *c, struct lg_rng *r)
{
    for (size_t i = c->count; i > 1; i--) {
        size_t j = (size_t)lg_rng_below(r, i);
        uint16_t other = c->order[i - 1];
        c->order[i - 1] = c->order[j];
        c->order[j] = other;
    }
}

size_t lg_cycle_next(struct lg_cycle *c, struct lg_rng *r)
{
    if (c->at == 0)
        shuffle(c, r);
    size_t endpoint = c->order[c->at];
    c->at = (c->at + 1) % c->count;
    return endpoint;
}

size_t lg_ramp_levels(const struct lg_ramp *r)
{
    return (size_t)((r->stop - r->start) / r->step) + 1;
}

int64_t lg_ramp_users(const struct lg_ramp *r, size_t level)
{
    OBJ_ASSERT(level < lg_ramp_levels(r));
    return r->start + (int64_t)level * r->step;
}

int64_t lg_ramp_most_users(const struct lg_ramp *r)
{
    return lg_ramp_users(r, lg_ramp_levels(r) - 1);
}

int64_t lg_stagger_ns(int64_t over_ns, size_t i, size_t n)
{
    OBJ_ASSERT(i < n);
    return (int64_t)((__int128)over_ns * (int64_t)i / (int64_t)n);
}

int64_t lg_arrival_ns(int64_t rate, uint64_t k, size_t t, size_t n)
{
    OBJ_ASSERT(rate > 0 && t < n);
    return (int64_t)(((__int128)k * (int64_t)n + (int64_t)t) * 1000000000 / rate);
}

uint64_t lg_arrivals_before(int64_t rate, int64_t until_ns, size_t t, size_t n)
{
    OBJ_ASSERT(rate > 0 && until_ns >= 0 && t < n);
    uint64_t all = (uint64_t)(((__int128)until_ns * rate + 999999999) / 1000000000);
    return all > t ? (all - t + n - 1) / n : 0;
}

void lg_split_users(size_t users, size_t n, size_t t, size_t *first, size_t *count)
{
    OBJ_ASSERT(t < n);
    size_t each = users / n;
    size_t more = users % n; /* the first threads have one more */
    *first = t * each + (t < more ? t : more);
    *count = each + (t < more ? 1 : 0);
}
