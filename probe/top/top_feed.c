/* summary: poolprobe top: packets in, samples of what is in flight, ends of intervals, a file at its own
 * speed */
#include "top_run.h"

#include "base/clock.h"
#include "http.h"
#include "myw.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Between two looks at what is in flight while packets come; without packets nothing changes. */
#define SAMPLE_NS (10 * NS_PER_MS)
/* A packet is handed over by the kernel at most this much after it was seen. */
#define LATE_NS (250 * NS_PER_MS)
#define LIVE_PACKETS 2048
#define FILE_PACKETS 64
#define WAIT_MS 50
/* A file that is silent for more intervals than this goes on behind the silence. */
#define SILENT_INTERVALS 100

/* A text that ends the transaction, as drivers send it. */
static bool is_commit(const struct myw_in_flight *c)
{
    return c->sql != NULL && ((c->sql_bytes >= 6 && strncasecmp(c->sql, "commit", 6) == 0) ||
                              (c->sql_bytes >= 8 && strncasecmp(c->sql, "rollback", 8) == 0));
}

static void on_command(void *priv, const struct myw_in_flight *c)
{
    struct top *t = priv;

    top_model_command(t->model, c->conn_id,
                      c->cmd == MYW_CMD_CONNECT ? TOP_COMMAND_CONNECT
                      : is_commit(c)            ? TOP_COMMAND_COMMIT
                                                : TOP_COMMAND_PLAIN);
}

static void take_sample(struct top *t, int64_t at_ns)
{
    struct http_in_flight requests;

    /* The requests come last, but the model wants them first; the state does not change in between. */
    pipeline_get_in_flight(t->pipeline, NULL, NULL, &requests);
    top_model_begin_sample(t->model, at_ns, requests.requests, requests.transferring);
    pipeline_get_in_flight(t->pipeline, on_command, t, &requests);
    top_model_end_sample(t->model);
    t->sample_ns = at_ns;
}

static void end_interval(struct top *t)
{
    take_sample(t, t->tick_ns);
    top_model_take(t->model, t->fresh);
    t->st = top_show_frame(t, t->err);
    if (t->frames++ == 0 && t->live)
        t->first_gaps = t->look.gaps;
    t->tick_ns += t->opt.interval;
    if (t->opt.count > 0 && t->frames >= t->opt.count) {
        t->quit = true;
        if (t->st == PP_OK)
            t->st = top_show_held(t, t->err);
    }
}

/* Everything before `now_ns` was seen: ends the intervals that end before it. */
static void advance(struct top *t, int64_t now_ns)
{
    while (t->st == PP_OK && !t->quit && t->tick_ns <= now_ns) {
        end_interval(t);
        int64_t behind = (now_ns - t->tick_ns) / t->opt.interval;
        if (behind > SILENT_INTERVALS)
            t->tick_ns += behind * t->opt.interval;
    }
}

static enum pp_status start_clock(struct top *t, int64_t at_ns, struct pp_err *err)
{
    t->first_ns = t->last_ns = t->sample_ns = at_ns;
    t->mono_ns = clock_mono_ns();
    t->tick_ns = at_ns + t->opt.interval;
    enum pp_status st = top_model_new(&t->model, at_ns);
    if (st != PP_OK)
        return pp_err_set(err, st, "out of memory");
    struct ses_sink facts = top_model_sink(t->model);
    struct pipeline_options po = {.ports = &t->ports, .facts = &facts};
    st = pipeline_new(&t->pipeline, &po);
    return st == PP_OK ? PP_OK : pp_err_set(err, st, "out of memory");
}

/* Where a file's clock stands when it runs at its own speed. */
static int64_t replay_now(const struct top *t)
{
    return t->first_ns + (clock_mono_ns() - t->mono_ns) * t->opt.speed;
}

/* Waits for a packet's time to come; keys are heard and frames shown meanwhile. */
static void await_time(struct top *t, int64_t due_ns)
{
    while (t->st == PP_OK && !t->quit && t->opt.speed > 0) {
        int64_t now_ns = replay_now(t);
        if (now_ns >= due_ns)
            return;
        advance(t, now_ns);
        int64_t left_ms = (due_ns - now_ns) / (t->opt.speed * NS_PER_MS) + 1;
        if (t->st == PP_OK && !t->quit)
            t->st = top_show_events(t, left_ms < WAIT_MS ? (int)left_ms : WAIT_MS, t->err);
    }
}

