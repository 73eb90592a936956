/* summary: HTML sections that are mostly pictures: pools over time, slowest requests, heat map, with their
 * tables */
#include "analysis.h"
#include "base/clock.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_parts.h"

void view_html_pool_time(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "pool-time", "The pool over time");
    if (r->series.count == 0) {
        view_put(o, "<p>Nothing to show: ");
        view_put_html(o, view_why_no_statements(r));
        view_put(o, "</p>\n");
    } else {
        view_html_figure(
            o, "pool",
            "Requests in flight, and the connections of the application's pools: open, busy, being "
            "dialled. Shaded: every open connection was busy, so that one more request would have to wait.");
        view_html_figure_end(o);
        view_html_data(o, "Figures of the pool by level");
        view_html_pool_use(o, r);
        view_html_data_end(o);
    }
    view_html_section_end(o);
}

static void slow_row(struct view_out *o, const struct ana_slow_request *x)
{
    const struct ana_request_row *q = &x->row;
    int64_t wait_ns = 0;
    for (int i = ANA_ACQUIRE_EXHAUSTED; i <= ANA_ACQUIRE_LOST_WAKEUP; i++)
        wait_ns += q->ns[i];
    int d = view_ms_decimals((double)q->latency_ns);
    view_html_row(o);
    view_html_text(o, q->method);
    view_html_code(o, q->route);
    view_html_num(o, view_id(q->status).s);
    view_html_num(o, view_ms((double)q->latency_ns, d).s);
    view_html_num(o, view_ms((double)wait_ns, d).s);
    view_html_num(o, view_ms((double)(q->ns[ANA_STATEMENT] + q->ns[ANA_COMMIT]), d).s);
    view_html_num(o, view_ms((double)q->ns[ANA_TXN_IDLE], d).s);
    view_html_num(o, view_ms((double)q->ns[ANA_APP], d).s);
    view_html_num(o, view_count(q->statements).s);
    view_html_text(o, ana_join_name(q->how));
    view_html_num(o, view_percent(q->confidence).s);
    view_html_row_end(o);
}

void view_html_slowest(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "slowest", "The slowest requests");
    if (r->slowest_count == 0) {
        view_put(o, "<p>");
        view_put_html(o, r->endpoint_count
                             ? "Single requests are not joined to their statements in this report."
                             : "No complete request: ");
        view_put_html(o, r->endpoint_count ? "" : view_why_no_requests(r));
        view_put(o, "</p>\n");
    } else {
        view_html_figure(o, "requests",
                         "What the time of each was made of, in its order. A request is joined to its "
                         "statements by a trace id, or inferred; the table says how surely.");
        view_html_figure_end(o);
        view_html_data(o, "Figures of the slowest requests");
        view_html_table_sorted(o, "Slowest requests",
                               "<method|<route|status|ms|waited ms|database ms|idle in transaction "
                               "ms|application ms|statements|<joined|confidence");
        for (size_t i = 0; i < r->slowest_count; i++)
            slow_row(o, &r->slowest[i]);
        view_html_table_end(o);
        view_html_data_end(o);
    }
    view_html_section_end(o);
}

/* A row a class of latency: how many requests fell into it. */
static void classes(struct view_out *o, const struct ana_heatmap *h)
{
    view_html_table(o, "Requests by latency, all of the run", "from ms|to below ms|requests");
    for (size_t k = 0; k < h->rows; k++) {
        uint64_t n = 0;
        for (size_t c = 0; c < h->columns; c++)
            n += h->counts[c * h->rows + k];
        int d = view_ms_decimals((double)h->edge_ns[k]);
        view_html_row(o);
        view_html_num(o, view_ms((double)h->edge_ns[k], d).s);
        view_html_num(o, view_ms((double)h->edge_ns[k + 1], d).s);
        view_html_num(o, view_count(n).s);
        view_html_row_end(o);
    }
    view_html_table_end(o);
}

void view_html_heatmap(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "heatmap", "Latency over time");
    if (r->heatmap.rows == 0) {
        view_put(o, "<p>No complete request: ");
        view_put_html(o, r->endpoint_count ? "each one seen was cut off." : view_why_no_requests(r));
        view_put(o, "</p>\n");
    } else {
        view_html_figure(o, "heat",
                         "Each cell counts the requests that arrived in a stretch of time (left to right) by "
                         "their latency (bottom to top): the darker, the more.");
        view_html_figure_end(o);
        view_html_data(o, "Figures of the latency classes");
        classes(o, &r->heatmap);
        view_html_data_end(o);
    }
    view_html_section_end(o);
}
