/* summary: private to loadgen: one thread that drives its users on one curl multi handle */
#ifndef LG_WORKER_H
#define LG_WORKER_H

#include "config.h"
#include "level.h"
#include "live.h"
#include "stats.h"

struct lg_worker;

/* Makes thread `t` of the level with its share of the users (or connections), ready to start. `level` is
 * borrowed and may still lack its times. PP_NOMEM, PP_IO with err. */
PP_MUST_CHECK enum pp_status lg_worker_new(struct lg_worker **out, const struct lg_config *c,
                                           struct lg_level *level, size_t t, struct pp_err *err);
/* Starts the thread; the level's times are set. */
PP_MUST_CHECK enum pp_status lg_worker_start(struct lg_worker *w, struct pp_err *err);
/* Makes the thread look at the level's end and abandon flag at once. */
void lg_worker_wake(struct lg_worker *w);
/* Waits for the thread's end. */
void lg_worker_join(struct lg_worker *w);
/* Not while the thread runs. */
void lg_worker_free(struct lg_worker **wp);

/* Adds what it did since the level began, warm-up included; any time. */
void lg_worker_add_live(const struct lg_worker *w, struct lg_live *sum);

/* After the join. */
const struct lg_stats *lg_worker_stats(const struct lg_worker *w);
/* Requests of the measured time that were abandoned. */
uint64_t lg_worker_unfinished(const struct lg_worker *w);
/* Open load: requests of the measured time that found no connection until its end and were not sent. */
uint64_t lg_worker_unsent(const struct lg_worker *w);

#endif
