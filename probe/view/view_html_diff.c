/* summary: the comparison as one HTML page: causes first, bars of both runs level by level, settings, queries
 */
#include "analysis.h"
#include "view_diff.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_parts.h"

#include <math.h>
#include <stdlib.h>

#define QUERIES_MAX ((size_t)200) /* rows of the table: the ones that changed most */

static void run_fields(struct view_out *o, const char *name, const struct ana_report *r)
{
    char loss[512];
    view_putf(o, "<dt>%s</dt><dd>", name);
    view_put_html(o, r->path ? r->path : "?");
    view_putf(o, " <span class=\"dim\">%s, for %s, ", view_time(r->start_ns).s,
              view_duration(r->end_ns - r->start_ns).s);
    view_put_html(o, r->capture.source ? r->capture.source : "unknown source");
    view_put(o, "</span>");
    if (view_loss_line(&r->capture, loss, sizeof loss)) {
        view_put(o, "<p class=\"lost\"><b>Data lost:</b> ");
        view_put_html(o, loss);
        view_put(o, "</p>");
    }
    for (size_t i = 0; i < r->finding_count; i++)
        if (view_is_about_clocks(&r->findings[i]))
            view_html_para(o, "lost", r->findings[i].text);
    view_put(o, "</dd>\n");
}

static void apps(struct view_out *o, const struct ana_diff *d)
{
    if (d->app_count == 0)
        return;
    view_html_section(o, "applications", "Applications");
    for (size_t i = 0; i < d->app_count; i++) {
        char *line = view_diff_app(&d->apps[i]);
        if (line)
            view_html_para(o, "", line);
        else
            view_out_fail(o, PP_NOMEM);
        free(line);
    }
    view_html_section_end(o);
}

static void causes(struct view_out *o, const struct ana_diff *d)
{
    static const char *const classes[] = {"supported", "refuted", "notice"};
    view_html_section(o, "causes", "Suspected causes");
    if (d->cause_count == 0)
        view_html_para(
            o, "", "None: no setting that is known to matter differs between the runs, or nothing changed.");
    for (size_t i = 0; i < d->cause_count; i++) {
        const struct ana_diff_cause *c = &d->causes[i];
        int v = c->verdict <= ANA_NOT_IDENTIFIABLE ? (int)c->verdict : (int)ANA_NOT_IDENTIFIABLE;
        view_putf(o, "<div class=\"finding %s\"><p><b>%s</b>", classes[v],
                  ana_verdict_name((enum ana_verdict)v));
        view_put_html(o, c->cause);
        view_put(o, "</p>");
        if (c->evidence && *c->evidence) {
            view_put(o, "<p class=\"dim\"><span class=\"word\">for</span> ");
            view_put_html(o, c->evidence);
            view_put(o, "</p>");
        }
        if (c->against && *c->against) {
            view_put(o, "<p class=\"dim\"><span class=\"word\">against</span> ");
            view_put_html(o, c->against);
            view_put(o, "</p>");
        }
        view_put(o, "</div>\n");
    }
    view_html_section_end(o);
}

/* Only where no chart shows the same. */
static void bar_row(struct view_out *o, const char *name, const struct ana_level *l, double longest)
{
    if (view_html_has_charts())
        return;
    double mean = view_budget_mean_ns(&l->budget);
    view_putf(o, "<div class=\"row\"><span class=\"name\">%s</span>", name);
    view_html_bar(o, &l->budget, longest > 0 ? mean / longest : 0);
    view_putf(o, "<span class=\"n\">%s ms</span></div>\n", view_ms(mean, view_ms_decimals(mean)).s);
}

/* A quantile of both runs, or the mean where q is negative. */
static void figure_row(struct view_out *o, const char *name, double q, const struct ana_diff_level *l,
                       const struct ana_change *c)
{
    const struct ana_latency *a = &l->a->latency, *b = &l->b->latency;
    int dec = view_ms_decimals(fmax(view_lat_quantile_ns(a, 0.99), view_lat_quantile_ns(b, 0.99)));
    double a_ns = q < 0 ? view_lat_mean_ns(a) : view_lat_quantile_ns(a, q);
    double b_ns = q < 0 ? view_lat_mean_ns(b) : view_lat_quantile_ns(b, q);
    bool both = view_lat_count(a) && view_lat_count(b);
    view_html_row(o);
    view_html_text(o, name);
    view_html_num(o, view_lat_ms(a, q, dec).s);
    view_html_num(o, view_lat_ms(b, q, dec).s);
    view_putf(o, "<td>%s%s</td>", both && b_ns > a_ns ? "+" : "", both ? view_ms(b_ns - a_ns, dec).s : "");
    view_html_num(o, both ? view_change(a_ns, b_ns).s : "");
    view_html_num(o, view_change_interval(c, dec).s);
    view_html_row_end(o);
}

