/* summary: what the machines and the server say of each level, for the explanation: CPUs, row locks, log
 * flushes
 */
#include "explain_facts.h"

#define COVERED 0.8 /* of the level lies between two polls */

static struct exp_cpu cpu_of(const struct ana_host_use *u)
{
    return (struct exp_cpu){.known = u->known && u->limit > 0,
                            .used = u->cpu,
                            .limit = u->limit,
                            .top_thread = u->top_thread,
                            .delay = u->run_delay,
                            .throttled = u->throttled};
}

/* Of the server's counters, what comes to a request of the level. */
static double a_request(double sum, const struct ana_level *l)
{
    return l->server.known && sum >= 0 && l->requests > 0 ? sum / (double)l->requests : -1;
}

/* A statement takes no less time on the wire than at the server: what the server has more is others'. */
static double others_of(const struct ana_level *l)
{
    const struct ana_budget *b = &l->budget;
    double all_ms = l->server.statement_ms;
    double own_ms = b->requests > 0 ? (double)(b->ns[ANA_STATEMENT] + b->ns[ANA_COMMIT]) / 1e6 /
                                          (double)b->requests * (double)l->requests
                                    : 0;
    bool known = l->server.known && l->server.covered > COVERED && all_ms > 0 && b->identified;
    return known && all_ms > own_ms ? 1 - own_ms / all_ms : 0;
}

void exp_add_sides(struct exp_all *all, const struct ana_input *in)
{
    const struct ana_report *r = in->report;
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        struct exp_facts *f = &all->facts[i];
        if (!all->known[i])
            continue;
        f->app = cpu_of(&l->host[ANA_HOST_APP]);
        f->server = cpu_of(&l->host[ANA_HOST_SERVER]);
        f->machine = cpu_of(&l->host[ANA_HOST_MACHINE]);
        f->row_lock_ms = a_request(l->server.row_lock_ms, l);
        f->other_share = others_of(l);
        double redo = a_request(l->server.redo_flush_ms, l), binlog = a_request(l->server.binlog_flush_ms, l);
        f->flush_ms = redo < 0 && binlog < 0 ? -1 : (redo > 0 ? redo : 0) + (binlog > 0 ? binlog : 0);
    }
}
