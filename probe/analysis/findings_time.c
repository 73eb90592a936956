/* summary: findings about the rest of the time: statements, commits, idle transactions, the application,
 * failures */
#include "findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DOMINATES 0.4       /* of the time in which a request holds a connection, or of its latency */
#define HOLD_MATTERS 0.2    /* of the latency: below, what fills the hold time hardly matters */
#define REQUEST_ERRORS 0.01 /* of the requests */

struct hold {
    double statement_ms, commit_ms, idle_ms, ms;
};

static struct hold hold_of(const struct ana_level *l)
{
    struct hold h = {.statement_ms = ana_line_ms(l, ANA_STATEMENT),
                     .commit_ms = ana_line_ms(l, ANA_COMMIT),
                     .idle_ms = ana_line_ms(l, ANA_TXN_IDLE)};
    h.ms = h.statement_ms + h.commit_ms + h.idle_ms;
    return h;
}

/* While requests wait for connections, what these are held for is what counts. */
static bool hold_matters(const struct ana_level *l, const struct hold *h)
{
    return h->ms >= HOLD_MATTERS * ana_level_ms(l) ||
           ana_wait_matters(l, ana_wait_of(l, ana_wait_lines, ANA_WAIT_LINES).low_ms);
}

static bool dominates(const struct ana_level *l, const struct hold *h, double ms, double other1,
                      double other2)
{
    return hold_matters(l, h) && h->ms > 0 && ms >= DOMINATES * h->ms && ms > other1 && ms > other2;
}

static double quantile_ms(const struct ana_latency *x, double q)
{
    return x->hist ? (double)hist_quantile(x->hist, q) / 1e6 : 0;
}

static struct ana_find about(const char *rule, const struct ana_level *l, double ms)
{
    return (struct ana_find){
        .rule = rule, .severity = ANA_NOTICE, .class = FIND_LIMIT, .weight = ms, .level_id = l->id};
}

static void commit_dominates(struct ana_finder *f, const struct ana_level *l, const struct hold *h)
{
    const struct ana_report *r = f->r;
    if (!dominates(l, h, h->commit_ms, h->statement_ms, h->idle_ms))
        return;
    const char *flush = ana_setting_value(r, "mysql", "innodb_flush_log_at_trx_commit");
    const char *sync = ana_setting_value(r, "mysql", "sync_binlog");
    struct ana_find what = about("commit_dominates", l, h->commit_ms);
    ana_find_add(
        f, &what,
        ana_find_text(
            f,
            "%s commits take %.1f ms of a request's %.1f ms: %.0f %% of the time in which it holds a "
            "connection.",
            ana_level_at_name(l).s, h->commit_ms, ana_level_ms(l), 100 * h->commit_ms / h->ms),
        ana_find_text(f,
                      "%" PRIu64
                      " transactions in the run; the statement that ended one took %.1f ms in half of "
                      "them, 95 %% took less than %.1f ms; innodb_flush_log_at_trx_commit %s, sync_binlog %s",
                      r->txns.count, quantile_ms(&r->txns.commit, 0.5), quantile_ms(&r->txns.commit, 0.95),
                      flush ? flush : "not known", sync ? sync : "not known"),
        ana_find_text(
            f,
            "Statements take %.1f ms, idle transactions %.1f ms. A commit waits for the disk: fewer "
            "transactions a request, or a faster disk, and not the pool, would shorten it.",
            h->statement_ms, h->idle_ms));
}

static void txn_idle_dominates(struct ana_finder *f, const struct ana_level *l, const struct hold *h)
{
    const struct ana_report *r = f->r;
    if (!dominates(l, h, h->idle_ms, h->statement_ms, h->commit_ms))
        return;
    struct ana_find what = about("txn_idle_dominates", l, h->idle_ms);
    ana_find_add(
        f, &what,
        ana_find_text(f,
                      "%s a request holds a connection %.1f ms with a transaction open and nothing to do for "
                      "it: %.0f %% of the %.1f ms in which it holds one.",
                      ana_level_at_name(l).s, h->idle_ms, 100 * h->idle_ms / h->ms, h->ms),
        ana_find_text(f,
                      "a transaction was idle for %.1f ms in half of the cases, less than %.1f ms in 95 %%",
                      quantile_ms(&r->txns.idle, 0.5), quantile_ms(&r->txns.idle, 0.95)),
        ana_find_text(f,
                      "Statements take %.1f ms and commits %.1f ms. Where the application can begin the "
                      "transaction later or end it sooner, the same pool serves more requests.",
                      h->statement_ms, h->commit_ms));
}

