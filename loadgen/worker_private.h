/* summary: private to loadgen's worker: its state, shared by the event loop and the feed of due requests */
#ifndef LG_WORKER_PRIVATE_H
#define LG_WORKER_PRIVATE_H

#include "user.h"
#include "wake.h"
#include "worker.h"

#include <pthread.h>

struct lg_worker {
    uint32_t magic;
    const struct lg_config *config;
    struct lg_level *level;
    size_t t; /* which of the level's threads */
    CURLM *multi;
    struct lg_poller poller;
    struct lg_user *users;
    size_t user_count; /* made so far */
    size_t user_cap;
    size_t first; /* of its users among all of the level */
    uint64_t seed;
    struct lg_stats *stats;
    int64_t curl_due_ns; /* when curl wants to be called, INT64_MAX: never */
    uint64_t unfinished;
    uint64_t unsent;
    uint64_t in_flight;
    /* closed load */
    struct lg_wake wake;
    /* open load */
    struct lg_rng rng;
    struct lg_cycle cycle;
    uint64_t arrival;   /* the next one */
    int64_t arrival_ns; /* CLOCK_MONOTONIC: when it is due, INT64_MAX: no more */
    uint32_t *idle;     /* connections without a request, the last used on top */
    size_t idle_count;
    bool backlog; /* requests are due for which there was no connection */
    pthread_t thread;
    bool started;
    struct lg_live_shared live;
};

/* The end of a request is counted in worker.c; here its user goes on. */
void lg_feed_finished(struct lg_worker *w, struct lg_user *u, enum lg_error error, int64_t now);
/* PP_NOMEM. */
PP_MUST_CHECK enum pp_status lg_feed_init(struct lg_worker *w);
void lg_feed_fini(struct lg_worker *w);
/* Sets the level's first requests up; the level has its times. */
void lg_feed_begin(struct lg_worker *w);
/* When the next request is to be looked at, also to find that the level has ended; INT64_MAX: no more, or not
 * before another request ends. */
int64_t lg_feed_due_ns(const struct lg_worker *w);
/* Starts what is due, a few at a time. */
void lg_feed_start(struct lg_worker *w);
/* True when no more will start. */
bool lg_feed_is_empty(const struct lg_worker *w);

/* Of the event loop, for the feed. */
enum pp_status lg_worker_make_user(struct lg_worker *w) PP_MUST_CHECK;
void lg_worker_send(struct lg_worker *w, struct lg_user *u, size_t endpoint, int64_t due_ns, int64_t now);

#endif
