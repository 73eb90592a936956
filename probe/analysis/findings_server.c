/* summary: findings that need the server's word beside the wire's: row locks, slow commits, max_connections,
 * idle transactions, missing indexes */
#include "findings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_MS 100.0      /* waits for row locks in all: below, nobody would notice */
#define LOCK_SHARE 0.05    /* of the time in statements */
#define FLUSH_SHARE 0.3    /* of the time in commits that flushes of the redo log take */
#define FLUSH_A_COMMIT 0.2 /* flushes for each transaction that wrote; group commit shares them */
#define COMMIT_MS 0.5      /* mean commit: below, a flush costs nothing worth a finding */
#define IDLE_NS INT64_C(1000000000)
#define INDEX_ROWS 1000.0 /* rows read by one statement */
#define INDEX_RATIO 100.0 /* rows read for each row sent or changed */
#define INDEX_SHARE 0.05  /* of the time in statements */

static double mean_ms(const struct ana_latency *x)
{
    return x->hist && hist_count(x->hist) > 0 ? hist_mean(x->hist) / 1e6 : 0;
}

static double max_ms(const struct ana_latency *x)
{
    return x->hist && hist_count(x->hist) > 0 ? (double)hist_max(x->hist) / 1e6 : 0;
}

static double sum_ms(const struct ana_latency *x)
{
    return x->hist ? (double)hist_sum(x->hist) / 1e6 : 0;
}

static const struct ana_query *query_of(const struct ana_report *r, const char *server_text)
{
    for (size_t i = 0; i < r->query_count && server_text; i++)
        if (r->queries[i].server && strcmp(r->queries[i].server->text, server_text) == 0)
            return &r->queries[i];
    return NULL;
}

/* The digest with most LOCK_TIME: on MySQL that includes waits for row locks, on MariaDB not
 * (docs/server.md). */
static const struct ana_query *most_locked(const struct ana_report *r)
{
    const struct ana_query *q = NULL;
    for (size_t i = 0; i < r->query_count; i++)
        if (r->queries[i].server_lock_ns > (q ? q->server_lock_ns : 0))
            q = &r->queries[i];
    return q;
}

static char *lock_evidence(struct ana_finder *f, const struct ana_lock_wait *w, const struct ana_query *q)
{
    const struct ana_server_sum *t = &f->r->server.total;
    char seen[320] = "no sample caught who waited for whom", wire[320] = "";
    if (w)
        snprintf(seen, sizeof seen,
                 "in %" PRIu32 " sample%s session %" PRIu32 " waited for session %" PRIu32
                 " on %.80s (index %.40s)%s, up to %.0f ms",
                 w->samples, ana_plural(w->samples), w->waiting_thread, w->blocking_thread, w->object,
                 w->index_name, w->idle_samples ? ", which ran nothing" : "", (double)w->wait_max_ns / 1e6);
    if (q)
        snprintf(wire, sizeof wire, "; on the wire its slowest run took %.0f ms: %.160s", max_ms(&q->latency),
                 q->text);
    return ana_find_text(f, "InnoDB counted %.0f wait%s, %.0f ms together; %s%s", t->row_lock_waits,
                         ana_plural((uint64_t)t->row_lock_waits), t->row_lock_ms, seen, wire);
}

static void row_lock_waits(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    const struct ana_server_sum *t = &r->server.total;
    const struct ana_lock_wait *w = NULL;
    if (!t->known || t->row_lock_ms < LOCK_MS || t->row_lock_ms < LOCK_SHARE * t->statement_ms)
        return;
    for (size_t i = 0; i < r->server.lock_wait_count && !w; i++)
        if (strcmp(r->server.lock_waits[i].kind, "row") == 0)
            w = &r->server.lock_waits[i];
    const struct ana_query *q = w ? query_of(r, w->waiting_text) : NULL;
    if (!q)
        q = most_locked(r);
    double waits = t->row_lock_waits > 0 ? t->row_lock_waits : 1;
    ana_find_add(
        f,
        &(struct ana_find){.rule = "row_lock_waits",
                           .severity = ANA_PROBLEM,
                           .class = FIND_LIMIT,
                           .weight = t->row_lock_ms / waits},
        ana_find_text(
            f,
            "Statements waited %.0f ms for row locks, %.0f ms each time: %.0f %% of the time that the "
            "server spent in statements.",
            t->row_lock_ms, t->row_lock_ms / waits,
            t->statement_ms > 0 ? 100 * t->row_lock_ms / t->statement_ms : 100),
        lock_evidence(f, w, q),
        ana_find_text(
            f, "A larger pool lets more requests wait for the same rows. Shorter transactions, or rows that "
               "are locked in one order and as late as possible, would shorten it."));
}

