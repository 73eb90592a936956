/* summary: hash table from 64 bits to a count and an index, for the join's many small look-ups */
#include "join_model.h"

#include <stdlib.h>

static size_t place(const struct jn_table *t, uint64_t key)
{
    uint64_t x = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(x ^ (x >> 29)) & (t->cap - 1);
    while (t->entries[at].key != 0 && t->entries[at].key != key)
        at = (at + 1) & (t->cap - 1);
    return at;
}

struct jn_entry *jn_table_get(const struct jn_table *t, uint64_t key)
{
    if (t->cap == 0)
        return NULL;
    struct jn_entry *e = &t->entries[place(t, key)];
    return e->key == key ? e : NULL;
}

static bool grow(struct jn_table *t)
{
    struct jn_table wider = {.cap = t->cap ? t->cap * 2 : 256, .count = t->count};
    wider.entries = calloc(wider.cap, sizeof *wider.entries);
    if (!wider.entries)
        return false;
    for (size_t i = 0; i < t->cap; i++)
        if (t->entries[i].key != 0)
            wider.entries[place(&wider, t->entries[i].key)] = t->entries[i];
    free(t->entries);
    *t = wider;
    return true;
}

struct jn_entry *jn_table_put(struct jn_table *t, uint64_t key)
{
    if (t->count * 2 >= t->cap && !grow(t))
        return NULL;
    struct jn_entry *e = &t->entries[place(t, key)];
    if (e->key == 0) {
        *e = (struct jn_entry){.key = key, .index = JN_NONE};
        t->count++;
    }
    return e;
}

void jn_table_fini(struct jn_table *t)
{
    free(t->entries);
    *t = (struct jn_table){0};
}
