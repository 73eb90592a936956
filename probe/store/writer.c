/* summary: the writer thread: commits what is queued in batches; failures of the file are kept for the caller
 */
#include "writer_priv.h"

#include "base/clock.h"
#include "base/obj.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DEFAULT_ITEMS 65536
#define DEFAULT_BATCH_NS (200 * NS_PER_MS)
/* Slots are given back in steps of this, so that a waiting thread goes on while a long batch is written. */
#define STEP_ITEMS 256
/* A transaction that grows beyond this many rows is committed early: its pages have to fit into the cache. */
#define TXN_ROWS_MAX 100000
/* From so many ready items on their rows are gathered and written at once, which has a cost of its own. */
#define GATHER_ITEMS 1024
#define GAP_NS (2 * NS_PER_MS)
#define GAP_EVERY_NS (500 * NS_PER_MS)

/* ---- failures ---- */

void sto_keep_failure(struct sto_writer *w, const struct pp_err *err)
{
    pthread_mutex_lock(&w->lock);
    if (w->err.status == PP_OK)
        w->err = *err;
    pthread_mutex_unlock(&w->lock);
}

/* From here on nothing is written: a run that goes on after a hole nobody marked would say wrong things. */
static void fail(struct sto_writer *w, int rc, const char *doing)
{
    char kept[64] = "nothing was recorded";
    struct tm tm;
    time_t seconds = (time_t)(w->commit_real_ns / NS_PER_S);
    if (w->commit_real_ns > 0 && localtime_r(&seconds, &tm) != NULL)
        strftime(kept, sizeof kept, "what was recorded until %H:%M:%S is readable", &tm);
    struct pp_err cause = {.status = PP_OK};
    struct pp_err err = {.status = PP_OK};
    if (rc == SQLITE_NOMEM)
        pp_err_set(&cause, PP_NOMEM, "out of memory while writing %s", w->path);
    else
        sto_sql_error(&cause, w->db, rc, w->path, doing);
    pp_err_set(&err, cause.status, "%.400s; %s", cause.text, kept);
    sto_keep_failure(w, &err);

    w->failed = true;
    if (w->in_txn && sqlite3_get_autocommit(w->db) == 0)
        sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
    w->in_txn = false;
    pthread_mutex_lock(&w->lock);
    w->counters.discarded += w->txn_rows;
    pthread_mutex_unlock(&w->lock);
    w->txn_rows = 0;
}

/* ---- the thread ---- */

/* Another process that adds its row (sto_add_load_result) polls for the write lock every millisecond. Where
 * this writer takes it again at once, for want of idle time, the other one would starve: two milliseconds
 * every half second are for it. */
static void leave_gap(struct sto_writer *w)
{
    int64_t now_ns = clock_mono_ns();
    if (now_ns - w->free_mono_ns >= GAP_NS) {
        w->gap_mono_ns = now_ns;
    } else if (now_ns - w->gap_mono_ns >= GAP_EVERY_NS) {
        struct timespec gap = clock_timespec(GAP_NS);
        nanosleep(&gap, NULL);
        w->gap_mono_ns = now_ns;
    }
}

static void begin(struct sto_writer *w)
{
    leave_gap(w);
    /* The lock comes with the first write. Not IMMEDIATE, which would lock the database of gathered rows too,
     * that is put into place later. */
    int rc = sqlite3_exec(w->db, "BEGIN", NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        fail(w, rc, "writing");
        return;
    }
    w->in_txn = true;
    w->txn_mono_ns = clock_mono_ns();
}

static void commit(struct sto_writer *w)
{
    int rc = sto_rows_write_gathered(w->rows);
    if (rc != SQLITE_OK) {
        fail(w, rc, "writing");
        return;
    }
    rc = sqlite3_exec(w->db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        fail(w, rc, "committing");
        return;
    }
    w->in_txn = false;
    w->commit_real_ns = clock_real_ns();
    w->free_mono_ns = clock_mono_ns();
    pthread_mutex_lock(&w->lock);
    w->counters.written += w->txn_rows;
    pthread_mutex_unlock(&w->lock);
    w->txn_rows = 0;
}

static void write_item(struct sto_writer *w, const struct sto_item *item)
{
    if (sto_rows_write(w->rows, item))
        w->txn_rows += item->kind != STO_VOID;
    else
        fail(w, sqlite3_extended_errcode(w->db), "writing");
}

/* Writes or discards the first n ready items and gives their slots back. */
static void take(struct sto_writer *w, size_t n)
{
    size_t text_bytes = 0;
    uint64_t discarded = 0;
    for (size_t i = 0; i < n; i++) {
        const struct sto_item *item = sto_queue_at(w->queue, i);
        if (!w->failed)
            write_item(w, item);
        discarded += w->failed && item->kind != STO_VOID;
    }
    if (!w->failed && !sto_rows_flush(w->rows))
        fail(w, sqlite3_extended_errcode(w->db), "writing");
    for (size_t i = 0; i < n; i++) {
        struct sto_item *item = sto_queue_at(w->queue, i);
        text_bytes += item->text_bytes;
        sto_item_clear(item);
    }
    sto_queue_done(w->queue, n, text_bytes);
    if (discarded > 0) {
        pthread_mutex_lock(&w->lock);
        w->counters.discarded += discarded;
        pthread_mutex_unlock(&w->lock);
    }
}

