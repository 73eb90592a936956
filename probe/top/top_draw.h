/* summary: poolprobe top: a frame as lines of text of a given width, without hostile bytes */
#ifndef TOP_DRAW_H
#define TOP_DRAW_H

#include "base/buf.h"
#include "base/status.h"
#include "top_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands around a frame. */
struct top_look {
    const char *source;  /* "live lo", "file x.pcap" */
    const char *message; /* last line instead of the keys; "" for none */
    int columns;         /* at least 20 */
    int rows;            /* 0: as many as there are */
    enum top_sort sort;
    bool paused;
    bool ended; /* the file is at its end */
    bool help;  /* the page of keys instead of the tables */
    bool keys;  /* with the last line that names the keys */
    /* Of the whole capture. */
    uint64_t packets, drops, gaps, voided, unreadable;
};

/* Which lines are shown in reverse: they begin with this byte, which takes no column. */
#define TOP_DRAW_TITLE '\001'

/* Appends the page: lines that end with '\n', each valid UTF-8 of at most `columns`, not more than `rows`.
 * PP_NOMEM, PP_LIMIT. */
PP_MUST_CHECK enum pp_status top_draw(struct buf *page, const struct top_frame *f,
                                      const struct top_look *look);

/* A time with its unit in at most 8 columns: "12.3 ms", "850 us". */
struct top_time {
    char s[24];
};
struct top_time top_draw_time(int64_t ns);

#endif
