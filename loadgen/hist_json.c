/* summary: reads a histogram back from JSON, exactly */
#include "result.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53: whole numbers up to here survive JSON's doubles */

/* A whole number of at least 0; false for anything else. */
static bool whole(const cJSON *item, int64_t *v)
{
    if (!cJSON_IsNumber(item))
        return false;
    double d = cJSON_GetNumberValue(item);
    if (!(d >= 0 && d <= EXACT_MAX) || floor(d) != d)
        return false;
    *v = (int64_t)d;
    return true;
}

static bool field(const cJSON *o, const char *name, int64_t *v)
{
    return whole(cJSON_GetObjectItemCaseSensitive(o, name), v);
}

struct bucket {
    int64_t low;
    int64_t high; /* with the minimum and maximum of all as bounds */
    uint64_t count;
};

/* The last bucket that a value of 2^53 can be in; base/hist.h: 128 exact ones, then 64 for each power of two.
 */
#define LAST_BUCKET (128 + (53 - 7) * 64)

static bool read_bucket(const cJSON *pair, struct bucket *b)
{
    int64_t index = 0;
    int64_t count = 0;
    if (cJSON_GetArraySize(pair) != 2 || !whole(cJSON_GetArrayItem(pair, 0), &index) ||
        !whole(cJSON_GetArrayItem(pair, 1), &count) || index > LAST_BUCKET || count == 0)
        return false;
    b->low = hist_bucket_low((uint32_t)index);
    b->high = hist_bucket_high((uint32_t)index);
    b->count = (uint64_t)count;
    return true;
}

/* What the written series was in a bucket is not known, only its sum over all buckets: `rest` is how much of
 * it stands above every value being the lowest of its bucket. This bucket takes of it what it can. */
static void add_bucket(struct hist *h, const struct bucket *b, unsigned __int128 *rest)
{
    uint64_t width = (uint64_t)(b->high - b->low);
    uint64_t left = b->count;
    if (width > 0) {
        uint64_t full = *rest / width < left ? (uint64_t)(*rest / width) : left;
        hist_add_n(h, b->high, full);
        *rest -= (unsigned __int128)full * width;
        left -= full;
        if (left > 0 && *rest > 0 && *rest < width) {
            hist_add(h, b->low + (int64_t)*rest);
            *rest = 0;
            left--;
        }
    }
    hist_add_n(h, b->low, left);
}

/* The whole list with its bounds narrowed to the minimum and maximum; the sum of the lowest values. */
static bool read_buckets(const cJSON *list, struct bucket *buckets, int64_t min, int64_t max,
                         unsigned __int128 *lowest)
{
    const cJSON *pair = NULL;
    size_t n = 0;
    int64_t last = -1;
    cJSON_ArrayForEach(pair, list)
    {
        struct bucket *b = &buckets[n++];
        if (!read_bucket(pair, b) || b->low <= last || b->high < min || b->low > max)
            return false;
        last = b->low;
        b->low = b->low < min ? min : b->low;
        b->high = b->high > max ? max : b->high;
        *lowest += (unsigned __int128)(uint64_t)b->low * b->count;
    }
    return n > 0 && buckets[0].low == min && buckets[n - 1].high == max;
}

/* The minimum and the maximum are placed first, so that they come out as they were. */
static bool rebuild(struct hist *h, struct bucket *buckets, size_t n, int64_t max, unsigned __int128 rest)
{
    struct bucket *last = &buckets[n - 1];
    uint64_t top = (uint64_t)(max - last->low);
    if (n == 1 && last->count == 1)
        return rest == 0 && top == 0 ? (hist_add(h, max), true) : false;
    if (rest < top)
        return false;
    rest -= top;
    hist_add(h, max);
    last->count--;
    hist_add(h, buckets[0].low);
    buckets[0].count--;
    for (size_t i = 0; i < n; i++)
        add_bucket(h, &buckets[i], &rest);
    return rest == 0;
}

enum pp_status lg_json_read_hist(const cJSON *o, struct hist *h)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(o, "buckets");
    const char *scheme = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "scheme"));
    int64_t count = 0;
    int64_t seconds = 0;
    int64_t rest = 0;
    int64_t min = 0;
    int64_t max = 0;
    if (!cJSON_IsArray(list) || scheme == NULL || strcmp(scheme, "log-linear-64") != 0 ||
        !field(o, "count", &count) || !field(o, "sum_seconds", &seconds) || !field(o, "sum_rest", &rest) ||
        !field(o, "min", &min) || !field(o, "max", &max) || min > max)
        return PP_INVALID;
    size_t n = (size_t)cJSON_GetArraySize(list);
    if (n == 0)
        return count == 0 && seconds == 0 && rest == 0 ? PP_OK : PP_INVALID;
    struct bucket *buckets = calloc(n, sizeof *buckets);
    if (buckets == NULL)
        return PP_NOMEM;
    unsigned __int128 sum = (unsigned __int128)(uint64_t)seconds * NS_PER_S + (uint64_t)rest;
    unsigned __int128 lowest = 0;
    bool ok = read_buckets(list, buckets, min, max, &lowest) && lowest <= sum &&
              rebuild(h, buckets, n, max, sum - lowest) && hist_count(h) == (uint64_t)count;
    free(buckets);
    return ok ? PP_OK : PP_INVALID;
}
