/* summary: HTML: encrypted connections: their exchanges on the wire, and the statements that the server
 * remembered */
#include "analysis.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_parts.h"

#define ROWS_MAX ((size_t)400)

static void about(struct view_out *o, const struct ana_tls *x)
{
    char line[900];
    (void)snprintf(
        line, sizeof line,
        "%s exchanges on %s encrypted connections, authentication included: mean %s ms, p50 %s, p95 %s, p99 "
        "%s. ",
        view_count(x->exchanges).s, view_count(x->connections).s, view_ms(view_lat_mean_ns(&x->latency), 2).s,
        view_ms(view_lat_quantile_ns(&x->latency, 0.50), 2).s,
        view_ms(view_lat_quantile_ns(&x->latency, 0.95), 2).s,
        view_ms(view_lat_quantile_ns(&x->latency, 0.99), 2).s);
    view_html_para(o, "dim", line);
    if (!x->known) {
        view_html_para(o, "dim",
                       "Their statements are not known: record with --server, and with the consumer "
                       "events_statements_history on.");
        return;
    }
    (void)snprintf(
        line, sizeof line,
        "Of %s statements that the server remembered at the polls %s could be paired with their exchange for "
        "certain, %s may have been one of several, %s do not fit the exchanges, %s lie at an edge, %s are "
        "not on the wire, %s are without a clock.",
        view_count(x->statements).s, view_count(x->paired).s, view_count(x->ambiguous).s,
        view_count(x->disagree).s, view_count(x->edge).s, view_count(x->unseen).s, view_count(x->untimed).s);
    view_html_para(o, "dim", line);
}

static void row(struct view_out *o, const struct ana_tls_query *q)
{
    double paired = (double)view_lat_count(&q->latency), count = (double)q->count;
    view_html_row(o);
    view_html_num(o, view_count(q->count).s);
    view_html_num(o, view_count(q->errors).s);
    view_html_num(o, view_ms((double)q->server_ns / count, 3).s);
    view_html_num(o, view_ms((double)q->lock_ns / count, 3).s);
    view_html_num(o, view_count(view_lat_count(&q->latency)).s);
    view_html_latency(o, &q->latency);
    view_html_num(o, paired > 0
                         ? view_ms(view_lat_mean_ns(&q->latency) - (double)q->paired_server_ns / paired, 3).s
                         : "-");
    view_html_code(o, *q->text ? q->text : q->digest);
    view_html_row_end(o);
}

void view_html_tls(struct view_out *o, const struct ana_report *r)
{
    const struct ana_tls *x = &r->tls;
    if (x->connections == 0)
        return;
    view_html_section(o, "tls", "Encrypted connections (TLS), inferred");
    about(o, x);
    if (x->query_count > 0) {
        view_html_table_sorted(o, "Statements of encrypted connections",
                               "seen|errors|server: mean ms|lock ms|paired|wire: mean ms|p50|p95|p99|outside "
                               "ms|<statement");
        for (size_t i = 0; i < x->query_count && i < ROWS_MAX; i++)
            row(o, &x->queries[i]);
        view_html_table_end(o);
    }
    view_html_section_end(o);
}
