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
            "dialled. Shaded: the pool was saturated, so that a request had to wait.");
        view_html_figure_end(o);
        view_html_data(o, "Figures of the pool by level");
        view_html_pool_use(o, r);
        view_html_data_end(o);
    }
    view_html_section_end(o);
}

void view_html_slowest(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "slowest", "The slowest requests");
    view_html_para(o, "",
                   r->endpoint_count ? "Single requests are not joined to their statements in this report."
                                     : view_why_no_requests(r));
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
