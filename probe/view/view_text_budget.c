/* summary: latency budgets as text: lines with figures, intervals and bars; many levels as a matrix */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"
#include "view_width.h"

#include <stdlib.h>
#include <string.h>

#define INDENT 4
#define SHARE 7      /* "100.0 %" */
#define TITLE 22     /* columns of a line's title */
#define BLOCKS_MAX 4 /* with more levels than this, a matrix of all and the blocks of the telling ones */

unsigned view_budget_mask(const struct ana_budget *b)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ANA_LINE_COUNT; i++)
        if (b->ns[i] != 0 || b->high_ns[i] != 0)
            mask |= 1u << i;
    return mask;
}

static int wider(int a, int b)
{
    return a > b ? a : b;
}

/* "(118.00–126.10)" for an estimated line, "" for a measured one. */
static struct view_str interval_of(const struct view_text *t, const struct ana_budget *b, int line,
                                   int decimals)
{
    struct view_str r = {""};
    if (view_line_estimated(b, line))
        (void)snprintf(r.s, sizeof r.s, "(%.20s%s%.20s)",
                       view_ms(view_budget_ms(b, b->low_ns[line]) * 1e6, decimals).s, view_dash(t),
                       view_ms(view_budget_ms(b, b->high_ns[line]) * 1e6, decimals).s);
    return r;
}

/* Columns of a line without its bar. */
static int columns_of_line(const struct view_budget_layout *k)
{
    return INDENT + TITLE + k->value + 3 + (k->interval ? 2 + k->interval : 0) + 2 + SHARE;
}

void view_budget_lay_out(const struct view_text *t, struct view_budget_layout *layout, view_budget_f *get,
                         const void *priv, size_t count)
{
    double longest = 0;
    *layout = (struct view_budget_layout){.used = 0};
    for (size_t i = 0; i < count; i++) {
        double mean = view_budget_mean_ns(get(priv, i));
        longest = mean > longest ? mean : longest;
    }
    layout->decimals = view_ms_decimals(longest);
    for (size_t i = 0; i < count; i++) {
        const struct ana_budget *b = get(priv, i);
        int64_t units[ANA_LINE_COUNT], sum = 0;
        layout->used |= view_budget_mask(b);
        view_round_budget(b, layout->decimals, units, &sum);
        layout->value = wider(layout->value, (int)strlen(view_fixed(sum, layout->decimals).s));
        for (int line = 0; line < ANA_LINE_COUNT; line++) {
            layout->value = wider(layout->value, (int)strlen(view_fixed(units[line], layout->decimals).s));
            layout->interval =
                wider(layout->interval, view_width(interval_of(t, b, line, layout->decimals).s));
        }
    }
    layout->interval_below = columns_of_line(layout) > t->width;
}

static void print_line(const struct view_text *t, const struct view_budget_layout *k, const char *title,
                       int64_t units, const char *interval)
{
    view_putf(t->out, "%-*s%-*.*s%*s ms", INDENT, "", TITLE, TITLE, title, k->value,
              view_fixed(units, k->decimals).s);
    if (k->interval && !k->interval_below) {
        view_put(t->out, "  ");
        view_put(t->out, interval);
        view_put_times(t->out, " ", k->interval - view_width(interval));
    }
}

/* The rest of the line: share and bar; below it the interval that found no room. */
static void print_share(const struct view_text *t, const struct view_budget_layout *k, int64_t tenths,
                        const char *interval, bool with_bar)
{
    char share[64];
    int bar = t->width - columns_of_line(k) - 2;
    (void)snprintf(share, sizeof share, "%s %%", view_fixed(tenths, 1).s);
    view_putf(t->out, "  %*s", SHARE, share);
    if (with_bar && bar > 2 && !k->interval_below)
        view_text_bar(t, (double)tenths / 1000.0, bar);
    view_put(t->out, "\n");
    if (k->interval_below && *interval) {
        view_put_times(t->out, " ", INDENT + 2);
        view_put(t->out, interval);
        view_put(t->out, "\n");
    }
}

void view_text_budget(const struct view_text *t, const struct view_budget_layout *layout,
                      const struct ana_budget *b, const struct ana_latency *l)
{
    int64_t units[ANA_LINE_COUNT], tenths[ANA_LINE_COUNT], sum = 0;
    if (b->requests == 0) {
        view_text_para(t, "    ", "    ", "no complete request, so no budget");
        return;
    }
    if (!b->identified)
        view_text_paraf(t, "    ", "not identified: %s", b->why_not ? b->why_not : "no reason given");
    view_round_budget(b, layout->decimals, units, &sum);
    view_round_shares(b, tenths);
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        if (!(layout->used >> i & 1u))
            continue;
        struct view_str interval = interval_of(t, b, i, layout->decimals);
        print_line(t, layout, ana_line_title((enum ana_line)i), units[i], interval.s);
        print_share(t, layout, tenths[i], interval.s, true);
    }
    bool is_mean = view_budget_is_mean(b, l);
    view_text_style(t, VIEW_BOLD);
    print_line(t, layout, is_mean ? "= mean latency" : "= sum of the lines", sum, "");
    print_share(t, layout, 1000, "", false);
    view_text_style(t, VIEW_PLAIN);
    if (!is_mean)
        view_text_paraf(t, "    ", "The lines cover %s of %s requests; the mean latency of all is %s ms.",
                        view_count(b->requests).s, view_count(view_lat_count(l)).s,
                        view_ms(view_lat_mean_ns(l), layout->decimals).s);
}

