/* summary: tables over the levels: load and latency, the pool meanwhile, the load generator beside the probe
 */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <inttypes.h>

static int decimals_of_levels(const struct ana_report *r)
{
    double max = 0;
    for (size_t i = 0; i < r->level_count; i++) {
        double p99 = view_lat_quantile_ns(&r->levels[i].latency, 0.99);
        max = p99 > max ? p99 : max;
    }
    return view_ms_decimals(max);
}

static void print_latencies(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"level", VIEW_LEFT},    {"requests", VIEW_RIGHT}, {"errors", VIEW_RIGHT}, {"per s", VIEW_RIGHT},
        {"mean ms", VIEW_RIGHT}, {"p50 ms", VIEW_RIGHT},   {"p95 ms", VIEW_RIGHT}, {"p99 ms", VIEW_RIGHT},
    };
    int d = decimals_of_levels(r);
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        view_table_cell(tab, view_level_name(l).s);
        view_table_cell(tab, view_count(l->requests).s);
        view_table_cell(tab, view_count(l->errors).s);
        view_table_cell(tab, view_rate(l->throughput).s);
        view_table_cell(tab, view_lat_ms(&l->latency, -1, d).s);
        view_table_cell(tab, view_lat_ms(&l->latency, 0.50, d).s);
        view_table_cell(tab, view_lat_ms(&l->latency, 0.95, d).s);
        view_table_cell(tab, view_lat_ms(&l->latency, 0.99, d).s);
        if (l->incomplete) {
            char note[96];
            (void)snprintf(note, sizeof note, "and %s incomplete, in none of these figures",
                           view_count(l->incomplete).s);
            view_table_note(tab, note, VIEW_WRAP);
        }
    }
    view_table_print(&tab);
}

static void print_pool_use(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"level", VIEW_LEFT},       {"in flight", VIEW_RIGHT},    {"busy", VIEW_RIGHT},
        {"open", VIEW_RIGHT},       {"saturated", VIEW_RIGHT},    {"dialling", VIEW_RIGHT},
        {"statements", VIEW_RIGHT}, {"transactions", VIEW_RIGHT},
    };
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    view_put(t->out, "\n");
    view_text_para(t, "  ", "  ",
                   "Meanwhile, means over the level: requests in flight; connections busy and open; "
                   "share of the time with the pool saturated, with a dial in progress:");
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        view_table_cell(tab, view_level_name(l).s);
        view_table_cell(tab, view_rate(l->mean_in_flight).s);
        view_table_cell(tab, view_rate(l->mean_busy).s);
        view_table_cell(tab, view_rate(l->mean_open).s);
        view_table_cell(tab, view_percent(l->saturated).s);
        view_table_cell(tab, view_percent(l->dialling).s);
        view_table_cell(tab, view_count(l->statements).s);
        view_table_cell(tab, view_count(l->txns).s);
    }
    view_table_print(&tab);
}

static struct view_str load_ms(double ms, int decimals)
{
    return ms < 0 ? (struct view_str){"-"} : view_ms(ms * 1e6, decimals);
}

static void print_load(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"level", VIEW_LEFT},         {"per s: load", VIEW_RIGHT}, {"probe", VIEW_RIGHT},
        {"p95 ms: load", VIEW_RIGHT}, {"probe", VIEW_RIGHT},       {"p99 ms: load", VIEW_RIGHT},
        {"probe", VIEW_RIGHT},
    };
    int d = decimals_of_levels(r);
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    view_put(t->out, "\n");
    view_text_para(t, "  ", "  ", "What the load generator measured, and the probe beside it:");
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        struct view_load load = view_load_of(l);
        if (!load.known)
            continue;
        view_table_cell(tab, view_level_name(l).s);
        view_table_cell(tab, load.throughput < 0 ? "-" : view_rate(load.throughput).s);
        view_table_cell(tab, view_rate(l->throughput).s);
        view_table_cell(tab, load_ms(load.p95_ms, d).s);
        view_table_cell(tab, view_lat_ms(&l->latency, 0.95, d).s);
        view_table_cell(tab, load_ms(load.p99_ms, d).s);
        view_table_cell(tab, view_lat_ms(&l->latency, 0.99, d).s);
    }
    view_table_print(&tab);
}

void view_text_levels(const struct view_text *t, const struct ana_report *r)
{
    uint64_t requests = 0;
    bool load = false;
    for (size_t i = 0; i < r->level_count; i++) {
        requests += r->levels[i].requests + r->levels[i].incomplete;
        load = load || view_load_of(&r->levels[i]).known;
    }
    if (requests == 0 && !load)
        return; /* the budget's part has said why */
    view_text_heading(t, "Load and latency");
    print_latencies(t, r);
    print_pool_use(t, r);
    view_text_host(t, r);
    if (load)
        print_load(t, r);
}
