/* summary: the table of all levels for a terminal */
#include "table.h"

#include <inttypes.h>
#include <stdio.h>

#define TABLE_LIMIT (64u << 20) /* far above a row for each of LG_USERS_MAX levels would need */

void lg_table_init(struct lg_table *t)
{
    buf_init(&t->rows, TABLE_LIMIT);
    buf_init(&t->notes, TABLE_LIMIT);
}

void lg_table_fini(struct lg_table *t)
{
    buf_fini(&t->rows);
    buf_fini(&t->notes);
}

/* Milliseconds in eight columns, "-" without a successful request. */
static const char *cell(char dst[16], const struct hist *h, double ns)
{
    double ms = ns / 1e6;
    if (hist_count(h) == 0)
        (void)snprintf(dst, 16, "-");
    else
        (void)snprintf(dst, 16, "%.*f", ms < 100 ? 2 : ms < 1000 ? 1 : 0, ms);
    return dst;
}

enum pp_status lg_table_add(struct lg_table *t, const struct lg_result *r)
{
    const struct lg_figures *f = lg_stats_all(r->stats);
    const struct hist *h = f->latency;
    char ms[5][16];
    char errors[512];
    enum pp_status st = buf_addf(
        &t->rows, "%6zu %9" PRIu64 " %8.1f %8s %8s %8s %8s %8s %7" PRIu64 "%s\n", r->users, f->total,
        lg_result_throughput(r), cell(ms[0], h, hist_mean(h)), cell(ms[1], h, (double)hist_quantile(h, 0.5)),
        cell(ms[2], h, (double)hist_quantile(h, 0.95)), cell(ms[3], h, (double)hist_quantile(h, 0.99)),
        cell(ms[4], h, (double)hist_max(h)), lg_figures_errors(f), r->interrupted ? "  (stopped early)" : "");
    if (st == PP_OK && lg_figures_errors(f) > 0)
        st = buf_addf(&t->notes, "errors at %zu users: %s\n", r->users,
                      lg_errors_text(errors, sizeof errors, f));
    if (st == PP_OK && lg_result_is_late(r))
        st = buf_addf(
            &t->notes,
            "warning: at %zu users poolload itself was the limit (requests were sent %.2f ms late in the "
            "mean); use more --threads or give it more CPU\n",
            r->users, hist_mean(f->late) / 1e6);
    return st;
}

void lg_table_print(const struct lg_table *t)
{
    if (t->rows.len == 0)
        return;
    printf("%6s %9s %8s %8s %8s %8s %8s %8s %7s\n", "users", "requests", "req/s", "mean ms", "p50 ms",
           "p95 ms", "p99 ms", "max ms", "errors");
    (void)fwrite(t->rows.data, 1, t->rows.len, stdout);
    if (t->notes.len > 0)
        (void)fwrite(t->notes.data, 1, t->notes.len, stdout);
    (void)fflush(stdout);
}
