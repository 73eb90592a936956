/* summary: latency budgets as text: lines with figures, intervals and bars; many levels as a matrix */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"
#include "view_width.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TITLE 21     /* columns of a line's title */
#define BLOCKS_MAX 4 /* with more levels than this, a matrix of all and the blocks of the telling ones */

unsigned view_budget_mask(const struct ana_budget *b)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ANA_LINE_COUNT; i++)
        if (b->ns[i] != 0 || b->high_ns[i] != 0)
            mask |= 1u << i;
    return mask;
}

/* The columns of one block. */
struct block {
    const struct ana_budget *b;
    int decimals, value, interval, bar;
    int64_t units[ANA_LINE_COUNT], tenths[ANA_LINE_COUNT], sum;
    char low_high[ANA_LINE_COUNT][72];
};

static void lay_out(const struct view_text *t, struct block *k)
{
    k->decimals = view_ms_decimals(view_budget_mean_ns(k->b));
    view_round_budget(k->b, k->decimals, k->units, &k->sum);
    view_round_shares(k->b, k->tenths);
    k->value = (int)strlen(view_fixed(k->sum, k->decimals).s);
    k->interval = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        int w = (int)strlen(view_fixed(k->units[i], k->decimals).s);
        k->value = w > k->value ? w : k->value;
        k->low_high[i][0] = '\0';
        if (!view_line_estimated(k->b, i))
            continue;
        (void)snprintf(k->low_high[i], sizeof k->low_high[i], "(%.20s%s%.20s)",
                       view_ms(view_budget_ms(k->b, k->b->low_ns[i]) * 1e6, k->decimals).s, view_dash(t),
                       view_ms(view_budget_ms(k->b, k->b->high_ns[i]) * 1e6, k->decimals).s);
        w = view_width(k->low_high[i]);
        k->interval = w > k->interval ? w : k->interval;
    }
    /* indent, title, value, " ms", interval, share, and a blank between them */
    k->bar = t->width - (4 + TITLE + k->value + 3 + (k->interval ? k->interval + 2 : 0) + 2 + 7 + 2);
}

static void print_line(const struct view_text *t, const struct block *k, const char *title, int64_t units,
                       const char *interval, int64_t tenths)
{
    struct view_out *out = t->out;
    char share[16];
    (void)snprintf(share, sizeof share, "%s %%", view_fixed(tenths, 1).s);
    view_putf(out, "    %-*.*s%*s ms", TITLE, TITLE, title, k->value, view_fixed(units, k->decimals).s);
    if (k->interval) {
        view_put(out, "  ");
        view_put(out, interval);
        view_put_times(out, " ", k->interval - view_width(interval));
    }
    view_putf(out, "  %7s", share);
}

void view_text_budget(const struct view_text *t, const struct ana_budget *b, const struct ana_latency *l,
                      unsigned used)
{
    struct block k = {.b = b};
    if (b->requests == 0) {
        view_text_para(t, "    ", "    ", "no complete request, so no budget");
        return;
    }
    if (!b->identified)
        view_text_paraf(t, "    ", "not identified: %s", b->why_not ? b->why_not : "no reason given");
    lay_out(t, &k);
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        if (!(used >> i & 1u))
            continue;
        print_line(t, &k, ana_line_title((enum ana_line)i), k.units[i], k.low_high[i], k.tenths[i]);
        if (k.tenths[i] > 0 && k.bar > 2) {
            view_put(t->out, "  ");
            view_text_bar(t, (double)k.tenths[i] / 1000.0, k.bar);
        }
        view_put(t->out, "\n");
    }
    bool is_mean = view_budget_is_mean(b, l);
    view_text_style(t, VIEW_BOLD);
    print_line(t, &k, is_mean ? "= mean latency" : "= sum of the lines", k.sum, "", 1000);
    view_text_style(t, VIEW_PLAIN);
    view_put(t->out, "\n");
    if (!is_mean)
        view_text_paraf(t, "    ", "The lines cover %s of %s requests; the mean latency of all is %s ms.",
                        view_count(b->requests).s, view_count(view_lat_count(l)).s,
                        view_ms(view_lat_mean_ns(l), k.decimals).s);
}

