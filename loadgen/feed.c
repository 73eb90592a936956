/* summary: which request a worker starts when: users that think (closed load), a fixed schedule (open load)
 */
#include "base/clock.h"
#include "base/obj.h"
#include "worker_private.h"

/* Starts in a row before the sockets are looked at again, so that a burst of starts does not age the answers.
 */
#define STARTS 32
/* A user without a connection waits at least this long: a closed loop without think time would otherwise turn
 * a target that is down into a busy loop. */
#define BACKOFF_NS (50 * NS_PER_MS)

static bool is_open(const struct lg_worker *w)
{
    return w->level->rate > 0;
}

enum pp_status lg_feed_init(struct lg_worker *w)
{
    w->arrival_ns = INT64_MAX;
    if (!is_open(w))
        return lg_wake_init(&w->wake, w->user_cap);
    lg_rng_init(&w->rng, w->seed + w->user_cap);
    w->idle = calloc(w->user_cap, sizeof *w->idle);
    return w->idle != NULL ? lg_cycle_init(&w->cycle, w->config->weights, w->config->endpoint_count)
                           : PP_NOMEM;
}

void lg_feed_fini(struct lg_worker *w)
{
    lg_wake_fini(&w->wake);
    lg_cycle_fini(&w->cycle);
    free(w->idle);
    w->idle = NULL;
}

static void schedule_arrival(struct lg_worker *w)
{
    const struct lg_level *l = w->level;
    w->arrival_ns = l->begin_ns + lg_arrival_ns(l->rate, w->arrival, w->t, l->threads);
}

void lg_feed_begin(struct lg_worker *w)
{
    const struct lg_level *l = w->level;
    if (is_open(w)) {
        for (size_t i = w->user_count; i > 0; i--)
            w->idle[w->idle_count++] = (uint32_t)(i - 1);
        schedule_arrival(w);
        return;
    }
    for (size_t i = 0; i < w->user_count; i++)
        lg_wake_add(&w->wake, l->begin_ns + lg_stagger_ns(w->config->opt.stagger_ns, w->first + i, l->slots),
                    (uint32_t)i);
}

void lg_feed_finished(struct lg_worker *w, struct lg_user *u, enum lg_error error, int64_t now)
{
    uint32_t i = (uint32_t)(u - w->users);
    if (is_open(w)) {
        w->idle[w->idle_count++] = i;
        return;
    }
    int64_t pause = lg_rng_between(&u->rng, w->config->think_min_ns, w->config->think_max_ns);
    bool no_connection =
        error == LG_REFUSED || error == LG_UNREACHABLE || error == LG_NO_PORT || error == LG_OTHER;
    if (no_connection && pause < BACKOFF_NS)
        pause = BACKOFF_NS;
    lg_wake_add(&w->wake, now + pause, i);
}

static void start_closed(struct lg_worker *w)
{
    for (int i = 0; i < STARTS && w->wake.count > 0; i++) {
        int64_t now = clock_mono_ns();
        if (now >= atomic_load_explicit(&w->level->end_ns, memory_order_relaxed)) {
            lg_wake_clear(&w->wake);
            return;
        }
        if (lg_wake_next_ns(&w->wake) > now)
            break;
        struct lg_wake_item item = lg_wake_take(&w->wake);
        struct lg_user *u = &w->users[item.user];
        lg_worker_send(w, u, lg_cycle_next(&u->cycle, &u->rng), item.due_ns, now);
    }
}

/* At the level's end: what was due within the measured time and did not go out stays out. */
static void end_arrivals(struct lg_worker *w, int64_t end)
{
    const struct lg_level *l = w->level;
    w->arrival_ns = INT64_MAX;
    if (end <= l->start_ns)
        return;
    uint64_t first = lg_arrivals_before(l->rate, l->start_ns - l->begin_ns, w->t, l->threads);
    uint64_t all = lg_arrivals_before(l->rate, end - l->begin_ns, w->t, l->threads);
    if (first < w->arrival)
        first = w->arrival;
    w->unsent = all > first ? all - first : 0;
}

/* The connection used last, whose way through all caches is the warmest; a new one while there may be more;
 * or NULL.
 */
static struct lg_user *take_idle(struct lg_worker *w)
{
    if (w->idle_count > 0)
        return &w->users[w->idle[--w->idle_count]];
    if (w->user_count == w->user_cap)
        return NULL;
    if (lg_worker_make_user(w) != PP_OK) {
        w->user_cap = w->user_count; /* memory is out: it stays with these */
        return NULL;
    }
    return &w->users[w->user_count - 1];
}

static void start_open(struct lg_worker *w)
{
    for (int i = 0; i < STARTS && w->arrival_ns != INT64_MAX; i++) {
        int64_t now = clock_mono_ns();
        int64_t end = atomic_load_explicit(&w->level->end_ns, memory_order_relaxed);
        if (now >= end || w->arrival_ns >= end) {
            end_arrivals(w, end);
            return;
        }
        if (w->arrival_ns > now) {
            w->backlog = false;
            return;
        }
        struct lg_user *u = take_idle(w);
        if (u == NULL) {
            w->backlog = true;
            return;
        }
        u->queued = w->backlog;
        int64_t due_ns = w->arrival_ns;
        w->arrival++;
        schedule_arrival(w);
        lg_worker_send(w, u, lg_cycle_next(&w->cycle, &w->rng), due_ns, now);
    }
}

void lg_feed_start(struct lg_worker *w)
{
    if (is_open(w))
        start_open(w);
    else
        start_closed(w);
}

int64_t lg_feed_due_ns(const struct lg_worker *w)
{
    if (lg_feed_is_empty(w))
        return INT64_MAX;
    int64_t due = lg_wake_next_ns(&w->wake);
    if (is_open(w)) {
        bool possible = w->idle_count > 0 || w->user_count < w->user_cap;
        due = possible ? w->arrival_ns : INT64_MAX;
    }
    int64_t end = atomic_load_explicit(&w->level->end_ns, memory_order_relaxed);
    return due < end ? due : end;
}

bool lg_feed_is_empty(const struct lg_worker *w)
{
    return is_open(w) ? w->arrival_ns == INT64_MAX : w->wake.count == 0;
}
