/* summary: private: how much slower the application works than with few requests at work */
#ifndef ANA_PACE_H
#define ANA_PACE_H

#include "baseline.h"
#include "sweep.h"

struct ana_pace {
    int64_t from_ns;         /* since the trace began, until the next one's */
    double least, mid, most; /* times the means of `ana_baselines.few`; most 0: not known */
    double turn_ns;          /* at mid; a stretch is longer by so much at least (by none at least, by that of
                                mid and most at most) */
    bool by_cpu;             /* or by turns: there is not enough of a reference to tell */
};

/* By time, a new one with each level and each sample of the application's CPU; free() them. None at all
 * (PP_OK) where the application is no slower with many requests at work. `s`: of a sweep without waits that
 * kept its trace. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_paces_new(struct ana_pace **out, size_t *count, const struct ana_facts *f,
                                           const struct ana_sweep *s, const struct ana_baselines *b);
/* Takes reference time out of a trace that may be hand-overs to requests that are slow to go on. */
void ana_paces_doubt(struct ana_trace *t, const struct ana_pace *paces, size_t count, int64_t handoff_ns);

#endif
