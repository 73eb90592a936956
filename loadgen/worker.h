/* summary: private to loadgen: one thread that drives its users on one curl multi handle */
#ifndef LG_WORKER_H
#define LG_WORKER_H

#include "config.h"
#include "level.h"
#include "stats.h"

struct lg_worker;

/* Makes the users `first` .. `first + count - 1` of the level, ready to start. `level` is borrowed and may
 * still lack its times. PP_NOMEM, PP_IO with err. */
PP_MUST_CHECK enum pp_status lg_worker_new(struct lg_worker **out, const struct lg_config *c,
                                           struct lg_level *level, size_t first, size_t count,
                                           struct pp_err *err);
/* Starts the thread; the level's times are set. */
PP_MUST_CHECK enum pp_status lg_worker_start(struct lg_worker *w, struct pp_err *err);
/* Makes the thread look at the level's end and abandon flag at once. */
void lg_worker_wake(struct lg_worker *w);
/* Waits for the thread's end. */
void lg_worker_join(struct lg_worker *w);
/* Not while the thread runs. */
void lg_worker_free(struct lg_worker **wp);

/* Any time: for the live line. */
struct lg_live {
    uint64_t done; /* since the level began, warm-up included */
    uint64_t errors;
    uint64_t refused;
    uint64_t in_flight;
};
void lg_worker_add_live(const struct lg_worker *w, struct lg_live *sum);

/* After the join. */
const struct lg_stats *lg_worker_stats(const struct lg_worker *w);
/* Requests of the measured time that were abandoned. */
uint64_t lg_worker_unfinished(const struct lg_worker *w);

#endif
