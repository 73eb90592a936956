/* summary: findings about what a request's time mostly is: statements, commit, an idle transaction, the application */
#include "findings.h"

#include <string.h>

#define DOMINANT_SHARE 0.5

struct dominant {
    enum ana_line line;
    const char *rule;
    const char *what;
    const char *against;
};

static const struct dominant dominants[] = {
    {ANA_STATEMENT, "statement_dominated", "in statements",
     "server execution, lock waits and the transfer of results are one line here; the server's own digests tell them "
     "apart"},
    {ANA_COMMIT, "commit_dominated", "in the statement that ends the transaction",
     "a slow disk, group commit and replication look alike from the wire"},
    {ANA_TXN_IDLE, "txn_idle_dominated", "with a transaction open and no command in flight",
     "the application may be working for the request meanwhile: only its holding of the connection is certain"},
    {ANA_APP, "app_dominated", "in the application itself",
     "a wait for anything other than the database, and a lost wake-up of the pool, count as the application's time"},
};

/* Of the level under the highest load. */
static const struct ana_level *heaviest(const struct ana_report *r)
{
    const struct ana_level *best = NULL;
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        if (l->budget.identified && l->budget.total_ns > 0 && (!best || l->mean_in_flight > best->mean_in_flight))
            best = l;
    }
    return best;
}

void ana_rule_dominant_line(struct ana_findings *f)
{
    const struct ana_level *l = heaviest(f->r);
    char where[48], part[32], all[32];
    for (size_t i = 0; l && i < sizeof dominants / sizeof dominants[0]; i++) {
        const struct dominant *d = &dominants[i];
        const struct ana_budget *b = &l->budget;
        double share = (double)b->ns[d->line] / (double)b->total_ns;
        if (share < DOMINANT_SHARE)
            continue;
        ana_level_name(where, l);
        where[0] = where[0] == 'a' ? 'A' : 'I';
        ana_ms(part, ana_line_mean(b, d->line));
        ana_ms(all, (double)b->total_ns / (double)b->requests);
        ana_find(f, &(struct ana_finding){
                        .rule = d->rule,
                        .severity = ANA_NOTICE,
                        .level_id = l->id,
                        .text = ana_textf("%s a request spends %s of %s (%.0f %%) %s.", where, part, all, 100 * share,
                                          d->what),
                        .evidence = ana_textf("over %llu requests; %.1f in flight and %.1f connections busy on average",
                                              (unsigned long long)b->requests, l->mean_in_flight, l->mean_busy),
                        .against = ana_text(d->against)});
    }
}

void ana_rule_no_budget(struct ana_findings *f)
{
    if (!f->in->why_not)
        return;
    ana_find(f, &(struct ana_finding){.rule = "no_budget",
                                      .severity = ANA_NOTICE,
                                      .text = ana_textf("No latency budget can be made: %s.", f->in->why_not)});
}
