/* summary: shapes of checkouts: the sequence of statement kinds in each, repeats counted once */
#include "join_int.h"

#include "base/map.h"

#include <stdlib.h>

#define SHAPES_MAX 16384 /* further ones share one */

struct shaping {
    struct jn *j;
    uint32_t *next_of_conn; /* of each take: the next of its connection */
    uint32_t *current;      /* of each connection: the take at hand */
    uint64_t *hash;         /* of each take */
    uint32_t *last_query;
};

static uint64_t mix(uint64_t hash, uint64_t x)
{
    hash = (hash ^ x) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 32);
}

static bool begin(struct shaping *s)
{
    const struct ana_facts *f = s->j->f;
    s->next_of_conn = malloc((f->checkout_count + 1) * sizeof *s->next_of_conn);
    s->last_query = malloc((f->checkout_count + 1) * sizeof *s->last_query);
    s->hash = calloc(f->checkout_count + 1, sizeof *s->hash);
    s->current = malloc((f->conn_count + 1) * sizeof *s->current);
    if (!s->next_of_conn || !s->last_query || !s->hash || !s->current)
        return false;
    for (size_t i = 0; i < f->conn_count; i++)
        s->current[i] = FACT_NONE;
    for (size_t i = f->checkout_count; i-- > 0;) {
        uint32_t conn = f->checkouts[i].conn;
        s->next_of_conn[i] = conn == FACT_NONE ? FACT_NONE : s->current[conn];
        s->last_query[i] = FACT_NONE;
        if (conn != FACT_NONE)
            s->current[conn] = (uint32_t)i;
    }
    return true;
}

static void add_statement(struct shaping *s, const struct fact_statement *x)
{
    const struct ana_facts *f = s->j->f;
    if (x->conn == FACT_NONE)
        return;
    uint32_t at = s->current[x->conn];
    while (at != FACT_NONE && s->next_of_conn[at] != FACT_NONE &&
           f->checkouts[s->next_of_conn[at]].start_ns <= x->sent_ns)
        at = s->next_of_conn[at];
    s->current[x->conn] = at;
    if (at == FACT_NONE || x->sent_ns < f->checkouts[at].start_ns || x->sent_ns > f->checkouts[at].end_ns)
        return;
    /* A prepare, or a ping before the first use, comes with some checkouts of a kind and not with others. */
    bool work = x->query >= f->query_count || f->query_works[x->query];
    if (!work && s->last_query[at] != FACT_NONE)
        return;
    if (work && s->last_query[at] == x->query)
        return;
    if (work && s->last_query[at] != FACT_NONE && !f->query_works[s->last_query[at]])
        s->hash[at] = 0;
    s->last_query[at] = x->query;
    s->hash[at] = mix(s->hash[at], (uint64_t)x->query + 1);
}

/* Numbers from 1; 0 stands for checkouts that take no part. */
static uint32_t number(struct jn *j, struct map *known, uint64_t hash)
{
    uintptr_t at = (uintptr_t)map_get(known, &hash, sizeof hash);
    if (at)
        return (uint32_t)at;
    if (j->shape_count >= SHAPES_MAX)
        return SHAPES_MAX;
    j->shape_count++;
    if (map_set(known, &hash, sizeof hash, (void *)(uintptr_t)j->shape_count) != PP_OK)
        j->nomem = true;
    return j->shape_count;
}

void jn_shapes(struct jn *j)
{
    const struct ana_facts *f = j->f;
    struct shaping s = {.j = j};
    struct map *known = map_new(0);
    if (!known || !begin(&s)) {
        j->nomem = true;
    } else {
        for (size_t i = 0; i < f->statement_count; i++)
            add_statement(&s, &f->statements[i]);
        for (size_t i = 0; i < f->checkout_count && !j->nomem; i++) {
            const struct fact_checkout *c = &f->checkouts[i];
            uint32_t pool = c->conn == FACT_NONE ? FACT_NONE : f->conns[c->conn].pool;
            if (pool == FACT_NONE || !f->pools[pool].application || c->end_ns < c->start_ns)
                continue;
            j->takes[i].shape = number(j, known, mix(s.hash[i], (uint64_t)pool << 32 | c->voided));
            j->take_count++;
        }
    }
    if (known)
        map_free(&known);
    free(s.next_of_conn);
    free(s.last_query);
    free(s.hash);
    free(s.current);
}
