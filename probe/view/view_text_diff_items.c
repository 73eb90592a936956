/* summary: the comparison of two runs as text: endpoints and queries that changed most, with intervals
 */
#include "analysis.h"
#include "view_diff.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <math.h>

#define TOP_QUERIES ((size_t)10)

/* Under a row: by how much its mean and its 95th percentile changed. */
static void note_change(struct view_table *tab, bool both, const struct ana_change *mean_ms,
                        const struct ana_change *p95_ms, int dec)
{
    char text[400];
    if (!both)
        return;
    struct view_change_text mean = view_change_words("mean", mean_ms, dec),
                            p95 = view_change_words("p95", p95_ms, dec);
    (void)snprintf(text, sizeof text, "%s%s%s", mean.s, *p95.s ? "; " : "", p95.s);
    view_table_note(tab, text, VIEW_WRAP);
}

void view_text_diff_endpoints(const struct view_text *t, const struct ana_diff *d)
{
    static const struct view_col cols[] = {
        {"endpoint", VIEW_FLEX}, {"count: A", VIEW_RIGHT},  {"B", VIEW_RIGHT}, {"mean ms: A", VIEW_RIGHT},
        {"B", VIEW_RIGHT},       {"p95 ms: A", VIEW_RIGHT}, {"B", VIEW_RIGHT},
    };
    static const struct ana_latency none;
    size_t shown = d->endpoint_count < TOP_QUERIES ? d->endpoint_count : TOP_QUERIES;
    if (shown == 0)
        return;
    view_text_heading(t, "Endpoints that changed most");
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < shown; i++) {
        const struct ana_diff_endpoint *e = &d->endpoints[i];
        const struct ana_latency *la = e->a ? &e->a->latency : &none, *lb = e->b ? &e->b->latency : &none;
        int dec = view_ms_decimals(fmax(view_lat_quantile_ns(la, 0.95), view_lat_quantile_ns(lb, 0.95)));
        view_table_endpoint(tab, e->method, e->route);
        view_table_cell(tab, e->a ? view_count(e->a->requests).s : "-");
        view_table_cell(tab, e->b ? view_count(e->b->requests).s : "-");
        view_table_cell(tab, view_lat_ms(la, -1, dec).s);
        view_table_cell(tab, view_lat_ms(lb, -1, dec).s);
        view_table_cell(tab, view_lat_ms(la, 0.95, dec).s);
        view_table_cell(tab, view_lat_ms(lb, 0.95, dec).s);
        note_change(tab, e->a && e->b, &e->mean_ms, &e->p95_ms, dec);
    }
    view_table_print(&tab);
    if (shown < d->endpoint_count)
        view_text_paraf(t, "  ", "and %zu more: --format json", d->endpoint_count - shown);
}

void view_text_diff_queries(const struct view_text *t, const struct ana_diff *d)
{
    static const struct view_col cols[] = {
        {"count: A", VIEW_RIGHT},  {"B", VIEW_RIGHT}, {"mean ms: A", VIEW_RIGHT}, {"B", VIEW_RIGHT},
        {"p95 ms: A", VIEW_RIGHT}, {"B", VIEW_RIGHT}, {"share: A", VIEW_RIGHT},   {"B", VIEW_RIGHT},
    };
    static const struct ana_latency none;
    size_t shown = d->query_count < TOP_QUERIES ? d->query_count : TOP_QUERIES;
    view_text_heading(t, "Queries that changed most");
    if (d->query_count == 0) {
        view_text_para(t, "  ", "  ", "No statements in either run.");
        return;
    }
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < shown; i++) {
        const struct ana_query *a = d->queries[i].a, *b = d->queries[i].b;
        const struct ana_latency *la = a ? &a->latency : &none, *lb = b ? &b->latency : &none;
        int dec = view_ms_decimals(fmax(view_lat_quantile_ns(la, 0.95), view_lat_quantile_ns(lb, 0.95)));
        view_table_cell(tab, a ? view_count(a->count).s : "-");
        view_table_cell(tab, b ? view_count(b->count).s : "-");
        view_table_cell(tab, view_lat_ms(la, -1, dec).s);
        view_table_cell(tab, view_lat_ms(lb, -1, dec).s);
        view_table_cell(tab, view_lat_ms(la, 0.95, dec).s);
        view_table_cell(tab, view_lat_ms(lb, 0.95, dec).s);
        view_table_cell(tab, a ? view_percent(a->share).s : "-");
        view_table_cell(tab, b ? view_percent(b->share).s : "-");
        view_table_note(tab, d->queries[i].text, VIEW_CUT);
        note_change(tab, a && b, &d->queries[i].mean_ms, &d->queries[i].p95_ms, dec);
    }
    view_table_print(&tab);
    if (shown < d->query_count)
        view_text_paraf(t, "  ", "and %zu more: --format html or json", d->query_count - shown);
}
