/* summary: figures of a running level, and the line on a terminal that shows them */
#include "live.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_BYTES 256

/* There is one writer, so that no locked instruction is needed. */
static void bump(_Atomic uint64_t *v)
{
    atomic_store_explicit(v, atomic_load_explicit(v, memory_order_relaxed) + 1, memory_order_relaxed);
}

static size_t bucket_of(int64_t ns)
{
    uint64_t v = ns < 16 ? 16 : (uint64_t)ns;
    unsigned power = 63u - (unsigned)__builtin_clzll(v);
    return (power - 4) * 16 + ((v >> (power - 4)) & 15);
}

/* Middle of a bucket. */
static double value_of(size_t bucket)
{
    size_t power = bucket / 16 + 4;
    double step = (double)(UINT64_C(1) << (power - 4));
    return (double)(UINT64_C(1) << power) + ((double)(bucket % 16) + 0.5) * step;
}

void lg_live_sent(struct lg_live_shared *s)
{
    bump(&s->sent);
}

void lg_live_count(struct lg_live_shared *s, enum lg_error error, int64_t latency_ns)
{
    bump(&s->done);
    if (error == LG_OK) {
        _Atomic uint32_t *b = &s->latency[bucket_of(latency_ns)];
        atomic_store_explicit(b, atomic_load_explicit(b, memory_order_relaxed) + 1, memory_order_relaxed);
        return;
    }
    bump(&s->errors);
    if (error == LG_REFUSED)
        bump(&s->refused);
}

void lg_live_add(struct lg_live *sum, const struct lg_live_shared *s)
{
    /* In this order, sent is never below done. */
    sum->done += atomic_load_explicit(&s->done, memory_order_relaxed);
    sum->errors += atomic_load_explicit(&s->errors, memory_order_relaxed);
    sum->refused += atomic_load_explicit(&s->refused, memory_order_relaxed);
    sum->sent += atomic_load_explicit(&s->sent, memory_order_relaxed);
    for (size_t i = 0; i < LG_LIVE_BUCKETS; i++)
        sum->latency[i] += atomic_load_explicit(&s->latency[i], memory_order_relaxed);
}

double lg_live_quantile(const struct lg_live *now, const struct lg_live *before, double q)
{
    uint64_t count = 0;
    for (size_t i = 0; i < LG_LIVE_BUCKETS; i++)
        count += now->latency[i] - before->latency[i];
    double rank = q * (double)count;
    uint64_t seen = 0;
    for (size_t i = 0; i < LG_LIVE_BUCKETS; i++) {
        seen += now->latency[i] - before->latency[i];
        if (seen > 0 && (double)seen >= rank)
            return value_of(i);
    }
    return -1;
}

void lg_live_init(struct lg_live_line *l, size_t levels)
{
    *l = (struct lg_live_line){.on = isatty(STDERR_FILENO) == 1, .levels = levels};
}

/* Appends; what does not fit is cut. */
__attribute__((format(printf, 2, 3))) static void put(char line[LINE_BYTES], const char *fmt, ...)
{
    size_t len = strlen(line);
    va_list args;
    va_start(args, fmt);
    /* The analyzer of clang 14 does not see va_start here.
     * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(line + len, LINE_BYTES - len, fmt, args);
    va_end(args);
}

static void put_figures(char line[LINE_BYTES], struct lg_live_line *l, const struct lg_live *f, int64_t now)
{
    double rate = 0;
    if (l->last_ns != 0 && now > l->last_ns && f->done >= l->last.done)
        rate = (double)(f->done - l->last.done) * 1e9 / (double)(now - l->last_ns);
    double p50 = lg_live_quantile(f, &l->last, 0.5);
    double p99 = lg_live_quantile(f, &l->last, 0.99);
    put(line, ", %.0f req/s", rate);
    if (p50 >= 0)
        put(line, ", p50 %.1f p99 %.1f ms", p50 / 1e6, p99 / 1e6);
    uint64_t flying = f->sent >= f->done ? f->sent - f->done : 0;
    put(line, ", %" PRIu64 " errors, %" PRIu64 " open", f->errors, flying);
    l->last_ns = now;
    l->last = *f;
}

/* A line that wraps could not be taken away again. */
static int columns(void)
{
    struct winsize size = {.ws_col = 0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;
}

void lg_live_show(struct lg_live_line *l, const struct lg_live_state *state, const struct lg_live *figures)
{
    char line[LINE_BYTES] = "";
    if (!l->on)
        return;
    put(line, "%zu/%zu ", state->index + 1, l->levels);
    if (state->rate > 0)
        put(line, "%" PRId64 "/s %s", state->rate, state->phase);
    else
        put(line, "%zu users %s", state->users, state->phase);
    if (state->left_ns >= 0)
        put(line, " %.0f s", (double)state->left_ns / 1e9);
    if (state->run_left_ns >= 0)
        put(line, " (%.0f s left)", (double)state->run_left_ns / 1e9);
    if (figures != NULL)
        put_figures(line, l, figures, clock_mono_ns());
    (void)fprintf(stderr, "\r\033[K%.*s", columns(), line);
    (void)fflush(stderr);
    l->shown = true;
}

void lg_live_clear(struct lg_live_line *l)
{
    if (l->shown)
        (void)fputs("\r\033[K", stderr);
    l->shown = false;
    l->last_ns = 0;
    l->last = (struct lg_live){.done = 0};
}
