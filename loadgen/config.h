/* summary: private to loadgen: what a run of poolload is to do, checked */
#ifndef LG_CONFIG_H
#define LG_CONFIG_H

#include "base/opt.h"
#include "schedule.h"

struct lg_options {
#define OPT OPT_AS_FIELD
#include "options.def"
#undef OPT
};

/* What curl needs to know of a method beyond its name. */
enum lg_body {
    LG_BODY_NONE,  /* GET, DELETE, OPTIONS */
    LG_BODY_EMPTY, /* POST, PUT, PATCH: Content-Length: 0 */
    LG_BODY_HEAD,  /* no body in the response either */
};

struct lg_endpoint {
    char method[16];
    enum lg_body body;
    char *path;
    char *url;
};

#define LG_USERS_MAX 1000000
#define LG_THREADS_MAX 256
#define LG_WEIGHTS_MAX 10000 /* sum, the length of a user's cycle */

struct lg_config {
    struct lg_options opt;
    struct lg_endpoint endpoints[OPT_LIST_MAX];
    size_t endpoint_count;
    uint32_t weights[OPT_LIST_MAX];
    struct lg_ramp ramp;
    int64_t think_min_ns;
    int64_t think_max_ns;
    char *base;           /* of all URLs, without a slash at its end */
    char *resolve;        /* entry for CURLOPT_RESOLVE, NULL when the host is an address */
    const char *run_path; /* NULL for none */
};

/* Reads the command line. PP_OK; PP_END when help or the version was printed; PP_INVALID, PP_NOMEM with err.
 */
PP_MUST_CHECK enum pp_status lg_config_init(struct lg_config *c, int argc, char **argv, struct pp_err *err);
/* Looks the target's name up, once for all users. PP_NOENT with err. */
PP_MUST_CHECK enum pp_status lg_config_resolve(struct lg_config *c, struct pp_err *err);
void lg_config_fini(struct lg_config *c);

/* "METHOD /path" into method and path. PP_INVALID. */
PP_MUST_CHECK enum pp_status lg_endpoint_parse(struct lg_endpoint *e, const char *base, const char *text,
                                               struct pp_err *err);
/* "1,2,1": exactly n positive weights. PP_INVALID. */
PP_MUST_CHECK enum pp_status lg_weights_parse(const char *text, uint32_t *weights, size_t n,
                                              struct pp_err *err);
/* "1ms:10ms" or "5ms". PP_INVALID. */
PP_MUST_CHECK enum pp_status lg_think_parse(const char *text, int64_t *min_ns, int64_t *max_ns);

#endif
