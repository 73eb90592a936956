/* summary: the comparison of two runs as text: causes first, then levels side by side, settings, queries */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOP_QUERIES ((size_t)10)
#define BLOCKS_MAX 4

static void print_run(const struct view_text *t, const char *name, const struct ana_report *r)
{
    char first[16], loss[512];
    char *line = NULL;
    (void)snprintf(first, sizeof first, "  %s  ", name);
    if (asprintf(&line, "%s: %s, for %s, %s", r->path ? r->path : "?", view_time(r->start_ns).s,
                 view_duration(r->end_ns - r->start_ns).s,
                 r->capture.source ? r->capture.source : "unknown source") < 0) {
        view_out_fail(t->out, PP_NOMEM);
        return;
    }
    view_text_para(t, first, "     ", line);
    free(line);
    if (view_loss_line(&r->capture, loss, sizeof loss)) {
        view_text_style(t, VIEW_RED);
        view_text_para(t, "     DATA LOST  ", "                ", loss);
        view_text_style(t, VIEW_PLAIN);
    }
}

static void print_causes(const struct view_text *t, const struct ana_diff *d)
{
    static const enum view_style styles[] = {VIEW_RED, VIEW_BLUE, VIEW_YELLOW};
    view_text_heading(t, "Suspected causes");
    if (d->cause_count == 0)
        view_text_para(
            t, "  ", "  ",
            "None: no setting that is known to matter differs between the runs, or nothing changed.");
    for (size_t i = 0; i < d->cause_count; i++) {
        const struct ana_diff_cause *c = &d->causes[i];
        char first[48];
        int v = c->verdict <= ANA_NOT_IDENTIFIABLE ? (int)c->verdict : (int)ANA_NOT_IDENTIFIABLE;
        (void)snprintf(first, sizeof first, "  %-18s  ", ana_verdict_name((enum ana_verdict)v));
        view_text_style(t, styles[v]);
        view_text_para(t, first, "                      ", c->cause);
        view_text_style(t, VIEW_PLAIN);
        if (c->evidence && *c->evidence)
            view_text_para(t, "      for:     ", "               ", c->evidence);
        if (c->against && *c->against)
            view_text_para(t, "      against: ", "               ", c->against);
    }
}

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
        view_table_cell(tab, a ? view_ms(view_lat_mean_ns(&a->latency), dec).s : "-");
        view_table_cell(tab, b ? view_ms(view_lat_mean_ns(&b->latency), dec).s : "-");
        view_table_cell(tab, a ? view_ms(view_lat_quantile_ns(&a->latency, 0.95), dec).s : "-");
        view_table_cell(tab, b ? view_ms(view_lat_quantile_ns(&b->latency, 0.95), dec).s : "-");
    }
    view_table_print(&tab);
}

/* "-1.20 to +0.40, noise": the interval of a change; "" where there is none. */
static struct view_str interval_of(const struct ana_change *c, int dec)
{
    struct view_str r = {""};
    if (c->known && (c->low < 0 || c->high > 0))
        (void)snprintf(r.s, sizeof r.s, "%+.*f to %+.*f%s", dec, c->low, dec, c->high,
                       c->low <= 0 && c->high >= 0 ? ", noise" : "");
    return r;
}

static int decimals_of(const struct ana_diff_level *l)
{
    return view_ms_decimals(
        fmax(view_lat_quantile_ns(&l->a->latency, 0.99), view_lat_quantile_ns(&l->b->latency, 0.99)));
}

/* A quantile of both runs (negative q: the mean), with the interval of its change. */
static void ms_row(struct view_table *tab, const char *name, double q, const struct ana_diff_level *l,
                   const struct ana_change *c)
{
    char change[64];
    int dec = decimals_of(l);
    double a_ns = q < 0 ? view_lat_mean_ns(&l->a->latency) : view_lat_quantile_ns(&l->a->latency, q);
    double b_ns = q < 0 ? view_lat_mean_ns(&l->b->latency) : view_lat_quantile_ns(&l->b->latency, q);
    (void)snprintf(change, sizeof change, "%s%s", b_ns > a_ns ? "+" : "", view_ms(b_ns - a_ns, dec).s);
    view_table_cell(tab, name);
    view_table_cell(tab, view_ms(a_ns, dec).s);
    view_table_cell(tab, view_ms(b_ns, dec).s);
    view_table_cell(tab, change);
    view_table_cell(tab, interval_of(c, dec).s);
}

