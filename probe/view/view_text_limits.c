/* summary: what limits each level as text: the verdict first, then level by level
 */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <string.h>

#define LEVELS_MOST ((size_t)12)

static void print_limit(const struct view_text *t, const struct ana_limit *l)
{
    static const char rest[] = "               ";
    view_text_para(t, "      for:     ", rest, l->evidence);
    view_text_para(t, "      against: ", rest, l->against);
    view_text_para(t, l->kind == ANA_CANNOT_TELL ? "      to tell: " : "      moves:   ", rest,
                   l->would_move);
}

static const struct ana_level *top_level(const struct ana_report *r)
{
    const struct ana_level *top = NULL;
    for (size_t i = 0; i < r->level_count; i++)
        if (r->levels[i].limit_count > 0 && (!top || r->levels[i].users >= top->users))
            top = &r->levels[i];
    return top;
}

/* "pool too small", "?server slows under load" where it cannot be told, with what comes next. */
static void name_limits(char *dst, size_t n, const struct ana_level *l)
{
    const struct ana_limit *a = &l->limits[0];
    (void)snprintf(dst, n, "%s%s", a->title, a->kind == ANA_CANNOT_TELL ? " (cannot tell)" : "");
    size_t used = strlen(dst);
    if (l->limit_count > 1)
        (void)snprintf(dst + used, n - used, "; then %s", l->limits[1].title);
}

static void print_levels(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"level", VIEW_LEFT}, {"per s", VIEW_RIGHT}, {"mean ms", VIEW_RIGHT}, {"limited by", VIEW_FLEX}};
    double max = 0;
    for (size_t i = 0; i < r->level_count; i++) {
        double mean = view_lat_mean_ns(&r->levels[i].latency);
        max = mean > max ? mean : max;
    }
    size_t skip = r->level_count > LEVELS_MOST ? r->level_count - LEVELS_MOST : 0;
    view_put(t->out, "\n");
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = skip; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        char name[200];
        if (l->limit_count == 0)
            continue;
        name_limits(name, sizeof name, l);
        view_table_cell(tab, view_level_name(l).s);
        view_table_cell(tab, view_rate(l->throughput).s);
        view_table_cell(tab, view_ms(view_lat_mean_ns(&l->latency), view_ms_decimals(max)).s);
        view_table_cell(tab, name);
    }
    view_table_print(&tab);
}

void view_text_verdict(const struct view_text *t, const struct ana_report *r)
{
    const struct ana_level *top = top_level(r);
    view_text_heading(t, "What limits it");
    for (size_t i = 0; i < 2; i++) {
        view_text_style(t, VIEW_BOLD);
        if (r->verdict[i] && *r->verdict[i])
            view_text_para(t, "  ", "  ", r->verdict[i]);
        view_text_style(t, VIEW_PLAIN);
    }
    if (!top)
        return;
    print_limit(t, &top->limits[0]);
    if (r->level_count > 1)
        print_levels(t, r);
}

/* Every candidate of every level, for --by level. */
void view_text_limits(const struct view_text *t, const struct ana_report *r)
{
    view_text_heading(t, "What limits each level");
    for (size_t i = 0; i < r->level_count; i++)
        for (size_t k = 0; k < r->levels[i].limit_count; k++) {
            const struct ana_limit *l = &r->levels[i].limits[k];
            char first[32];
            (void)snprintf(first, sizeof first, "  %zu. ", k + 1);
            view_text_para(t, first, "     ", l->text);
            print_limit(t, l);
        }
}
