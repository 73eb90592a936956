/* summary: hash table from a 4-tuple to a connection or tombstone, chained through the entries themselves */
#include "flow_private.h"

#include "base/obj.h"

#include <stdlib.h>
#include <string.h>

/* The key is short and of constant length: inline, its hash costs a few multiplications. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define TABLE_FIRST_BUCKETS 1024

enum pp_status flow_table_init(struct flow_table *t, uint64_t seed)
{
    t->buckets = calloc(TABLE_FIRST_BUCKETS, sizeof(struct flow_entry *));
    t->bucket_count = TABLE_FIRST_BUCKETS;
    t->count = 0;
    t->seed = seed;
    return t->buckets != NULL ? PP_OK : PP_NOMEM;
}

void flow_table_fini(struct flow_table *t)
{
    free(t->buckets);
    t->buckets = NULL;
}

/* The hash goes over packed bytes: the struct's size is not to depend on padding. */
static uint64_t hash_of(const struct flow_table *t, const struct flow_key *key)
{
    uint8_t bytes[36];
    memcpy(bytes, key->low.addr, 16);
    memcpy(bytes + 16, key->high.addr, 16);
    memcpy(bytes + 32, &key->low.port, 2);
    memcpy(bytes + 34, &key->high.port, 2);
    return XXH3_64bits_withSeed(bytes, sizeof bytes, t->seed);
}

static struct flow_entry **slot_of(const struct flow_table *t, uint64_t hash)
{
    return &t->buckets[hash & (t->bucket_count - 1)];
}

struct flow_entry *flow_table_get(const struct flow_table *t, const struct flow_key *key)
{
    uint64_t hash = hash_of(t, key);
    for (struct flow_entry *e = *slot_of(t, hash); e != NULL; e = e->chain)
        if (e->hash == hash && flow_end_equal(&e->key.low, &key->low) &&
            flow_end_equal(&e->key.high, &key->high))
            return e;
    return NULL;
}

/* Doubles the buckets; without memory the chains just get longer. */
static void grow(struct flow_table *t)
{
    struct flow_table wider = *t;
    wider.bucket_count = t->bucket_count * 2;
    wider.buckets = calloc(wider.bucket_count, sizeof(struct flow_entry *));
    if (wider.buckets == NULL)
        return;
    for (size_t i = 0; i < t->bucket_count; i++) {
        while (t->buckets[i] != NULL) {
            struct flow_entry *e = t->buckets[i];
            struct flow_entry **slot = slot_of(&wider, e->hash);
            t->buckets[i] = e->chain;
            e->chain = *slot;
            *slot = e;
        }
    }
    free(t->buckets);
    *t = wider;
}

void flow_table_add(struct flow_table *t, struct flow_entry *e)
{
    if (t->count >= t->bucket_count)
        grow(t);
    e->hash = hash_of(t, &e->key);
    struct flow_entry **slot = slot_of(t, e->hash);
    e->chain = *slot;
    *slot = e;
    t->count++;
}

void flow_table_remove(struct flow_table *t, struct flow_entry *e)
{
    struct flow_entry **at = slot_of(t, e->hash);
    while (*at != NULL && *at != e)
        at = &(*at)->chain;
    OBJ_ASSERT(*at == e);
    *at = e->chain;
    e->chain = NULL;
    t->count--;
}
