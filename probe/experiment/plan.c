/* summary: which runs an experiment makes, and in which order */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>

/* SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine, which rand() is not. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Fisher and Yates; the bias of the remainder over at most ANA_EXP_CELLS_MAX is below 2^-55. */
static void shuffle(struct exp_slot *slots, size_t n, uint64_t seed)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)(next_random(&seed) % i);
        struct exp_slot x = slots[i - 1];
        slots[i - 1] = slots[k];
        slots[k] = x;
    }
}

enum pp_status exp_plan_init(struct exp_plan *p, const struct exp_spec *s)
{
    size_t cells = ana_exp_cell_count(&s->design);
    *p = (struct exp_plan){.slots = calloc(cells * s->design.repeats, sizeof *p->slots)};
    if (!p->slots)
        return PP_NOMEM;
    for (uint32_t r = 1; r <= s->design.repeats; r++) {
        for (size_t c = 0; c < cells; c++)
            p->slots[p->count + c] = (struct exp_slot){c, r};
        shuffle(p->slots + p->count, cells, s->seed << 32 | r);
        p->count += cells;
    }
    return PP_OK;
}

void exp_plan_fini(struct exp_plan *p)
{
    free(p->slots);
    *p = (struct exp_plan){0};
}

const char *exp_cell_name(char *dst, size_t n, const struct ana_exp_design *d, size_t cell)
{
    size_t used = 0;
    dst[0] = '\0';
    for (size_t f = 0; f < d->factor_count && used < n; f++) {
        int k = snprintf(dst + used, n - used, "%s%s=%s", f ? " " : "", d->factors[f].name,
                         d->factors[f].levels[ana_exp_level_of(d, cell, f)]);
        used += k > 0 ? (size_t)k : 0;
    }
    return dst;
}
