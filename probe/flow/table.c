/* summary: hash table from a 4-tuple to a connection or tombstone, chained through the entries themselves */
#include "flow_private.h"

#include "base/obj.h"
#include "base/rare.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TABLE_FIRST_BUCKETS 1024

enum pp_status flow_table_init(struct flow_table *t)
{
    if (getrandom(t->seed, sizeof t->seed, GRND_NONBLOCK) != (ssize_t)sizeof t->seed)
        for (size_t i = 0; i < FLOW_SEEDS; i++)
            t->seed[i] = ((uint64_t)(uintptr_t)t + i) * UINT64_C(0x9e3779b97f4a7c15);
    t->seed[2] |= 1; /* a factor of 0 would make all equal */
    t->buckets = calloc(TABLE_FIRST_BUCKETS, sizeof(struct flow_entry *));
    t->bucket_count = TABLE_FIRST_BUCKETS;
    t->count = 0;
    return t->buckets != NULL ? PP_OK : PP_NOMEM;
}

void flow_table_fini(struct flow_table *t)
{
    free(t->buckets);
    t->buckets = NULL;
}

/* Both halves of the product depend on all bits of both factors. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_end(const struct flow_table *t, const struct cap_endpoint *e)
{
    uint64_t x[2];
    memcpy(x, e->addr, sizeof x);
    return mix(x[0] ^ t->seed[0], x[1] ^ t->seed[1] ^ (uint64_t)e->port << 8);
}

/* The same in both directions. Keyed by secrets, so that nobody can choose addresses that fall into one
 * bucket. */
static inline uint64_t hash_of(const struct flow_table *t, const struct cap_endpoint *a,
                               const struct cap_endpoint *b)
{
    return mix(hash_end(t, a) + hash_end(t, b), t->seed[2]);
}

static struct flow_entry **slot_of(const struct flow_table *t, uint64_t hash)
{
    return &t->buckets[hash & (t->bucket_count - 1)];
}

static inline bool is_between(const struct flow_entry *e, const struct cap_endpoint *a,
                              const struct cap_endpoint *b)
{
    return flow_end_equal(&e->key.low, a) && flow_end_equal(&e->key.high, b);
}

/* The slot is told by the ports alone: connections that share it only take the longer way. */
static inline struct flow_recent *recent_of(struct flow_table *t, uint16_t a, uint16_t b)
{
    return &t->recent[(a * 31U + b) % FLOW_RECENT];
}

/* By addresses and ports, through the hash; remembers it. */
static PP_APART struct flow_entry *look_up(struct flow_table *t, const struct cap_endpoint *a,
                                           const struct cap_endpoint *b, struct flow_recent *recent)
{
    uint64_t hash = hash_of(t, a, b);
    for (struct flow_entry *e = *slot_of(t, hash); e != NULL; e = e->chain)
        if (e->hash == hash && (is_between(e, a, b) || is_between(e, b, a))) {
            *recent = (struct flow_recent){
                .entry = e, .ports = (uint32_t)a->port << 16 | b->port, .swapped = !is_between(e, a, b)};
            return e;
        }
    return NULL;
}

struct flow_entry *flow_table_get(struct flow_table *t, const struct cap_endpoint *a,
                                  const struct cap_endpoint *b, bool *a_low)
{
    struct flow_recent *recent = recent_of(t, a->port, b->port);
    struct flow_entry *e = recent->entry;
    if (e == NULL || recent->ports != ((uint32_t)a->port << 16 | b->port) ||
        (flow_addr_differs(&e->key.low, recent->swapped ? b : a) |
         flow_addr_differs(&e->key.high, recent->swapped ? a : b)) != 0)
        e = look_up(t, a, b, recent);
    *a_low = !recent->swapped;
    return e;
}

/* Doubles the buckets; without memory the chains just get longer. */
static PP_RARE void grow(struct flow_table *t)
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
    e->hash = hash_of(t, &e->key.low, &e->key.high);
    struct flow_entry **slot = slot_of(t, e->hash);
    e->chain = *slot;
    *slot = e;
    t->count++;
}

static void forget_recent(struct flow_table *t, uint16_t a, uint16_t b, const struct flow_entry *e)
{
    struct flow_recent *recent = recent_of(t, a, b);
    if (recent->entry == e)
        recent->entry = NULL;
}

void flow_table_remove(struct flow_table *t, struct flow_entry *e)
{
    struct flow_entry **at = slot_of(t, e->hash);
    while (*at != NULL && *at != e)
        at = &(*at)->chain;
    OBJ_ASSERT(*at == e);
    *at = e->chain;
    e->chain = NULL;
    forget_recent(t, e->key.low.port, e->key.high.port, e);
    forget_recent(t, e->key.high.port, e->key.low.port, e);
    t->count--;
}
