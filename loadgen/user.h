/* summary: private to loadgen: one user: its curl handle and its own connection; with open load, one of the
 * connections that the requests share */
#ifndef LG_USER_H
#define LG_USER_H

#include "config.h"
#include "mark.h"
#include "poller.h"
#include "stats.h"

#include <curl/curl.h>

struct lg_user {
    CURL *easy;
    CURLSH *share; /* its connection cache: no user takes over another's connection */
    const struct lg_config *config;
    struct lg_poller *poller;
    struct lg_rng rng;
    struct lg_cycle cycle;
    size_t endpoint;     /* of the request under way */
    size_t set_endpoint; /* what the handle is set to, SIZE_MAX: none */
    unsigned sends;      /* how often curl set out to send this request */
    bool was_reset;      /* the connection on which this request was sent had been reset */
    bool busy;           /* a request is under way */
    bool queued;         /* it had to wait for a connection */
    int64_t due_ns;      /* CLOCK_MONOTONIC: when it should have been sent */
    int64_t sent_ns;     /* CLOCK_MONOTONIC */
    struct curl_slist header[5];
    struct curl_slist *resolve;
    const char *level_mark; /* borrowed; the line to send is `mark` in open load, else this */
    char mark[LG_MARK_BYTES];
    char traceparent[LG_TRACEPARENT_BYTES];
    size_t body_bytes; /* kept of the response, for an error's sample */
    char body[LG_SAMPLE_BYTES];
    char message[CURL_ERROR_SIZE];
};

/* `poller` is told of the sockets; `mark` is the level's header line, borrowed. Fails with PP_NOMEM. */
PP_MUST_CHECK enum pp_status lg_user_init(struct lg_user *u, const struct lg_config *c,
                                          struct lg_poller *poller, char *mark, uint64_t seed);
/* The handle must have left its multi handle. */
void lg_user_fini(struct lg_user *u);

/* Of open load: the next request's mark says how long after its intended time it is sent. */
void lg_user_mark_queue(struct lg_user *u, int64_t queue_ns);
/* Sets the handle up for a request to this endpoint. PP_NOMEM. */
PP_MUST_CHECK enum pp_status lg_user_prepare(struct lg_user *u, size_t endpoint);
/* How the request that curl ended with `code` is to be counted; the times that the caller knows are its own
 * to fill in. The text is borrowed from the user until its next request. */
void lg_user_outcome(struct lg_user *u, CURLcode code, struct lg_outcome *out);

#endif