static void budget_rows(struct view_out *o, const struct ana_budget *a, const struct ana_budget *b,
                        const struct ana_change *lines, int dec)
{
    int64_t ua[ANA_LINE_COUNT], ub[ANA_LINE_COUNT], sa = 0, sb = 0;
    unsigned used = view_budget_mask(a) | view_budget_mask(b);
    view_round_budget(a, dec, ua, &sa);
    view_round_budget(b, dec, ub, &sb);
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        if (!(used >> i & 1u))
            continue;
        view_put(o, "<tr><td class=\"t dim\">&emsp;");
        view_put_html(o, ana_line_title((enum ana_line)i));
        view_put(o, "</td>");
        view_html_num(o, view_fixed(ua[i], dec).s);
        view_html_num(o, view_fixed(ub[i], dec).s);
        view_html_num(o, view_fixed_signed(ub[i] - ua[i], dec).s);
        view_html_num(o, view_change((double)ua[i], (double)ub[i]).s);
        view_html_num(o, view_change_interval(&lines[i], dec).s);
        view_html_row_end(o);
    }
}

/* Mean and percentiles, each with its lines. */
static void level_table(struct view_out *o, const struct ana_diff_level *l)
{
    static const char *const names[ANA_DIFF_PERCENTILES] = {"p50", "p95", "p99"};
    static const double quantiles[ANA_DIFF_PERCENTILES] = {0.50, 0.95, 0.99};
    const struct ana_change *changes[ANA_DIFF_PERCENTILES] = {&l->p50_ms, &l->p95_ms, &l->p99_ms};
    const struct ana_latency *a = &l->a->latency, *b = &l->b->latency;
    int dec = view_ms_decimals(fmax(view_lat_quantile_ns(a, 0.99), view_lat_quantile_ns(b, 0.99)));
    view_html_table(o, view_level_name(l->a).s, "<ms a request|A|B|change|relative|95 % interval");
    figure_row(o, "mean latency", -1, l, &l->mean_ms);
    budget_rows(o, &l->a->budget, &l->b->budget, l->lines, dec);
    for (int i = 0; i < ANA_DIFF_PERCENTILES; i++) {
        const struct ana_diff_percentile *p = &l->percentiles[i];
        figure_row(o, names[i], quantiles[i], l, changes[i]);
        if (p->known)
            budget_rows(o, &p->a, &p->b, p->lines, dec);
    }
    view_html_table_end(o);
}

/* What each line did to the throughput, where users wait for their answers. */
static void rate_table(struct view_out *o, const struct ana_diff_level *l)
{
    double by = l->throughput.b - l->throughput.a;
    if (!l->rate_known)
        return;
    view_html_data(o, "The change of the throughput, line by line");
    view_html_table(o, "Requests a second", "<requests/s|change|95 % interval");
    for (int i = 0; i < ANA_RATE_PARTS; i++) {
        const struct ana_change *c = &l->rate_parts[i];
        char change[32];
        if (c->b == 0)
            continue;
        (void)snprintf(change, sizeof change, "%+.2f", c->b);
        view_html_row(o);
        view_html_text(o, i < ANA_LINE_COUNT ? ana_line_title((enum ana_line)i) : "between requests");
        view_html_num(o, change);
        view_html_num(o, view_change_interval(c, 2).s);
        view_html_row_end(o);
    }
    view_html_row(o);
    view_html_text(o, "= throughput");
    view_putf(o, "<td>%+.2f</td>", by);
    view_html_num(o, view_change_interval(&l->throughput, 2).s);
    view_html_row_end(o);
    view_html_table_end(o);
    view_html_data_end(o);
}

