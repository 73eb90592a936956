/* summary: simulation of users, an application, its pool and a server with one trouble: a run file's rows and
 * the samples */
#ifndef TEST_ANALYSIS_TROUBLE_MODEL_H
#define TEST_ANALYSIS_TROUBLE_MODEL_H

#include <stdbool.h>

/* A request: half of its own work, a connection, `queries` SELECTs, an UPDATE, a pause and a commit where
 * there is a transaction, the other half of its work. Times vary evenly between half and one and a half of
 * the mean. */
struct trouble {
    int users[2]; /* of the first level and of the second */
    double think_ms, app_ms;
    int app_cpus;    /* work of the application needs one of them; 0: it only takes its time */
    int server_cpus; /* likewise the server's statements */
    int pool_min, pool_max;
    double dial_ms,
        recycle_ms; /* one dial at a time, everybody else's acquisition waits; 0: never recycled */
    int server_max; /* connections that the server takes; 0: all */
    int queries;
    double query_ms, update_ms, idle_ms, commit_ms;
    bool txn;          /* else each statement commits itself */
    bool hot_row;      /* the UPDATE holds one lock until the transaction ends */
    double lost;       /* share of the releases that wake nobody */
    double other_load; /* CPUs of the server's machine that somebody else's statements use */
};

/* The rows of a run of two levels of `level_s` each. free() it. Ends the program when memory is out. */
char *trouble_run(const struct trouble *t, int level_s, unsigned seed);

#endif
