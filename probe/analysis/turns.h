/* summary: private: how long the application takes between two statements of one checkout, where it never
 * waits for a connection */
#ifndef ANA_TURNS_H
#define ANA_TURNS_H

#include "facts.h"
#include "sweep.h"

/* Of one level: its turns, and how long they would have taken with few requests at work. */
struct ana_turns {
    double ns, usual_ns;
    uint64_t count;
};

/* One entry a level of the facts; free() it. The same two statements in a row are compared, so that levels
 * may do different work. `few_rest`: at most so many requests without a connection are few, and nobody waits.
 * `s`: of a sweep that kept its trace. NULL: memory is out. */
struct ana_turns *ana_turns_new(const struct ana_facts *f, const struct ana_sweep *s, uint32_t few_rest);

#endif
