/* summary: what limits each level: runs the rules and ranks what they say
 */
#include "explain.h"

#include "explain_facts.h"

#include <stdlib.h>

static const struct {
    const char *key, *title;
    exp_rule_f *rule;
} rules[] = {
#define EXPLAIN_RULE(name, title) {#name, title, exp_rule_##name},
#include "explain_rule.def"
#undef EXPLAIN_RULE
};
#define RULES (sizeof rules / sizeof rules[0])

const char *ana_limit_kind_name(enum ana_limit_kind k)
{
    static const char *const names[] = {"limited", "not limited", "cannot tell"};
    return (unsigned)k < sizeof names / sizeof names[0] ? names[k] : "unknown";
}

struct found {
    struct exp_limit x;
    size_t order;
};

static int by_rank(const void *pa, const void *pb)
{
    const struct found *a = pa, *b = pb;
    if (a->x.class != b->x.class)
        return a->x.class < b->x.class ? -1 : 1;
    if (a->x.limit.weight_ms != b->x.limit.weight_ms)
        return a->x.limit.weight_ms > b->x.limit.weight_ms ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static void drop(struct ana_limit *l)
{
    free(l->text);
    free(l->evidence);
    free(l->against);
    free(l->would_move);
}

/* The load is the answer only where nothing else is. */
static size_t collect(struct found *list, const struct exp_facts *f)
{
    size_t n = 0;
    for (size_t i = 0; i < RULES; i++) {
        struct found *x = &list[n];
        *x = (struct found){.order = i};
        if ((rules[i].rule == exp_rule_load && n > 0) || !rules[i].rule(f, &x->x))
            continue;
        x->x.limit.rule = rules[i].key;
        x->x.limit.title = rules[i].title;
        n++;
    }
    return n;
}

static bool whole(const struct ana_limit *l)
{
    return l->text && l->evidence && l->against && l->would_move;
}

enum pp_status exp_rank(struct ana_limit **out, size_t *count, const struct exp_facts *f)
{
    struct found list[RULES];
    size_t n = collect(list, f);
    bool ok = true;
    qsort(list, n, sizeof list[0], by_rank);
    *out = calloc(n + 1, sizeof **out);
    for (size_t i = 0; i < n; i++)
        ok = ok && whole(&list[i].x.limit);
    for (size_t i = 0; i < n; i++)
        if (*out && ok)
            (*out)[i] = list[i].x.limit;
        else
            drop(&list[i].x.limit);
    *count = *out && ok ? n : 0;
    return *out && ok ? PP_OK : PP_NOMEM;
}

enum pp_status ana_explain(struct ana_input *in)
{
    struct ana_report *r = in->report;
    enum pp_status st = PP_OK;
    struct exp_all all;
    st = exp_facts_new(&all, in);
    for (size_t i = 0; i < r->level_count && st == PP_OK; i++)
        if (all.known[i])
            st = exp_rank(&r->levels[i].limits, &r->levels[i].limit_count, &all.facts[i]);
    exp_facts_free(&all);
    return st;
}
