/* summary: a line for each request */
#include "reqlog.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define BUFFER_BYTES (1u << 18) /* a write every few thousand requests */

enum pp_status lg_reqlog_open(FILE **log, const char *path, struct pp_err *err)
{
    *log = fopen(path, "we");
    if (*log == NULL)
        return pp_err_set(err, PP_IO, "cannot write %s: %s; give another place with --request-log FILE", path,
                          strerror(errno));
    (void)setvbuf(*log, NULL, _IOFBF, BUFFER_BYTES);
    (void)fputs("level,endpoint,sent_ns,late_ns,latency_ns,result,trace_id\n", *log);
    return PP_OK;
}

void lg_reqlog_add(FILE *log, const struct lg_level *l, const struct lg_user *u, const struct lg_outcome *o)
{
    char status[16];
    (void)snprintf(status, sizeof status, "%d", o->status);
    /* "traceparent: 00-", then the id */
    const char *id = u->config->opt.trace_context ? u->traceparent + 16 : "";
    (void)fprintf(log, "%zu,%zu,%" PRId64 ",%" PRId64 ",%" PRId64 ",%s,%.32s\n", l->index + 1,
                  o->endpoint + 1, l->start_real_ns + o->sent_ns, o->late_ns, o->latency_ns,
                  o->error == LG_OK ? status : lg_error_name(o->error), id);
}

enum pp_status lg_reqlog_close(FILE **log, struct pp_err *err)
{
    if (*log == NULL)
        return PP_OK;
    bool bad = ferror(*log) != 0;
    bad = fclose(*log) != 0 || bad;
    *log = NULL;
    return bad ? pp_err_set(err, PP_IO, "the request log is not whole: %s", strerror(errno)) : PP_OK;
}
