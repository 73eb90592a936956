/* summary: hand-made reports for the tests of the view stage */
#ifndef TEST_VIEW_SAMPLE_H
#define TEST_VIEW_SAMPLE_H

#include "analysis.h"
#include "view.h"

#include <stdint.h>

#define SAMPLE_MAX 64
#define SAMPLE_POINTS 90
#define SAMPLE_COLUMNS 30
#define SAMPLE_ROWS 12
#define SAMPLE_LANES 5

struct sample {
    struct ana_report report; /* texts are literals or borrowed; arrays point below */
    struct ana_level levels[SAMPLE_MAX];
    struct ana_pool pools[2];
    struct ana_query queries[SAMPLE_MAX];
    struct ana_endpoint endpoints[2];
    struct ana_connection connections[4];
    struct ana_setting settings[8];
    struct ana_finding findings[4];
    struct ana_series_point points[SAMPLE_POINTS];
    int64_t edges[SAMPLE_ROWS + 1];
    uint32_t cells[SAMPLE_COLUMNS * SAMPLE_ROWS];
    struct ana_slow_request slow[3];
    struct ana_slow_piece pieces[3 * 4];
    struct ana_lane lanes[SAMPLE_LANES];
    uint8_t use[SAMPLE_LANES][SAMPLE_COLUMNS];
    struct ana_lane_segment segments[SAMPLE_LANES * 10];
    struct hist *hists[4 * SAMPLE_MAX];
    size_t hist_count;
};

/* A run of a small pool under a ramp of `levels` levels, 10 users more each. */
void sample_init(struct sample *s, size_t levels);
/* A run in which nothing was seen. */
void sample_init_empty(struct sample *s);
/* Every text of the report becomes `text`. */
void sample_set_texts(struct sample *s, char *text);
void sample_fini(struct sample *s);

/* Two samples compared: `d` borrows both. */
struct sample_diff {
    struct ana_diff diff;
    struct ana_diff_level levels[SAMPLE_MAX];
    struct ana_diff_setting settings[4];
    struct ana_diff_query queries[4];
    struct ana_diff_endpoint endpoints[1];
    struct ana_diff_cause causes[3];
};
void sample_diff_init(struct sample_diff *d, struct sample *a, struct sample *b);

/* What view_report or view_diff writes, NUL-terminated; free() it. Fails the test when the call fails. */
char *sample_render(const struct ana_report *r, const struct view_options *options);
char *sample_render_diff(const struct ana_diff *d, const struct view_options *options);

#endif
