/* summary: what one run of poolprobe top holds; shared by top.c, top_feed.c and top_show.c */
#ifndef TOP_RUN_H
#define TOP_RUN_H

#include "base/buf.h"
#include "base/opt.h"
#include "base/status.h"
#include "capture.h"
#include "pipeline.h"
#include "privilege.h"
#include "top_draw.h"
#include "top_model.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct top_screen;

struct top_options {
#define OPT OPT_AS_FIELD
#include "top_options.def"
#undef OPT
};

struct top {
    struct top_options opt;
    struct pipeline_ports ports;
    struct privilege privilege;
    char source[PATH_MAX + 8];
    bool live;
    bool quit;  /* by a key, a signal or -n */
    bool ended; /* the file is at its end */
    int signal_fd;
    struct cap *cap;
    struct pipeline *pipeline;
    struct top_model *model;   /* NULL until the first packet of a file */
    struct top_screen *screen; /* NULL: batch */
    /* What is shown. */
    struct top_look look;
    char message[PATH_MAX + 64];
    struct top_frame *frame; /* the one on the screen */
    struct top_frame *fresh; /* the newest; differs while paused */
    struct top_frame *kept;  /* of a file: the last with work in it, NULL until there is one */
    struct buf page;
    struct buf held; /* printed frames of a file without work, until one with work comes behind them */
    bool printed;    /* a frame was */
    int64_t frames;
    uint64_t first_gaps; /* of the first interval, live: connections picked up in the middle of something */
    /* Time: CLOCK_REALTIME of the packets, but for mono_ns. */
    int64_t last_ns;   /* of the last packet */
    int64_t sample_ns; /* of the last sample */
    int64_t tick_ns;   /* end of the interval */
    int64_t first_ns;
    int64_t mono_ns;   /* of the clock at the first packet */
    enum pp_status st; /* first failure inside a callback */
    struct pp_err *err;
};

/* --- top_feed.c: packets in, samples, ends of intervals --- */

PP_MUST_CHECK enum pp_status top_feed_open(struct top *t, struct pp_err *err);
/* Takes packets until something ends the run; PP_OK, or the capture's failure. */
PP_MUST_CHECK enum pp_status top_feed_run(struct top *t, struct pp_err *err);
void top_feed_close(struct top *t);
/* True when bytes or packets were lost. */
bool top_feed_lossy(const struct top *t);

/* --- top_show.c: frames, keys --- */

/* A new frame is in t->fresh: shows or prints it. PP_IO when standard output fails. */
PP_MUST_CHECK enum pp_status top_show_frame(struct top *t, struct pp_err *err);
/* Prints frames that were held back; nothing on a screen. */
PP_MUST_CHECK enum pp_status top_show_held(struct top *t, struct pp_err *err);
/* A file is at its end: what stays is its last frame with work, not the quiet one after it. */
PP_MUST_CHECK enum pp_status top_show_end(struct top *t, struct pp_err *err);
/* Paints what is to be seen again; nothing in batch mode. */
PP_MUST_CHECK enum pp_status top_show_again(struct top *t, struct pp_err *err);
/* Takes the keys and signals that are there, after waiting for one for at most `wait_ms`. */
PP_MUST_CHECK enum pp_status top_show_events(struct top *t, int wait_ms, struct pp_err *err);

#endif
