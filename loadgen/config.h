/* summary: private to loadgen: what a run of poolload is to do, checked */
#ifndef LG_CONFIG_H
#define LG_CONFIG_H

#include "base/opt.h"
#include "schedule.h"
#include "threshold.h"

struct curl_slist;

struct lg_options {
#define OPT OPT_AS_FIELD
#include "options.def"
#undef OPT
};

/* What curl needs to know of a method beyond its name. */
enum lg_body {
    LG_BODY_NONE, /* GET, DELETE, OPTIONS */
    LG_BODY_POST, /* POST, PUT, PATCH, and DELETE with a body; perhaps of 0 bytes */
    LG_BODY_HEAD, /* no body in the response either */
};

struct lg_endpoint {
    char method[16];
    enum lg_body body;
    char *path;
    char *url;
    char *data; /* of the request's body; NULL: empty */
    size_t data_bytes;
    const char *type; /* header line of the body's type, NULL without a body; static */
};

#define LG_RAMP_MAX 1000000 /* users, or requests a second, or connections */
#define LG_THREADS_MAX 256
#define LG_WEIGHTS_MAX 10000          /* sum, the length of a user's cycle */
#define LG_BODY_MAX_BYTES (64u << 20) /* of a body's file, which is held in memory */

struct lg_config {
    struct lg_options opt;
    struct lg_endpoint endpoints[OPT_LIST_MAX];
    size_t endpoint_count;
    uint32_t weights[OPT_LIST_MAX];
    bool open_load;      /* the ramp counts requests a second, not users */
    struct lg_ramp ramp; /* users or requests a second */
    int64_t think_min_ns;
    int64_t think_max_ns;
    double stop_error_percent; /* 0: never */
    int64_t start_at_ns;       /* CLOCK_REALTIME; 0: at once */
    struct lg_threshold thresholds[OPT_LIST_MAX];
    size_t threshold_count;
    struct curl_slist *headers; /* of --header and --header-file, in their order */
    bool own_type;              /* one of them is Content-Type */
    char *base;                 /* of all URLs, without a slash at its end */
    char *resolve;              /* entry for CURLOPT_RESOLVE, NULL when the host is an address */
    int64_t lookup_ns;          /* what the one lookup of the target's name took */
    bool fresh_connections;     /* each request opens one: --no-keepalive, or libcurl cannot otherwise */
    const char *run_path;       /* NULL for none */
};

/* Reads the command line. PP_OK; PP_END when help or the version was printed; PP_INVALID, PP_NOMEM with err.
 */
PP_MUST_CHECK enum pp_status lg_config_init(struct lg_config *c, int argc, char **argv, struct pp_err *err);
/* Looks the target's name up, once for all users. PP_NOENT with err. */
PP_MUST_CHECK enum pp_status lg_config_resolve(struct lg_config *c, struct pp_err *err);
void lg_config_fini(struct lg_config *c);

/* Users, or connections at most, of a level: the handles that its threads share. */
size_t lg_config_slots(const struct lg_config *c, size_t level);

/* ---- parts of the command line, here for config.c and the unit tests ---- */

/* "METHOD /path" or "METHOD /path @file" into an endpoint. PP_INVALID, PP_NOMEM. */
PP_MUST_CHECK enum pp_status lg_endpoint_parse(struct lg_endpoint *e, const char *base, const char *text,
                                               struct pp_err *err);
void lg_endpoint_fini(struct lg_endpoint *e);
/* Base address, endpoints, weights, bodies. PP_INVALID, PP_NOMEM. */
PP_MUST_CHECK enum pp_status lg_config_requests(struct lg_config *c, struct pp_err *err);
/* --header and --header-file. PP_INVALID, PP_NOMEM. */
PP_MUST_CHECK enum pp_status lg_config_headers(struct lg_config *c, struct pp_err *err);
/* "1,2,1": exactly n positive weights. PP_INVALID. */
PP_MUST_CHECK enum pp_status lg_weights_parse(const char *text, uint32_t *weights, size_t n,
                                              struct pp_err *err);
/* "1ms:10ms" or "5ms". PP_INVALID. */
PP_MUST_CHECK enum pp_status lg_think_parse(const char *text, int64_t *min_ns, int64_t *max_ns);
/* "2026-11-23T08:10:55.5+01:00" (RFC 3339) or "1700000000.25" (seconds since 1970). PP_INVALID. */
PP_MUST_CHECK enum pp_status lg_time_parse(const char *text, int64_t *real_ns);
/* "50%" or "50", above 0 and at most 100. PP_INVALID. */
PP_MUST_CHECK enum pp_status lg_percent_parse(const char *text, double *percent);

#endif
