/* summary: several applications in one recording: which HTTP server uses which pools
 *
 * Addresses tell applications on different hosts apart. On one host a pool belongs to the HTTP server during
 * whose requests all of its connections are held: a checkout that begins with fewer of a server's requests in
 * flight than the pool has connections held is not that server's. Where that leaves several, answers tell: a
 * server answers soon after its own pool's last checkout ended, and at any time after the end of others'.
 * Pools are given to servers only where every pool of the host finds exactly one; else all of them stay
 * together, as pools that any server's requests may use. */
#include "events.h"
#include "parts.h"

#include "base/hist.h"

#include <stdlib.h>

#define SERVERS_MOST 16
#define POOLS_MOST 64
#define CHECKOUTS_FEWEST 20
#define ANSWERS_FEWEST 20
#define CONTRADICTED 0.05 /* of the checkouts: a connection is sometimes given back only after the answer */
#define CLEARLY 0.5       /* of the next best median */

struct bind {
    const struct ana_facts *f;
    uint32_t servers[SERVERS_MOST]; /* numbers, in order of appearance */
    int in_flight[SERVERS_MOST];
    size_t server_count;
    uint32_t pools[POOLS_MOST];
    int held[POOLS_MOST];
    int64_t ended_ns[POOLS_MOST]; /* of the last checkout */
    uint64_t checkouts[POOLS_MOST];
    size_t pool_count;
    uint64_t against[POOLS_MOST][SERVERS_MOST];
    struct hist *gaps[POOLS_MOST][SERVERS_MOST]; /* last checkout's end to answer */
};

static bool nat(const struct ana_facts *f)
{
    for (size_t p = 0; p < f->pool_count; p++)
        for (size_t i = 0; i < f->request_count && f->pools[p].application; i++)
            if (f->requests[i].host == f->pools[p].host)
                return false;
    return true;
}

uint32_t ana_app_count(const struct ana_facts *f)
{
    uint32_t n = 0;
    for (size_t i = 0; i < f->request_count; i++)
        n = f->requests[i].app >= n ? f->requests[i].app + 1 : n;
    for (size_t i = 0; i < f->pool_count; i++)
        n = f->pools[i].app >= n ? f->pools[i].app + 1 : n;
    return n;
}

/* An application a host, or one of all where address translation hides the hosts. */
static void by_host(struct ana_facts *f)
{
    bool any = nat(f);
    for (size_t i = 0; i < f->request_count; i++)
        f->requests[i].app = any ? 0 : f->requests[i].host;
    for (size_t i = 0; i < f->pool_count; i++)
        f->pools[i].app = any ? 0 : f->pools[i].host;
}

/* Servers and pools of one application as it is so far. False: too many, or nothing to tell apart. */
static bool collect(struct bind *b, const struct ana_facts *f, uint32_t app)
{
    uint32_t last = FACT_NONE;
    for (size_t i = 0; i < f->request_count; i++) {
        uint32_t server = f->requests[i].server;
        size_t k = 0;
        if (f->requests[i].app != app || server == last)
            continue;
        last = server;
        while (k < b->server_count && b->servers[k] != server)
            k++;
        if (k < b->server_count)
            continue;
        if (b->server_count == SERVERS_MOST)
            return false;
        b->servers[b->server_count++] = server;
    }
    for (uint32_t i = 0; i < f->pool_count; i++) {
        if (!f->pools[i].application || f->pools[i].app != app)
            continue;
        if (b->pool_count == POOLS_MOST)
            return false;
        b->pools[b->pool_count++] = i;
    }
    for (size_t i = 0; i < f->conn_count; i++)
        if (f->conns[i].opaque)
            return false; /* whose they are is not known */
    return b->server_count > 1 && b->pool_count > 1;
}

static size_t server_at(const struct bind *b, uint32_t request)
{
    size_t k = 0;
    while (k < b->server_count && b->servers[k] != b->f->requests[request].server)
        k++;
    return k;
}

static size_t pool_at(const struct bind *b, uint32_t checkout)
{
    uint32_t conn = b->f->checkouts[checkout].conn,
             pool = conn == FACT_NONE ? FACT_NONE : b->f->conns[conn].pool;
    size_t k = 0;
    while (k < b->pool_count && b->pools[k] != pool)
        k++;
    return k;
}

static void begin_checkout(struct bind *b, size_t p)
{
    bool any = false;
    b->held[p]++;
    for (size_t s = 0; s < b->server_count; s++)
        any = any || b->in_flight[s] > 0;
    if (!any)
        return; /* a job of its own, or outside of what was recorded: says nothing */
    b->checkouts[p]++;
    for (size_t s = 0; s < b->server_count; s++)
        b->against[p][s] += b->in_flight[s] < b->held[p];
}