static double writing_txns(const struct ana_server_sum *t)
{
    return t->txns_read_write > 0 ? t->txns_read_write : t->commits;
}

/* Where the server has no instrument for its redo log (MariaDB): the time is the wire's alone, and the server
 * only counts. */
static void slow_commit_counted(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    const struct ana_server_sum *t = &r->server.total;
    double commit = mean_ms(&r->txns.commit), txns = writing_txns(t);
    const char *flush = ana_setting_value(r, "mysql", "innodb_flush_log_at_trx_commit");
    if (commit < COMMIT_MS || txns <= 0 || t->fsyncs < FLUSH_A_COMMIT * txns || !flush ||
        strcmp(flush, "1") != 0)
        return;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "slow_commit", .severity = ANA_NOTICE, .class = FIND_LIMIT, .weight = commit},
        ana_find_text(
            f,
            "A commit takes %.2f ms on the wire, and InnoDB calls fsync for it: %.2f times for each "
            "transaction that writes.",
            commit, t->fsyncs / txns),
        ana_find_text(f,
                      "%" PRIu64
                      " commits on the wire took %.0f ms; InnoDB called fsync %.0f times; how long that took "
                      "this server does not tell, and some of it may have been for data files; "
                      "innodb_flush_log_at_trx_commit 1",
                      r->txns.commit.hist ? hist_count(r->txns.commit.hist) : 0, sum_ms(&r->txns.commit),
                      t->fsyncs),
        ana_find_text(
            f, "With innodb_flush_log_at_trx_commit 2 or 0 a commit does not wait for the disk, and a crash "
               "may lose the last second. Fewer, larger transactions shorten it without that risk."));
}

static void slow_commit(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    const struct ana_server_sum *t = &r->server.total;
    double commit = mean_ms(&r->txns.commit), all = sum_ms(&r->txns.commit), txns = writing_txns(t);
    double flush_ms = t->redo_flush_ms + t->binlog_flush_ms, flushes = t->redo_flushes + t->binlog_flushes;
    if (t->known && t->redo_flush_ms < 0) {
        slow_commit_counted(f);
        return;
    }
    if (!t->known || commit < COMMIT_MS || txns <= 0 || flushes < FLUSH_A_COMMIT * txns ||
        flush_ms < FLUSH_SHARE * all)
        return;
    const char *flush = ana_setting_value(r, "mysql", "innodb_flush_log_at_trx_commit");
    const char *sync = ana_setting_value(r, "mysql", "sync_binlog");
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "slow_commit", .severity = ANA_NOTICE, .class = FIND_LIMIT, .weight = commit},
        ana_find_text(
            f,
            "A commit takes %.2f ms on the wire, and the server flushes its logs for it: %.2f ms a flush, "
            "%.2f flushes for each transaction that writes.",
            commit, flush_ms / flushes, flushes / txns),
        ana_find_text(
            f,
            "%" PRIu64 " commits on the wire took %.0f ms; the server's %.0f flushes of the redo log took "
            "%.0f ms, %.0f of the binary log %.0f ms; innodb_flush_log_at_trx_commit %s, sync_binlog %s",
            r->txns.commit.hist ? hist_count(r->txns.commit.hist) : 0, all, t->redo_flushes, t->redo_flush_ms,
            t->binlog_flushes, t->binlog_flush_ms, flush ? flush : "not known", sync ? sync : "not known"),
        ana_find_text(
            f, "With innodb_flush_log_at_trx_commit 2 or 0 a commit does not wait for the disk, and a crash "
               "may lose the last second. Fewer, larger transactions shorten it without that risk."));
}

static uint64_t refused_on_wire(const struct ana_report *r)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->connection_count; i++)
        n += r->connections[i].connect_errno == 1040;
    return n;
}

static void max_connections_reached(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    const struct ana_server_sum *t = &r->server.total;
    uint64_t wire = refused_on_wire(r);
    /* MariaDB 10.11 counts all of them among Aborted_connects, and only some, or none, apart. */
    bool counted = t->refused >= 0.5, seen = wire > 0 && t->aborted_connects >= (double)wire;
    double refused = fmax(t->refused, seen ? (double)wire : 0);
    if (!t->known || (!counted && !seen))
        return;
    const char *max = ana_setting_value(r, "mysql", "max_connections");
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "max_connections_reached", .severity = ANA_PROBLEM, .class = FIND_LIMIT, .weight = 1000},
        ana_find_text(
            f,
            "The server refused %.0f connection%s because all %s that it may have (max_connections) were in "
            "use.",
            refused, ana_plural((uint64_t)(refused + 0.5)), max ? max : "connections"),
        ana_find_text(
            f,
            "the server counted %.0f (Connection_errors_max_connections) and %.0f failed attempts in all "
            "(Aborted_connects), the wire shows %" PRIu64 " with error 1040; up to %.0f sessions at once",
            t->refused, t->aborted_connects, wire, t->threads_connected_max),
        wire + 1 < (uint64_t)(refused + 0.5)
            ? ana_find_text(f, "Those that the wire does not show came another way: a local socket, another "
                               "interface or port.")
            : ana_find_text(
                  f, "The pools of all applications together may be larger than the server allows: a smaller "
                     "pool may serve as well, as long as it is not saturated."));
}

