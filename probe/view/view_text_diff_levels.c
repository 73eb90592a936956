/* summary: the comparison of two runs as text: levels side by side, with what mean, percentiles and
 * throughput changed by */
#include "analysis.h"
#include "base/buf.h"
#include "view_diff.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <math.h>
#include <stdlib.h>

#define BLOCKS_MAX 4
#define RATE_BYTES ((size_t)1000)
#define RATE_SMALL 0.01 /* of the whole change */

static const double quantiles[ANA_DIFF_PERCENTILES] = {0.50, 0.95, 0.99};

static struct view_str diff_level_name(const struct ana_diff_level *l)
{
    return view_level_name(l->a ? l->a : l->b);
}

static void print_overview(const struct view_text *t, const struct ana_diff *d)
{
    static const struct view_col cols[] = {
        {"level", VIEW_LEFT},      {"per s: A", VIEW_RIGHT},   {"B", VIEW_RIGHT},
        {"change", VIEW_RIGHT},    {"mean ms: A", VIEW_RIGHT}, {"B", VIEW_RIGHT},
        {"p95 ms: A", VIEW_RIGHT}, {"B", VIEW_RIGHT},
    };
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    double max = 0;
    for (size_t i = 0; i < d->level_count; i++) {
        double a = d->levels[i].a ? view_lat_quantile_ns(&d->levels[i].a->latency, 0.95) : 0;
        double b = d->levels[i].b ? view_lat_quantile_ns(&d->levels[i].b->latency, 0.95) : 0;
        max = fmax(max, fmax(a, b));
    }
    int dec = view_ms_decimals(max);
    for (size_t i = 0; i < d->level_count; i++) {
        const struct ana_level *a = d->levels[i].a, *b = d->levels[i].b;
        view_table_cell(tab, diff_level_name(&d->levels[i]).s);
        view_table_cell(tab, a ? view_rate(a->throughput).s : "-");
        view_table_cell(tab, b ? view_rate(b->throughput).s : "-");
        view_table_cell(tab, a && b ? view_change(a->throughput, b->throughput).s : "");
        view_table_cell(tab, a ? view_lat_ms(&a->latency, -1, dec).s : "-");
        view_table_cell(tab, b ? view_lat_ms(&b->latency, -1, dec).s : "-");
        view_table_cell(tab, a ? view_lat_ms(&a->latency, 0.95, dec).s : "-");
        view_table_cell(tab, b ? view_lat_ms(&b->latency, 0.95, dec).s : "-");
    }
    view_table_print(&tab);
}

/* How lines are shown: what stands before their names; whether those that show as 0 are left out. */
struct line_style {
    const char *indent;
    int decimals;
    bool only_shown;
};

static int decimals_of(const struct ana_diff_level *l)
{
    return view_ms_decimals(
        fmax(view_lat_quantile_ns(&l->a->latency, 0.99), view_lat_quantile_ns(&l->b->latency, 0.99)));
}

/* A quantile of both runs (negative q: the mean), with the interval of its change. */
static void ms_row(struct view_table *tab, const char *name, double q, const struct ana_diff_level *l,
                   const struct ana_change *c)
{
    struct view_str change = {""};
    int dec = decimals_of(l);
    const struct ana_latency *la = &l->a->latency, *lb = &l->b->latency;
    double a_ns = q < 0 ? view_lat_mean_ns(la) : view_lat_quantile_ns(la, q);
    double b_ns = q < 0 ? view_lat_mean_ns(lb) : view_lat_quantile_ns(lb, q);
    if (view_lat_count(la) && view_lat_count(lb))
        (void)snprintf(change.s, sizeof change.s, "%s%.40s", b_ns > a_ns ? "+" : "",
                       view_ms(b_ns - a_ns, dec).s);
    view_table_cell(tab, name);
    view_table_cell(tab, view_lat_ms(la, q, dec).s);
    view_table_cell(tab, view_lat_ms(lb, q, dec).s);
    view_table_cell(tab, change.s);
    view_table_cell(tab, view_change_interval(c, dec).s);
}

