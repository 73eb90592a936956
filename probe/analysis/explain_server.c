/* summary: rules: what fills the time in which a request holds a connection: locks, commits, idle
 * transactions, queries, the network
 */
#include "explain.h"
#include "parts.h"

#include <math.h>
#include <stdio.h>

#define DOMINATES 0.4     /* of the hold time */
#define ROOT 0.6          /* of the hold time: then the queue for connections is its symptom */
#define COMMIT_SHARE 0.15 /* of the latency */
#define FLUSH_SHARE 0.1   /* of the commits: flushing is not it */
#define MANY 5.0          /* executions of one query a request */
#define QUICK_MS 10.0     /* a query that is not slow by itself */
#define SLOW_TIMES 5.0    /* longer than the other statements */
#define GREW 2.0          /* times: then it is the load, not the query, that makes it slow */
#define NETWORK_SHARE 0.3
#define NETWORK_RTT_MS 0.2

/* What it takes of a request, with what queues up in front of it. */
static double weight(const struct exp_facts *f, double ms)
{
    double hold = exp_hold_ms(f), part = hold > 0 ? ms / hold : 0;
    return ms + exp_queue_ms(f) * (part >= ROOT ? 1 : part);
}

bool exp_rule_row_locks(const struct exp_facts *f, struct exp_limit *out)
{
    double ms = f->row_lock_ms;
    /* One user waits for nobody; what the server counted then belongs to a neighbouring level. */
    if (f->users == 1 || !(ms > 0) || !exp_matters(f, ms) || ms < DOMINATES * exp_hold_ms(f) ||
        !exp_hold_matters(f))
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->weight_ms = weight(f, ms);
    l->text = ana_textf(
        "%s requests wait for each other's row locks: the server counts %s of row-lock waits a request, "
        "of %s of statements and commits.",
        f->at, exp_ms(ms).s, exp_ms(exp_server_ms(f)).s);
    l->evidence =
        ana_textf("Innodb_row_lock_time over the level; a request's latency is %s", exp_ms(f->mean_ms).s);
    l->against =
        ana_textf("The server counts all of its clients together, so that another client's waits are among "
                  "them. A request waits %s for a connection.",
                  exp_ms(exp_exhausted_ms(f)).s);
    l->would_move = ana_textf(
        "Shorter transactions, the contended row last in them, or less work on one row. A larger pool "
        "only lets more requests wait for the lock.");
    return true;
}

bool exp_rule_commit_flush(const struct exp_facts *f, struct exp_limit *out)
{
    double ms = f->line[ANA_COMMIT].ms;
    if (ms < DOMINATES * exp_hold_ms(f) || !exp_matters(f, ms) || weight(f, ms) < COMMIT_SHARE * f->mean_ms ||
        !exp_hold_matters(f))
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->weight_ms = weight(f, ms);
    l->text = ana_textf("%s commits fill the time in which a request holds a connection: %s of %s.", f->at,
                        exp_ms(ms).s, exp_ms(exp_hold_ms(f)).s);
    l->evidence = ana_textf("innodb_flush_log_at_trx_commit is %s, sync_binlog is %s; statements take %s",
                            f->flush ? f->flush : "not known", f->sync ? f->sync : "not known",
                            exp_ms(f->line[ANA_STATEMENT].ms).s);
    l->against =
        f->flush_ms < 0
            ? ana_textf(
                  "A commit may also wait for a CPU, or for another's commit; the server's waits for its "
                  "log files would tell (record with --server).")
            : ana_textf("Flushing its log files took the server %s a request, one flush often for several "
                        "commits; a commit may also wait for a CPU, or for another's.",
                        exp_ms(f->flush_ms).s);
    l->would_move =
        f->flush_ms >= 0 && f->flush_ms < FLUSH_SHARE * ms
            ? ana_textf("Fewer transactions a request. A faster disk is not what is wanted: look at "
                        "what else a commit waits for (binlog_group_commit_sync_delay, a replica).")
            : ana_textf("Fewer transactions a request, or a disk that flushes faster.");
    return true;
}

bool exp_rule_idle_in_transaction(const struct exp_facts *f, struct exp_limit *out)
{
    double ms = f->line[ANA_TXN_IDLE].ms;
    if (ms < DOMINATES * exp_hold_ms(f) || !exp_matters(f, ms) || !exp_hold_matters(f))
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->weight_ms = weight(f, ms);
    l->text = ana_textf(
        "%s requests hold connections with a transaction open and nothing to do for it: %s of the %s in "
        "which one is held.",
        f->at, exp_ms(ms).s, exp_ms(exp_hold_ms(f)).s);
    l->evidence =
        ana_textf("no command was in flight in that time; waiting for a connection takes %s, statements %s",
                  exp_ms(exp_exhausted_ms(f)).s, exp_ms(exp_server_ms(f)).s);
    l->against = exp_is_full(&f->app)
                     ? ana_textf("The application's CPU is used up, which makes its pauses longer.")
                     : ana_textf("What the application does meanwhile does not show on the wire.");
    l->would_move = ana_textf(
        "Beginning the transaction later, ending it sooner, and no other work (calls, files, rendering) "
        "inside it.");
    return true;
}

