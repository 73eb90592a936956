/* summary: which statements belong to which checkout */
#include "details.h"

#include <stdlib.h>
#include <string.h>

/* The checkout of each statement, FACT_NONE: of none. */
static bool owners(uint32_t *owner, const struct ana_facts *f)
{
    uint32_t *current = malloc((f->conn_count + 1) * sizeof *current);
    uint32_t *next = malloc((f->checkout_count + 1) * sizeof *next);
    bool ok = current && next;
    if (ok)
        memset(current, 0xff, (f->conn_count + 1) * sizeof *current);
    for (size_t i = f->checkout_count; ok && i-- > 0;) {
        uint32_t conn = f->checkouts[i].conn;
        next[i] = conn == FACT_NONE ? FACT_NONE : current[conn];
        if (conn != FACT_NONE)
            current[conn] = (uint32_t)i;
    }
    for (size_t i = 0; ok && i < f->statement_count; i++) {
        const struct fact_statement *x = &f->statements[i];
        owner[i] = FACT_NONE;
        if (x->conn == FACT_NONE)
            continue;
        uint32_t at = current[x->conn];
        while (at != FACT_NONE && next[at] != FACT_NONE && f->checkouts[next[at]].start_ns <= x->sent_ns)
            at = next[at];
        current[x->conn] = at;
        if (at != FACT_NONE && x->sent_ns >= f->checkouts[at].start_ns &&
            x->sent_ns <= f->checkouts[at].end_ns)
            owner[i] = at;
    }
    free(current);
    free(next);
    return ok;
}

enum pp_status ana_work_make(struct ana_work *out, const struct ana_facts *f)
{
    uint32_t *owner = malloc((f->statement_count + 1) * sizeof *owner);
    out->first = calloc(f->checkout_count + 2, sizeof *out->first);
    out->list = malloc((f->statement_count + 1) * sizeof *out->list);
    bool ok = owner && out->first && out->list && owners(owner, f);
    for (size_t i = 0; ok && i < f->statement_count; i++)
        if (owner[i] != FACT_NONE)
            out->first[owner[i] + 2]++;
    for (size_t i = 0; ok && i < f->checkout_count; i++)
        out->first[i + 2] += out->first[i + 1];
    for (size_t i = 0; ok && i < f->statement_count; i++)
        if (owner[i] != FACT_NONE)
            out->list[out->first[owner[i] + 1]++] = (uint32_t)i;
    free(owner);
    if (!ok)
        ana_work_fini(out);
    return ok ? PP_OK : PP_NOMEM;
}

void ana_work_fini(struct ana_work *w)
{
    free(w->first);
    free(w->list);
    *w = (struct ana_work){0};
}
