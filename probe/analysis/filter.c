/* summary: one step of the filter: time passes, then an event moves a request from one stretch to the next */
#include "filter.h"

#include <math.h>

void ana_filter_begin(struct ana_filter *f)
{
    f->t_ns = 0;
    f->started = f->matured = 0;
    f->waiting = 0;
    for (int k = 0; k < STRETCH_COUNT; k++)
        f->in[k] = 0;
}

static double young(const struct ana_filter *f)
{
    return (double)(f->started - f->matured);
}

/* Of the requests about to take a connection, the share that does so for the first time. */
static double before_share(const struct ana_filter *f)
{
    double before = f->in[STRETCH_BEFORE] / f->mean_ns[STRETCH_BEFORE];
    double between = f->in[STRETCH_BETWEEN] / f->mean_ns[STRETCH_BETWEEN];
    return before + between > 0 ? before / (before + between) : 1;
}

/* Nobody waits after all: back to where they came from. */
static void dissolve_queue(struct ana_filter *f)
{
    double before = f->mean_ns[STRETCH_BEFORE] * f->after_share;
    double between = f->mean_ns[STRETCH_BETWEEN] * (1 - f->after_share);
    f->in[STRETCH_BEFORE] += f->waiting * before / (before + between);
    f->in[STRETCH_BETWEEN] += f->waiting * between / (before + between);
    f->waiting = 0;
}

/* Makes the expectation agree with the number of requests that is seen. */
static void agree(struct ana_filter *f, const struct ana_step *st)
{
    double old = st->rest - young(f), sum = 0;
    if (st->reference && f->waiting != 0)
        dissolve_queue(f);
    for (int k = 0; k < STRETCH_COUNT; k++) {
        if (f->in[k] < 0)
            f->in[k] = 0;
        sum += f->in[k];
    }
    if (!st->reference) {
        f->waiting = old - sum;
        return;
    }
    if (old < 0)
        old = 0;
    if (sum <= 0) {
        f->in[STRETCH_BEFORE] = old;
        return;
    }
    for (int k = 0; k < STRETCH_COUNT; k++)
        f->in[k] *= old / sum;
}

/* In other time requests leave unseen for the queue. Where a stretch cannot be told from the events, those
 * who are still in it after a while are rather in a long one. */
static void time_pass(struct ana_filter *f, double ns, bool reference)
{
    f->waiting_ns += f->waiting * ns;
    f->wanted_ns += f->wanted * ns;
    for (int k = 0; k < STRETCH_COUNT; k++) {
        double ns_in = f->in[k] * ns;
        if (f->countable && (reference || k == STRETCH_AFTER)) {
            f->time_ns[k] += ns_in;
            continue;
        }
        double x = ns / f->mean_ns[k], gone = f->in[k] * (x < 1e-4 ? x : 1 - exp(-x));
        f->in[k] -= gone;
        if (reference) {
            f->time_ns[k] += ns_in;
            continue;
        }
        /* Who was thought to be after its last checkout and does not answer was between two, and waits now.
         */
        double stayed_ns = x < 1e-4 ? ns_in : gone * f->mean_ns[k];
        f->time_ns[k] += stayed_ns;
        f->waiting_ns += ns_in - stayed_ns;
        f->wanted_ns += ns_in - stayed_ns;
        f->waiting += gone;
        f->wanted += gone;
    }
}

static void pass(struct ana_filter *f, const struct ana_step *st)
{
    int64_t end_ns = f->t_ns + st->dt_ns;
    if (st->dt_ns <= 0)
        return;
    agree(f, st);
    while (f->t_ns < end_ns) {
        int64_t to_ns = end_ns;
        bool matures = f->matured < f->started && f->starts[f->matured] + (int64_t)f->floor_ns < end_ns;
        if (matures) {
            to_ns = f->starts[f->matured] + (int64_t)f->floor_ns;
            to_ns = to_ns < f->t_ns ? f->t_ns : to_ns;
        }
        time_pass(f, (double)(to_ns - f->t_ns), st->reference);
        f->t_ns = to_ns;
        if (!matures)
            break;
        f->matured++;
        f->in[STRETCH_BEFORE] += 1;
    }
}

static void take(struct ana_filter *f, bool reference)
{
    if (!reference) {
        f->waiting -= 1;
        return;
    }
    if (f->in[STRETCH_BEFORE] + f->in[STRETCH_BETWEEN] <= 0 && f->matured < f->started) {
        f->matured++; /* faster than the floor */
        f->in[STRETCH_BEFORE] += 1;
    }
    double share = f->countable ? 1 : before_share(f);
    f->ended[STRETCH_BEFORE] = share;
    f->ended[STRETCH_BETWEEN] = 1 - share;
    if (f->countable)
        f->in[STRETCH_BEFORE] -= 1;
}

static void event(struct ana_filter *f, const struct ana_step *st)
{
    switch ((enum ana_step_event)st->event) {
    case STEP_NONE:
        break;
    case STEP_START:
        f->started++;
        break;
    case STEP_TAKE:
        take(f, st->reference);
        break;
    case STEP_RETURN:
        f->in[STRETCH_AFTER] += f->countable ? 1 : f->after_share;
        f->in[STRETCH_BETWEEN] += f->countable ? 0 : 1 - f->after_share;
        break;
    case STEP_END:
        if (f->countable)
            f->in[STRETCH_AFTER] -= 1;
        if (st->reference)
            f->ended[STRETCH_AFTER] = 1;
        break;
    }
}

void ana_filter_step(struct ana_filter *f, const struct ana_step *step)
{
    f->wanted = f->wanted_ns = f->waiting_ns = 0;
    for (int k = 0; k < STRETCH_COUNT; k++)
        f->time_ns[k] = f->ended[k] = 0;
    pass(f, step);
    event(f, step);
}
