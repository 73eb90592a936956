/* summary: the line on a terminal that shows how far the run is */
#include "live.h"

#include "base/clock.h"
#include "worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void lg_live_init(struct lg_live_line *l, size_t levels)
{
    *l = (struct lg_live_line){.on = isatty(STDERR_FILENO) == 1, .levels = levels};
}

void lg_live_show(struct lg_live_line *l, const struct lg_live_state *state, const struct lg_live *figures)
{
    if (!l->on)
        return;
    int64_t now = clock_mono_ns();
    double rate = 0;
    if (l->last_ns != 0 && now > l->last_ns && figures->done >= l->last_done)
        rate = (double)(figures->done - l->last_done) * 1e9 / (double)(now - l->last_ns);
    l->last_ns = now;
    l->last_done = figures->done;
    char left[32] = "";
    if (state->left_ns >= 0)
        (void)snprintf(left, sizeof left, ", %.0f s left", (double)state->left_ns / 1e9);
    (void)fprintf(stderr,
                  "\r\033[Klevel %zu/%zu  %zu users  %s%s  %.0f req/s  %" PRIu64 " in flight  %" PRIu64
                  " errors",
                  state->index + 1, l->levels, state->users, state->phase, left, rate, figures->in_flight,
                  figures->errors);
    (void)fflush(stderr);
    l->shown = true;
}

void lg_live_clear(struct lg_live_line *l)
{
    if (l->shown)
        (void)fputs("\r\033[K", stderr);
    l->shown = false;
    l->last_ns = 0;
    l->last_done = 0;
}