static void take(struct bind *b, const struct ana_event *e)
{
    size_t k;
    switch ((enum ana_event_kind)e->kind) {
    case EV_ARRIVAL:
    case EV_REQUEST_END:
        if ((k = server_at(b, e->index)) < b->server_count)
            b->in_flight[k] += e->kind == EV_ARRIVAL ? 1 : -1;
        break;
    case EV_ANSWER:
        k = server_at(b, e->index);
        for (size_t p = 0; p < b->pool_count && k < b->server_count; p++)
            if (b->ended_ns[p] > 0)
                hist_add(b->gaps[p][k], e->t_ns - b->ended_ns[p]);
        break;
    case EV_CHECKOUT_START:
        if ((k = pool_at(b, e->index)) < b->pool_count)
            begin_checkout(b, k);
        break;
    case EV_CHECKOUT_END:
        if ((k = pool_at(b, e->index)) < b->pool_count) {
            b->held[k]--;
            b->ended_ns[k] = e->t_ns;
        }
        break;
    default:
        break;
    }
}

static bool possible(const struct bind *b, size_t p, size_t s)
{
    return (double)b->against[p][s] <= CONTRADICTED * (double)b->checkouts[p];
}

static int64_t median(const struct bind *b, size_t p, size_t s)
{
    bool enough = hist_count(b->gaps[p][s]) >= ANSWERS_FEWEST;
    return enough ? hist_quantile(b->gaps[p][s], 0.5) : INT64_MAX;
}

/* The one server that a pool can be of; SERVERS_MOST: none, or it cannot be told. */
static size_t server_of(const struct bind *b, size_t p)
{
    size_t best = SERVERS_MOST, found = 0;
    int64_t next_ns = INT64_MAX;
    if (b->checkouts[p] < CHECKOUTS_FEWEST)
        return SERVERS_MOST;
    for (size_t s = 0; s < b->server_count; s++) {
        if (!possible(b, p, s))
            continue;
        found++;
        if (best == SERVERS_MOST || median(b, p, s) < median(b, p, best)) {
            next_ns = best == SERVERS_MOST ? next_ns : median(b, p, best);
            best = s;
        } else if (median(b, p, s) < next_ns) {
            next_ns = median(b, p, s);
        }
    }
    if (found < 2)
        return best;
    bool clear = next_ns < INT64_MAX && (double)median(b, p, best) <= CLEARLY * (double)next_ns;
    return clear ? best : SERVERS_MOST;
}

static enum pp_status walk(struct bind *b, const struct ana_facts *f)
{
    struct ana_facts shown = *f;
    struct ana_event *events = NULL;
    size_t count = 0;
    bool ok = true;
    shown.statement_count = shown.level_count = 0;
    for (size_t p = 0; p < b->pool_count; p++)
        for (size_t s = 0; s < b->server_count; s++)
            ok = (b->gaps[p][s] = hist_new()) && ok;
    if (!ok || ana_events_new(&events, &count, &shown) != PP_OK)
        return PP_NOMEM;
    for (size_t i = 0; i < count; i++)
        take(b, &events[i]);
    free(events);
    return PP_OK;
}

/* Numbers of servers and of hosts are numbers of names: no server's is a host's. */
static void assign(struct bind *b, struct ana_facts *f, uint32_t app)
{
    size_t of[POOLS_MOST];
    for (size_t p = 0; p < b->pool_count; p++)
        if ((of[p] = server_of(b, p)) == SERVERS_MOST)
            return;
    for (size_t p = 0; p < b->pool_count; p++)
        f->pools[b->pools[p]].app = b->servers[of[p]];
    for (size_t i = 0; i < f->request_count; i++)
        if (f->requests[i].app == app)
            f->requests[i].app = f->requests[i].server;
}

static enum pp_status split(struct ana_facts *f, uint32_t app)
{
    struct bind *b = calloc(1, sizeof *b);
    enum pp_status st = b ? PP_OK : PP_NOMEM;
    if (b) {
        b->f = f;
        if (collect(b, f, app)) {
            st = walk(b, f);
            if (st == PP_OK)
                assign(b, f, app);
        }
        for (size_t p = 0; p < POOLS_MOST; p++)
            for (size_t s = 0; s < SERVERS_MOST; s++)
                hist_free(&b->gaps[p][s]);
    }
    free(b);
    return st;
}

enum pp_status ana_apps_find(struct ana_facts *f)
{
    uint32_t apps[POOLS_MOST];
    size_t n = 0;
    enum pp_status st = PP_OK;
    by_host(f);
    for (size_t i = 0; i < f->pool_count && n < POOLS_MOST; i++) {
        size_t k = 0;
        while (k < n && apps[k] != f->pools[i].app)
            k++;
        if (f->pools[i].application && k == n)
            apps[n++] = f->pools[i].app;
    }
    for (size_t i = 0; i < n && st == PP_OK; i++)
        st = split(f, apps[i]);
    return st;
}
