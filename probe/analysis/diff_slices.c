/* summary: cuts a whole run into blocks of time, levels and what lies between them apart
 */
#include "diff_slices.h"

#include "blocks.h"
#include "diff_int.h"

#include <stdlib.h>
#include <string.h>

#define OUTSIDE_NS INT64_C(1000000000) /* length of blocks outside of levels */

static int by_start(const void *pa, const void *pb)
{
    const struct fact_level *a = pa, *b = pb;
    return (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

static bool add(struct ana_slices *s, size_t *cap, int64_t start_ns, uint32_t stratum)
{
    size_t was = *cap;
    if (!FACT_ROOM(s->start_ns, s->count, *cap))
        return false;
    if (*cap != was) {
        uint32_t *longer = realloc(s->stratum, *cap * sizeof *longer);
        if (!longer)
            return false;
        s->stratum = longer;
    }
    s->start_ns[s->count] = start_ns;
    s->stratum[s->count++] = stratum;
    return true;
}

/* [from, to) in blocks of a length that divides it, or is as long as wanted. */
static bool cut(struct ana_slices *s, size_t *cap, int64_t from_ns, int64_t to_ns, uint32_t stratum)
{
    int64_t length_ns = stratum == 0 ? OUTSIDE_NS : ana_block_length_ns(to_ns - from_ns);
    if ((to_ns - from_ns) / length_ns > ANA_BLOCKS_MOST)
        length_ns = (to_ns - from_ns) / ANA_BLOCKS_MOST;
    int64_t n = (to_ns - from_ns) / length_ns;
    bool ok = true;
    for (int64_t i = 0; i < (n > 0 ? n : 1) && ok; i++)
        ok = add(s, cap, from_ns + i * length_ns, stratum);
    return ok;
}

/* Stratum 0 is all time outside of levels. Where a clock was set back, a level begins with the end of the one
 * before. */
static bool cut_all(struct ana_slices *s, const struct ana_facts *f, int64_t from_ns, int64_t to_ns)
{
    struct fact_level *levels = malloc((f->level_count + 1) * sizeof *levels);
    size_t cap = 0;
    bool ok = levels && add(s, &cap, INT64_MIN, 0);
    if (levels && f->level_count > 0) {
        memcpy(levels, f->levels, f->level_count * sizeof *levels);
        qsort(levels, f->level_count, sizeof *levels, by_start);
    }
    for (size_t i = 0; i < f->level_count && ok; i++) {
        int64_t start_ns = levels[i].start_ns > from_ns ? levels[i].start_ns : from_ns;
        if (start_ns > from_ns)
            ok = cut(s, &cap, from_ns, start_ns, 0);
        if (ok && levels[i].end_ns > start_ns) {
            ok = cut(s, &cap, start_ns, levels[i].end_ns, (uint32_t)i + 1);
            from_ns = levels[i].end_ns;
        }
    }
    if (ok && to_ns > from_ns)
        ok = cut(s, &cap, from_ns, to_ns, 0);
    free(levels);
    return ok;
}

static bool index_strata(struct ana_slices *s, size_t level_count)
{
    s->stratum_count = level_count + 1;
    s->first = calloc(s->stratum_count + 2, sizeof *s->first);
    s->members = malloc((s->count + 1) * sizeof *s->members);
    s->times = calloc(s->count + 1, sizeof *s->times);
    if (!s->first || !s->members || !s->times)
        return false;
    for (size_t i = 0; i < s->count; i++)
        s->first[s->stratum[i] + 1]++;
    for (size_t i = 0; i < s->stratum_count; i++)
        s->first[i + 1] += s->first[i];
    size_t *at = malloc((s->stratum_count + 1) * sizeof *at);
    if (!at)
        return false;
    memcpy(at, s->first, s->stratum_count * sizeof *at);
    for (size_t i = 0; i < s->count; i++)
        s->members[at[s->stratum[i]]++] = (uint32_t)i;
    free(at);
    return true;
}

enum pp_status ana_slices_make(struct ana_slices *out, const struct ana_facts *f)
{
    int64_t from_ns = INT64_MAX, to_ns = INT64_MIN;
    *out = (struct ana_slices){.count = 0};
    if (f->request_count > 0) {
        from_ns = f->requests[0].arrival_ns;
        to_ns = f->requests[f->request_count - 1].arrival_ns;
    }
    if (f->statement_count > 0) {
        int64_t first_ns = f->statements[0].sent_ns, last_ns = f->statements[f->statement_count - 1].sent_ns;
        from_ns = first_ns < from_ns ? first_ns : from_ns;
        to_ns = last_ns > to_ns ? last_ns : to_ns;
    }
    bool ok = cut_all(out, f, from_ns == INT64_MAX ? 0 : from_ns, to_ns == INT64_MIN ? 0 : to_ns);
    return ok && index_strata(out, f->level_count) ? PP_OK : PP_NOMEM;
}

void ana_slices_fini(struct ana_slices *s)
{
    free(s->start_ns);
    free(s->stratum);
    free(s->members);
    free(s->first);
    free(s->times);
    *s = (struct ana_slices){.count = 0};
}

uint32_t ana_slice_of(const struct ana_slices *s, int64_t t_ns)
{
    size_t lo = 0, hi = s->count; /* the first block begins before all time */
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->start_ns[mid] <= t_ns)
            lo = mid;
        else
            hi = mid;
    }
    return (uint32_t)lo;
}

void ana_slices_draw(struct ana_slices *s, uint64_t *state)
{
    for (size_t i = 0; i < s->count; i++)
        s->times[i] = state == NULL;
    for (size_t k = 0; k < s->stratum_count && state; k++) {
        size_t n = s->first[k + 1] - s->first[k];
        for (size_t i = 0; i < n; i++)
            s->times[s->members[s->first[k] + ana_random_next(state) % n]]++;
    }
}
