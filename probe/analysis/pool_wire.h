/* summary: private: what the wire alone shows of the application's pools, part by part
 */
#ifndef ANA_POOL_WIRE_H
#define ANA_POOL_WIRE_H

#include "parts.h"

/* First commands of a new connection (SET NAMES and the like), by connection. */
struct ana_init {
    int64_t *end_ns;     /* last byte of the last first command; 0: there were none */
    uint32_t *checkouts; /* that were nothing but first commands */
};
PP_MUST_CHECK enum pp_status ana_init_find(struct ana_init *out, const struct ana_input *in);
void ana_init_fini(struct ana_init *x);

/* Points, reuse order, dialling (pool_walk.c). PP_NOMEM, as all below. */
PP_MUST_CHECK enum pp_status ana_pool_walk(struct ana_input *in, const struct ana_init *init);
/* Lifetimes and phases of dials (pool_life.c). */
PP_MUST_CHECK enum pp_status ana_pool_life(struct ana_input *in, const struct ana_init *init);
/* What connections were held for (pool_holds.c). */
PP_MUST_CHECK enum pp_status ana_pool_holds(struct ana_input *in);

/* Adds to a latency that is made when it is first needed. False: no memory. */
PP_MUST_CHECK bool ana_latency_add(struct ana_latency *l, int64_t ns);

/* The verdicts, from figures alone. */
enum ana_reuse ana_reuse_of(const struct ana_pool_wire *w);
enum ana_dialling ana_dialling_of(const struct ana_pool_wire *w);

/* One connection that a living pool closed. */
struct ana_closed {
    double age_ms, idle_ms, uses;
};
/* Fills recycling and recycle_low … recycle_high of `w`. Sorts `list`. */
void ana_recycling_of(struct ana_pool_wire *w, struct ana_closed *list, size_t n);

#endif
