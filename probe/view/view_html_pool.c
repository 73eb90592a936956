/* summary: each pool of the application in detail on the page: how it behaves, and what it was held for
 */
#include "analysis.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_pool.h"

#include <stdio.h>

static void words(struct view_out *o, const struct ana_pool *p)
{
    struct view_pool_lines l;
    view_pool_words(&l, p);
    view_put(o, "<dl>\n");
    for (size_t i = 0; i < l.count; i++) {
        if (*l.at[i].name)
            view_putf(o, "<dt>%s</dt>", l.at[i].name);
        view_put(o, "<dd>");
        view_put_html(o, l.at[i].text);
        view_put(o, "</dd>\n");
    }
    view_put(o, "</dl>\n");
}

static void rest_row(struct view_out *o, const char *name, double share)
{
    if (share <= 0)
        return;
    view_html_row(o);
    view_html_text(o, name);
    view_html_num(o, view_percent(share).s);
    for (int i = 0; i < 3; i++)
        view_html_num(o, "");
    view_html_row_end(o);
}

static void by_query(struct view_out *o, const struct ana_pool_wire *w)
{
    if (w->hold_count == 0)
        return;
    view_html_table(o, "What its connections were held for, by query",
                    "<query|of hold time|statements|checkouts|their hold ms");
    for (size_t i = 0; i < w->hold_count; i++) {
        const struct ana_pool_hold *h = &w->holds[i];
        view_html_row(o);
        view_html_code(o, h->text);
        view_html_num(o, view_percent(h->share).s);
        view_html_num(o, view_count(h->statements).s);
        view_html_num(o, view_count(h->checkouts).s);
        view_html_num(o, view_ms(h->hold_ms * 1e6, 2).s);
        view_html_row_end(o);
    }
    rest_row(o, "(nothing in flight)", w->hold_idle);
    view_html_table_end(o);
}

static void by_endpoint(struct view_out *o, const struct ana_pool_wire *w)
{
    if (w->endpoint_hold_count == 0)
        return;
    view_html_table(o, "Who held its connections, by endpoint",
                    "<endpoint|of hold time|nothing in flight|checkouts|hold ms");
    for (size_t i = 0; i < w->endpoint_hold_count; i++) {
        const struct ana_endpoint_hold *h = &w->endpoint_holds[i];
        view_html_row(o);
        view_put(o, "<td class=\"t\"><code>");
        view_put_html(o, h->method);
        view_put(o, " ");
        view_put_html(o, h->route);
        view_put(o, "</code></td>");
        view_html_num(o, view_percent(h->share).s);
        view_html_num(o, view_percent(h->idle).s);
        view_html_num(o, view_count(h->checkouts).s);
        view_html_num(o, view_ms(h->hold_ms * 1e6, 2).s);
        view_html_row_end(o);
    }
    rest_row(o, "(other endpoints)", w->hold_other_endpoints);
    rest_row(o, "(no known request)", w->hold_unjoined);
    view_html_table_end(o);
}

void view_html_pool_details(struct view_out *o, const struct ana_report *r)
{
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        char title[64];
        if (!p->application)
            continue;
        (void)snprintf(title, sizeof title, "Pool %s in detail", view_id(p->id).s);
        view_html_data(o, title);
        words(o, p);
        by_query(o, &p->wire);
        by_endpoint(o, &p->wire);
        view_html_data_end(o);
    }
}
