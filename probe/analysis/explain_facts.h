/* summary: private: gathers the facts of every level for the explanation
 */
#ifndef ANA_EXPLAIN_FACTS_H
#define ANA_EXPLAIN_FACTS_H

#include "explain.h"
#include "findings.h"
#include "parts.h"

struct exp_all {
    struct exp_facts *facts; /* one a level */
    bool *known;             /* the level has a budget to explain */
    struct ana_find_name *names;
    char **pools; /* texts for pool_names */
    size_t count;
};

/* PP_NOMEM; free in any case. */
PP_MUST_CHECK enum pp_status exp_facts_new(struct exp_all *out, const struct ana_input *in);
void exp_facts_free(struct exp_all *all);

/* The parts (explain_queries.c, explain_sides.c). `of` is the level's index. */
PP_MUST_CHECK enum pp_status exp_add_queries(struct exp_all *all, const struct ana_input *in);
void exp_add_sides(struct exp_all *all, const struct ana_input *in);

#endif
