/* summary: what the statements of a level's budget are made of: the server at work, its row locks, results on
 * their way */
#include "parts.h"

#include <math.h>

/* Of the statements' line; what it is made of adds up to it. The server counts row-lock waits of all its
 * clients together, so that they are at most what the wire leaves them. */
static void split(struct ana_level *l)
{
    struct ana_statement_parts *p = &l->parts;
    int64_t line_ns = l->budget.ns[ANA_STATEMENT];
    double all_ns = p->until_first_ns + p->transfer_sum_ns;
    if (!l->budget.identified || !(all_ns > 0))
        return;
    p->known = true;
    /* One user waits for nobody; what the server counted then belongs to a neighbouring level. */
    p->lock_known = l->users != 1 && l->server.known && l->server.row_lock_ms >= 0;
    p->transfer_ns = llround((double)line_ns * (p->transfer_sum_ns / all_ns));
    p->execution_ns = line_ns - p->transfer_ns;
    if (!p->lock_known)
        return;
    p->lock_ns = llround(fmin(l->server.row_lock_ms * 1e6, (double)p->execution_ns));
    p->execution_ns -= p->lock_ns;
}

void ana_statement_parts_add(struct ana_level *l, const struct fact_statement *s)
{
    if (!s->complete || s->ends_txn || s->last_ns < s->sent_ns)
        return;
    double all_ns = (double)(s->last_ns - s->sent_ns),
           transfer_ns = fmin((double)s->transfer_us * 1e3, all_ns);
    l->parts.until_first_ns += all_ns - transfer_ns;
    l->parts.transfer_sum_ns += transfer_ns;
}

void ana_statement_parts_finish(struct ana_report *r)
{
    for (size_t i = 0; i < r->level_count; i++)
        split(&r->levels[i]);
}
