/* summary: private to loadgen: the line on a terminal that shows how far the run is */
#ifndef LG_LIVE_H
#define LG_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lg_live;

struct lg_live_line {
    bool on; /* stderr is a terminal */
    bool shown;
    size_t levels;
    int64_t last_ns;
    uint64_t last_done;
};

void lg_live_init(struct lg_live_line *l, size_t levels);
/* `phase` says what the level is doing; `left_ns` until it does something else, below 0 when that is not
 * known. */
struct lg_live_state {
    size_t index;
    size_t users;
    const char *phase;
    int64_t left_ns;
};
void lg_live_show(struct lg_live_line *l, const struct lg_live_state *state, const struct lg_live *figures);
/* Takes the line away. */
void lg_live_clear(struct lg_live_line *l);

#endif
