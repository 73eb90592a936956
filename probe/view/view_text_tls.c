/* summary: text: encrypted connections: their exchanges on the wire, and the statements that the server
 * remembered */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#define FIELD 13       /* columns of the names */
#define SHOWN_SHORT 10 /* queries in the whole report */

static void exchanges(const struct view_text *t, const struct ana_tls *x)
{
    char line[640];
    (void)snprintf(line, sizeof line,
                   "%s on %s connections, authentication included; ms: mean %s, p50 %s, p95 %s, p99 %s",
                   view_count(x->exchanges).s, view_count(x->connections).s,
                   view_ms(view_lat_mean_ns(&x->latency), 2).s,
                   view_ms(view_lat_quantile_ns(&x->latency, 0.50), 2).s,
                   view_ms(view_lat_quantile_ns(&x->latency, 0.95), 2).s,
                   view_ms(view_lat_quantile_ns(&x->latency, 0.99), 2).s);
    view_text_field(t, "exchanges", FIELD, line);
}

static void fates(const struct view_text *t, const struct ana_tls *x)
{
    char line[640];
    (void)snprintf(
        line, sizeof line,
        "%s that the server remembered at the polls: %s paired with their exchange; %s not told apart, %s "
        "that do not fit the exchanges, %s at an edge, %s not on the wire, %s without a clock",
        view_count(x->statements).s, view_count(x->paired).s, view_count(x->ambiguous).s,
        view_count(x->disagree).s, view_count(x->edge).s, view_count(x->unseen).s, view_count(x->untimed).s);
    view_text_field(t, "statements", FIELD, line);
}

static void row(struct view_table *tab, const struct ana_tls_query *q, bool full)
{
    double paired = (double)view_lat_count(&q->latency), wire_ns = view_lat_mean_ns(&q->latency);
    bool any = paired > 0;
    view_table_cell(tab, view_count(q->count).s);
    view_table_cell(tab, view_ms((double)q->server_ns / (double)q->count, 3).s);
    view_table_cell(tab, view_ms((double)q->lock_ns / (double)q->count, 3).s);
    view_table_cell(tab, view_count(view_lat_count(&q->latency)).s);
    view_table_cell(tab, any ? view_ms(wire_ns, 3).s : "-");
    view_table_cell(tab, any ? view_ms(view_lat_quantile_ns(&q->latency, 0.95), 3).s : "-");
    view_table_cell(tab, any ? view_ms(wire_ns - (double)q->paired_server_ns / paired, 3).s : "-");
    view_table_note(tab, *q->text ? q->text : q->digest, full ? VIEW_WRAP : VIEW_CUT);
}

void view_text_tls(const struct view_text *t, const struct ana_report *r, bool full)
{
    static const struct view_col cols[] = {
        {"seen", VIEW_RIGHT},       {"server ms", VIEW_RIGHT}, {"lock ms", VIEW_RIGHT},
        {"paired", VIEW_RIGHT},     {"wire ms", VIEW_RIGHT},   {"p95 ms", VIEW_RIGHT},
        {"outside ms", VIEW_RIGHT},
    };
    const struct ana_tls *x = &r->tls;
    if (x->connections == 0)
        return;
    view_text_heading(
        t, "Encrypted connections (TLS): inferred from the server's statements and the wire's timing");
    exchanges(t, x);
    if (!x->known) {
        view_text_field(
            t, "statements", FIELD,
            "not known: record with --server, and with the consumer events_statements_history on");
        return;
    }
    fates(t, x);
    size_t shown = full || x->query_count <= SHOWN_SHORT ? x->query_count : SHOWN_SHORT;
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < shown; i++)
        row(tab, &x->queries[i], full);
    view_table_print(&tab);
    if (shown < x->query_count)
        view_text_paraf(t, "  ", "and %zu more: --by query", x->query_count - shown);
}
