/* summary: runs the levels one after the other and says how it went */
#include "run.h"

#include "base/clock.h"
#include "base/log.h"
#include "reqlog.h"
#include "worker.h"

/* The rest between two levels. With --start-at the timetable of all machines says how long it is. */
static void rest(struct lg_run *run, size_t next)
{
    const struct lg_options *opt = &run->config->opt;
    const int64_t tick_ns = 250 * NS_PER_MS;
    int64_t levels = (int64_t)run->live.levels - (int64_t)next;
    int64_t end = run->config->start_at_ns > 0 ? 0 : clock_mono_ns() + opt->pause_ns;
    struct lg_live_state state = {.index = next, .phase = "pausing"};
    state.users = (size_t)lg_ramp_users(&run->config->ramp, next);
    state.rate = run->config->open_load ? (int64_t)state.users : 0;
    for (int64_t now = clock_mono_ns(); now < end && run->stop->asked == 0; now = clock_mono_ns()) {
        state.left_ns = end - now;
        state.run_left_ns =
            end - now + levels * (opt->warmup_ns + opt->duration_ns + opt->pause_ns) - opt->pause_ns;
        lg_live_show(&run->live, &state, NULL);
        lg_stop_wait(run->stop, -1, run->live.on && now + tick_ns < end ? now + tick_ns : end);
    }
    lg_live_clear(&run->live);
}

/* One level and its report; sets *go_on to false where the next level makes no sense. */
static enum pp_status do_level(struct lg_run *run, size_t index, struct lg_report *rep, bool *go_on,
                               struct pp_err *err)
{
    struct lg_result result = {.stats = NULL};
    enum pp_status st = lg_run_level(run, index, &result, err);
    lg_live_clear(&run->live);
    if (st == PP_END) {
        *go_on = false;
        return PP_OK;
    }
    if (st == PP_OK)
        st = lg_report_add(rep, &result, err);
    if (st == PP_OK && result.all_refused)
        st = pp_err_set(err, PP_NOENT,
                        "%s refused every request of level %zu; start the target, or correct --url",
                        run->config->base, index + 1);
    if (st == PP_OK && result.too_many_errors)
        st = pp_err_set(
            err, PP_LIMIT,
            "stopped in level %zu: %s of a second's requests failed (--stop-on-errors); the results so far "
            "are in %s",
            index + 1, run->config->opt.stop_on_errors, run->config->opt.output);
    lg_result_fini(&result);
    return st;
}

int lg_run_all(const struct lg_config *c, struct lg_report *rep, struct lg_stop *stop)
{
    struct lg_run run = {.config = c, .stop = stop};
    struct pp_err err = {.status = PP_OK};
    size_t levels = lg_ramp_levels(&c->ramp);
    enum pp_status st = PP_OK;
    bool go_on = true;
    lg_live_init(&run.live, levels);
    if (c->opt.request_log != NULL)
        st = lg_reqlog_open(&run.request_log, c->opt.request_log, &err);
    for (size_t i = 0; i < levels && st == PP_OK && go_on && stop->asked == 0; i++) {
        if (i > 0)
            rest(&run, i);
        if (stop->asked == 0)
            st = do_level(&run, i, rep, &go_on, &err);
    }
    lg_report_print(rep);
    enum pp_status log_st = lg_reqlog_close(&run.request_log, st == PP_OK ? &err : NULL);
    st = st == PP_OK ? log_st : st;
    if (st != PP_OK)
        log_error("%s", err.text);
    else if (stop->asked > 0 && lg_report_levels(rep) == 0)
        log_error("stopped early, before the first level was measured");
    else if (stop->asked > 0)
        log_error("stopped early; the results so far are in %s", c->opt.output);
    else if (lg_report_run_failed(rep))
        log_error("the results are in %s, but not whole in the run %s", c->opt.output, c->run_path);
    bool good = st == PP_OK && stop->asked == 0 && !lg_report_run_failed(rep) && !lg_report_broken(rep);
    return good ? PP_EXIT_OK : PP_EXIT_FAILED;
}