/* Lines of a budget in both runs with the interval of each change; gives the sums. */
static void line_rows(struct view_table *tab, const struct ana_budget *a, const struct ana_budget *b,
                      const struct ana_change *lines, struct line_style style, int64_t sums[2])
{
    int64_t ua[ANA_LINE_COUNT], ub[ANA_LINE_COUNT];
    view_round_budget(a, style.decimals, ua, &sums[0]);
    view_round_budget(b, style.decimals, ub, &sums[1]);
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        char name[64];
        if (!((view_budget_mask(a) | view_budget_mask(b)) >> i & 1u) ||
            (style.only_shown && ua[i] == 0 && ub[i] == 0))
            continue;
        (void)snprintf(name, sizeof name, "%s%s", style.indent, ana_line_title((enum ana_line)i));
        view_table_cell(tab, name);
        view_table_cell(tab, view_fixed(ua[i], style.decimals).s);
        view_table_cell(tab, view_fixed(ub[i], style.decimals).s);
        view_table_cell(tab, view_fixed_signed(ub[i] - ua[i], style.decimals).s);
        view_table_cell(tab, view_change_interval(&lines[i], style.decimals).s);
    }
}

static void sum_row(struct view_table *tab, const char *title, const int64_t sums[2],
                    const struct ana_change *c, int dec)
{
    view_table_cell(tab, title);
    view_table_cell(tab, view_fixed(sums[0], dec).s);
    view_table_cell(tab, view_fixed(sums[1], dec).s);
    view_table_cell(tab, view_fixed_signed(sums[1] - sums[0], dec).s);
    view_table_cell(tab, view_change_interval(c, dec).s);
}

static void budget_rows(struct view_table *tab, const struct ana_diff_level *l, const char *sum_title,
                        int dec)
{
    int64_t sums[2];
    line_rows(tab, &l->a->budget, &l->b->budget, l->lines, (struct line_style){"", dec, false}, sums);
    sum_row(tab, sum_title, sums, &l->mean_ms, dec);
}

/* A percentile with what it is made of. */
static void percentile_rows(struct view_table *tab, const char *name, const struct ana_diff_level *l, int at,
                            const struct ana_change *c)
{
    const struct ana_diff_percentile *p = &l->percentiles[at];
    int dec = decimals_of(l);
    int64_t sums[2];
    char title[32];
    if (!p->known) {
        ms_row(tab, name, quantiles[at], l, c);
        return;
    }
    line_rows(tab, &p->a, &p->b, p->lines, (struct line_style){"  ", dec, true}, sums);
    (void)snprintf(title, sizeof title, "= %s", name);
    sum_row(tab, title, sums, c, dec);
}

/* What each line did to the throughput; small parts together. */
static void say_rate(const struct view_text *t, const struct ana_diff_level *l)
{
    double by = l->throughput.b - l->throughput.a, small = 0;
    struct buf b;
    enum pp_status st = PP_OK;
    if (!l->rate_known)
        return;
    buf_init(&b, RATE_BYTES);
    for (int i = 0; i < ANA_RATE_PARTS && st == PP_OK; i++) {
        const struct ana_change *c = &l->rate_parts[i];
        if (fabs(c->b) < RATE_SMALL * fabs(by)) {
            small += c->b;
            continue;
        }
        const char *name = i < ANA_LINE_COUNT ? ana_line_title((enum ana_line)i) : "between requests";
        struct view_str range = view_change_interval(c, 1);
        st = buf_addf(&b, "%s%s %+.1f%s%s%s", b.len > 0 ? "; " : "", name, c->b, *range.s ? " (" : "",
                      range.s, *range.s ? ")" : "");
    }
    if (st == PP_OK && b.len > 0 && small != 0)
        st = buf_addf(&b, "; the others %+.1f", small);
    if (st == PP_NOMEM)
        view_out_fail(t->out, PP_NOMEM);
    else if (b.len > 0)
        view_text_paraf(t, "  ",
                        "The throughput's change of %+.1f a second by what takes the users' time: %.*s.", by,
                        (int)b.len, (const char *)b.data);
    buf_fini(&b);
}

