/* summary: the poller's thread: rounds of questions, what each may cost, a lost connection that comes back */
#include "poll_priv.h"

#include "base/clock.h"
#include "base/obj.h"

#include <stdlib.h>
#include <string.h>

#include <mysqld_error.h>

#define PAUSE_FIRST_NS NS_PER_S
#define PAUSE_MAX_NS (30 * NS_PER_S)

static const struct poll_source sources[POLL_SOURCES] = {
#define POLL_SOURCE(ID, name, every, share, ask, needs_ps, what)                                             \
    [POLL_##ID] = {name, what, ask, share, every, needs_ps},
#include "poll_source.def"
#undef POLL_SOURCE
};

/* Under load the same question takes longer by the clock, but no more of a core. So the cost is the least of
 * the last answers' times, and at most what was measured on an idle server (docs/performance.md: 60 ms for
 * 10,000 digests, 6 to 10 ms for a question that walks 10,000 sessions), with a margin. */
#define ROUND_NS (60 * NS_PER_MS) /* well below the 150 ms that a round may take the server */
#define COST_BASE_NS (700 * NS_PER_US)
#define COST_ROW_NS (8 * NS_PER_US)
#define COST_SESSION_NS 1200
#define COST_SESSION_MARIADB_NS (20 * NS_PER_US)  /* its waits are summed up over all sessions */
#define COST_COUNTED_SESSION_NS (150 * NS_PER_US) /* some 220 counters each */

static int64_t cost_ns(const struct srv_poller *p, enum poll_source_id id)
{
    const struct poll_state *st = &p->state[id];
    int64_t sessions = poll_status_known(p, "Threads_connected");
    int64_t row_ns = id == POLL_SESSION_STATEMENTS ? COST_COUNTED_SESSION_NS : COST_ROW_NS;
    int64_t session_ns = strstr(p->s->version, "MariaDB") != NULL ? COST_SESSION_MARIADB_NS : COST_SESSION_NS;
    int64_t most = COST_BASE_NS + st->rows * row_ns + (sessions > 0 ? sessions : 0) * session_ns;
    unsigned n = st->costs < POLL_COSTS ? st->costs : POLL_COSTS;
    int64_t least = 0;
    for (unsigned i = 0; i < n; i++)
        if (i == 0 || st->cost_ns[i] < least)
            least = st->cost_ns[i];
    return least < most ? least : most;
}

/* A sample of a moment: nothing is counted from the first one or to the last one. The first list of sessions
 * may come a round later. */
static bool is_sample(enum poll_source_id id, bool last)
{
    return id == POLL_METADATA_WAITS || id == POLL_TRX || id == POLL_THREAD_STATES || id == POLL_HISTOGRAMS ||
           (id == POLL_SESSIONS && !last);
}

static void schedule(struct srv_poller *p, enum poll_source_id id, int64_t start_ns)
{
    struct poll_state *st = &p->state[id];
    int64_t pause = (int64_t)sources[id].every * p->interval_ns;
    int64_t afford = (int64_t)((double)cost_ns(p, id) / sources[id].share);
    st->due_ns = start_ns + (afford > pause ? afford : pause);
}

/* ps_poll.note */
static const char *outcome(const struct poll_round *r)
{
    if (r->state->restarted && !r->first)
        return "restart";
    return r->reset ? "reset" : r->cut ? "cut" : r->killed ? "killed" : "";
}

static void emit_poll(const struct poll_round *r, int64_t took_ns, const char *note)
{
    struct srv_poll row = {.id = r->id,
                           .source = r->source->name,
                           .start_ns = r->first ? 0 : r->state->last_ns,
                           .end_ns = r->ts_ns,
                           .took_ns = took_ns,
                           .rows = r->rows,
                           .note = note};
    r->p->s->sink.poll(r->p->s->sink.priv, &row);
}

static bool was_killed(const struct srv_poller *p, enum pp_status status)
{
    return status != PP_OK && status != PP_AGAIN && p->s->db != NULL &&
           p->s->last_errno == ER_QUERY_INTERRUPTED;
}

/* Somebody's KILL QUERY is no fault of the question: it is asked once more at once. Counters go on where the
 * rows that came had brought them; of a sample, those rows are nothing. */
static enum pp_status ask(struct poll_round *r, struct pp_err *err)
{
    struct srv_poller *p = r->p;
    enum pp_status status = r->source->ask(r, err);
    if (!was_killed(p, status))
        return status;
    poll_note_again(p, "killed", "%s: the question was killed (KILL QUERY) and asked again; %u so far",
                    r->source->what, ++p->killed);
    if (is_sample((enum poll_source_id)(r->source - sources), r->last))
        r->id = ++p->poll_id;
    r->rows = 0;
    r->killed = true;
    return r->source->ask(r, err);
}

/* PP_IO: the connection is gone. */
static enum pp_status ask_source(struct srv_poller *p, enum poll_source_id id, bool last)
{
    struct poll_state *st = &p->state[id];
    struct pp_err err = {.status = PP_OK};
    int64_t start = clock_mono_ns();
    struct poll_round r = {.p = p,
                           .state = st,
                           .source = &sources[id],
                           .id = ++p->poll_id,
                           .ts_ns = clock_real_ns(),
                           .first = st->last_ns == 0,
                           .last = last};
    enum pp_status status = ask(&r, &err);
    int64_t took = clock_mono_ns() - start;
    if (status == PP_AGAIN) { /* nothing was asked */
        schedule(p, id, start);
        return PP_OK;
    }
    if (status == PP_OK) {
        emit_poll(&r, took, outcome(&r));
        st->restarted = false;
        st->last_ns = r.ts_ns;
        st->cost_ns[st->costs++ % POLL_COSTS] = took;
        st->rows = r.rows;
        schedule(p, id, start);
        return PP_OK;
    }
    if (p->s->db == NULL)
        poll_note(p, "lost", "%s", err.text);
    else if (status != PP_NOENT) { /* odd, but no reason to stop asking the rest */
        poll_note(p, "missing", "%s: %s", sources[id].what, err.text);
        if (was_killed(p, status))
            schedule(p, id, start);
        else
            st->due_ns = start + 60 * NS_PER_S;
    }
    return p->s->db == NULL ? PP_IO : PP_OK;
}

/* False: not connected, and it is not time to try again, or that failed. */
static bool is_connected(struct srv_poller *p, bool last)
{
    struct pp_err err = {.status = PP_OK};
    int64_t now = clock_mono_ns();
    if (p->s->db != NULL)
        return true;
    if (!last && now < p->retry_ns)
        return false;
    if (srv_connect(p->s, &err) == PP_OK && poll_session_begin(p, &err) == PP_OK) {
        poll_note_again(p, "reconnect", "connected to the server again, as thread %llu",
                        (unsigned long long)p->s->thread_id);
        p->pause_ns = 0;
        for (size_t i = 0; i < POLL_SOURCES; i++)
            p->state[i].due_ns = 0;
        return true;
    }
    p->pause_ns = p->pause_ns == 0 ? PAUSE_FIRST_NS : p->pause_ns * 2;
    if (p->pause_ns > PAUSE_MAX_NS)
        p->pause_ns = PAUSE_MAX_NS;
    p->retry_ns = clock_mono_ns() + p->pause_ns;
    poll_note(p, "lost", "%s", err.text);
    return false;
}

/* A round that has cost ROUND_NS leaves the rest to the next one, each source once; but all counters are read
 * in the first and the last round. */
static bool put_off(struct srv_poller *p, enum poll_source_id id, int64_t round_start_ns, bool last)
{
    struct poll_state *st = &p->state[id];
    int64_t spent = clock_mono_ns() - round_start_ns;
    bool edge = last || st->last_ns == 0;
    bool long_enough = edge ? is_sample(id, last) && spent > ROUND_NS : spent + cost_ns(p, id) > ROUND_NS;
    st->put_off = long_enough && !st->put_off && (edge || cost_ns(p, id) > ROUND_NS / 20);
    return st->put_off;
}

static void ask_all(struct srv_poller *p, bool last)
{
    if (!is_connected(p, last))
        return;
    int64_t round_start_ns = clock_mono_ns();
    for (int i = 0; i < POLL_SOURCES; i++) {
        const struct poll_state *st = &p->state[i];
        bool due = last || clock_mono_ns() >= st->due_ns;
        if (st->dead || !due || (sources[i].needs_ps && p->ps_off) ||
            put_off(p, (enum poll_source_id)i, round_start_ns, last))
            continue;
        if (ask_source(p, (enum poll_source_id)i, last) != PP_OK)
            return;
    }
    poll_join_digests(p);
}

/* False: it is time to stop. */
static bool pause_until(struct srv_poller *p, int64_t mono_ns)
{
    struct timespec t = clock_timespec(mono_ns);
    pthread_mutex_lock(&p->lock);
    while (!p->stop && clock_mono_ns() < mono_ns)
        pthread_cond_timedwait(&p->wake, &p->lock, &t);
    bool go_on = !p->stop;
    pthread_mutex_unlock(&p->lock);
    return go_on;
}

static void *run(void *arg)
{
    struct srv_poller *p = arg;
    int64_t next = clock_mono_ns();
    mysql_thread_init();
    for (;;) {
        next += p->interval_ns;
        if (next < clock_mono_ns()) /* a slow round: the ones that were missed are not made up for */
            next = clock_mono_ns();
        if (!pause_until(p, next))
            break;
        ask_all(p, false);
    }
    ask_all(p, true);
    mysql_thread_end();
    return NULL;
}

static bool init_sync(struct srv_poller *p)
{
    pthread_condattr_t attr;
    if (pthread_mutex_init(&p->lock, NULL) != 0)
        return false;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    bool ok = pthread_cond_init(&p->wake, &attr) == 0;
    pthread_condattr_destroy(&attr);
    if (!ok)
        pthread_mutex_destroy(&p->lock);
    return ok;
}

static void free_maps(struct srv_poller *p)
{
    struct map **maps[] = {&p->noted, &p->status, &p->variables, &p->events, &p->sessions, &p->tls};
    poll_digests_free(&p->digests);
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        poll_map_free(maps[i]);
}

static bool init_maps(struct srv_poller *p)
{
    struct map **maps[] = {&p->noted,  &p->status,   &p->variables, &p->digests,
                           &p->events, &p->sessions, &p->tls};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        if ((*maps[i] = map_new(POLL_KEYS_MAX)) == NULL)
            return false;
    return true;
}

enum pp_status srv_poller_start(struct srv_poller **out, struct srv *s, int64_t interval_ns,
                                struct pp_err *err)
{
    struct srv_poller *p = NULL;
    *out = NULL;
    OBJ_CHECK(s, SRV_MAGIC);
    OBJ_ASSERT(interval_ns > 0);
    if (OBJ_NEW(p, POLLER_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    p->s = s;
    p->interval_ns = interval_ns;
    if (!init_maps(p) || !init_sync(p)) {
        free_maps(p);
        OBJ_FREE(p);
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    /* Now, so that what comes after this call is in the counters' differences. */
    if (s->db != NULL && poll_session_begin(p, err) == PP_OK)
        ask_all(p, false);
    if (pthread_create(&p->thread, NULL, run, p) != 0) {
        pthread_cond_destroy(&p->wake);
        pthread_mutex_destroy(&p->lock);
        free_maps(p);
        OBJ_FREE(p);
        return pp_err_set(err, PP_IO, "cannot start a thread: end other processes or raise ulimit -u");
    }
    *out = p;
    return PP_OK;
}

void srv_poller_stop(struct srv_poller **pp)
{
    struct srv_poller *p = *pp;
    if (p == NULL)
        return;
    OBJ_CHECK(p, POLLER_MAGIC);
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    for (size_t i = 0; i < p->wanted_count; i++)
        free(p->wanted[(p->wanted_first + i) % POLL_WANTED_MAX].text);
    free_maps(p);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    OBJ_FREE(*pp);
}