static void print_level(const struct view_text *t, const struct ana_level *l, unsigned used)
{
    int d = view_ms_decimals(view_lat_quantile_ns(&l->latency, 0.99));
    view_text_style(t, VIEW_BOLD);
    view_text_paraf(t, "  ", "%s: %s requests/s, latency mean %s ms, p50 %s, p95 %s, p99 %s ms", view_level_name(l).s,
                    view_rate(l->throughput).s, view_ms(view_lat_mean_ns(&l->latency), d).s,
                    view_ms(view_lat_quantile_ns(&l->latency, 0.50), d).s,
                    view_ms(view_lat_quantile_ns(&l->latency, 0.95), d).s,
                    view_ms(view_lat_quantile_ns(&l->latency, 0.99), d).s);
    view_text_style(t, VIEW_PLAIN);
    view_text_budget(t, &l->budget, &l->latency, used);
}

/* All levels' budgets side by side, `count` levels from `from`. */
static void print_matrix(const struct view_text *t, const struct ana_report *r, unsigned used, size_t from,
                         size_t count)
{
    struct view_col cols[16] = {{"mean ms a request", VIEW_LEFT}};
    struct view_str names[16];
    int64_t units[16][ANA_LINE_COUNT], sums[16];
    int decimals[16];
    for (size_t i = 0; i < count; i++) {
        const struct ana_level *l = &r->levels[from + i];
        names[i] = l->users ? view_level_name(l) : view_count(l->id);
        if (l->users) /* "100 users" once is enough: the first column's title says it */
            (void)snprintf(names[i].s, sizeof names[i].s, "%" PRIu32 "u", l->users);
        cols[i + 1] = (struct view_col){names[i].s, VIEW_RIGHT};
        decimals[i] = view_ms_decimals(view_budget_mean_ns(&l->budget) * 10); /* one digit less than a block */
        view_round_budget(&l->budget, decimals[i], units[i], &sums[i]);
    }
    struct view_table *tab = view_table_new(t, cols, count + 1);
    for (int line = 0; line < ANA_LINE_COUNT; line++) {
        if (!(used >> line & 1u))
            continue;
        view_table_cell(tab, ana_line_title((enum ana_line)line));
        for (size_t i = 0; i < count; i++)
            view_table_cell(tab, view_fixed(units[i][line], decimals[i]).s);
    }
    view_table_cell(tab, "= mean latency");
    for (size_t i = 0; i < count; i++)
        view_table_cell(tab, view_fixed(sums[i], decimals[i]).s);
    view_table_print(&tab);
}

/* Where the most requests a second arrived: beyond it, more users only wait. */
static size_t fastest_level(const struct ana_report *r)
{
    size_t best = 0;
    for (size_t i = 1; i < r->level_count; i++)
        if (r->levels[i].throughput > r->levels[best].throughput)
            best = i;
    return best;
}

static void print_folded(const struct view_text *t, unsigned used)
{
    char line[512] = "no time in: ";
    size_t n = strlen(line);
    bool any = false;
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        if (used >> i & 1u)
            continue;
        int w = snprintf(line + n, sizeof line - n, "%s%s", any ? ", " : "", ana_line_title((enum ana_line)i));
        if (w < 0 || (size_t)w >= sizeof line - n)
            break;
        n += (size_t)w;
        any = true;
    }
    if (any)
        view_text_para(t, "  ", "  ", line);
}

/* As many level columns as 80 columns hold beside the titles. */
#define MATRIX_COLS ((size_t)7)

static void print_overview(const struct view_text *t, const struct ana_report *r, unsigned used)
{
    for (size_t from = 0; from < r->level_count; from += MATRIX_COLS) {
        size_t left = r->level_count - from;
        print_matrix(t, r, used, from, left < MATRIX_COLS ? left : MATRIX_COLS);
        view_put(t->out, "\n");
    }
    view_text_para(t, "  ", "  ",
                   "In detail below: the first level, the one with the highest throughput, and the last. "
                   "Every level: --by level.");
}

void view_text_budgets(const struct view_text *t, const struct ana_report *r, bool full)
{
    unsigned used = 0;
    uint64_t requests = 0;
    bool many = r->level_count > BLOCKS_MAX;
    view_text_heading(t, "Where the time of a request goes");
    for (size_t i = 0; i < r->level_count; i++) {
        used |= view_budget_mask(&r->levels[i].budget);
        requests += r->levels[i].requests + r->levels[i].incomplete;
    }
    if (requests == 0) {
        view_text_paraf(t, "  ", "No requests: %s", view_why_no_requests(r));
        return;
    }
    if (many)
        print_overview(t, r, used);
    for (size_t i = 0; i < r->level_count; i++) {
        if (many && !full && i != 0 && i != fastest_level(r) && i + 1 != r->level_count)
            continue;
        if (many || i > 0)
            view_put(t->out, "\n");
        print_level(t, &r->levels[i], used);
    }
    print_folded(t, used);
}
