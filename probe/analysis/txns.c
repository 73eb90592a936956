/* summary: transactions: how they ended, how long they took, how long their connection idled inside them */
#include "parts.h"

#include <string.h>

/* One that the server rolled back on its own (a deadlock) ends as "error". */
static void count_end(struct ana_txn_summary *t, const struct sto_txn *x)
{
    t->commits += strcmp(x->end, "commit") == 0;
    t->rollbacks += strcmp(x->end, "rollback") == 0;
    t->implicit += strcmp(x->end, "implicit") == 0;
    t->closed += strcmp(x->end, "closed") == 0;
    t->voided += strcmp(x->end, "void") == 0;
    t->errors += strcmp(x->end, "error") == 0 || x->errors > 0;
}

/* Nothing is said of the times of transactions that were voided or cut short by the end of their connection.
 */
static bool timed(const struct sto_txn *x)
{
    return strcmp(x->end, "void") != 0 && strcmp(x->end, "closed") != 0 && x->end_ns >= x->start_ns;
}

static enum pp_status on_txn(void *priv, const struct sto_txn *x)
{
    struct ana_input *in = priv;
    struct ana_facts *f = &in->facts;
    struct ana_txn_summary *t = &in->report->txns;
    if (!FACT_ROOM(f->txns, f->txn_count, f->txn_cap))
        return PP_NOMEM;
    uint32_t conn = ana_facts_conn(f, x->conn_id);
    f->txns[f->txn_count++] = (struct fact_txn){.start_ns = x->start_ns, .conn = conn};
    if (conn != FACT_NONE)
        in->report->connections[conn].txns++;
    t->count++;
    t->statements += x->statements;
    count_end(t, x);
    if (!timed(x))
        return PP_OK;
    int64_t ns = x->end_ns - x->start_ns, idle_ns = ns - x->busy_ns;
    hist_add(t->duration.hist, ns);
    hist_add(t->idle.hist, idle_ns > 0 ? idle_ns : 0);
    if (x->commit_ns > 0)
        hist_add(t->commit.hist, x->commit_ns);
    return PP_OK;
}

enum pp_status ana_read_txns(struct ana_input *in, struct sto_run *run, struct pp_err *err)
{
    struct ana_txn_summary *t = &in->report->txns;
    t->duration.hist = hist_new();
    t->commit.hist = hist_new();
    t->idle.hist = hist_new();
    if (!t->duration.hist || !t->commit.hist || !t->idle.hist)
        return PP_NOMEM;
    enum pp_status st = sto_each_txn(run, on_txn, in, err);
    in->txn_void = t->voided;
    return st;
}
