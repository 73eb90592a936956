/* summary: private: a whole run cut into blocks of time, stratum by stratum, for the bootstrap
 */
#ifndef ANA_DIFF_SLICES_H
#define ANA_DIFF_SLICES_H

#include "facts.h"

/* A stratum is a level, or all time outside of levels: what was drawn for one stands for no other. */
struct ana_slices {
    int64_t *start_ns; /* of each block, rising */
    uint32_t *stratum; /* of each block */
    size_t count;
    uint32_t *members; /* blocks, one stratum after the other */
    size_t *first;     /* of each stratum in `members`, one more entry at the end */
    size_t stratum_count;
    uint32_t *times; /* that each block was drawn */
};

/* From the first to the last moment of the facts. PP_NOMEM; free in any case. */
PP_MUST_CHECK enum pp_status ana_slices_make(struct ana_slices *out, const struct ana_facts *f);
void ana_slices_fini(struct ana_slices *s);
/* The block of a moment. */
uint32_t ana_slice_of(const struct ana_slices *s, int64_t t_ns);
/* Draws as many blocks of each stratum as it has, with replacement; all once with state NULL. */
void ana_slices_draw(struct ana_slices *s, uint64_t *state);

#endif
