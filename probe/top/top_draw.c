/* summary: poolprobe top: a frame as lines of text of a given width, without hostile bytes */
#include "top_draw.h"

#include "base/clock.h"
#include "base/text.h"
#include "view_width.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 2048
#define POOLS_IF_TIGHT 2

struct drawing {
    struct buf *page;
    const struct top_look *look;
    int left; /* rows, INT_MAX without a limit */
    enum pp_status st;
};

struct top_time top_draw_time(int64_t ns)
{
    struct top_time t;
    double v = (double)ns;

    if (ns < NS_PER_MS)
        snprintf(t.s, sizeof t.s, "%.0f us", v / 1e3);
    else if (ns < 10 * NS_PER_MS)
        snprintf(t.s, sizeof t.s, "%.2f ms", v / 1e6);
    else if (ns < 100 * NS_PER_MS)
        snprintf(t.s, sizeof t.s, "%.1f ms", v / 1e6);
    else if (ns < NS_PER_S)
        snprintf(t.s, sizeof t.s, "%.0f ms", v / 1e6);
    else if (ns < 100 * NS_PER_S)
        snprintf(t.s, sizeof t.s, "%.2f s", v / 1e9);
    else
        snprintf(t.s, sizeof t.s, "%.0f s", v / 1e9);
    return t;
}

/* Appends one line; texts in it are made safe and cut to the width here and nowhere else. */
static void put(struct drawing *d, bool title, const char *text)
{
    struct buf line;
    int used = 0;

    if (d->st != PP_OK || d->left <= 0)
        return;
    d->left--;
    buf_init(&line, (size_t)4 * LINE_MAX_BYTES);
    d->st = text_add_terminal(&line, text, strlen(text));
    if (d->st == PP_OK)
        d->st = buf_add_byte(&line, 0);
    if (d->st == PP_OK && title)
        d->st = buf_add_byte(d->page, TOP_DRAW_TITLE);
    if (d->st == PP_OK)
        d->st = buf_add(d->page, line.data, view_fit((const char *)line.data, d->look->columns, &used));
    if (d->st == PP_OK)
        d->st = buf_add_byte(d->page, '\n');
    buf_fini(&line);
}

__attribute__((format(printf, 3, 4))) static void putf(struct drawing *d, bool title, const char *fmt, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args); /* NOLINT(clang-analyzer-valist.Uninitialized): false */
    va_end(args);
    put(d, title, text);
}

static double span_s(const struct top_frame *f)
{
    return f->span_ns > 0 ? (double)f->span_ns / 1e9 : 1;
}

/* A quantile of nothing is no figure. */
static struct top_time time_of(uint64_t count, int64_t ns)
{
    struct top_time none = {"-"};
    return count > 0 ? top_draw_time(ns) : none;
}

static void draw_head(struct drawing *d, const struct top_frame *f)
{
    const struct top_look *l = d->look;
    time_t at = (time_t)(f->at_ns / NS_PER_S);
    char clock[32] = "?";
    struct tm tm;

    if (gmtime_r(&at, &tm) != NULL)
        (void)strftime(clock, sizeof clock, "%Y-%m-%d %H:%M:%S UTC", &tm);
    putf(d, false, "poolprobe top  %s  over %.1f s%s%s  %s", clock, span_s(f), l->paused ? "  PAUSED" : "",
         l->ended ? "  END OF FILE" : "", l->source);
    putf(d, false, "requests   %9.1f/s  p50 %8s  p95 %8s  %llu failed (5xx)", (double)f->requests / span_s(f),
         time_of(f->requests, f->request_p50_ns).s, time_of(f->requests, f->request_p95_ns).s,
         (unsigned long long)f->request_errors);
    putf(d, false, "statements %9.1f/s  p50 %8s  p95 %8s  %llu errors", (double)f->statements / span_s(f),
         time_of(f->statements, f->statement_p50_ns).s, time_of(f->statements, f->statement_p95_ns).s,
         (unsigned long long)f->statement_errors);
    putf(d, false,
         "capture    %llu packets, %llu dropped, %llu gaps (%llu now), %llu voided, %llu unreadable",
         (unsigned long long)l->packets, (unsigned long long)l->drops, (unsigned long long)l->gaps,
         (unsigned long long)f->gaps, (unsigned long long)l->voided, (unsigned long long)l->unreadable);
}

/* The whole and its parts in hundredths; rounding the running sum makes them add up. */
static void round_parts(const int64_t *parts, size_t n, double scale, int64_t *out)
{
    int64_t sum = 0;
    int64_t shown = 0;

    for (size_t i = 0; i < n; i++) {
        sum += parts[i];
        int64_t now = llround((double)sum * scale);
        out[i] = now - shown;
        shown = now;
    }
}

