/* summary: log-linear latency histogram: exact below 128, then 64 buckets a power of two */
#include "base/hist.h"

#include "base/obj.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define HIST_MAGIC 0x68697374u
#define EXACT 128u /* values below have a bucket each */
#define PER_POWER 64u
#define FIRST_POWER 7u /* 2^7 == EXACT */
#define BUCKETS (EXACT + (63u - FIRST_POWER) * PER_POWER)

struct hist {
    uint32_t magic;
    uint64_t count;
    unsigned __int128 sum; /* exact for 2^64 values of 2^63 */
    int64_t min;
    int64_t max;
    uint64_t buckets[BUCKETS];
};

struct hist *hist_new(void)
{
    struct hist *h = NULL;
    return OBJ_NEW(h, HIST_MAGIC);
}

void hist_free(struct hist **hp)
{
    if (*hp == NULL)
        return;
    OBJ_CHECK(*hp, HIST_MAGIC);
    OBJ_FREE(*hp);
}

void hist_reset(struct hist *h)
{
    OBJ_CHECK(h, HIST_MAGIC);
    memset(h, 0, sizeof *h);
    h->magic = HIST_MAGIC;
}

static uint32_t index_of(uint64_t value)
{
    if (value < EXACT)
        return (uint32_t)value;
    uint32_t power = 63u - (uint32_t)__builtin_clzll(value);
    uint32_t step = (uint32_t)(value >> (power - 6)) - PER_POWER;
    return EXACT + (power - FIRST_POWER) * PER_POWER + step;
}

uint32_t hist_bucket_of(int64_t value)
{
    OBJ_ASSERT(value >= 0);
    return index_of((uint64_t)value);
}

int64_t hist_bucket_low(uint32_t index)
{
    OBJ_ASSERT(index < BUCKETS);
    if (index < EXACT)
        return index;
    uint32_t shift = (index - EXACT) / PER_POWER + 1;
    uint64_t step = (index - EXACT) % PER_POWER + PER_POWER;
    return (int64_t)(step << shift);
}

int64_t hist_bucket_high(uint32_t index)
{
    OBJ_ASSERT(index < BUCKETS);
    if (index < EXACT)
        return index;
    uint32_t shift = (index - EXACT) / PER_POWER + 1;
    return hist_bucket_low(index) + (int64_t)((UINT64_C(1) << shift) - 1);
}

void hist_add_n(struct hist *h, int64_t value, uint64_t n)
{
    OBJ_CHECK(h, HIST_MAGIC);
    OBJ_ASSERT(value >= 0);
    if (n == 0)
        return;
    if (h->count == 0 || value < h->min)
        h->min = value;
    if (value > h->max)
        h->max = value;
    h->count += n;
    h->sum += (unsigned __int128)value * n;
    h->buckets[index_of((uint64_t)value)] += n;
}

void hist_add(struct hist *h, int64_t value)
{
    hist_add_n(h, value, 1);
}

void hist_merge(struct hist *h, const struct hist *from)
{
    OBJ_CHECK(h, HIST_MAGIC);
    OBJ_CHECK(from, HIST_MAGIC);
    if (from->count == 0)
        return;
    if (h->count == 0 || from->min < h->min)
        h->min = from->min;
    if (from->max > h->max)
        h->max = from->max;
    h->count += from->count;
    h->sum += from->sum;
    for (uint32_t i = 0; i < BUCKETS; i++)
        h->buckets[i] += from->buckets[i];
}

uint64_t hist_count(const struct hist *h)
{
    OBJ_CHECK(h, HIST_MAGIC);
    return h->count;
}

int64_t hist_sum(const struct hist *h)
{
    OBJ_CHECK(h, HIST_MAGIC);
    return h->sum > INT64_MAX ? INT64_MAX : (int64_t)h->sum;
}

int64_t hist_min(const struct hist *h)
{
    OBJ_CHECK(h, HIST_MAGIC);
    return h->min;
}

int64_t hist_max(const struct hist *h)
{
    OBJ_CHECK(h, HIST_MAGIC);
    return h->max;
}

double hist_mean(const struct hist *h)
{
    OBJ_CHECK(h, HIST_MAGIC);
    return h->count != 0 ? (double)h->sum / (double)h->count : 0.0;
}

/* Nearest rank, 1..count. The factor keeps 0.07 * 100 == 7.000000000000001 from becoming rank 8. */
static uint64_t rank_of(uint64_t count, double q)
{
    double rank = ceil(q * (double)count * (1.0 - 4 * DBL_EPSILON));
    if (rank < 1.0)
        return 1;
    return rank >= (double)count ? count : (uint64_t)rank;
}

int64_t hist_quantile(const struct hist *h, double q)
{
    OBJ_CHECK(h, HIST_MAGIC);
    OBJ_ASSERT(q >= 0.0 && q <= 1.0);
    if (h->count == 0)
        return 0;
    uint64_t rank = rank_of(h->count, q);
    uint64_t seen = 0;
    uint32_t i = 0;
    while (i < BUCKETS - 1 && (seen += h->buckets[i]) < rank)
        i++;
    int64_t low = hist_bucket_low(i);
    int64_t value = low + (hist_bucket_high(i) - low) / 2;
    if (value < h->min)
        return h->min;
    return value > h->max ? h->max : value;
}

void hist_each(const struct hist *h, hist_bucket_f *f, void *priv)
{
    OBJ_CHECK(h, HIST_MAGIC);
    for (uint32_t i = 0; i < BUCKETS; i++)
        if (h->buckets[i] != 0)
            f(priv, i, h->buckets[i]);
}
