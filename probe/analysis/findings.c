/* summary: findings: collects what the rules say and puts the most important first */
#include "findings.h"

#include "facts.h"
#include "parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

char *ana_find_text(struct ana_finder *f, const char *fmt, ...)
{
    va_list ap;
    char *s = NULL;
    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (n >= 0)
        return s;
    f->nomem = true;
    return NULL;
}

void ana_find_add(struct ana_finder *f, const struct ana_find *what, char *text, char *evidence,
                  char *against)
{
    struct ana_report *r = f->r;
    if (f->nomem || !FACT_ROOM(r->findings, r->finding_count, f->cap) ||
        !FACT_ROOM(f->ranks, r->finding_count, f->rank_cap)) {
        f->nomem = true;
        free(text);
        free(evidence);
        free(against);
        return;
    }
    f->ranks[r->finding_count] = (struct ana_finding_rank){what->class, what->weight, r->finding_count};
    r->findings[r->finding_count++] = (struct ana_finding){.rule = what->rule,
                                                           .severity = what->severity,
                                                           .level_id = what->level_id,
                                                           .text = text,
                                                           .evidence = evidence,
                                                           .against = against};
}

static int by_importance(const void *pa, const void *pb)
{
    const struct ana_finding_rank *a = pa, *b = pb;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool sort(struct ana_finder *f)
{
    struct ana_report *r = f->r;
    if (r->finding_count < 2)
        return true;
    struct ana_finding *sorted = calloc(r->finding_count, sizeof *sorted);
    if (!sorted)
        return false;
    qsort(f->ranks, r->finding_count, sizeof *f->ranks, by_importance);
    for (size_t i = 0; i < r->finding_count; i++)
        sorted[i] = r->findings[f->ranks[i].index];
    free(r->findings);
    r->findings = sorted;
    return true;
}

enum pp_status ana_findings_of(struct ana_report *r, double outside_share)
{
    struct ana_finder f = {.r = r, .outside_share = outside_share};
    ana_find_quality(&f);
    ana_find_input(&f);
    ana_find_pool(&f);
    ana_find_connections(&f);
    ana_find_time(&f);
    ana_find_server(&f);
    bool whole = !f.nomem && sort(&f);
    free(f.ranks);
    return whole ? PP_OK : PP_NOMEM;
}

enum pp_status ana_findings_make(struct ana_input *in)
{
    const struct ana_sweep *s = &in->sweep;
    return ana_findings_of(in->report, s->busy_ns > 0 ? s->outside_ns / s->busy_ns : 0);
}
