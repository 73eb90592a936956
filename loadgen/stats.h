/* summary: private to loadgen: counts and latencies of one level, mergeable over threads and over machines */
#ifndef LG_STATS_H
#define LG_STATS_H

#include "base/hist.h"
#include "samples.h"
#include "seconds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a request has no response to judge; the words of the field "errors". */
enum lg_error {
    LG_OK,
    LG_STATUS,      /* a whole response, but not 2xx or 3xx */
    LG_REFUSED,     /* nobody listens */
    LG_UNREACHABLE, /* no way to the host */
    LG_NO_PORT,     /* no local port is left for a connection */
    LG_RESET,       /* the connection or the HTTP/2 stream was reset */
    LG_CLOSED,      /* the connection was closed before the response was whole */
    LG_TIMEOUT,     /* --timeout ran out */
    LG_MALFORMED,   /* the answer was not HTTP */
    LG_TLS,         /* no TLS connection, or a certificate that is not trusted */
    LG_OTHER,
    LG_ERROR_KINDS,
};

#define LG_STATUS_MAX 1000

/* "refused", "reset", …; "" for LG_OK and LG_STATUS. */
const char *lg_error_name(enum lg_error e);

/* Parts of a request's time. The first three belong to requests that opened a connection. */
enum lg_phase {
    LG_DNS,        /* finding the address (which poolload looked up before the load) */
    LG_CONNECT,    /* TCP handshake */
    LG_TLS_SETUP,  /* TLS handshake */
    LG_FIRST_BYTE, /* from the start of the request to the first byte of its answer */
    LG_PHASES,
};

/* "dns", "connect", "tls", "first_byte". */
const char *lg_phase_name(enum lg_phase p);

/* Figures of one endpoint or of all, in ns. */
struct lg_figures {
    struct hist *latency;           /* successful requests, from the time of sending */
    struct hist *corrected;         /* the same, from the time at which it should have been sent */
    struct hist *late;              /* all requests: how long after its intended time it was sent */
    struct hist *phases[LG_PHASES]; /* successful requests */
    uint64_t total;
    uint64_t late_1ms; /* sent more than 1 ms after its intended time */
    uint64_t queued;   /* of the total: open load, had to wait for a connection */
    uint64_t opened;   /* of the total: opened a connection */
    uint64_t errors[LG_ERROR_KINDS];
    uint64_t status[LG_STATUS_MAX]; /* of the responses that are errors */
    int last_other;                 /* CURLcode of the last LG_OTHER, 0 without */
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
    bool queued;
    bool opened;
    int64_t latency_ns;
    int64_t late_ns;             /* sent this much after its intended time */
    int64_t phase_ns[LG_PHASES]; /* below 0: not part of this request */
    int64_t sent_ns;             /* counted from the measured time's start; below 0 before it */
    int64_t real_ns;             /* of the end, CLOCK_REALTIME; for samples */
    const char *text;            /* what a person wants to see of an error: body or message; borrowed */
    size_t text_bytes;
};

/* LG_OK, LG_STATUS by the status, or the error itself. */
enum lg_error lg_outcome_kind(const struct lg_outcome *o);

void lg_stats_add(struct lg_stats *s, const struct lg_outcome *o);
/* Both have the same number of endpoints. */
void lg_stats_merge(struct lg_stats *s, const struct lg_stats *from);

size_t lg_stats_endpoints(const struct lg_stats *s);
const struct lg_figures *lg_stats_endpoint(const struct lg_stats *s, size_t i);
const struct lg_figures *lg_stats_all(const struct lg_stats *s);
const struct lg_seconds *lg_stats_seconds(const struct lg_stats *s);
const struct lg_samples *lg_stats_samples(const struct lg_stats *s);

/* For who reads results back: figures i, where i == endpoints means all. */
struct lg_figures *lg_stats_edit(struct lg_stats *s, size_t i);
struct lg_seconds *lg_stats_edit_seconds(struct lg_stats *s);
struct lg_samples *lg_stats_edit_samples(struct lg_stats *s);

uint64_t lg_figures_ok(const struct lg_figures *f);
uint64_t lg_figures_errors(const struct lg_figures *f);

#endif
