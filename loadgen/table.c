/* summary: the table of all levels for a terminal */
#include "table.h"

#include <inttypes.h>
#include <stdio.h>

#define TABLE_LIMIT (64u << 20) /* far above a row for each of LG_RAMP_MAX levels would need */
#define CELL 24
#define SAMPLE_COLUMNS 60 /* of an error's text, of which one is shown */

void lg_table_init(struct lg_table *t, bool open_load, bool watched)
{
    t->open_load = open_load;
    t->watched = watched;
    buf_init(&t->rows, TABLE_LIMIT);
    buf_init(&t->notes, TABLE_LIMIT);
}

void lg_table_fini(struct lg_table *t)
{
    buf_fini(&t->rows);
    buf_fini(&t->notes);
}

/* Milliseconds in eight columns, "-" without a successful request. */
static const char *cell(char dst[CELL], const struct hist *h, double ns)
{
    double ms = ns / 1e6;
    if (hist_count(h) == 0)
        (void)snprintf(dst, CELL, "-");
    else
        (void)snprintf(dst, CELL, "%.*f", ms < 100 ? 2 : ms < 1000 ? 1 : 0, ms);
    return dst;
}

static enum pp_status add_row(struct lg_table *t, const struct lg_result *r)
{
    const struct lg_figures *f = lg_stats_all(r->stats);
    const struct hist *h = f->latency;
    char ms[6][CELL];
    double cpu = 0;
    double memory = 0;
    double max = 0;
    enum pp_status st =
        buf_addf(&t->rows, "%6" PRId64 " %9" PRIu64 " %8.1f %8s %8s %8s %8s %8s %8s %7" PRIu64,
                 r->rate > 0 ? r->rate : (int64_t)r->users, f->total, lg_result_throughput(r),
                 cell(ms[0], h, hist_mean(h)), cell(ms[1], h, (double)hist_quantile(h, 0.5)),
                 cell(ms[2], h, (double)hist_quantile(h, 0.95)),
                 cell(ms[3], h, (double)hist_quantile(h, 0.99)), cell(ms[4], h, (double)hist_max(h)),
                 cell(ms[5], f->corrected, (double)hist_quantile(f->corrected, 0.99)), lg_figures_errors(f));
    if (st == PP_OK && t->watched) {
        bool known = lg_watch_cpu_percent(&r->watch, &cpu);
        st = known && lg_watch_memory_mb(&r->watch, &memory, &max)
                 ? buf_addf(&t->rows, " %6.1f %7.1f", cpu, max)
                 : buf_addf(&t->rows, " %6s %7s", "-", "-");
    }
    return st == PP_OK ? buf_addf(&t->rows, "%s\n", r->interrupted ? "  (stopped early)" : "") : st;
}

/* The kinds of errors, and the text of the first that has one. */
static enum pp_status note_errors(struct lg_table *t, const struct lg_result *r, const char *at)
{
    const struct lg_samples *s = lg_stats_samples(r->stats);
    char errors[512];
    enum pp_status st = buf_addf(&t->notes, "errors at %s: %s\n", at,
                                 lg_errors_text(errors, sizeof errors, lg_stats_all(r->stats)));
    size_t i = 0;
    while (i < s->count && s->items[i].text_bytes == 0)
        i++;
    if (st != PP_OK || i == s->count)
        return st;
    struct lg_sample first = s->items[i];
    for (size_t k = 0; k < first.text_bytes; k++)
        first.text[k] = first.text[k] == '\n' || first.text[k] == '\t' ? ' ' : first.text[k];
    first.text_bytes = first.text_bytes < SAMPLE_COLUMNS ? first.text_bytes : SAMPLE_COLUMNS;
    struct buf text;
    buf_init(&text, 4 * LG_SAMPLE_BYTES + 1);
    st = lg_sample_text(&text, &first);
    if (st == PP_OK)
        st = buf_addf(&t->notes, "  such as: %.*s\n", (int)text.len, (const char *)text.data);
    buf_fini(&text);
    return st;
}

static enum pp_status note_limits(struct lg_table *t, const struct lg_result *r, const char *at)
{
    const struct lg_figures *f = lg_stats_all(r->stats);
    enum pp_status st = PP_OK;
    if (f->queued > 0)
        st = buf_addf(&t->notes,
                      "at %s, %" PRIu64 " requests waited until one of %" PRId64
                      " connections was free; the corrected figures count that (more: --connections)\n",
                      at, f->queued, r->connections);
    if (st == PP_OK && r->unsent > 0)
        st = buf_addf(&t->notes, "at %s, %" PRIu64 " requests that were due had not been sent at the end\n",
                      at, r->unsent);
    if (st == PP_OK && lg_result_is_late(r))
        st = buf_addf(&t->notes,
                      "warning: at %s poolload itself was the limit (requests were sent %.2f ms late in the "
                      "mean); use more --threads or give it more CPU\n",
                      at, hist_mean(f->late) / 1e6);
    return st;
}

enum pp_status lg_table_add(struct lg_table *t, const struct lg_result *r)
{
    char at[48];
    if (r->rate > 0)
        (void)snprintf(at, sizeof at, "%" PRId64 " requests/s", r->rate);
    else
        (void)snprintf(at, sizeof at, "%zu users", r->users);
    enum pp_status st = add_row(t, r);
    if (st == PP_OK && lg_figures_errors(lg_stats_all(r->stats)) > 0)
        st = note_errors(t, r, at);
    return st == PP_OK ? note_limits(t, r, at) : st;
}

void lg_table_print(const struct lg_table *t)
{
    if (t->rows.len == 0)
        return;
    printf("%6s %9s %8s %8s %8s %8s %8s %8s %8s %7s%s\n", t->open_load ? "rate" : "users", "requests",
           "req/s", "mean ms", "p50 ms", "p95 ms", "p99 ms", "max ms", "corr p99", "errors",
           t->watched ? "  CPU %  max MB" : "");
    (void)fwrite(t->rows.data, 1, t->rows.len, stdout);
    if (t->notes.len > 0)
        (void)fwrite(t->notes.data, 1, t->notes.len, stdout);
    (void)fflush(stdout);
}
