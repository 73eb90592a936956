/* summary: tables of the text report: the slowest requests, checkouts with their requests */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <inttypes.h>

#define SLOWEST ((size_t)20)
#define CHECKOUTS ((size_t)40)

static int slower(const void *pa, const void *pb)
{
    const struct ana_request_row *a = pa, *b = pb;
    if (a->latency_ns != b->latency_ns)
        return a->latency_ns > b->latency_ns ? -1 : 1;
    return a->arrival_ns < b->arrival_ns ? -1 : a->arrival_ns > b->arrival_ns;
}

/* Keeps the slowest in `top`, sorted; returns how many. */
static size_t find_slowest(const struct ana_report *r, struct ana_request_row top[SLOWEST])
{
    size_t n = 0;
    for (size_t i = 0; i < ana_request_count(r); i++) {
        struct ana_request_row q;
        ana_request_get(r, i, &q);
        if (n == SLOWEST && slower(&q, &top[n - 1]) > 0)
            continue;
        size_t at = n < SLOWEST ? n++ : n - 1;
        for (; at > 0 && slower(&q, &top[at - 1]) < 0; at--)
            top[at] = top[at - 1];
        top[at] = q;
    }
    return n;
}

static int64_t waited_ns(const struct ana_request_row *q)
{
    return q->ns[ANA_ACQUIRE_EXHAUSTED] + q->ns[ANA_ACQUIRE_DIAL] + q->ns[ANA_ACQUIRE_BLOCKED_BY_DIAL] +
           q->ns[ANA_ACQUIRE_LOST_WAKEUP];
}

static void request_row(struct view_table *tab, const struct ana_request_row *q, int d)
{
    view_table_cell(tab, view_id(q->id).s);
    view_table_endpoint(tab, q->method, q->route);
    view_table_cell(tab, view_ms((double)q->latency_ns, d).s);
    view_table_cell(tab, view_ms((double)waited_ns(q), d).s);
    view_table_cell(tab, view_ms((double)(q->ns[ANA_STATEMENT] + q->ns[ANA_COMMIT]), d).s);
    view_table_cell(tab, view_ms((double)q->ns[ANA_TXN_IDLE], d).s);
    view_table_cell(tab, view_ms((double)q->ns[ANA_APP], d).s);
    view_table_cell(tab, view_count(q->checkouts).s);
    view_table_cell(tab, view_percent(q->confidence).s);
}

void view_text_requests(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"request", VIEW_RIGHT}, {"endpoint", VIEW_FLEX},  {"ms", VIEW_RIGHT},
        {"waited", VIEW_RIGHT},  {"database", VIEW_RIGHT}, {"idle", VIEW_RIGHT},
        {"app", VIEW_RIGHT},     {"uses", VIEW_RIGHT},     {"sure", VIEW_RIGHT},
    };
    struct ana_request_row top[SLOWEST];
    size_t n = find_slowest(r, top);
    view_text_heading(t, "Slowest requests");
    if (n == 0) {
        view_text_paraf(t, "  ", "None: %s", view_why_no_requests(r));
        return;
    }
    int d = view_ms_decimals((double)top[0].latency_ns);
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < n; i++)
        request_row(tab, &top[i], d);
    view_table_print(&tab);
    view_text_paraf(t, "  ",
                    "Times in ms. uses: connections taken from the pool; sure: that they are this request's. "
                    "All %s requests: --format csv.",
                    view_count(ana_request_count(r)).s);
}

void view_text_checkouts(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"connection", VIEW_RIGHT}, {"starts after ms", VIEW_RIGHT}, {"held ms", VIEW_RIGHT},
        {"statements", VIEW_RIGHT}, {"request", VIEW_RIGHT},         {"join", VIEW_LEFT},
        {"sure", VIEW_RIGHT},
    };
    size_t n = ana_checkout_count(r);
    view_text_heading(t, "Checkouts");
    if (n == 0) {
        view_text_paraf(t, "  ", "None: %s", view_why_no_statements(r));
        return;
    }
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < n && i < CHECKOUTS; i++) {
        struct ana_checkout_row k;
        ana_checkout_get(r, i, &k);
        view_table_cell(tab, view_id(k.conn_id).s);
        view_table_cell(tab, view_ms((double)(k.start_ns - r->start_ns), 3).s);
        view_table_cell(tab, view_ms((double)(k.end_ns - k.start_ns), 3).s);
        view_table_cell(tab, view_count(k.statements).s);
        view_table_cell(tab, k.request_id ? view_id(k.request_id).s : "-");
        view_table_cell(tab, ana_join_name(k.how));
        view_table_cell(tab, k.request_id ? view_percent(k.confidence).s : "-");
    }
    view_table_print(&tab);
    if (n > CHECKOUTS)
        view_text_paraf(t, "  ", "The first %s of %s; all of them: --format csv.", view_count(CHECKOUTS).s,
                        view_count(n).s);
}
