/* summary: one thread, one curl multi handle over epoll, thousands of users */
#include "worker.h"

#include "base/clock.h"
#include "base/obj.h"
#include "user.h"
#include "wake.h"

#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#define WORKER_MAGIC 0x6c677770u
#define EVENTS 256
/* Starts in a row before the sockets are looked at again, so that a burst of starts does not age the answers.
 */
#define STARTS 32
/* A user without a connection waits at least this long: a closed loop without think time would otherwise turn
 * a target that is down into a busy loop. */
#define BACKOFF_NS (50 * NS_PER_MS)

struct lg_worker {
    uint32_t magic;
    const struct lg_config *config;
    struct lg_level *level;
    CURLM *multi;
    struct lg_poller poller;
    struct lg_wake wake;
    struct lg_user *users;
    size_t user_count; /* made so far */
    size_t first;
    struct lg_stats *stats;
    int64_t curl_due_ns; /* when curl wants to be called, INT64_MAX: never */
    uint64_t unfinished;
    pthread_t thread;
    bool started;
    _Atomic uint64_t done;
    _Atomic uint64_t errors;
    _Atomic uint64_t refused;
    _Atomic uint64_t in_flight;
};

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *priv, void *socket_priv)
{
    (void)easy;
    (void)socket_priv;
    struct lg_worker *w = priv;
    uint32_t events = 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= EPOLLOUT;
    return lg_poller_want(&w->poller, fd, events) == PP_OK ? 0 : -1;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *priv)
{
    (void)multi;
    struct lg_worker *w = priv;
    if (timeout_ms < 0)
        w->curl_due_ns = INT64_MAX;
    else
        w->curl_due_ns = timeout_ms == 0 ? 0 : clock_mono_ns() + timeout_ms * NS_PER_MS;
    return 0;
}

static enum pp_status make_multi(struct lg_worker *w)
{
    w->multi = curl_multi_init();
    if (w->multi == NULL ||
        curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket) != CURLM_OK ||
        curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w) != CURLM_OK ||
        curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer) != CURLM_OK ||
        curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w) != CURLM_OK ||
        curl_multi_setopt(w->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) != CURLM_OK)
        return PP_NOMEM;
    return PP_OK;
}

static enum pp_status make_users(struct lg_worker *w, size_t count)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return PP_IO;
    w->users = calloc(count, sizeof *w->users);
    w->stats = lg_stats_new(w->config->endpoint_count);
    enum pp_status st = lg_wake_init(&w->wake, count);
    if (w->users == NULL || w->stats == NULL)
        st = PP_NOMEM;
    for (size_t i = 0; st == PP_OK && i < count; i++) {
        st = lg_user_init(&w->users[i], w->config, &w->poller, w->level->mark, seed + i);
        if (st == PP_OK)
            w->user_count++;
    }
    return st;
}