static void print_block(const struct view_text *t, const struct ana_diff_level *l)
{
    static const struct view_col cols[] = {
        {"ms a request", VIEW_LEFT},         {"A", VIEW_RIGHT}, {"B", VIEW_RIGHT}, {"change", VIEW_RIGHT},
        {"95 % interval of it", VIEW_RIGHT},
    };
    const struct ana_level *a = l->a, *b = l->b;
    bool whole = view_budget_is_mean(&a->budget, &a->latency) && view_budget_is_mean(&b->budget, &b->latency);
    int dec = decimals_of(l);
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    view_put(t->out, "\n");
    view_text_style(t, VIEW_BOLD);
    struct view_str by = view_change_interval(&l->throughput, 1);
    view_text_paraf(t, "  ", "%s: %s %s %s requests/s%s%s%s", diff_level_name(l).s,
                    view_rate(a->throughput).s, view_arrow(t), view_rate(b->throughput).s,
                    *by.s ? " (change " : "", by.s, *by.s ? ")" : "");
    view_text_style(t, VIEW_PLAIN);
    budget_rows(tab, l, whole ? "= mean latency" : "= sum of the lines", dec);
    if (!whole)
        ms_row(tab, "mean latency", -1, l, &l->mean_ms);
    percentile_rows(tab, "p50", l, 0, &l->p50_ms);
    percentile_rows(tab, "p95", l, 1, &l->p95_ms);
    percentile_rows(tab, "p99", l, 2, &l->p99_ms);
    view_table_print(&tab);
    say_rate(t, l);
    if (!a->budget.identified || !b->budget.identified)
        view_text_paraf(
            t, "  ", "%s%s%s%s", a->budget.identified ? "" : "A's budget is not identified: ",
            a->budget.identified ? "" : (a->budget.why_not ? a->budget.why_not : "no reason given"),
            b->budget.identified ? "" : " B's budget is not identified: ",
            b->budget.identified ? "" : (b->budget.why_not ? b->budget.why_not : "no reason given"));
}

/* The level whose mean latency changed most. */
static size_t most_changed(const struct ana_diff *d)
{
    size_t best = 0;
    double most = -1;
    for (size_t i = 0; i < d->level_count; i++) {
        const struct ana_diff_level *l = &d->levels[i];
        double change =
            l->a && l->b ? fabs(view_lat_mean_ns(&l->a->latency) - view_lat_mean_ns(&l->b->latency)) : -1;
        if (change > most) {
            most = change;
            best = i;
        }
    }
    return best;
}

/* How the intervals were made; once, under all levels. */
static void say_method(const struct view_text *t, const struct ana_diff *d)
{
    for (size_t i = 0; i < d->level_count; i++) {
        const struct ana_diff_level *l = &d->levels[i];
        if (l->blocks_a == 0)
            continue;
        view_text_paraf(
            t, "  ",
            "Intervals: %zu bootstrap resamples of blocks of about %.2f s (%u and %u blocks), and the bounds "
            "of "
            "what is an estimate. \"noise\": no change lies within the interval. Two runs of one setting may "
            "differ by more than one run varies in itself: repeats tell. A percentile's lines are those of "
            "the "
            "requests around it (docs/attribution.md).",
            ANA_RESAMPLES, l->block_ms / 1e3, l->blocks_a, l->blocks_b);
        return;
    }
    view_text_para(t, "  ", "  ", "No intervals: the levels are too short, or have too few requests.");
}

void view_text_diff_levels(const struct view_text *t, const struct ana_diff *d)
{
    bool many = d->level_count > BLOCKS_MAX;
    view_text_heading(t, "Level by level");
    if (d->level_count == 0) {
        view_text_para(t, "  ", "  ",
                       "Neither run has a level with requests, so there are no latencies to compare.");
        return;
    }
    print_overview(t, d);
    if (many)
        view_text_para(t, "  ", "  ",
                       "In detail: the first level, the one that changed most, the last. Every level: "
                       "--format html or json.");
    for (size_t i = 0; i < d->level_count; i++) {
        const struct ana_diff_level *l = &d->levels[i];
        if (l->a == NULL || l->b == NULL)
            view_text_paraf(t, "  ", "%s: only in %s", diff_level_name(l).s, l->a ? "A" : "B");
        else if (!many || i == 0 || i == most_changed(d) || i + 1 == d->level_count)
            print_block(t, l);
    }
    say_method(t, d);
}
