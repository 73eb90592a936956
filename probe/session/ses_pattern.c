/* summary: patterns: texts whose shape was seen lately are known again without making their shape
 *
 * An application sends few different texts, and the next one is nearly always one of the last: comparing it
 * with their shapes, literal by literal, costs a fourth of making its own shape and hashing it. */
#include "ses_private.h"

#include <string.h>

#define PREFIX_BYTES 16

static uint64_t load64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Patterns whose texts begin alike stand together; NULL for a text that is too short to have one. */
static struct ses_pattern *set_of(struct ses_patterns *all, const char *sql, size_t n)
{
    if (n < PREFIX_BYTES)
        return NULL;
    uint64_t mixed = (load64(sql) ^ load64(sql + 8) * UINT64_C(31)) * UINT64_C(0x9e3779b97f4a7c15);
    return all->at[mixed >> 32 & (SES_PATTERN_SETS - 1)];
}

static bool fits(const struct ses_pattern *t, const char *sql, size_t n)
{
    const uint8_t *p = (const uint8_t *)sql;
    const uint8_t *end = p + n;
    size_t from = 0;
    for (size_t i = 0; i < t->literals; i++) {
        size_t plain = t->literal_at[i] - from;
        if ((size_t)(end - p) < plain || memcmp(p, t->shape + from, plain) != 0)
            return false;
        p = ses_shape_literal(p + plain, end, t->shape[t->literal_at[i]]);
        if (p == NULL)
            return false;
        from = (size_t)t->literal_at[i] + 1;
    }
    size_t rest = t->bytes - from;
    return (size_t)(end - p) == rest && memcmp(p, t->shape + from, rest) == 0;
}

struct ses_digest *ses_pattern_find(struct ses_patterns *all, const char *sql, size_t n, uint64_t way)
{
    const struct ses_pattern *set = set_of(all, sql, n);
    for (size_t i = 0; set != NULL && i < SES_PATTERN_WAYS && set[i].digest != NULL; i++)
        if (set[i].way == way && n >= set[i].bytes && fits(&set[i], sql, n))
            return set[i].digest;
    return NULL;
}

void ses_pattern_learn(struct ses_patterns *all, const char *sql, size_t n, const struct ses_pattern_facts *f)
{
    struct ses_pattern *set = set_of(all, sql, n);
    if (set == NULL || f->shape_bytes > SES_PATTERN_MAX)
        return;
    struct ses_pattern t = {.way = f->way, .digest = f->digest, .bytes = (uint8_t)f->shape_bytes};
    for (size_t i = 0; i < f->shape_bytes; i++) {
        if (!ses_shape_is_literal(f->shape[i]))
            continue;
        if (t.literals == SES_PATTERN_LITERALS)
            return;
        t.literal_at[t.literals++] = (uint8_t)i;
    }
    memcpy(t.shape, f->shape, f->shape_bytes);
    size_t i = 0;
    while (i < SES_PATTERN_WAYS && set[i].digest != NULL)
        i++;
    set[i < SES_PATTERN_WAYS ? i : all->next_way++ % SES_PATTERN_WAYS] = t;
}
