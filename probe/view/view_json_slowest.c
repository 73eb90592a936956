/* summary: JSON of the slowest requests with the segments of their time (docs/report-schema.md) */
#include "analysis.h"
#include "base/clock.h"
#include "view_json.h"

static void add_segments(struct view_json *j, cJSON *o, const struct ana_slow_request *q)
{
    cJSON *a = view_json_array(j, o, "segments");
    int64_t begin_ns = q->row.arrival_ns - q->row.ns[ANA_CLIENT_QUEUE];
    for (size_t i = 0; i < q->piece_count; i++) {
        const struct ana_slow_piece *p = &q->pieces[i];
        cJSON *x = view_json_object(j, a, NULL);
        view_json_text(j, x, "line", ana_line_key(p->line));
        view_json_ms(j, x, "start_ms", p->start_ns - begin_ns);
        view_json_ms(j, x, "ms", p->end_ns - p->start_ns);
        if (p->conn_id)
            view_json_uint(j, x, "connection", p->conn_id);
        else
            view_json_null(j, x, "connection");
    }
    view_json_uint(j, o, "segments_left_out", q->pieces_left_out);
}

void view_json_slowest(struct view_json *j, cJSON *parent, const struct ana_report *r)
{
    cJSON *a = view_json_array(j, parent, "slowest_requests");
    for (size_t i = 0; i < r->slowest_count; i++) {
        const struct ana_request_row *q = &r->slowest[i].row;
        cJSON *o = view_json_object(j, a, NULL);
        view_json_uint(j, o, "id", q->id);
        view_json_text(j, o, "method", q->method);
        view_json_text(j, o, "route", q->route);
        view_json_uint(j, o, "status", q->status);
        view_json_uint(j, o, "level_id", q->level_id);
        view_json_time(j, o, "arrival_ns", q->arrival_ns);
        view_json_ms(j, o, "latency_ms", q->latency_ns);
        view_json_text(j, o, "joined", ana_join_name(q->how));
        view_json_double(j, o, "confidence", q->confidence);
        view_json_uint(j, o, "checkouts", q->checkouts);
        view_json_uint(j, o, "statements", q->statements);
        view_json_ms(j, o, "wait_low_ms", q->wait_low_ns);
        view_json_ms(j, o, "wait_high_ms", q->wait_high_ns);
        cJSON *budget = view_json_object(j, o, "budget");
        for (int k = 0; k < ANA_LINE_COUNT; k++)
            view_json_ms(j, budget, ana_line_key((enum ana_line)k), q->ns[k]);
        add_segments(j, o, &r->slowest[i]);
    }
}