static void level(struct view_out *o, const struct ana_diff_level *l, double longest)
{
    const struct ana_level *a = l->a, *b = l->b;
    view_put(o, "<h3>");
    view_put_html(o, view_level_name(a ? a : b).s);
    if (a == NULL || b == NULL) {
        view_putf(o, ": only in %s</h3>\n", a ? "A" : "B");
        bar_row(o, a ? "A" : "B", a ? a : b, longest);
        return;
    }
    view_putf(o, ": %s &rarr; %s requests/s ", view_rate(a->throughput).s, view_rate(b->throughput).s);
    view_put_html(o, view_change(a->throughput, b->throughput).s);
    view_put(o, "</h3>\n");
    bar_row(o, "A", a, longest);
    bar_row(o, "B", b, longest);
    level_table(o, l);
    rate_table(o, l);
    const struct ana_level *sides[] = {a, b};
    for (int s = 0; s < 2; s++) {
        if (sides[s]->budget.identified)
            continue;
        view_putf(o, "<p class=\"dim\">%s's budget is not identified: ", s ? "B" : "A");
        view_put_html(o, sides[s]->budget.why_not ? sides[s]->budget.why_not : "no reason given");
        view_put(o, "</p>\n");
    }
}

static void levels(struct view_out *o, const struct ana_diff *d)
{
    double longest = 0;
    unsigned used = 0;
    view_html_section(o, "by-level", "Level by level");
    if (d->level_count == 0)
        view_html_para(o, "", "Neither run has a level with requests, so there are no latencies to compare.");
    for (size_t i = 0; i < d->level_count; i++) {
        const struct ana_level *sides[] = {d->levels[i].a, d->levels[i].b};
        for (int s = 0; s < 2; s++) {
            if (sides[s] == NULL)
                continue;
            longest = fmax(longest, view_budget_mean_ns(&sides[s]->budget));
            used |= view_budget_mask(&sides[s]->budget);
        }
    }
    if (used && !view_html_has_charts())
        view_html_legend(o, used);
    for (size_t i = 0; i < d->level_count; i++)
        level(o, &d->levels[i], longest);
    view_html_section_end(o);
}

static void settings(struct view_out *o, const struct ana_diff *d)
{
    view_html_section(o, "settings", "Settings that differ");
    if (d->setting_count == 0) {
        view_html_para(o, "",
                       d->a->setting_count && d->b->setting_count
                           ? "None of those recorded."
                           : "Not known: settings are missing in a run. Record with --server and --app-pid.");
    } else {
        view_html_table_sorted(o, "Settings that differ", "<of|<setting|<A|<B");
        for (size_t i = 0; i < d->setting_count; i++) {
            const struct ana_diff_setting *s = &d->settings[i];
            view_html_row(o);
            view_html_text(o, s->scope);
            view_html_text(o, s->name);
            view_html_code(o, s->a ? s->a : "(not set)");
            view_html_code(o, s->b ? s->b : "(not set)");
            view_html_row_end(o);
        }
        view_html_table_end(o);
    }
    view_html_section_end(o);
}

static void query_side(struct view_out *o, const struct ana_query *q)
{
    static const struct ana_latency none;
    view_html_num(o, q ? view_count(q->count).s : "-");
    view_html_num(o, q ? view_percent(q->share).s : "-");
    view_html_latency(o, q ? &q->latency : &none);
}

/* Change of the mean and of the 95th percentile, and whether it is one. */
static void change_cells(struct view_out *o, bool both, const struct ana_change *mean_ms,
                         const struct ana_change *p95_ms)
{
    const struct ana_change *changes[] = {mean_ms, p95_ms};
    int dec = view_ms_decimals(1e6 * fmax(p95_ms->a, p95_ms->b));
    for (int i = 0; i < 2; i++)
        view_html_text(o, both ? view_change_words(i ? "p95" : "mean", changes[i], dec).s : "");
}

static void endpoint_side(struct view_out *o, const struct ana_endpoint *e)
{
    static const struct ana_latency none;
    view_html_num(o, e ? view_count(e->requests).s : "-");
    view_html_latency(o, e ? &e->latency : &none);
}

static void endpoints(struct view_out *o, const struct ana_diff *d)
{
    if (d->endpoint_count == 0)
        return;
    view_html_section(o, "endpoints", "Endpoints that changed most");
    view_html_table_sorted(
        o, "Endpoints of both runs",
        "<method|<route|A: count|mean ms|p50|p95|p99|B: count|mean ms|p50|p95|p99|<change of "
        "the mean|<change of p95");
    for (size_t i = 0; i < d->endpoint_count && i < QUERIES_MAX; i++) {
        const struct ana_diff_endpoint *e = &d->endpoints[i];
        view_html_row(o);
        view_html_text(o, e->method);
        view_html_code(o, e->route);
        endpoint_side(o, e->a);
        endpoint_side(o, e->b);
        change_cells(o, e->a && e->b, &e->mean_ms, &e->p95_ms);
        view_html_row_end(o);
    }
    view_html_table_end(o);
    if (d->endpoint_count > QUERIES_MAX)
        view_putf(o, "<p class=\"note\">The first %zu of %zu endpoints; --format json has all.</p>\n",
                  QUERIES_MAX, d->endpoint_count);
    view_html_section_end(o);
}

