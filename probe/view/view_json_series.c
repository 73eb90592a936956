/* summary: JSON parts that pictures are drawn from: verdict, series, heat map, lanes */
#include "analysis.h"
#include "base/clock.h"
#include "view_json.h"

void view_json_verdict(struct view_json *j, cJSON *parent, char *const verdict[2])
{
    cJSON *a = view_json_array(j, parent, "verdict");
    for (int i = 0; i < 2; i++)
        if (verdict[i])
            view_json_text(j, a, NULL, verdict[i]);
}

/* Means are shown to three digits after the point: more would only be bytes. */
static void add_mean(struct view_json *j, cJSON *array, double v)
{
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%.3g", v < 0 ? 0 : v);
    if (v >= 100)
        (void)snprintf(digits, sizeof digits, "%.1f", v);
    view_json_raw(j, array, NULL, digits);
}

#define COLUMN(name, call)                                                                                   \
    do {                                                                                                     \
        cJSON *column = view_json_array(j, o, #name);                                                        \
        for (size_t i = 0; i < s->count; i++)                                                                \
            call(j, column, s->points[i].name);                                                              \
    } while (0)

static void add_count(struct view_json *j, cJSON *array, uint64_t v)
{
    view_json_uint(j, array, NULL, v);
}

void view_json_series(struct view_json *j, cJSON *parent, const struct ana_series *s)
{
    cJSON *o = view_json_object(j, parent, "series");
    view_json_time(j, o, "start_ns", s->start_ns);
    view_json_ms(j, o, "bucket_ms", s->bucket_ns);
    COLUMN(open, add_mean);
    COLUMN(busy, add_mean);
    COLUMN(dialling, add_mean);
    COLUMN(in_flight, add_mean);
    COLUMN(saturated, add_mean);
    COLUMN(open_max, add_count);
    COLUMN(busy_max, add_count);
    COLUMN(in_flight_max, add_count);
    COLUMN(requests, add_count);
    COLUMN(errors, add_count);
    COLUMN(statements, add_count);
}

void view_json_heatmap(struct view_json *j, cJSON *parent, const struct ana_heatmap *h)
{
    cJSON *o = view_json_object(j, parent, "heatmap");
    view_json_time(j, o, "start_ns", h->start_ns);
    view_json_ms(j, o, "bucket_ms", h->bucket_ns);
    cJSON *edges = view_json_array(j, o, "edges_ms");
    for (size_t r = 0; r <= h->rows && h->rows > 0; r++)
        view_json_ms(j, edges, NULL, h->edge_ns[r]);
    cJSON *columns = view_json_array(j, o, "columns");
    for (size_t c = 0; c < h->columns; c++) {
        cJSON *column = view_json_array(j, columns, NULL);
        for (size_t r = 0; r < h->rows; r++)
            view_json_uint(j, column, NULL, h->counts[c * h->rows + r]);
    }
}

static void add_segments(struct view_json *j, cJSON *o, const struct ana_lanes *l,
                         const struct ana_lane *lane)
{
    cJSON *a = view_json_array(j, o, "segments");
    for (size_t i = lane->first; i < lane->first + lane->count; i++) {
        const struct ana_lane_segment *s = &l->segments[i];
        cJSON *x = view_json_array(j, a, NULL);
        view_json_text(j, x, NULL, ana_lane_kind_name(s->kind));
        view_json_ms(j, x, NULL, s->start_ns - l->window_start_ns);
        view_json_ms(j, x, NULL, s->end_ns - s->start_ns);
    }
}

void view_json_lanes(struct view_json *j, cJSON *parent, const struct ana_lanes *l)
{
    cJSON *o = view_json_object(j, parent, "lanes");
    view_json_time(j, o, "start_ns", l->column_start_ns);
    view_json_ms(j, o, "column_ms", l->column_ns);
    view_json_time(j, o, "window_start_ns", l->window_start_ns);
    view_json_time(j, o, "window_end_ns", l->window_end_ns);
    view_json_uint(j, o, "level_id", l->level_id);
    view_json_uint(j, o, "connections_left_out", l->left_out);
    view_json_uint(j, o, "segments_left_out", l->segments_left_out);
    cJSON *lanes = view_json_array(j, o, "connections");
    for (size_t i = 0; i < l->count; i++) {
        const struct ana_lane *lane = &l->lanes[i];
        cJSON *x = view_json_object(j, lanes, NULL);
        view_json_uint(j, x, "id", lane->connection_id);
        view_json_time(j, x, "open_ns", lane->open_ns);
        view_json_time(j, x, "close_ns", lane->close_ns);
        cJSON *use = view_json_array(j, x, "use_percent");
        for (size_t k = 0; k < l->columns; k++)
            view_json_uint(j, use, NULL, lane->use[k]);
        add_segments(j, x, l, lane);
    }
}
