/* summary: option table of reftarget and the checks that the table cannot express */
#include "options.h"

#include "db.h"

#include <stddef.h>
#include <string.h>

/* The published example's largest pool is 10,000. */
#define POOL_MOST 20000
#define CPU_WORK_MOST_US 10000000
#define FAN_OUT_MOST 16

static const struct opt_def defs[] = {
#define OPT(field, ...) OPT_AS_ROW(struct options, field, __VA_ARGS__)
#include "options.def"
#undef OPT
};

const struct opt_table options_table = {
    .program = "reftarget",
    .usage = "[options]",
    .about = "Small HTTP application with a real MySQL connection pool that logs the true waits.\n"
             "Routes: POST /io-intensive, GET /users /products /orders /health, POST /reset;\n"
             "trouble: GET /orders-n1 /slow /dashboard, POST /held-transaction /hot-row.",
    .defs = defs,
    .count = sizeof defs / sizeof defs[0],
};

static bool in_range(int64_t v, int64_t low, int64_t high)
{
    return v >= low && v <= high;
}

static bool one_of(const char *text, const char *a, const char *b)
{
    return strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

static enum pp_status check_work(const struct options *o, struct pp_err *err)
{
    if (!one_of(o->mode, "threads", "loop"))
        return pp_err_set(err, PP_INVALID, "--mode wants threads or loop, not \"%s\"", o->mode);
    if (strcmp(o->mode, "loop") == 0 && !db_can_loop())
        return pp_err_set(
            err, PP_INVALID,
            "--mode loop needs MariaDB Connector/C, and this reftarget was built with another library");
    if (!in_range(o->cpu_work_us, 0, CPU_WORK_MOST_US))
        return pp_err_set(err, PP_INVALID, "--cpu-work wants 0 to %d microseconds", CPU_WORK_MOST_US);
    if (!in_range(o->lose_wakeup, 0, 100))
        return pp_err_set(err, PP_INVALID, "--lose-wakeup wants 0 to 100 percent");
    if (o->lose_wakeup > 0 && o->wakeup_timer_ns <= 0)
        return pp_err_set(err, PP_INVALID, "--wakeup-timer wants more than 0 with --lose-wakeup");
    if (o->traceparent != NULL && !one_of(o->traceparent, "comment", "attribute"))
        return pp_err_set(err, PP_INVALID, "--traceparent wants comment or attribute, not \"%s\"",
                          o->traceparent);
    if (!in_range(o->fan_out, 1, FAN_OUT_MOST))
        return pp_err_set(err, PP_INVALID, "--fan-out wants 1 to %d", FAN_OUT_MOST);
    return PP_OK;
}

static enum pp_status check(const struct options *o, struct pp_err *err)
{
    if (!in_range(o->port, 0, 65535))
        return pp_err_set(err, PP_INVALID, "--port wants 0 to 65535");
    if (!in_range(o->pool_max, 1, POOL_MOST))
        return pp_err_set(err, PP_INVALID, "--pool-max wants 1 to %d", POOL_MOST);
    if (!in_range(o->pool_min, 0, o->pool_max))
        return pp_err_set(err, PP_INVALID, "--pool-min wants 0 to --pool-max, which is %lld",
                          (long long)o->pool_max);
    if (!one_of(o->reuse, "fifo", "lifo"))
        return pp_err_set(err, PP_INVALID, "--reuse wants fifo or lifo, not \"%s\"", o->reuse);
    if (!one_of(o->dial, "parallel", "serial"))
        return pp_err_set(err, PP_INVALID, "--dial wants parallel or serial, not \"%s\"", o->dial);
    return check_work(o, err);
}

enum pp_status options_parse(int argc, char **argv, struct options *o, struct opt_result *result,
                             struct pp_err *err)
{
    enum pp_status st = opt_parse(&options_table, argc, argv, o, result, err);
    if (st != PP_OK || result->help || result->version)
        return st;
    if (result->rest < argc)
        return pp_err_set(err, PP_INVALID, "unexpected argument \"%s\"", argv[result->rest]);
    return check(o, err);
}