static void print_parts(const struct view_text *t, const struct ana_level *l, int decimals)
{
    const struct ana_statement_parts *p = &l->parts;
    char locks[64] = " (with waits for row locks)";
    if (!p->known)
        return;
    if (p->lock_known)
        (void)snprintf(locks, sizeof locks, ", row-lock wait %.40s",
                       view_ms(view_budget_ms(&l->budget, p->lock_ns) * 1e6, decimals).s);
    view_text_paraf(t, "    ", "Of the statements: server execution %s%s, result transfer %s ms.",
                    view_ms(view_budget_ms(&l->budget, p->execution_ns) * 1e6, decimals).s, locks,
                    view_ms(view_budget_ms(&l->budget, p->transfer_ns) * 1e6, decimals).s);
}

static void print_level(const struct view_text *t, const struct ana_level *l,
                        const struct view_budget_layout *layout)
{
    double p99_ns = view_lat_quantile_ns(&l->latency, 0.99);
    int d = p99_ns >= 1e10 ? 0 : view_ms_decimals(p99_ns * 100); /* the tables have all digits */
    view_text_style(t, VIEW_BOLD);
    view_text_paraf(t, "  ", "%s: %s requests/s; ms: mean %s, p50 %s, p95 %s, p99 %s", view_level_name(l).s,
                    view_rate(l->throughput).s, view_lat_ms(&l->latency, -1, d).s,
                    view_lat_ms(&l->latency, 0.50, d).s, view_lat_ms(&l->latency, 0.95, d).s,
                    view_lat_ms(&l->latency, 0.99, d).s);
    view_text_style(t, VIEW_PLAIN);
    view_text_budget(t, layout, &l->budget, &l->latency);
    print_parts(t, l, layout->decimals);
}

static struct view_str matrix_cell(const struct ana_report *r, size_t level, int64_t units, int decimals)
{
    return r->levels[level].budget.requests ? view_fixed(units, decimals) : (struct view_str){"-"};
}

/* All levels' budgets side by side, `count` levels from `from`. */
static void print_matrix(const struct view_text *t, const struct ana_report *r, unsigned used, size_t from,
                         size_t count)
{
    bool by_users = r->levels[from].users != 0;
    struct view_col cols[16] = {{by_users ? "ms a request; users:" : "ms a request; level:", VIEW_LEFT}};
    struct view_str names[16];
    int64_t units[16][ANA_LINE_COUNT], sums[16];
    int decimals[16];
    for (size_t i = 0; i < count; i++) {
        const struct ana_level *l = &r->levels[from + i];
        names[i] = view_count(by_users ? l->users : l->id);
        cols[i + 1] = (struct view_col){names[i].s, VIEW_RIGHT};
        decimals[i] =
            view_ms_decimals(view_budget_mean_ns(&l->budget) * 10); /* one digit less than a block */
        view_round_budget(&l->budget, decimals[i], units[i], &sums[i]);
    }
    struct view_table *tab = view_table_new(t, cols, count + 1);
    for (int line = 0; line < ANA_LINE_COUNT; line++) {
        if (!(used >> line & 1u))
            continue;
        view_table_cell(tab, ana_line_title((enum ana_line)line));
        for (size_t i = 0; i < count; i++)
            view_table_cell(tab, matrix_cell(r, from + i, units[i][line], decimals[i]).s);
    }
    view_table_cell(tab, "= mean latency");
    for (size_t i = 0; i < count; i++)
        view_table_cell(tab, matrix_cell(r, from + i, sums[i], decimals[i]).s);
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
        int w =
            snprintf(line + n, sizeof line - n, "%s%s", any ? ", " : "", ana_line_title((enum ana_line)i));
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

static void print_overview(const struct view_text *t, const struct ana_report *r, unsigned used, bool full)
{
    for (size_t from = 0; from < r->level_count; from += MATRIX_COLS) {
        size_t left = r->level_count - from;
        print_matrix(t, r, used, from, left < MATRIX_COLS ? left : MATRIX_COLS);
        if (left > MATRIX_COLS)
            view_put(t->out, "\n");
    }
    if (full)
        return;
    view_put(t->out, "\n");
    view_text_para(t, "  ", "  ",
                   "In detail below: the first level, the one with the highest throughput, and the last. "
                   "Every level: --by level.");
}

static const struct ana_budget *level_budget(const void *priv, size_t i)
{
    const struct ana_report *r = priv;
    return &r->levels[i].budget;
}

void view_text_budgets(const struct view_text *t, const struct ana_report *r, bool full)
{
    struct view_budget_layout layout;
    uint64_t requests = 0;
    bool many = r->level_count > BLOCKS_MAX;
    view_text_heading(t, "Where the time of a request goes");
    for (size_t i = 0; i < r->level_count; i++)
        requests += r->levels[i].requests + r->levels[i].incomplete;
    if (requests == 0) {
        view_text_paraf(t, "  ", "No requests: %s", view_why_no_requests(r));
        return;
    }
    view_budget_lay_out(t, &layout, level_budget, r, r->level_count);
    view_text_paraf(t, "  ", "Mean of a request%s.",
                    layout.interval ? "; in brackets the bounds of a line that is an estimate" : "");
    view_put(t->out, "\n");
    if (many)
        print_overview(t, r, layout.used, full);
    for (size_t i = 0; i < r->level_count; i++) {
        if (many && !full && i != 0 && i != fastest_level(r) && i + 1 != r->level_count)
            continue;
        if (many || i > 0)
            view_put(t->out, "\n");
        print_level(t, &r->levels[i], &layout);
    }
    print_folded(t, layout.used);
}
