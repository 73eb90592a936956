/* summary: JSON of encrypted connections: exchanges, statements that the server remembered, what was paired
 */
#include "analysis.h"
#include "view_json.h"

static void add_query(struct view_json *j, cJSON *o, const struct ana_tls_query *q)
{
    double count = (double)q->count;
    uint64_t paired = q->latency.hist ? hist_count(q->latency.hist) : 0;
    view_json_text(j, o, "digest", q->digest);
    view_json_text(j, o, "text", q->text);
    view_json_uint(j, o, "count", q->count);
    view_json_uint(j, o, "errors", q->errors);
    view_json_uint(j, o, "rows_sent", q->rows_sent);
    view_json_uint(j, o, "rows_examined", q->rows_examined);
    view_json_double(j, o, "server_mean_ms", (double)q->server_ns / 1e6 / count);
    view_json_double(j, o, "lock_mean_ms", (double)q->lock_ns / 1e6 / count);
    view_json_uint(j, o, "paired", paired);
    view_json_latency(j, o, "latency", &q->latency);
    if (paired == 0)
        view_json_null(j, o, "outside_mean_ms");
    else
        view_json_double(j, o, "outside_mean_ms",
                         (hist_mean(q->latency.hist) - (double)q->paired_server_ns / (double)paired) / 1e6);
}

void view_json_tls(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    const struct ana_tls *x = &r->tls;
    if (x->connections == 0) {
        view_json_null(j, root, "tls");
        return;
    }
    cJSON *o = view_json_object(j, root, "tls");
    view_json_uint(j, o, "connections", x->connections);
    view_json_uint(j, o, "exchanges", x->exchanges);
    view_json_latency(j, o, "latency", &x->latency);
    view_json_uint(j, o, "statements", x->statements);
    view_json_uint(j, o, "paired", x->paired);
    view_json_uint(j, o, "edge", x->edge);
    view_json_uint(j, o, "ambiguous", x->ambiguous);
    view_json_uint(j, o, "disagree", x->disagree);
    view_json_uint(j, o, "unseen", x->unseen);
    view_json_uint(j, o, "untimed", x->untimed);
    view_json_uint(j, o, "left_out", x->left_out);
    if (x->clock_ns < 0)
        view_json_null(j, o, "clock_uncertain_ms");
    else
        view_json_ms(j, o, "clock_uncertain_ms", x->clock_ns);
    cJSON *a = view_json_array(j, o, "queries");
    for (size_t i = 0; i < x->query_count; i++)
        add_query(j, view_json_object(j, a, NULL), &x->queries[i]);
}