static void budget_rows(struct view_table *tab, const struct ana_diff_level *l, const char *sum_title,
                        int dec)
{
    const struct ana_budget *a = &l->a->budget, *b = &l->b->budget;
    int64_t ua[ANA_LINE_COUNT], ub[ANA_LINE_COUNT], sa = 0, sb = 0;
    unsigned used = view_budget_mask(a) | view_budget_mask(b);
    view_round_budget(a, dec, ua, &sa);
    view_round_budget(b, dec, ub, &sb);
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        if (!(used >> i & 1u))
            continue;
        view_table_cell(tab, ana_line_title((enum ana_line)i));
        view_table_cell(tab, view_fixed(ua[i], dec).s);
        view_table_cell(tab, view_fixed(ub[i], dec).s);
        view_table_cell(tab, view_fixed_signed(ub[i] - ua[i], dec).s);
        view_table_cell(tab, interval_of(&l->lines[i], dec).s);
    }
    view_table_cell(tab, sum_title);
    view_table_cell(tab, view_fixed(sa, dec).s);
    view_table_cell(tab, view_fixed(sb, dec).s);
    view_table_cell(tab, view_fixed_signed(sb - sa, dec).s);
    view_table_cell(tab, interval_of(&l->mean_ms, dec).s);
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
    struct view_str by = interval_of(&l->throughput, 1);
    view_text_paraf(t, "  ", "%s: %s %s %s requests/s%s%s%s", diff_level_name(l).s,
                    view_rate(a->throughput).s, view_arrow(t), view_rate(b->throughput).s,
                    *by.s ? " (change " : "", by.s, *by.s ? ")" : "");
    view_text_style(t, VIEW_PLAIN);
    budget_rows(tab, l, whole ? "= mean latency" : "= sum of the lines", dec);
    if (!whole)
        ms_row(tab, "mean latency", -1, l, &l->mean_ms);
    ms_row(tab, "p50", 0.50, l, &l->p50_ms);
    ms_row(tab, "p95", 0.95, l, &l->p95_ms);
    ms_row(tab, "p99", 0.99, l, &l->p99_ms);
    view_table_print(&tab);
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
            "differ by more than one run varies in itself: repeats tell.",
            ANA_RESAMPLES, l->block_ms / 1e3, l->blocks_a, l->blocks_b);
        return;
    }
    view_text_para(t, "  ", "  ", "No intervals: the levels are too short, or have too few requests.");
}

static void print_levels(const struct view_text *t, const struct ana_diff *d)
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

static void print_endpoints(const struct view_text *t, const struct ana_diff *d)
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
        char *name = NULL;
        if (asprintf(&name, "%s %s", e->method, e->route) < 0) {
            view_out_fail(t->out, PP_NOMEM);
            name = NULL;
        }
        view_table_cell(tab, name);
        free(name);
        view_table_cell(tab, e->a ? view_count(e->a->requests).s : "-");
        view_table_cell(tab, e->b ? view_count(e->b->requests).s : "-");
        view_table_cell(tab, e->a ? view_ms(view_lat_mean_ns(la), dec).s : "-");
        view_table_cell(tab, e->b ? view_ms(view_lat_mean_ns(lb), dec).s : "-");
        view_table_cell(tab, e->a ? view_ms(view_lat_quantile_ns(la, 0.95), dec).s : "-");
        view_table_cell(tab, e->b ? view_ms(view_lat_quantile_ns(lb, 0.95), dec).s : "-");
    }
    view_table_print(&tab);
    if (shown < d->endpoint_count)
        view_text_paraf(t, "  ", "and %zu more: --format json", d->endpoint_count - shown);
}

static void print_settings(const struct view_text *t, const struct ana_diff *d)
{
    view_text_heading(t, "Settings that differ");
    if (d->setting_count == 0)
        view_text_para(t, "  ", "  ",
                       d->a->setting_count && d->b->setting_count
                           ? "None of those recorded."
                           : "Not known: settings are missing in a run. Record with --server and --app-pid.");
    for (size_t i = 0; i < d->setting_count; i++) {
        const struct ana_diff_setting *s = &d->settings[i];
        char *line = NULL;
        if (asprintf(&line, "%s %s: %s %s %s", s->scope ? s->scope : "", s->name ? s->name : "?",
                     s->a ? s->a : "(not set)", view_arrow(t), s->b ? s->b : "(not set)") < 0) {
            view_out_fail(t->out, PP_NOMEM);
            return;
        }
        view_text_para(t, "  ", "      ", line);
        free(line);
    }
}

static void print_queries(const struct view_text *t, const struct ana_diff *d)
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
        view_table_cell(tab, a ? view_ms(view_lat_mean_ns(la), dec).s : "-");
        view_table_cell(tab, b ? view_ms(view_lat_mean_ns(lb), dec).s : "-");
        view_table_cell(tab, a ? view_ms(view_lat_quantile_ns(la, 0.95), dec).s : "-");
        view_table_cell(tab, b ? view_ms(view_lat_quantile_ns(lb, 0.95), dec).s : "-");
        view_table_cell(tab, a ? view_percent(a->share).s : "-");
        view_table_cell(tab, b ? view_percent(b->share).s : "-");
        view_table_note(tab, d->queries[i].text, VIEW_CUT);
    }
    view_table_print(&tab);
    if (shown < d->query_count)
        view_text_paraf(t, "  ", "and %zu more: --format html or json", d->query_count - shown);
}

void view_text_diff(struct view_out *out, const struct ana_diff *d, const struct view_options *options)
{
    struct view_text t;
    view_text_init(&t, out, options);
    view_text_style(&t, VIEW_BOLD);
    view_put(out, "Poolprobe: what changed from run A to run B\n");
    view_text_style(&t, VIEW_PLAIN);
    print_run(&t, "A", d->a);
    print_run(&t, "B", d->b);
    print_causes(&t, d);
    print_levels(&t, d);
    print_settings(&t, d);
    print_endpoints(&t, d);
    print_queries(&t, d);
}
