/* summary: private to loadgen: requests, answers and errors by second of the measured time */
#ifndef LG_SECONDS_H
#define LG_SECONDS_H

#include <stddef.h>
#include <stdint.h>

struct lg_second {
    uint64_t sent;
    uint64_t ok; /* answers of this second that are successes */
    uint64_t errors;
    int64_t max_ns; /* slowest success of this second */
};

struct lg_seconds {
    struct lg_second *items;
    size_t count;
    size_t cap;
};

/* Two days: the longest level and the longest timeout. */
#define LG_SECONDS_MAX 172801

void lg_seconds_fini(struct lg_seconds *s);
/* The second `at_ns` after the start, made when missing; NULL before the start, after LG_SECONDS_MAX or
 * without memory. */
struct lg_second *lg_seconds_at(struct lg_seconds *s, int64_t at_ns);
void lg_seconds_merge(struct lg_seconds *s, const struct lg_seconds *from);

#endif
