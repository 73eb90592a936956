/* summary: the fact arrays: growth, search, end of life */
#include "facts.h"

#include <stdlib.h>

bool ana_room(void **array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return true;
    size_t n = *cap ? *cap * 2 : 64;
    if (n < *cap || n > SIZE_MAX / size)
        return false;
    void *p = realloc(*array, n * size);
    if (!p)
        return false;
    *array = p;
    *cap = n;
    return true;
}

void ana_facts_fini(struct ana_facts *f)
{
    free(f->conns);
    free(f->pools);
    free(f->requests);
    free(f->statements);
    free(f->query_works);
    free(f->traces);
    free(f->checkouts);
    free(f->txns);
    free(f->levels);
    for (size_t i = 0; i < sizeof f->hosts / sizeof *f->hosts; i++)
        free(f->hosts[i].at);
    *f = (struct ana_facts){0};
}

uint32_t ana_facts_conn(const struct ana_facts *f, uint64_t id)
{
    size_t lo = 0, hi = f->conn_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (f->conns[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < f->conn_count && f->conns[lo].id == id ? (uint32_t)lo : FACT_NONE;
}

uint32_t ana_facts_pool(const struct ana_facts *f, uint64_t id)
{
    size_t lo = 0, hi = f->pool_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (f->pools[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < f->pool_count && f->pools[lo].id == id ? (uint32_t)lo : FACT_NONE;
}
