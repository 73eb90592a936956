/* summary: HTML: latency budgets as stacked bars with a table, and the levels */
#include "analysis.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_parts.h"

#include <stdio.h>
#include <string.h>

static void bars(struct view_out *o, const struct ana_report *r)
{
    double longest = 0;
    for (size_t i = 0; i < r->level_count; i++) {
        double mean = view_budget_mean_ns(&r->levels[i].budget);
        longest = mean > longest ? mean : longest;
    }
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        double mean = view_budget_mean_ns(&l->budget);
        view_put(o, "<div class=\"row\"><span class=\"name\">");
        view_put_html(o, view_level_name(l).s);
        view_put(o, "</span>");
        view_html_bar(o, &l->budget, longest > 0 ? mean / longest : 0);
        view_putf(o, "<span class=\"n\">%s ms</span></div>\n", view_ms(mean, view_ms_decimals(mean)).s);
    }
}

static void cell(struct view_out *o, const struct ana_budget *b, int line, int64_t units, int d)
{
    view_put(o, "<td>");
    view_put(o, view_fixed(units, d).s);
    if (view_line_estimated(b, line))
        view_putf(o, "<br><span class=\"dim\">%s&ndash;%s</span>",
                  view_ms(view_budget_ms(b, b->low_ns[line]) * 1e6, d).s,
                  view_ms(view_budget_ms(b, b->high_ns[line]) * 1e6, d).s);
    view_put(o, "</td>");
}

static void level_row(struct view_out *o, const struct ana_level *l, unsigned used)
{
    int64_t units[ANA_LINE_COUNT], sum = 0;
    int d = view_ms_decimals(view_budget_mean_ns(&l->budget));
    view_round_budget(&l->budget, d, units, &sum);
    view_html_row(o);
    view_html_text(o, view_level_name(l).s);
    for (int line = 0; line < ANA_LINE_COUNT; line++)
        if (used >> line & 1u)
            cell(o, &l->budget, line, units[line], d);
    view_putf(o, "<td class=\"sum\">%s</td>", view_fixed(sum, d).s);
    view_html_row_end(o);
}

/* The figures behind the bars: a row a level, a column a line. */
static void figures(struct view_out *o, const struct ana_report *r, unsigned used)
{
    char titles[512] = "<ms a request";
    size_t n = strlen(titles);
    for (int line = 0; line < ANA_LINE_COUNT; line++)
        if (used >> line & 1u)
            n += (size_t)snprintf(titles + n, sizeof titles - n, "|%s", ana_line_title((enum ana_line)line));
    (void)snprintf(titles + n, sizeof titles - n, "|= mean latency");
    view_html_table(o, "Latency budget by level, ms a request; ranges are the bounds of an estimate", titles);
    for (size_t i = 0; i < r->level_count; i++)
        level_row(o, &r->levels[i], used);
    view_html_table_end(o);
}

static void doubts(struct view_out *o, const struct ana_report *r)
{
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        if (l->budget.requests == 0 || (l->budget.identified && view_budget_is_mean(&l->budget, &l->latency)))
            continue;
        view_put(o, "<p class=\"dim\">");
        view_put_html(o, view_level_name(l).s);
        if (!l->budget.identified) {
            view_put(o, ": not identified: ");
            view_put_html(o, l->budget.why_not ? l->budget.why_not : "no reason given");
        }
        if (!view_budget_is_mean(&l->budget, &l->latency))
            view_putf(o, " (the lines cover %s of %s requests; the mean latency of all is %s ms)",
                      view_count(l->budget.requests).s, view_count(view_lat_count(&l->latency)).s,
                      view_ms(view_lat_mean_ns(&l->latency), 3).s);
        view_put(o, "</p>\n");
    }
}

void view_html_budgets(struct view_out *o, const struct ana_report *r)
{
    unsigned used = 0;
    uint64_t requests = 0;
    view_html_section(o, "budget", "Where the time of a request goes");
    for (size_t i = 0; i < r->level_count; i++) {
        used |= view_budget_mask(&r->levels[i].budget);
        requests += r->levels[i].requests + r->levels[i].incomplete;
    }
    if (requests == 0) {
        view_put(o, "<p>No requests: ");
        view_put_html(o, view_why_no_requests(r));
        view_put(o, "</p>\n");
    } else {
        view_html_figure(o, "budget",
                         "Mean time of a request at each level of the load, split over what it was "
                         "spent on; the whisker is the interval of the wait.");
        view_html_legend(o, used);
        bars(o, r);
        view_html_figure_end(o);
        doubts(o, r);
        view_html_data(o, "Figures of the latency budget");
        figures(o, r, used);
        view_html_data_end(o);
        view_html_para(o, "dim",
                       "The lines of a row add up to the mean latency. Ranges are the bounds of a line that "
                       "is an estimate. Lines without any time are left out.");
    }
    view_html_section_end(o);
}

static void latencies(struct view_out *o, const struct ana_report *r)
{
    view_html_table(
        o, "Load and latency by level",
        "<level|requests|errors|incomplete|a second|mean ms|p50 ms|p95 ms|p99 ms|load generator: a second|"
        "p95 ms|p99 ms");
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        struct view_load load = view_load_of(l);
        view_html_row(o);
        view_html_text(o, view_level_name(l).s);
        view_html_num(o, view_count(l->requests).s);
        view_html_num(o, view_count(l->errors).s);
        view_html_num(o, view_count(l->incomplete).s);
        view_html_num(o, view_rate(l->throughput).s);
        view_html_latency(o, &l->latency);
        view_html_num(o, load.throughput < 0 ? "-" : view_rate(load.throughput).s);
        view_html_num(o, load.p95_ms < 0 ? "-" : view_ms(load.p95_ms * 1e6, 2).s);
        view_html_num(o, load.p99_ms < 0 ? "-" : view_ms(load.p99_ms * 1e6, 2).s);
        view_html_row_end(o);
    }
    view_html_table_end(o);
}

void view_html_pool_use(struct view_out *o, const struct ana_report *r)
{
    view_html_table(o, "Use of the pools by level",
                    "<level|in flight|busy|open|saturated|dialling|statements|transactions");
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        view_html_row(o);
        view_html_text(o, view_level_name(l).s);
        view_html_num(o, view_rate(l->mean_in_flight).s);
        view_html_num(o, view_rate(l->mean_busy).s);
        view_html_num(o, view_rate(l->mean_open).s);
        view_html_num(o, view_percent(l->saturated).s);
        view_html_num(o, view_percent(l->dialling).s);
        view_html_num(o, view_count(l->statements).s);
        view_html_num(o, view_count(l->txns).s);
        view_html_row_end(o);
    }
    view_html_table_end(o);
}

void view_html_levels(struct view_out *o, const struct ana_report *r)
{
    if (r->level_count == 0)
        return; /* the budget's part has said why */
    view_html_section(o, "levels", "Load and latency");
    view_html_figure(o, "users", "Throughput, latency, errors, CPU and memory against the number of users.");
    view_html_figure_end(o);
    view_html_data(o, "Figures of load and latency");
    latencies(o, r);
    view_html_data_end(o);
    view_html_section_end(o);
}
