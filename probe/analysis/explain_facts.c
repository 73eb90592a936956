/* summary: gathers the facts of every level for the explanation: budgets, pools, connections, the least load
 */
#include "explain_facts.h"

#include <stdlib.h>
#include <string.h>

static void add_lines(struct exp_facts *f, const struct ana_budget *b)
{
    double n = (double)b->requests * 1e6;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        f->line[i] =
            (struct exp_line){(double)b->low_ns[i] / n, (double)b->ns[i] / n, (double)b->high_ns[i] / n};
    f->mean_ms = (double)(b->total_ns - b->ns[ANA_CLIENT_QUEUE]) / n;
}

static void add_pools(struct exp_facts *f, const struct ana_report *r, const struct ana_level *l)
{
    const struct ana_pool *main_pool = ana_level_main_pool(r, l);
    f->dial_ms = -1;
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        if (!ana_level_uses(l, p))
            continue;
        f->pools++;
        f->open_max += p->open_max;
    }
    if (!main_pool)
        return;
    f->dialling = main_pool->wire.dialling;
    f->contested = main_pool->wire.contested;
    f->overlapped = main_pool->wire.overlapped;
    if (main_pool->dial.hist && hist_count(main_pool->dial.hist) > 0)
        f->dial_ms = (double)hist_quantile(main_pool->dial.hist, 0.5) / 1e6;
}

static bool no_room(uint16_t number)
{
    return number == 1040 || number == 1203 || number == 1226;
}

/* Refused handshakes of the level, and the round trip of all handshakes. */
static void add_connections(struct exp_facts *f, const struct ana_report *r, const struct ana_level *l)
{
    struct ana_latency rtt = {0};
    for (size_t i = 0; i < r->connection_count; i++) {
        const struct ana_connection *c = &r->connections[i];
        f->refused += no_room(c->connect_errno) && c->open_ns >= l->start_ns && c->open_ns < l->end_ns;
    }
    f->refused_share = l->requests > 0 ? (double)f->refused / (double)l->requests : 0;
    f->rtt_ms = -1;
    const struct ana_pool *p = ana_level_main_pool(r, l);
    if (p)
        rtt = p->wire.tcp;
    if (rtt.hist && hist_count(rtt.hist) > 0)
        f->rtt_ms = (double)hist_quantile(rtt.hist, 0.5) / 1e6;
}

static void add_level(struct exp_facts *f, const struct ana_report *r, const struct ana_level *l)
{
    double s = (double)(l->end_ns - l->start_ns) / 1e9;
    f->users = l->users;
    f->app_id = l->app;
    add_lines(f, &l->budget);
    f->rate = s > 0 ? (double)l->requests / s : 0;
    f->in_flight = l->mean_in_flight;
    f->busy = l->mean_busy;
    f->open = l->mean_open;
    f->saturated = l->saturated;
    f->lost_ms = l->joined.requests
                     ? (double)l->joined.ns[ANA_ACQUIRE_LOST_WAKEUP] / (double)l->joined.requests / 1e6
                     : 0;
    f->statements = l->requests > 0 ? (double)l->statements / (double)l->requests : 0;
    f->row_lock_ms = f->flush_ms = -1;
    f->flush = ana_setting_value(r, "mysql", "innodb_flush_log_at_trx_commit");
    f->sync = ana_setting_value(r, "mysql", "sync_binlog");
    f->max_connections = ana_setting_value(r, "mysql", "max_connections");
    add_pools(f, r, l);
    add_connections(f, r, l);
}

/* The level of an application with the fewest users for which there is a budget. */
static const struct exp_facts *lowest(const struct exp_all *all, size_t n, uint32_t app)
{
    const struct exp_facts *low = NULL;
    for (size_t i = 0; i < n; i++)
        if (all->known[i] && all->facts[i].app_id == app && all->facts[i].users > 0 &&
            (!low || all->facts[i].users < low->users))
            low = &all->facts[i];
    return low;
}

static void add_lowest(struct exp_all *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct exp_facts *f = &all->facts[i];
        const struct exp_facts *low = all->known[i] ? lowest(all, n, f->app_id) : NULL;
        if (!low || f->users <= low->users)
            continue;
        f->low_users = low->users;
        f->low_mean_ms = low->mean_ms;
        f->low_server_ms = exp_server_ms(low);
        f->low_app_ms = low->line[ANA_APP].ms;
    }
}

enum pp_status exp_facts_new(struct exp_all *out, const struct ana_input *in)
{
    const struct ana_report *r = in->report;
    *out = (struct exp_all){.facts = calloc(r->level_count + 1, sizeof *out->facts),
                            .known = calloc(r->level_count + 1, sizeof *out->known),
                            .names = calloc(r->level_count + 1, sizeof *out->names),
                            .pools = calloc(r->level_count + 1, sizeof(char *)),
                            .count = r->level_count};
    if (!out->facts || !out->known || !out->names || !out->pools)
        return PP_NOMEM;
    for (size_t i = 0; i < r->level_count; i++) {
        out->known[i] = ana_level_known(&r->levels[i]);
        if (!out->known[i])
            continue;
        out->names[i] = ana_level_at_name(&r->levels[i]);
        out->facts[i].at = out->names[i].s;
        out->facts[i].pool_names = out->pools[i] = ana_pools_text(r, &r->levels[i]);
        if (!out->pools[i])
            return PP_NOMEM;
        add_level(&out->facts[i], r, &r->levels[i]);
    }
    add_lowest(out, r->level_count);
    exp_add_sides(out, in);
    return exp_add_queries(out, in);
}

void exp_facts_free(struct exp_all *all)
{
    for (size_t i = 0; all->pools && i < all->count; i++)
        free(all->pools[i]);
    free(all->pools);
    free(all->facts);
    free(all->known);
    free(all->names);
    *all = (struct exp_all){0};
}
