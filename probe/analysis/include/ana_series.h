/* summary: what a report's pictures are drawn from: pools over time, latency over time, connections as lanes
 */
#ifndef ANA_SERIES_H
#define ANA_SERIES_H

#include <stddef.h>
#include <stdint.h>

/* The limits keep a page small whatever the run: more points, rows or lanes than these are finer than a
 * screen. */
#define ANA_SERIES_POINTS_MAX ((size_t)600)
#define ANA_HEAT_COLUMNS_MAX ((size_t)120)
#define ANA_HEAT_ROWS_MAX ((size_t)40)
#define ANA_LANES_MAX ((size_t)40)
#define ANA_LANE_COLUMNS_MAX ((size_t)200)
#define ANA_LANE_SEGMENTS_MAX ((size_t)2500)

/* One stretch of time: means over it (connections of the application's pools; requests), and the largest
 * value at any instant of it. */
struct ana_series_point {
    double open, busy, dialling, in_flight;
    uint32_t open_max, busy_max, in_flight_max;
    double saturated;          /* share of the stretch in which the pool was saturated, 0..1 */
    uint32_t requests, errors; /* that arrived in it; errors: of these, answered with 400 or higher */
    uint32_t statements;       /* that were sent in it, on any connection */
};

/* The run in stretches of equal length, from its first fact to its last. */
struct ana_series {
    int64_t start_ns, bucket_ns;
    struct ana_series_point *points; /* owned */
    size_t count;                    /* 0: the run has no facts */
};

/* Complete requests by the time of their arrival and their latency. Row r holds latencies from edge_ns[r] up
 * to below edge_ns[r + 1]; the edges grow by a constant factor. */
struct ana_heatmap {
    int64_t start_ns, bucket_ns; /* of a column */
    size_t columns, rows;        /* 0: no complete request */
    int64_t *edge_ns;            /* rows + 1, owned */
    uint32_t *counts;            /* [column * rows + row], owned */
};

enum ana_lane_kind {
    ANA_LANE_DIAL,      /* TCP connect until ready */
    ANA_LANE_HELD,      /* checked out: a transaction open or a command in flight */
    ANA_LANE_STATEMENT, /* a command in flight, inside HELD */
    ANA_LANE_COMMIT,    /* the statement that ended a transaction in flight, inside HELD */
};
const char *ana_lane_kind_name(enum ana_lane_kind kind); /* "dial", "held", "statement", "commit" */

struct ana_lane_segment {
    int64_t start_ns, end_ns;
    enum ana_lane_kind kind;
};

struct ana_lane {
    uint64_t connection_id;
    int64_t open_ns, close_ns; /* ready for use and closed; 0: not seen to be */
    size_t first, count;       /* in segments */
    uint8_t *use;              /* by column: percent of its time held, owned */
};

/* The connections of the application's pools that were held longest: their use over the whole series, and
 * every segment of a short window around the slowest request of the level with the most users. */
struct ana_lanes {
    struct ana_lane *lanes; /* by connection, owned */
    size_t count, left_out; /* left_out: connections of the pools beyond ANA_LANES_MAX */
    int64_t column_start_ns, column_ns;
    size_t columns;
    int64_t window_start_ns, window_end_ns; /* 0: no window */
    uint32_t level_id;                      /* of the window; 0: none */
    struct ana_lane_segment *segments;      /* by lane, then time; owned */
    size_t segment_count;
    size_t segments_left_out; /* of the shown lanes in the window, beyond ANA_LANE_SEGMENTS_MAX */
};

#endif
