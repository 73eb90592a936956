/* summary: hash map from bytes to a pointer: uthash's table, XXH3 seeded per map as its hash */
#include "base/map.h"

#include "base/obj.h"

#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <xxhash.h>

/* Without this uthash ends the process when memory is out. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = 1)
#include <uthash.h>

#define MAP_MAGIC 0x6d617001u

struct entry {
    void *value;
    UT_hash_handle hh;
    int lost; /* uthash found no memory to link it */
    uint8_t key[];
};

struct map {
    uint32_t magic;
    struct entry *head;
    size_t max_entries;
    uint64_t seed;
};

struct map *map_new(size_t max_entries)
{
    struct map *m = NULL;
    if (OBJ_NEW(m, MAP_MAGIC) == NULL)
        return NULL;
    m->max_entries = max_entries;
    /* Keys come from the wire: without a secret seed somebody could aim them all at one bucket. */
    if (getrandom(&m->seed, sizeof m->seed, GRND_NONBLOCK) != (ssize_t)sizeof m->seed)
        m->seed = (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15);
    return m;
}

void map_free(struct map **mp)
{
    if (*mp == NULL)
        return;
    struct map *m = *mp;
    OBJ_CHECK(m, MAP_MAGIC);
    struct entry *e = m->head;
    HASH_CLEAR(hh, m->head);
    while (e != NULL) {
        struct entry *next = e->hh.next;
        free(e);
        e = next;
    }
    OBJ_FREE(m);
    *mp = NULL;
}

static unsigned hash_of(const struct map *m, const void *key, size_t key_len)
{
    return (unsigned)XXH3_64bits_withSeed(key, key_len, m->seed);
}

static struct entry *find(const struct map *m, const void *key, unsigned key_len, unsigned hash)
{
    struct entry *e = NULL;
    HASH_FIND_BYHASHVALUE(hh, m->head, key, key_len, hash, e);
    return e;
}

void *map_get(const struct map *m, const void *key, size_t key_len)
{
    OBJ_CHECK(m, MAP_MAGIC);
    if (key_len > INT_MAX)
        return NULL;
    if (key_len == 0)
        key = "";
    struct entry *e = find(m, key, (unsigned)key_len, hash_of(m, key, key_len));
    return e != NULL ? e->value : NULL;
}

/* The new entry or NULL when memory is out. Most of its statements are uthash's. */
/* NOLINTNEXTLINE(readability-function-size) */
static struct entry *add(struct map *m, const void *key, unsigned key_len, unsigned hash)
{
    struct entry *e = calloc(1, sizeof *e + key_len);
    if (e == NULL)
        return NULL;
    memcpy(e->key, key, key_len);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, m->head, e->key, key_len, hash, e);
    if (e->lost) {
        free(e);
        return NULL;
    }
    return e;
}

enum pp_status map_set(struct map *m, const void *key, size_t key_len, void *value)
{
    OBJ_CHECK(m, MAP_MAGIC);
    OBJ_ASSERT(value != NULL);
    if (key_len > INT_MAX)
        return PP_LIMIT;
    if (key_len == 0)
        key = "";
    unsigned hash = hash_of(m, key, key_len);
    struct entry *e = find(m, key, (unsigned)key_len, hash);
    if (e == NULL && m->max_entries != 0 && map_count(m) >= m->max_entries)
        return PP_LIMIT;
    if (e == NULL)
        e = add(m, key, (unsigned)key_len, hash);
    if (e == NULL)
        return PP_NOMEM;
    e->value = value;
    return PP_OK;
}

void *map_remove(struct map *m, const void *key, size_t key_len)
{
    OBJ_CHECK(m, MAP_MAGIC);
    if (key_len > INT_MAX)
        return NULL;
    if (key_len == 0)
        key = "";
    struct entry *e = find(m, key, (unsigned)key_len, hash_of(m, key, key_len));
    if (e == NULL)
        return NULL;
    void *value = e->value;
    HASH_DELETE(hh, m->head, e);
    free(e);
    return value;
}

size_t map_count(const struct map *m)
{
    OBJ_CHECK(m, MAP_MAGIC);
    return HASH_COUNT(m->head);
}

void map_each(const struct map *m, map_each_f *f, void *priv)
{
    OBJ_CHECK(m, MAP_MAGIC);
    for (const struct entry *e = m->head; e != NULL; e = e->hh.next)
        f(priv, e->key, e->hh.keylen, e->value);
}
