/* summary: how requests were joined to their database work as text: shares, agreement with the budgets that
 * join nothing, the slowest 1 % of each level
 */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

static const enum ana_line waits[] = {ANA_ACQUIRE_EXHAUSTED, ANA_ACQUIRE_DIAL, ANA_ACQUIRE_BLOCKED_BY_DIAL,
                                      ANA_ACQUIRE_LOST_WAKEUP};
static const enum ana_line database[] = {ANA_STATEMENT, ANA_COMMIT, ANA_TXN_IDLE};
#define COUNT(lines) (sizeof(lines) / sizeof(lines)[0])

static double sum_ms(const struct ana_budget *b, const enum ana_line *lines, size_t n)
{
    int64_t ns = 0;
    for (size_t i = 0; i < n; i++)
        ns += b->ns[lines[i]];
    return view_budget_ms(b, ns);
}

/* Of two budgets: the same lines' sum in each. */
static void cells(struct view_table *tab, const struct ana_level *l, const enum ana_line *lines, size_t n,
                  int decimals)
{
    view_table_cell(tab, view_ms(sum_ms(&l->budget, lines, n) * 1e6, decimals).s);
    view_table_cell(tab, view_ms(sum_ms(&l->joined, lines, n) * 1e6, decimals).s);
}

static bool is_joined(const struct ana_level *l)
{
    return l->budget.identified && l->joined.identified && l->budget.requests > 0 && l->joined.requests > 0;
}

static int decimals_of(const struct ana_report *r)
{
    double most = 0;
    for (size_t i = 0; i < r->level_count; i++)
        if (is_joined(&r->levels[i]) && view_budget_mean_ns(&r->levels[i].slowest) > most)
            most = view_budget_mean_ns(&r->levels[i].slowest);
    return view_ms_decimals(most);
}

static void print_agreement(const struct view_text *t, const struct ana_report *r, int decimals)
{
    static const struct view_col cols[] = {
        {"level", VIEW_LEFT},        {"waiting ms", VIEW_RIGHT}, {"joined", VIEW_RIGHT},
        {"database ms", VIEW_RIGHT}, {"joined", VIEW_RIGHT},     {"application ms", VIEW_RIGHT},
        {"joined", VIEW_RIGHT},
    };
    static const enum ana_line app[] = {ANA_APP};
    struct view_table *tab = view_table_new(t, cols, COUNT(cols));
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        if (!is_joined(l))
            continue;
        view_table_cell(tab, view_level_name(l).s);
        cells(tab, l, waits, COUNT(waits), decimals);
        cells(tab, l, database, COUNT(database), decimals);
        cells(tab, l, app, COUNT(app), decimals);
    }
    view_table_print(&tab);
}

static void print_slowest(const struct view_text *t, const struct ana_report *r, int decimals)
{
    static const struct view_col cols[] = {
        {"level", VIEW_LEFT},     {"requests", VIEW_RIGHT},    {"mean ms", VIEW_RIGHT},
        {"waiting", VIEW_RIGHT},  {"statements", VIEW_RIGHT},  {"commit", VIEW_RIGHT},
        {"txn idle", VIEW_RIGHT}, {"application", VIEW_RIGHT},
    };
    static const enum ana_line lines[] = {ANA_STATEMENT, ANA_COMMIT, ANA_TXN_IDLE, ANA_APP};
    struct view_table *tab = view_table_new(t, cols, COUNT(cols));
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        if (!is_joined(l) || l->slowest.requests == 0)
            continue;
        view_table_cell(tab, view_level_name(l).s);
        view_table_cell(tab, view_count(l->slowest.requests).s);
        view_table_cell(tab, view_ms(view_budget_mean_ns(&l->slowest), decimals).s);
        view_table_cell(tab, view_ms(sum_ms(&l->slowest, waits, COUNT(waits)) * 1e6, decimals).s);
        for (size_t k = 0; k < COUNT(lines); k++)
            view_table_cell(tab, view_ms(sum_ms(&l->slowest, &lines[k], 1) * 1e6, decimals).s);
    }
    view_table_print(&tab);
}

void view_text_joins(const struct view_text *t, const struct ana_report *r)
{
    const struct ana_joins *j = &r->joins;
    uint64_t all = j->exact + j->inferred + j->none;
    bool any = false;
    for (size_t i = 0; i < r->level_count; i++)
        any = any || is_joined(&r->levels[i]);
    if (all == 0 || !any)
        return;
    int decimals = decimals_of(r);
    char sure[64] = "";
    if (j->inferred > 0)
        (void)snprintf(sure, sizeof sure, " (mean confidence %.2f)", j->confidence);
    view_text_heading(t, "Requests joined to their database work");
    view_text_paraf(t, "  ", "%s checkouts: %s exact by trace id, %s inferred%s, %s not joined.",
                    view_count(all).s, view_percent((double)j->exact / (double)all).s,
                    view_percent((double)j->inferred / (double)all).s, sure,
                    view_percent((double)j->none / (double)all).s);
    view_text_para(
        t, "  ", "  ",
        "The budgets of levels above join nothing. What the joined requests add up to should agree with "
        "them; where it does not, trust the levels' budgets more than those of endpoints, percentiles and "
        "single requests:");
    print_agreement(t, r, decimals);
    view_put(t->out, "\n");
    view_text_para(t, "  ", "  ", "The slowest 1 % of each level, in ms a request, by joining:");
    print_slowest(t, r, decimals);
}
