/* summary: log-linear mergeable latency histogram, at most 1 % relative error */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include "base/status.h"

#include <stdint.h>

/* Values are non-negative integers (nanoseconds by custom) from 0 to 2^63-1. Values below 128 are exact;
 * above, each power of two is cut into 64 equal buckets, so that a bucket's midpoint is within 1/128 (< 1 %)
 * of any value in it. Count, sum, minimum and maximum are exact. */
struct hist;

struct hist *hist_new(void);
void hist_free(struct hist **hp);
void hist_reset(struct hist *h);
/* Negative values are a programmer's mistake. */
void hist_add(struct hist *h, int64_t value);
void hist_add_n(struct hist *h, int64_t value, uint64_t n);
/* Adds all of `from` to `h`. The result equals recording both series into one histogram. */
void hist_merge(struct hist *h, const struct hist *from);

uint64_t hist_count(const struct hist *h);
int64_t hist_sum(const struct hist *h);
/* 0 when empty. */
int64_t hist_min(const struct hist *h);
int64_t hist_max(const struct hist *h);
double hist_mean(const struct hist *h);
/* Value at quantile q in [0,1] (nearest rank, clamped into [min, max]); 0 when empty. */
int64_t hist_quantile(const struct hist *h, double q);

/* Buckets in rising order for export and rebuild: calls f for every non-empty bucket with its index and
 * count. */
typedef void hist_bucket_f(void *priv, uint32_t index, uint64_t count);
void hist_each(const struct hist *h, hist_bucket_f *f, void *priv);
/* Bucket of a value that is not negative. */
uint32_t hist_bucket_of(int64_t value);
/* Lowest and highest value of a bucket. */
int64_t hist_bucket_low(uint32_t index);
int64_t hist_bucket_high(uint32_t index);

#endif