static void draw_budget(struct drawing *d, const struct top_frame *f)
{
    int64_t n[TOP_LINES];
    int64_t share[TOP_LINES];
    double span = f->span_ns > 0 ? (double)f->span_ns : 1;
    int64_t all = 0;

    round_parts(f->line_ns, TOP_LINES, 100 / span, n);
    round_parts(f->line_ns, TOP_LINES, f->in_flight_ns > 0 ? 1000 / (double)f->in_flight_ns : 0, share);
    for (size_t i = 0; i < TOP_LINES; i++)
        all += n[i];
    putf(d, true, "%-10s%9s%11s%9s%10s%8s%13s", "REQUESTS", "in flight", "statement", "commit", "txn idle",
         "http", "waiting/app");
    putf(d, false, "%-10s%9.2f%11.2f%9.2f%10.2f%8.2f%13.2f", "now", (double)all / 100,
         (double)n[TOP_STATEMENT] / 100, (double)n[TOP_COMMIT] / 100, (double)n[TOP_TXN_IDLE] / 100,
         (double)n[TOP_TRANSFER] / 100, (double)n[TOP_REST] / 100);
    if (f->in_flight_ns == 0) {
        put(d, false, "share      no HTTP request was in flight");
        return;
    }
    putf(d, false, "%-10s%9s%10.1f%%%8.1f%%%9.1f%%%7.1f%%%12.1f%%", "share", "100%",
         (double)share[TOP_STATEMENT] / 10, (double)share[TOP_COMMIT] / 10, (double)share[TOP_TXN_IDLE] / 10,
         (double)share[TOP_TRANSFER] / 10, (double)share[TOP_REST] / 10);
}

static void draw_pools(struct drawing *d, const struct top_frame *f, size_t most)
{
    putf(d, true, "%7s%8s%9s%10s%9s %s", "OPEN", "BUSY", "TXN IDLE", "~WAITING", "ALL BUSY", "POOL");
    for (size_t i = 0; i < f->pool_count && i < most; i++) {
        const struct top_pool *p = &f->pools[i];
        putf(d, false, "%7.1f%8.2f%9.2f%10.2f%8.0f%% %s", p->open, p->busy, p->idle, p->waiting,
             100 * p->saturated, p->name);
    }
    if (f->pool_count == 0)
        put(d, false, "      0  no connection of MySQL seen yet");
    if (f->pool_count > most)
        putf(d, false, "       … %zu more; w writes all of them to a file", f->pool_count - most);
}

static void draw_queries(struct drawing *d, const struct top_frame *f)
{
    uint16_t order[TOP_QUERIES_MAX + 1];

    top_frame_sort(f, d->look->sort, order);
    putf(d, true, "%9s%9s%9s%9s%7s  QUERY by %s", "CALLS/S", "TIME/S", "MEAN", "P95", "ERRORS",
         top_sort_name(d->look->sort));
    for (size_t i = 0; i < f->query_count; i++) {
        const struct top_query *q = &f->queries[order[i]];
        putf(d, false, "%9.1f%9s%9s%9s%7llu  %s", (double)q->count / span_s(f),
             top_draw_time((int64_t)((double)q->sum_ns / span_s(f))).s,
             top_draw_time(q->sum_ns / (int64_t)q->count).s, top_draw_time(q->p95_ns).s,
             (unsigned long long)q->errors, q->text);
    }
    if (f->query_count == 0)
        put(d, false, "      0.0  no statement ended");
}

static void draw_help(struct drawing *d)
{
    static const char *const lines[] = {
        "",
        "  t  queries by time            space  pause, and go on",
        "  c  queries by calls               w  write the frame to a file",
        "  p  queries by p95                 ?  this page, and back",
        "  e  queries by errors              q  quit",
        "",
        "REQUESTS: the HTTP requests in flight, split by what the connections did at each",
        "  moment; the parts add up. waiting/app: neither in the database nor in transfer.",
        "BUSY: a command in flight or a transaction open. TXN IDLE: of these, a",
        "  transaction open and no command in flight. ALL BUSY: share of the time in",
        "  which every open connection was busy.",
        "~WAITING: an estimate. Requests in flight beyond the busy connections while all",
        "  of the pool are busy; too high where the application itself computes. What",
        "  poolprobe record and report say of a wait is better founded.",
        "gaps: places where bytes were lost, since the start and in this frame.",
        "voided: commands of which nothing is said, for a loss.",
        "unreadable: encrypted connections.",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        put(d, false, lines[i]);
}

static void draw_tables(struct drawing *d, const struct top_frame *f)
{
    size_t most = TOP_POOLS_MAX;

    if (d->look->rows > 0) {
        int third = d->left / 3 - 2;
        most = third > POOLS_IF_TIGHT ? (size_t)third : POOLS_IF_TIGHT;
    }
    put(d, false, "");
    draw_budget(d, f);
    if (f->dialling >= 0.005)
        putf(d, false, "connections being opened: %.2f", f->dialling);
    put(d, false, "");
    draw_pools(d, f, most);
    if (f->pools_left_out > 0 || f->connections_lost > 0)
        putf(d, false, "not followed, for want of room: %llu pools, %llu connections",
             (unsigned long long)f->pools_left_out, (unsigned long long)f->connections_lost);
    put(d, false, "");
    draw_queries(d, f);
}

enum pp_status top_draw(struct buf *page, const struct top_frame *f, const struct top_look *look)
{
    struct drawing d = {.page = page, .look = look, .left = look->rows > 0 ? look->rows : INT32_MAX};
    int last = look->keys && look->rows > 1 ? 1 : 0;

    d.left -= last;
    draw_head(&d, f);
    if (look->help)
        draw_help(&d);
    else
        draw_tables(&d, f);
    if (last == 0)
        return d.st;
    while (look->rows > 0 && d.left > 0)
        put(&d, false, "");
    d.left = 1;
    put(&d, true,
        look->message[0] != 0 ? look->message
                              : "q quit  space pause  t time  c calls  p p95  e errors  w write  ? help");
    return d.st;
}