static void queries(struct view_out *o, const struct ana_diff *d)
{
    view_html_section(o, "queries", "Queries that changed most");
    if (d->query_count == 0) {
        view_html_para(o, "", "No statements in either run.");
    } else {
        view_html_table_sorted(
            o, "Queries of both runs",
            "A: count|share|mean ms|p50|p95|p99|B: count|share|mean ms|p50|p95|p99|<statement|<change "
            "of the mean|<change of p95");
        for (size_t i = 0; i < d->query_count && i < QUERIES_MAX; i++) {
            view_html_row(o);
            query_side(o, d->queries[i].a);
            query_side(o, d->queries[i].b);
            view_html_code(o, d->queries[i].text);
            change_cells(o, d->queries[i].a && d->queries[i].b, &d->queries[i].mean_ms,
                         &d->queries[i].p95_ms);
            view_html_row_end(o);
        }
        view_html_table_end(o);
        if (d->query_count > QUERIES_MAX)
            view_putf(o, "<p class=\"note\">The first %zu of %zu queries; --format json has all.</p>\n",
                      QUERIES_MAX, d->query_count);
    }
    view_html_section_end(o);
}

struct picture {
    const char *id, *title, *chart, *caption;
};

/* Without charts, the tables hold these figures. */
static void pictures(struct view_out *o, const struct picture *parts, size_t count)
{
    for (size_t i = 0; i < count && view_html_has_charts(); i++) {
        view_html_section(o, parts[i].id, parts[i].title);
        view_html_figure(o, parts[i].chart, parts[i].caption);
        view_html_figure_end(o);
        view_html_section_end(o);
    }
}

static void main_pictures(struct view_out *o)
{
    static const struct picture parts[] = {
        {"budget", "Where the time of a request goes", "budget",
         "Mean time of a request at each level of the load, on the same scale for A and B."},
        {"load", "Load and latency", "users",
         "Throughput, latency, errors, CPU and memory against the number of users."},
        {"pool-time", "The pools over time", "pool",
         "Requests in flight and connections on the same scale. Shaded: every open connection was busy."},
        {"slowest", "The slowest requests", "requests",
         "What the time of each was made of, in its order, on the same scale. How surely a request is joined "
         "to its statements, the run's own report says."},
        {"heatmap", "Latency over time", "heat",
         "Requests by the time of their arrival and their latency, on the same scale: the darker, the more."},
    };
    pictures(o, parts, sizeof parts / sizeof parts[0]);
}

static void lanes(struct view_out *o, const struct ana_diff *d)
{
    static const struct picture part = {"connections", "Connections", "lanes",
                                        "A lane for each connection of the application's pools."};
    if (d->a->lanes.count || d->b->lanes.count)
        pictures(o, &part, 1);
}

static void page_head(struct view_out *o, const struct ana_diff *d)
{
    view_put(o, "<header class=\"top\">\n<h1>What changed from run A to run B</h1>\n<dl class=\"pair\">\n");
    run_fields(o, "A", d->a);
    run_fields(o, "B", d->b);
    view_put(o, "</dl>\n</header>\n");
    view_html_no_charts(o);
    view_html_section(o, "verdict", "In two sentences");
    for (int i = 0; i < 2; i++)
        if (d->verdict[i])
            view_html_para(o, "verdict", d->verdict[i]);
    view_html_section_end(o);
}

void view_html_diff(struct view_out *o, const struct ana_diff *d)
{
    view_html_begin(o, "Poolprobe: run A and run B");
    page_head(o, d);
    apps(o, d);
    causes(o, d);
    main_pictures(o);
    levels(o, d);
    endpoints(o, d);
    queries(o, d);
    lanes(o, d);
    view_html_capture_pair(o, d->a, d->b);
    settings(o, d);
    view_page_diff(o, d);
    view_html_end(o);
}