enum pp_status lg_worker_new(struct lg_worker **out, const struct lg_config *c, struct lg_level *level,
                             size_t first, size_t count, struct pp_err *err)
{
    struct lg_worker *w = NULL;
    *out = NULL;
    if (OBJ_NEW(w, WORKER_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    w->config = c;
    w->level = level;
    w->first = first;
    w->curl_due_ns = INT64_MAX;
    enum pp_status st = lg_poller_init(&w->poller, err);
    if (st == PP_OK && ((st = make_multi(w)) != PP_OK || (st = make_users(w, count)) != PP_OK))
        (void)pp_err_set(err, st, "cannot make %zu users: %s; use fewer --users", count, pp_status_name(st));
    if (st != PP_OK) {
        lg_worker_free(&w);
        return st;
    }
    *out = w;
    return PP_OK;
}

void lg_worker_free(struct lg_worker **wp)
{
    struct lg_worker *w = *wp;
    if (w == NULL)
        return;
    OBJ_CHECK(w, WORKER_MAGIC);
    OBJ_ASSERT(!w->started);
    for (size_t i = 0; i < w->user_count; i++)
        lg_user_fini(&w->users[i]);
    if (w->multi != NULL)
        (void)curl_multi_cleanup(w->multi);
    free(w->users);
    lg_stats_free(&w->stats);
    lg_wake_fini(&w->wake);
    lg_poller_fini(&w->poller);
    OBJ_FREE(w);
    *wp = NULL;
}

/* Counts a request that ended and lets its user think. */
static void finish(struct lg_worker *w, struct lg_user *u, CURLcode code)
{
    int64_t now = clock_mono_ns();
    struct lg_outcome o;
    lg_user_outcome(u, code, &o);
    o.latency_ns = now - u->sent_ns;
    o.late_ns = u->late_ns;
    (void)curl_multi_remove_handle(w->multi, u->easy);
    u->busy = false;
    const struct lg_level *l = w->level;
    /* Nothing is sent after the end, so a request of the measured time is one sent from its start on. */
    if (u->sent_ns >= l->start_ns)
        lg_stats_add(w->stats, &o);
    bool ok = o.error == LG_OK && o.status >= 200 && o.status <= 399;
    atomic_fetch_sub_explicit(&w->in_flight, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&w->done, 1, memory_order_relaxed);
    if (!ok)
        atomic_fetch_add_explicit(&w->errors, 1, memory_order_relaxed);
    if (o.error == LG_REFUSED)
        atomic_fetch_add_explicit(&w->refused, 1, memory_order_relaxed);
    int64_t pause = lg_rng_between(&u->rng, w->config->think_min_ns, w->config->think_max_ns);
    if ((o.error == LG_REFUSED || o.error == LG_OTHER) && pause < BACKOFF_NS)
        pause = BACKOFF_NS;
    lg_wake_add(&w->wake, now + pause, (uint32_t)(u - w->users));
}

static void take_results(struct lg_worker *w)
{
    int left = 0;
    for (CURLMsg *m = curl_multi_info_read(w->multi, &left); m != NULL;
         m = curl_multi_info_read(w->multi, &left)) {
        char *priv = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &priv);
        finish(w, (struct lg_user *)(void *)priv, code);
    }
}

static void act(struct lg_worker *w, curl_socket_t fd, int mask)
{
    int running = 0;
    (void)curl_multi_socket_action(w->multi, fd, mask, &running);
    take_results(w);
}

static void act_on_timer(struct lg_worker *w)
{
    if (w->curl_due_ns > clock_mono_ns())
        return;
    w->curl_due_ns = INT64_MAX;
    act(w, CURL_SOCKET_TIMEOUT, 0);
}

static void begin(struct lg_worker *w, struct lg_wake_item item, int64_t now)
{
    struct lg_user *u = &w->users[item.user];
    u->late_ns = now - item.due_ns;
    u->sent_ns = now;
    u->busy = true;
    atomic_fetch_add_explicit(&w->in_flight, 1, memory_order_relaxed);
    if (lg_user_next(u) != PP_OK || curl_multi_add_handle(w->multi, u->easy) != CURLM_OK) {
        finish(w, u, CURLE_OUT_OF_MEMORY);
        return;
    }
    /* curl asked for a call at once; made here, so that sent_ns is the time of sending. */
    act_on_timer(w);
}

/* Starts the requests that are due; from the level's end on nobody waits any more. */
static void start_due(struct lg_worker *w)
{
    for (int i = 0; i < STARTS && w->wake.count > 0; i++) {
        int64_t now = clock_mono_ns();
        if (now >= atomic_load(&w->level->end_ns)) {
            lg_wake_clear(&w->wake);
            return;
        }
        if (lg_wake_next_ns(&w->wake) > now)
            break;
        begin(w, lg_wake_take(&w->wake), now);
    }
}

/* When the thread must wake up though no socket has anything. */
static int64_t next_due(const struct lg_worker *w)
{
    int64_t due = lg_wake_next_ns(&w->wake);
    int64_t end = atomic_load(&w->level->end_ns);
    if (w->wake.count > 0 && end < due)
        due = end;
    return w->curl_due_ns < due ? w->curl_due_ns : due;
}

static void take_events(struct lg_worker *w)
{
    struct epoll_event events[EVENTS];
    size_t n = lg_poller_wait(&w->poller, next_due(w), events, EVENTS);
    for (size_t i = 0; i < n; i++) {
        int mask = 0;
        if (events[i].events & (EPOLLIN | EPOLLHUP))
            mask |= CURL_CSELECT_IN;
        if (events[i].events & EPOLLOUT)
            mask |= CURL_CSELECT_OUT;
        if (events[i].events & EPOLLERR)
            mask |= CURL_CSELECT_ERR;
        act(w, events[i].data.fd, mask);
    }
}

/* Takes the handles that are still under way out of the multi handle. */
static void abandon_rest(struct lg_worker *w)
{
    for (size_t i = 0; i < w->user_count; i++) {
        struct lg_user *u = &w->users[i];
        if (!u->busy)
            continue;
        (void)curl_multi_remove_handle(w->multi, u->easy);
        u->busy = false;
        if (u->sent_ns >= w->level->start_ns)
            w->unfinished++;
    }
}

static void *run(void *priv)
{
    struct lg_worker *w = priv;
    struct lg_level *l = w->level;
    for (size_t i = 0; i < w->user_count; i++)
        lg_wake_add(&w->wake, l->begin_ns + lg_stagger_ns(w->config->opt.stagger_ns, w->first + i, l->users),
                    (uint32_t)i);
    while (!atomic_load(&l->abandon)) {
        start_due(w);
        if (w->wake.count == 0 && atomic_load(&w->in_flight) == 0)
            break;
        take_events(w);
        act_on_timer(w);
    }
    abandon_rest(w);
    atomic_fetch_sub(&l->workers_running, 1);
    (void)eventfd_write(l->done_fd, 1);
    return NULL;
}

enum pp_status lg_worker_start(struct lg_worker *w, struct pp_err *err)
{
    OBJ_CHECK(w, WORKER_MAGIC);
    int code = pthread_create(&w->thread, NULL, run, w);
    if (code != 0)
        return pp_err_set(err, PP_IO, "cannot start a thread: %s; use fewer --threads", strerror(code));
    w->started = true;
    return PP_OK;
}

void lg_worker_wake(struct lg_worker *w)
{
    OBJ_CHECK(w, WORKER_MAGIC);
    lg_poller_wake(&w->poller);
}

void lg_worker_join(struct lg_worker *w)
{
    OBJ_CHECK(w, WORKER_MAGIC);
    if (w->started)
        (void)pthread_join(w->thread, NULL);
    w->started = false;
}

void lg_worker_add_live(const struct lg_worker *w, struct lg_live *sum)
{
    OBJ_CHECK(w, WORKER_MAGIC);
    sum->done += atomic_load_explicit(&w->done, memory_order_relaxed);
    sum->errors += atomic_load_explicit(&w->errors, memory_order_relaxed);
    sum->refused += atomic_load_explicit(&w->refused, memory_order_relaxed);
    sum->in_flight += atomic_load_explicit(&w->in_flight, memory_order_relaxed);
}

const struct lg_stats *lg_worker_stats(const struct lg_worker *w)
{
    OBJ_CHECK(w, WORKER_MAGIC);
    OBJ_ASSERT(!w->started);
    return w->stats;
}

uint64_t lg_worker_unfinished(const struct lg_worker *w)
{
    OBJ_CHECK(w, WORKER_MAGIC);
    return w->unfinished;
}
