/* summary: one thread, one curl multi handle over epoll, thousands of users */
#include "base/clock.h"
#include "base/obj.h"
#include "punctual.h"
#include "reqlog.h"
#include "worker_private.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#define WORKER_MAGIC 0x6c677770u
#define EVENTS 256

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

enum pp_status lg_worker_make_user(struct lg_worker *w)
{
    OBJ_ASSERT(w->user_count < w->user_cap);
    size_t i = w->user_count;
    enum pp_status st = lg_user_init(&w->users[i], w->config, &w->poller, w->level->mark, w->seed + i);
    if (st == PP_OK)
        w->user_count++;
    return st;
}

/* All users of a closed load; of an open load the first connection, the others when they are needed. */
static enum pp_status make_users(struct lg_worker *w)
{
    if (getrandom(&w->seed, sizeof w->seed, 0) != (ssize_t)sizeof w->seed)
        return PP_IO;
    w->users = calloc(w->user_cap, sizeof *w->users);
    w->stats = lg_stats_new(w->config->endpoint_count);
    enum pp_status st = lg_feed_init(w);
    if (w->users == NULL || w->stats == NULL)
        return PP_NOMEM;
    size_t count = w->level->rate > 0 ? 1 : w->user_cap;
    for (size_t i = 0; st == PP_OK && i < count; i++)
        st = lg_worker_make_user(w);
    return st;
}

enum pp_status lg_worker_new(struct lg_worker **out, const struct lg_config *c, struct lg_level *level,
                             size_t t, struct pp_err *err)
{
    struct lg_worker *w = NULL;
    *out = NULL;
    if (OBJ_NEW(w, WORKER_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    w->config = c;
    w->level = level;
    w->t = t;
    lg_split_users(level->slots, level->threads, t, &w->first, &w->user_cap);
    w->curl_due_ns = INT64_MAX;
    enum pp_status st = lg_poller_init(&w->poller, err);
    if (st == PP_OK && ((st = make_multi(w)) != PP_OK || (st = make_users(w)) != PP_OK))
        (void)pp_err_set(err, st, "cannot make %zu users: %s; use fewer --users", w->user_cap,
                         pp_status_name(st));
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
    lg_feed_fini(w);
    lg_poller_fini(&w->poller);
    OBJ_FREE(w);
    *wp = NULL;
}

/* Nothing is sent after the end, so a request of the measured time is one sent, or with open load intended,
 * from its start on. */
static bool is_measured(const struct lg_worker *w, const struct lg_user *u)
{
    return (w->level->rate > 0 ? u->due_ns : u->sent_ns) >= w->level->start_ns;
}

/* Counts a request that ended and hands its user back. */
static void finish(struct lg_worker *w, struct lg_user *u, CURLcode code)
{
    const struct lg_level *l = w->level;
    int64_t now = clock_mono_ns();
    struct lg_outcome o;
    lg_user_outcome(u, code, &o);
    o.latency_ns = now - u->sent_ns;
    o.late_ns = u->sent_ns - u->due_ns;
    o.sent_ns = u->sent_ns - l->start_ns;
    o.real_ns = l->start_real_ns + (now - l->start_ns);
    (void)curl_multi_remove_handle(w->multi, u->easy);
    u->busy = false;
    w->in_flight--;
    enum lg_error error = lg_outcome_kind(&o);
    if (is_measured(w, u)) {
        lg_stats_add(w->stats, &o);
        if (l->request_log != NULL)
            lg_reqlog_add(l->request_log, l, u, &o);
    }
    lg_live_count(&w->live, error, o.latency_ns);
    lg_feed_finished(w, u, o.error, now);
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

void lg_worker_send(struct lg_worker *w, struct lg_user *u, size_t endpoint, int64_t due_ns, int64_t now)
{
    u->due_ns = due_ns;
    u->sent_ns = now;
    if (w->level->rate > 0)
        lg_user_mark_queue(u, now - due_ns);
    u->busy = true;
    w->in_flight++;
    lg_live_sent(&w->live);
    if (lg_user_prepare(u, endpoint) != PP_OK || curl_multi_add_handle(w->multi, u->easy) != CURLM_OK) {
        finish(w, u, CURLE_OUT_OF_MEMORY);
        return;
    }
    /* curl asked for a call at once; made here, so that sent_ns is the time of sending. */
    act_on_timer(w);
}

/* When the thread must wake up though no socket has anything. */
static int64_t next_due(const struct lg_worker *w)
{
    int64_t due = lg_feed_due_ns(w);
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
        /* A batch of answers takes longer than a request may be late. */
        if (lg_feed_due_ns(w) <= clock_mono_ns())
            lg_feed_start(w);
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
        if (is_measured(w, u))
            w->unfinished++;
    }
}

static void *run(void *priv)
{
    struct lg_worker *w = priv;
    struct lg_level *l = w->level;
    if (l->rate > 0)
        lg_punctual();
    lg_feed_begin(w);
    while (!atomic_load(&l->abandon)) {
        lg_feed_start(w);
        if (lg_feed_is_empty(w) && w->in_flight == 0)
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
    lg_live_add(sum, &w->live);
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

uint64_t lg_worker_unsent(const struct lg_worker *w)
{
    OBJ_CHECK(w, WORKER_MAGIC);
    return w->unsent;
}
