/* summary: one pool in detail as text: size over time, order of reuse, dialling, lifetimes, what it was held
 * for
 */
#include "analysis.h"
#include "base/clock.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_pool.h"
#include "view_table.h"
#include "view_text.h"

#include <inttypes.h>
#include <stdio.h>

#define NAME 16 /* columns of the field names */
#define POINTS_MOST ((size_t)20)

static void print_holds(const struct view_text *t, const struct ana_pool_wire *w)
{
    static const struct view_col cols[] = {
        {"held for", VIEW_FLEX},   {"of hold time", VIEW_RIGHT},  {"statements", VIEW_RIGHT},
        {"checkouts", VIEW_RIGHT}, {"their hold ms", VIEW_RIGHT},
    };
    if (w->hold_count == 0)
        return;
    view_put(t->out, "\n");
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < w->hold_count; i++) {
        const struct ana_pool_hold *h = &w->holds[i];
        view_table_cell(tab, h->text);
        view_table_cell(tab, view_percent(h->share).s);
        view_table_cell(tab, view_count(h->statements).s);
        view_table_cell(tab, view_count(h->checkouts).s);
        view_table_cell(tab, view_ms(h->hold_ms * 1e6, 2).s);
    }
    view_table_cell(tab, "(nothing in flight)");
    view_table_cell(tab, view_percent(w->hold_idle).s);
    view_table_cell(tab, "");
    view_table_cell(tab, "");
    view_table_cell(tab, "");
    view_table_print(&tab);
}

/* By the endpoint of the request that held the connection; the shares add up. */
static void print_endpoint_holds(const struct view_text *t, const struct ana_pool_wire *w)
{
    static const struct view_col cols[] = {
        {"held by", VIEW_FLEX},    {"of hold time", VIEW_RIGHT}, {"nothing in flight", VIEW_RIGHT},
        {"checkouts", VIEW_RIGHT}, {"hold ms", VIEW_RIGHT},
    };
    const struct {
        const char *name;
        double share;
    } rest[] = {{"(other endpoints)", w->hold_other_endpoints}, {"(no known request)", w->hold_unjoined}};
    if (w->endpoint_hold_count == 0)
        return;
    view_put(t->out, "\n");
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < w->endpoint_hold_count; i++) {
        const struct ana_endpoint_hold *h = &w->endpoint_holds[i];
        view_table_endpoint(tab, h->method, h->route);
        view_table_cell(tab, view_percent(h->share).s);
        view_table_cell(tab, view_percent(h->idle).s);
        view_table_cell(tab, view_count(h->checkouts).s);
        view_table_cell(tab, view_ms(h->hold_ms * 1e6, 2).s);
    }
    for (size_t i = 0; i < 2; i++) {
        if (rest[i].share <= 0)
            continue;
        view_table_cell(tab, rest[i].name);
        view_table_cell(tab, view_percent(rest[i].share).s);
        for (int k = 0; k < 3; k++)
            view_table_cell(tab, "");
    }
    view_table_print(&tab);
}

/* Of many points, every k-th in full steps, so that the table stays readable; JSON has all. */
static void print_points(const struct view_text *t, const struct ana_pool_wire *w)
{
    static const struct view_col cols[] = {
        {"after s", VIEW_RIGHT}, {"open at most", VIEW_RIGHT}, {"busy", VIEW_RIGHT},
        {"dials", VIEW_RIGHT},   {"saturated", VIEW_RIGHT},
    };
    size_t step = w->point_count / POINTS_MOST + 1;
    if (w->point_count == 0)
        return;
    view_put(t->out, "\n");
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < w->point_count; i += step) {
        uint32_t open = 0;
        uint64_t dials = 0;
        double busy = 0, saturated = 0;
        size_t n = 0;
        for (; n < step && i + n < w->point_count; n++) {
            const struct ana_pool_point *x = &w->points[i + n];
            open = x->open_max > open ? x->open_max : open;
            dials += x->dials;
            busy += x->busy;
            saturated += x->saturated;
        }
        char after[32];
        (void)snprintf(after, sizeof after, "%.0f",
                       (double)(w->points[i].start_ns - w->points[0].start_ns) / (double)NS_PER_S);
        view_table_cell(tab, after);
        view_table_cell(tab, view_count(open).s);
        view_table_cell(tab, view_rate(busy / (double)n).s);
        view_table_cell(tab, view_count(dials).s);
        view_table_cell(tab, view_percent(saturated / (double)n).s);
    }
    view_table_print(&tab);
}

void view_text_pool_details(const struct view_text *t, const struct ana_report *r)
{
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        struct view_pool_lines words;
        char title[64];
        if (!p->application)
            continue;
        (void)snprintf(title, sizeof title, "Pool %" PRIu64 " in detail", p->id);
        view_text_heading(t, title);
        view_pool_words(&words, p);
        for (size_t k = 0; k < words.count; k++)
            view_text_field(t, words.at[k].name, NAME, words.at[k].text);
        if (p->wire.point_count == 0)
            continue;
        print_points(t, &p->wire);
        print_holds(t, &p->wire);
        print_endpoint_holds(t, &p->wire);
    }
}
