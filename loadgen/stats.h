/* summary: private to loadgen: counts and latencies of one level, mergeable over threads */
#ifndef LG_STATS_H
#define LG_STATS_H

#include "base/hist.h"

#include <stddef.h>
#include <stdint.h>

/* Why a request has no response to judge; the words of the field "errors". */
enum lg_error {
    LG_OK,
    LG_STATUS,    /* a whole response, but not 2xx or 3xx */
    LG_REFUSED,   /* nobody listens */
    LG_RESET,     /* the connection was reset */
    LG_CLOSED,    /* the connection was closed before the response was whole */
    LG_TIMEOUT,   /* --timeout ran out */
    LG_MALFORMED, /* the answer was not HTTP */
    LG_OTHER,
    LG_ERROR_KINDS,
};

#define LG_STATUS_MAX 1000

/* "refused", "reset", …; "" for LG_OK and LG_STATUS. */
const char *lg_error_name(enum lg_error e);

/* Figures of one endpoint or of all. `latency` holds the successful requests, `late` all requests, in ns. */
struct lg_figures {
    struct hist *latency;
    struct hist *late;
    uint64_t total;
    uint64_t errors[LG_ERROR_KINDS];
    uint64_t status[LG_STATUS_MAX]; /* of the responses that are errors */
    int last_other;                 /* CURLcode of the last LG_OTHER */
};

struct lg_stats;

struct lg_stats *lg_stats_new(size_t endpoints);
void lg_stats_free(struct lg_stats **sp);

/* How one request ended. */
struct lg_outcome {
    size_t endpoint;
    enum lg_error error; /* LG_OK and LG_STATUS are told apart by `status` */
    int status;          /* of the response, 0 without one */
    int code;            /* CURLcode */
    int64_t latency_ns;
    int64_t late_ns; /* sent this much after its planned time, for want of CPU here */
};

void lg_stats_add(struct lg_stats *s, const struct lg_outcome *o);
void lg_stats_merge(struct lg_stats *s, const struct lg_stats *from);

size_t lg_stats_endpoints(const struct lg_stats *s);
const struct lg_figures *lg_stats_endpoint(const struct lg_stats *s, size_t i);
const struct lg_figures *lg_stats_all(const struct lg_stats *s);

uint64_t lg_figures_ok(const struct lg_figures *f);
uint64_t lg_figures_errors(const struct lg_figures *f);

#endif
