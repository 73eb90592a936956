/* summary: enough file descriptors for all users */
#include "fdlimit.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

/* Beside the users' sockets: epoll, timer, eventfd and resolver of each thread, files of the process. */
#define PER_THREAD 8
#define PER_PROCESS 64

enum pp_status lg_fdlimit_raise(const struct lg_config *c, struct pp_err *err)
{
    struct rlimit limit;
    size_t slots = lg_config_slots(c, lg_ramp_levels(&c->ramp) - 1);
    rlim_t need = (rlim_t)slots + (rlim_t)c->opt.threads * PER_THREAD + PER_PROCESS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return pp_err_set(err, PP_IO, "cannot read the limit of open files: %s", strerror(errno));
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < need)
        return pp_err_set(
            err, PP_LIMIT,
            "%zu %s need %ju open files, but the limit is %ju; raise it with \"ulimit -n %ju\" (as "
            "root) or use fewer --%s",
            slots, c->open_load ? "connections" : "users", (uintmax_t)need, (uintmax_t)limit.rlim_cur,
            (uintmax_t)need, c->open_load ? "connections" : "users");
    return PP_OK;
}