static bool txn_is_due(const struct sto_writer *w)
{
    return w->in_txn && (w->txn_rows >= TXN_ROWS_MAX || sto_rows_are_many(w->rows) ||
                         clock_mono_ns() - w->txn_mono_ns >= w->batch_ns);
}

static void write_ready(struct sto_writer *w, size_t n)
{
    while (n > 0) {
        size_t step = n < STEP_ITEMS ? n : STEP_ITEMS;
        if (!w->failed && !w->in_txn) {
            if (n >= w->gather_items)
                sto_rows_gather(w->rows);
            begin(w);
        }
        take(w, step);
        n -= step;
        if (txn_is_due(w))
            commit(w);
    }
}

static void *writer_main(void *priv)
{
    struct sto_writer *w = priv;
    bool closed = false;
    size_t n;
    do {
        int64_t deadline_ns = clock_mono_ns() + w->batch_ns;
        n = sto_queue_wait(w->queue, deadline_ns, &closed);
        write_ready(w, n);
        if (w->in_txn)
            commit(w);
    } while (!closed || n > 0);
    return NULL;
}

/* ---- starting and ending ---- */

static void release(struct sto_writer *w)
{
    sto_rows_free(&w->rows);
    sto_seconds_free(&w->seconds);
    sqlite3_close(w->db);
    sto_queue_free(&w->queue);
    map_free(&w->dropped);
    pthread_mutex_destroy(&w->lock);
    free(w->path);
    OBJ_FREE(w);
}

static enum pp_status start(struct sto_writer *w, const struct sto_writer_options *o, struct pp_err *err)
{
    w->path = strdup(o->path);
    w->queue = sto_queue_new(o->queue_items > 0 ? o->queue_items : DEFAULT_ITEMS);
    w->dropped = map_new(0);
    w->seconds = sto_seconds_new(sto_put_second, w);
    if (w->path == NULL || w->queue == NULL || w->dropped == NULL || w->seconds == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    enum pp_status status = sto_file_create(&w->db, w->path, err);
    if (status == PP_OK)
        status = sto_rows_new(&w->rows, w->db, w->path, err);
    if (status != PP_OK)
        return status;
    /* Signals are for the program's other threads. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&w->thread, NULL, writer_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0)
        return pp_err_set(err, PP_IO,
                          "cannot start the writer's thread: raise the limit of processes (ulimit -u)");
    return PP_OK;
}

enum pp_status sto_writer_new(struct sto_writer **out, const struct sto_writer_options *options,
                              struct pp_err *err)
{
    struct sto_writer *w = NULL;
    *out = NULL;
    if (OBJ_NEW(w, WRITER_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    pthread_mutex_init(&w->lock, NULL);
    w->statements = options->statements;
    w->may_drop = options->may_drop;
    w->leave_wal = options->leave_wal;
    w->batch_ns = options->batch_ns > 0 ? options->batch_ns : DEFAULT_BATCH_NS;
    w->gather_items = options->gather_items > 0 ? options->gather_items : GATHER_ITEMS;
    enum pp_status status = start(w, options, err);
    if (status != PP_OK) {
        release(w);
        return status;
    }
    *out = w;
    return PP_OK;
}

/* A finished run is one file without WAL. Somebody who has it open (a load generator, a reader) keeps it in
 * WAL mode, which is as good as long as the -wal stays with it. */
static void finish_file(struct sto_writer *w)
{
    if (w->failed)
        return;
    sqlite3_busy_timeout(w->db, 500);
    int rc = sqlite3_wal_checkpoint_v2(w->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc == SQLITE_OK && !w->leave_wal) {
        sto_rows_free(&w->rows);
        rc = sqlite3_exec(w->db, "PRAGMA main.journal_mode=DELETE", NULL, NULL, NULL);
    }
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY && (rc & 0xff) != SQLITE_LOCKED)
        fail(w, rc, "finishing it");
}

enum pp_status sto_writer_check(struct sto_writer *w, struct pp_err *err)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    sto_flush_seconds(w, clock_mono_ns());
    pthread_mutex_lock(&w->lock);
    enum pp_status status = w->err.status;
    if (status != PP_OK && err != NULL)
        *err = w->err;
    pthread_mutex_unlock(&w->lock);
    return status;
}

void sto_writer_get_counters(struct sto_writer *w, struct sto_writer_counters *out)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    pthread_mutex_lock(&w->lock);
    *out = w->counters;
    pthread_mutex_unlock(&w->lock);
    out->queue_peak = sto_queue_peak(w->queue);
}

enum pp_status sto_writer_free(struct sto_writer **wp, struct pp_err *err)
{
    struct sto_writer *w = *wp;
    if (w == NULL)
        return PP_OK;
    OBJ_CHECK(w, WRITER_MAGIC);
    *wp = NULL;
    sto_flush_seconds(w, INT64_MAX);
    sto_void_rest(w);
    sto_queue_close(w->queue);
    pthread_join(w->thread, NULL);
    finish_file(w);
    enum pp_status status = sto_writer_check(w, err);
    release(w);
    return status;
}
