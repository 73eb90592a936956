/* summary: the poller's digests, shared by their counters and their histograms */
#ifndef POLL_DIGEST_H
#define POLL_DIGEST_H

#include "poll_priv.h"

/* Columns of ps_digests.sql behind schema, digest and text. */
enum poll_counter {
    COUNT,
    TIMER,
    LOCK,
    CPU,
    ERRORS,
    WARNINGS,
    AFFECTED,
    SENT,
    EXAMINED,
    TMP_DISK,
    TMP,
    FULL_JOIN,
    SCAN,
    SORT_ROWS,
    NO_INDEX,
    NO_GOOD_INDEX,
    COUNTERS
};

/* MySQL's histograms have 450 buckets, five of each tenth of a power of ten. */
#define POLL_BUCKETS 450

struct poll_digest {
    int64_t id;
    int64_t poll_id; /* of the last answer with it */
    bool told;       /* its texts */
    bool is_new;     /* the server did not have it at the first answer: its histogram begins at 0 */
    uint64_t base[COUNTERS];
    uint64_t timer_since; /* ps since its histogram was read */
    uint64_t *buckets;    /* as it was read last, NULL: never; owned */
    char *schema, *name;  /* behind the struct */
};

#endif