/* Statements are what a request mostly holds its connection for, and neither locks nor a full CPU explain it.
 */
static bool query_counts(const struct exp_facts *f)
{
    double locks = f->row_lock_ms > 0 ? f->row_lock_ms : 0;
    return f->query && f->line[ANA_STATEMENT].ms >= DOMINATES * exp_hold_ms(f) && exp_hold_matters(f) &&
           locks < 0.5 * f->line[ANA_STATEMENT].ms && exp_matters(f, f->query_ms);
}

bool exp_rule_n_plus_one(const struct exp_facts *f, struct exp_limit *out)
{
    if (!query_counts(f) || !f->query_reads || f->query_count < MANY || f->query_low_mean_ms > QUICK_MS ||
        f->query_ms < DOMINATES * f->line[ANA_STATEMENT].ms)
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    /* What the load adds to each is not the number's fault. */
    l->weight_ms = weight(f, f->query_count * fmin(f->query_mean_ms, f->query_low_mean_ms));
    l->text = ana_textf("%s a request runs one query %.1f times: together %s of its %s (N+1 queries).", f->at,
                        f->query_count, exp_ms(f->query_ms).s, exp_ms(f->mean_ms).s);
    l->evidence = ana_textf("one takes %s on average; %.1f statements a request in all: %.120s",
                            exp_ms(f->query_mean_ms).s, f->statements, f->query);
    l->against =
        ana_textf("Counted over all requests of the level: some run it more often, others not at all.");
    l->would_move = ana_textf(
        "One query for all of them (a join, IN (…)): most of the %s would go, and as many round trips.",
        exp_ms(f->query_ms).s);
    return true;
}

bool exp_rule_slow_query(const struct exp_facts *f, struct exp_limit *out)
{
    if (!query_counts(f) || f->query_ms < 0.5 * f->line[ANA_STATEMENT].ms)
        return false;
    double others = f->statements - f->query_count;
    double other_mean = others > 0.01 ? (f->line[ANA_STATEMENT].ms - f->query_ms) / others : 0;
    bool slow = f->query_low_mean_ms >= QUICK_MS ||
                (f->query_low_mean_ms >= QUICK_MS / 5 && f->query_low_mean_ms >= SLOW_TIMES * other_mean &&
                 other_mean > 0);
    if (!slow || (f->query_low_mean_ms > 0 && f->query_mean_ms > GREW * f->query_low_mean_ms))
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->weight_ms = weight(f, f->query_ms);
    l->text = ana_textf("%s one query takes %s of a request's %s: %s each time.", f->at,
                        exp_ms(f->query_ms).s, exp_ms(f->mean_ms).s, exp_ms(f->query_mean_ms).s);
    l->evidence = ana_textf("%.0f %% of the statements' time, %.2f executions a request: %.140s",
                            100 * f->query_ms / f->line[ANA_STATEMENT].ms, f->query_count, f->query);
    l->against = f->row_lock_ms < 0
                     ? ana_textf("Whether it waits for locks is not known: record with --server.")
                     : ana_textf("Row-lock waits are %s a request.", exp_ms(f->row_lock_ms).s);
    l->would_move = ana_textf(
        "Making that query faster (EXPLAIN: an index?), or running it less often. More connections would "
        "only run more of it at once.");
    return true;
}

bool exp_rule_network(const struct exp_facts *f, struct exp_limit *out)
{
    double trips = f->rtt_ms > 0 ? f->rtt_ms * f->statements : 0, http = f->line[ANA_HTTP_NETWORK].ms;
    bool far = f->rtt_ms >= NETWORK_RTT_MS && trips >= NETWORK_SHARE * exp_server_ms(f) &&
               exp_hold_matters(f) && exp_matters(f, trips);
    bool slow = http >= DOMINATES * f->mean_ms && exp_matters(f, http);
    if (!far && !slow)
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->weight_ms = slow ? http : weight(f, trips < exp_server_ms(f) ? trips : exp_server_ms(f));
    l->text =
        slow ? ana_textf("%s the bytes of requests and answers take %s of a request's %s.", f->at,
                         exp_ms(http).s, exp_ms(f->mean_ms).s)
             : ana_textf("%s round trips to the server take about %s of the %s of statements and commits.",
                         f->at, exp_ms(trips).s, exp_ms(exp_server_ms(f)).s);
    l->evidence = slow ? ana_textf("between the first and the last byte of a request or its answer")
                       : ana_textf("%.1f statements a request, %s for a round trip (TCP handshake)",
                                   f->statements, exp_ms(f->rtt_ms).s);
    l->against =
        slow ? ana_textf(
                   "A client that reads slowly, or an application that writes its answer piece by piece, "
                   "looks the same.")
             : ana_textf("Measured when the connections were opened, not under load.");
    l->would_move = slow ? ana_textf("Smaller answers, or a faster way to the client.")
                         : ana_textf("Fewer statements a request, or a server nearer by.");
    return true;
}