static void idle_transaction(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    const struct ana_server *v = &r->server;
    double idle = max_ms(&r->txns.idle);
    bool wire = idle * 1e6 >= (double)IDLE_NS;
    if (!v->known || v->idle_trx_age_ns < IDLE_NS)
        return;
    uint32_t blocked = 0;
    for (size_t i = 0; i < v->lock_wait_count; i++)
        blocked += v->lock_waits[i].idle_samples > 0;
    char waited[96] = "";
    if (blocked > 0)
        snprintf(waited, sizeof waited, "; %" PRIu32 " other session%s waited for its locks", blocked,
                 ana_plural(blocked));
    ana_find_add(
        f,
        &(struct ana_find){.rule = "idle_transaction",
                           .severity = blocked ? ANA_PROBLEM : ANA_NOTICE,
                           .class = FIND_LIMIT,
                           .weight = wire ? idle : (double)v->idle_trx_age_ns / 1e6},
        wire ? ana_find_text(
                   f,
                   "A transaction was open without a statement for %.0f ms: it holds its connection, its "
                   "locks and its snapshot meanwhile.",
                   idle)
             : ana_find_text(
                   f,
                   "A transaction was open for %.0f s at least and ran no statement when the server was "
                   "asked.",
                   (double)v->idle_trx_age_ns / 1e9),
        ana_find_text(
            f,
            "the server showed it in %" PRIu32 " sample%s (session %" PRIu32
            ", open for %.0f s in the last); on the wire transactions were idle for %.1f ms on average, "
            "at most %.0f ms%s",
            v->idle_trx_samples, ana_plural(v->idle_trx_samples), v->idle_trx_thread,
            (double)v->idle_trx_age_ns / 1e9, mean_ms(&r->txns.idle), idle, waited),
        ana_find_text(
            f, "Ages of the server are in whole seconds. An application that waits for something else inside "
               "of a transaction, or never ends one, looks like this."));
}

static bool wants_index(const struct ana_server_digest *d, double all_ns)
{
    double runs = (double)d->count, rows = (double)d->rows_examined;
    double useful = (double)(d->rows_sent + d->rows_affected);
    return d->count > 0 && (d->no_index > 0 || strncmp(d->text, "SELECT", 6) != 0) &&
           rows >= INDEX_ROWS * runs && rows >= INDEX_RATIO * (useful > 0 ? useful : 1) &&
           (double)d->timer_ns >= INDEX_SHARE * all_ns && !strstr(d->text, "performance_schema") &&
           !strstr(d->text, "information_schema");
}

static void missing_index(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    double all_ns = 1e6 * r->server.total.statement_ms;
    for (size_t i = 0; i < r->server.digest_count; i++) {
        const struct ana_server_digest *d = &r->server.digests[i];
        if (!wants_index(d, all_ns))
            continue;
        const struct ana_query *q = query_of(r, d->text);
        double runs = (double)d->count, useful = (double)(d->rows_sent + d->rows_affected);
        char wire[96] = "it was not seen on the wire";
        if (q)
            snprintf(wire, sizeof wire, "on the wire %.2f ms a run (%" PRIu64 " runs)", mean_ms(&q->latency),
                     q->count);
        ana_find_add(
            f,
            &(struct ana_find){.rule = "missing_index",
                               .severity = ANA_PROBLEM,
                               .class = FIND_LIMIT,
                               .weight = (double)d->timer_ns / 1e6 / runs},
            ana_find_text(
                f, "A statement reads %.0f rows each time it runs, %.0f for each row that it %s: %.200s",
                (double)d->rows_examined / runs, (double)d->rows_examined / (useful > 0 ? useful : 1),
                d->rows_sent ? "sends" : "changes", d->text),
            ana_find_text(f,
                          "the server ran it %" PRIu64 " times, %" PRIu64
                          " of them without an index, %.2f ms each; %s",
                          d->count, d->no_index, (double)d->timer_ns / 1e6 / runs, wire),
            ana_find_text(
                f, "A statement that has to read the whole table (a sum over all rows) looks the same."));
    }
}

void ana_find_server(struct ana_finder *f)
{
    static void (*const rules[])(struct ana_finder *) = {
        row_lock_waits, slow_commit, max_connections_reached, idle_transaction, missing_index,
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        rules[i](f);
}
