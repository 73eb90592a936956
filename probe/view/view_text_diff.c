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

static void ms_row(struct view_table *tab, const char *name, double a_ns, double b_ns, int dec)
{
    char change[64];
    struct view_str percent = view_change(a_ns, b_ns);
    (void)snprintf(change, sizeof change, "%s%s", b_ns > a_ns ? "+" : "", view_ms(b_ns - a_ns, dec).s);
    view_table_cell(tab, name);
    view_table_cell(tab, view_ms(a_ns, dec).s);
    view_table_cell(tab, view_ms(b_ns, dec).s);
    view_table_cell(tab, change);
    view_table_cell(tab, percent.s);
}

static void budget_rows(struct view_table *tab, const struct ana_budget *a, const struct ana_budget *b,
                        const char *sum_title, int dec)
{
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
        view_table_cell(tab, view_change((double)ua[i], (double)ub[i]).s);
    }
    view_table_cell(tab, sum_title);
    view_table_cell(tab, view_fixed(sa, dec).s);
    view_table_cell(tab, view_fixed(sb, dec).s);
    view_table_cell(tab, view_fixed_signed(sb - sa, dec).s);
    view_table_cell(tab, view_change((double)sa, (double)sb).s);
}

static void print_block(const struct view_text *t, const struct ana_diff_level *l)
{
    static const struct view_col cols[] = {
        {"ms a request", VIEW_LEFT}, {"A", VIEW_RIGHT},        {"B", VIEW_RIGHT},
        {"change", VIEW_RIGHT},      {"relative", VIEW_RIGHT},
    };
    const struct ana_level *a = l->a, *b = l->b;
    bool whole = view_budget_is_mean(&a->budget, &a->latency) && view_budget_is_mean(&b->budget, &b->latency);
    int dec = view_ms_decimals(
        fmax(view_lat_quantile_ns(&a->latency, 0.99), view_lat_quantile_ns(&b->latency, 0.99)));
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    view_put(t->out, "\n");
    view_text_style(t, VIEW_BOLD);
    view_text_paraf(t, "  ", "%s: %s %s %s requests/s", diff_level_name(l).s, view_rate(a->throughput).s,
                    view_arrow(t), view_rate(b->throughput).s);
    view_text_style(t, VIEW_PLAIN);
    budget_rows(tab, &a->budget, &b->budget, whole ? "= mean latency" : "= sum of the lines", dec);
    if (!whole)
        ms_row(tab, "mean latency", view_lat_mean_ns(&a->latency), view_lat_mean_ns(&b->latency), dec);
    ms_row(tab, "p50", view_lat_quantile_ns(&a->latency, 0.50), view_lat_quantile_ns(&b->latency, 0.50), dec);
    ms_row(tab, "p95", view_lat_quantile_ns(&a->latency, 0.95), view_lat_quantile_ns(&b->latency, 0.95), dec);
    ms_row(tab, "p99", view_lat_quantile_ns(&a->latency, 0.99), view_lat_quantile_ns(&b->latency, 0.99), dec);
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
    print_queries(&t, d);
}