static void on_segment(void *priv, const struct cap_segment *seg)
{
    struct top *t = priv;

    if (t->st == PP_OK && t->model == NULL)
        t->st = start_clock(t, seg->ts_ns, t->err);
    if (t->st != PP_OK || t->quit)
        return;
    if (!t->live)
        await_time(t, seg->ts_ns);
    if (seg->ts_ns >= t->tick_ns)
        advance(t, seg->ts_ns);
    if (t->st != PP_OK || t->quit)
        return;
    if (seg->ts_ns - t->sample_ns >= SAMPLE_NS)
        take_sample(t, seg->ts_ns);
    if (seg->ts_ns > t->last_ns)
        t->last_ns = seg->ts_ns;
    pipeline_on_segment(t->pipeline, seg);
}

static enum pp_status open_capture(struct top *t, struct pp_err *err)
{
    struct cap_options co = {
        .interface = t->live ? (t->opt.interface != NULL ? t->opt.interface : "lo") : NULL,
        .read_file = t->opt.read_file,
        .ports = t->ports.all,
        .port_count = t->ports.all_count,
        .buffer_bytes = (uint32_t)(t->opt.buffer_mb << 20),
    };

    snprintf(t->source, sizeof t->source, t->live ? "live %s" : "file %s",
             t->live ? co.interface : co.read_file);
    t->look.source = t->source;
    return cap_open(&t->cap, &co, on_segment, t, err);
}

enum pp_status top_feed_open(struct top *t, struct pp_err *err)
{
    enum pp_status st = t->live ? privilege_plan(&t->privilege, t->opt.user, err) : PP_OK;

    if (st == PP_OK && t->live)
        st = privilege_seal(&t->privilege, err);
    if (st == PP_OK)
        st = open_capture(t, err);
    if (st == PP_OK && t->live)
        st = privilege_drop(&t->privilege, PRIVILEGE_NOTHING, err);
    if (st == PP_OK && t->live)
        st = start_clock(t, clock_real_ns(), err);
    return st;
}

/* The file's last, shorter interval; then only keys. */
static enum pp_status end_of_file(struct top *t, struct pp_err *err)
{
    t->ended = true;
    if (t->model == NULL)
        return pp_err_set(err, PP_INVALID,
                          "no TCP segment from or to the ports given in %s; see --mysql-port and --http-port",
                          t->opt.read_file);
    if (t->last_ns > t->sample_ns || t->frames == 0) {
        t->tick_ns = t->last_ns;
        end_interval(t);
    }
    if (t->screen == NULL)
        t->quit = true;
    if (t->st == PP_OK)
        t->st = top_show_end(t, err);
    while (t->st == PP_OK && !t->quit)
        t->st = top_show_events(t, 1000, err);
    return t->st;
}

enum pp_status top_feed_run(struct top *t, struct pp_err *err)
{
    enum pp_status st = PP_OK;

    t->err = err;
    while (!t->quit) {
        st = cap_step(t->cap, t->live ? LIVE_PACKETS : FILE_PACKETS, err);
        if (t->st != PP_OK)
            return t->st;
        if (st != PP_OK && st != PP_AGAIN)
            break;
        if (t->live)
            advance(t, clock_real_ns() - LATE_NS);
        if (t->st == PP_OK && !t->quit)
            t->st = top_show_events(t, 0, err);
        if (t->st != PP_OK)
            return t->st;
    }
    return st == PP_END && !t->quit ? end_of_file(t, err) : st == PP_AGAIN || st == PP_END ? PP_OK : st;
}

bool top_feed_lossy(const struct top *t)
{
    struct cap_counters c;
    struct pipeline_progress p = {.gaps = 0};

    if (t->cap == NULL)
        return false;
    cap_get_counters(t->cap, &c);
    if (t->pipeline != NULL)
        pipeline_get_progress(t->pipeline, &p);
    return c.kernel_drops > 0 || c.cut_off || (p.gaps > t->first_gaps && (!t->live || t->frames > 0));
}

void top_feed_close(struct top *t)
{
    struct pp_err ignored;

    pipeline_free(&t->pipeline);
    top_model_free(&t->model);
    if (t->cap != NULL && cap_free(&t->cap, &ignored) != PP_OK)
        t->cap = NULL; /* nothing is written: it cannot fail */
}