/* The statement with the largest share that does not end a transaction: that one's time is the commit's. */
static const struct ana_query *largest_query(const struct ana_report *r)
{
    for (size_t i = 0; i < r->query_count; i++)
        if (strncmp(r->queries[i].text, "COMMIT", 6) != 0 && strncmp(r->queries[i].text, "ROLLBACK", 8) != 0)
            return &r->queries[i];
    return NULL;
}

static void statements_dominate(struct ana_finder *f, const struct ana_level *l, const struct hold *h)
{
    const struct ana_report *r = f->r;
    if (!dominates(l, h, h->statement_ms, h->commit_ms, h->idle_ms))
        return;
    struct ana_find what = about("statements_dominate", l, h->statement_ms);
    const struct ana_query *q = largest_query(r);
    ana_find_add(
        f, &what,
        ana_find_text(
            f,
            "%s statements take %.1f ms of a request's %.1f ms: %.0f %% of the time in which it holds a "
            "connection.",
            ana_level_at_name(l).s, h->statement_ms, ana_level_ms(l), 100 * h->statement_ms / h->ms),
        q ? ana_find_text(
                f,
                "%.0f %% of all statement time is one statement, run %" PRIu64 " times with %.1f ms on "
                "average: %.120s",
                100 * q->share, q->count, q->latency.hist ? hist_mean(q->latency.hist) / 1e6 : 0, q->text)
          : NULL,
        ana_find_text(f, "Commits take %.1f ms, idle transactions %.1f ms.", h->commit_ms, h->idle_ms));
}

static void application_dominates(struct ana_finder *f, const struct ana_level *l)
{
    double app = ana_line_ms(l, ANA_APP);
    if (app < DOMINATES * ana_level_ms(l))
        return;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        if (i != ANA_APP && l->budget.ns[i] >= l->budget.ns[ANA_APP])
            return;
    struct ana_find what = about("application_dominates", l, app);
    struct ana_wait_sum w = ana_wait_of(l, ana_wait_lines, ANA_WAIT_LINES);
    ana_find_add(
        f, &what,
        ana_find_text(f,
                      "%s the application itself takes %.1f ms of a request's %.1f ms (%.0f %%): neither the "
                      "database nor the pool is what a request mostly waits for.",
                      ana_level_at_name(l).s, app, ana_level_ms(l), 100 * app / ana_level_ms(l)),
        ana_find_text(f, "statements and commits take %.1f ms, waiting for a connection %.1f ms",
                      ana_line_ms(l, ANA_STATEMENT) + ana_line_ms(l, ANA_COMMIT), w.ms),
        ana_find_text(
            f, "Its own work and its waiting for a CPU or another service look the same on the wire."));
}

static void request_errors(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    uint64_t errors = 0, requests = 0;
    const struct ana_endpoint *worst = NULL;
    for (size_t i = 0; i < r->endpoint_count; i++) {
        const struct ana_endpoint *e = &r->endpoints[i];
        errors += e->errors;
        requests += e->requests;
        if (!worst || e->errors > worst->errors)
            worst = e;
    }
    if (requests == 0 || (double)errors < REQUEST_ERRORS * (double)requests)
        return;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "request_errors", .severity = ANA_PROBLEM, .class = FIND_REST, .weight = 10},
        ana_find_text(f,
                      "%.1f %% of the requests failed (HTTP status 400 or higher): a request that fails is "
                      "often a quick one, so that latencies look better than they are.",
                      100.0 * (double)errors / (double)requests),
        ana_find_text(f, "%" PRIu64 " of %" PRIu64 " requests; most of them %s %.80s (%" PRIu64 ")", errors,
                      requests, worst->method, worst->route, worst->errors),
        NULL);
}

void ana_find_time(struct ana_finder *f)
{
    const struct ana_level *l = ana_top_level(f->r);
    if (l) {
        struct hold h = hold_of(l);
        commit_dominates(f, l, &h);
        txn_idle_dominates(f, l, &h);
        statements_dominate(f, l, &h);
        application_dominates(f, l);
    }
    request_errors(f);
}
