/* summary: discrete-event simulation of users, an application and its connection pool: wire facts and the
 * true waits */
#ifndef TEST_ANALYSIS_SIM_MODEL_H
#define TEST_ANALYSIS_SIM_MODEL_H

#include "facts.h"

enum sim_shape {
    SIM_FIXED,
    SIM_LOGNORMAL, /* coefficient of variation about 0.53 */
    SIM_EXPONENTIAL,
};

/* A kind of request. Means in microseconds. */
struct sim_class {
    double weight;
    int checkouts;
    double before_us, between_us, after_us, hold_us;
};

/* Of each checkout of the facts, the id of the request that it was for. */
struct sim_owners {
    uint64_t *ids; /* free() it */
    size_t count, cap;
};

/* Who of those that wait is served next. */
enum sim_waiters {
    SIM_FIRST_COME,
    SIM_LAST_COME,
    SIM_ANY,
};

struct sim_options {
    int pool;
    const int *users; /* one a level */
    int levels;
    double level_s, warmup_s;
    const struct sim_class *classes;
    int class_count;
    enum sim_shape app_shape, hold_shape;
    double handoff_us; /* release to the waiter's first command, mean */
    double dial_us;    /* 0: all connections open from the start; else dialled on demand, one at a time when
                          serial */
    bool serial_dial;
    bool one_thread; /* the application does one thing at a time, in the order in which they come */
    double
        recycle_us; /* with dial_us: who is given an older connection closes it and dials another; 0: never */
    enum sim_waiters waiters;
    uint64_t seed;
    struct sim_owners *owners; /* NULL: not wanted; requests are sorted by arrival when they are */
};

#define SIM_LEVELS_MAX 8
/* The truth of a level's requests. */
struct sim_truth {
    uint64_t requests;
    double wait_ns; /* all waits for a connection */
    double dial_ns; /* of it, while a dial was in progress */
    double own_ns;  /* of it, dialling in the place of an old connection */
    double app_ns, hold_ns;
};

/* Fills facts (fini them with ana_facts_fini) and the truth of each level. Ends the program when memory is
 * out. */
void sim_run(const struct sim_options *o, struct ana_facts *f, struct sim_truth truth[SIM_LEVELS_MAX]);

#endif
