/* summary: the writer's state, shared by its thread (writer.c) and what fills its queue (put.c) */
#ifndef WRITER_PRIV_H
#define WRITER_PRIV_H

#include "store_priv.h"

#include "base/map.h"

#define WRITER_MAGIC 0x53747721u

struct sto_writer {
    uint32_t magic;
    char *path;
    bool statements;
    bool leave_wal;
    bool may_drop;
    int64_t batch_ns;
    size_t gather_items;
    struct sto_queue *queue;
    /* Of the thread that puts facts. */
    struct map *dropped;         /* connection id → counter of what was dropped */
    struct sto_seconds *seconds; /* used unless every statement is stored */
    pthread_t thread;

    /* The writer thread's own. */
    sqlite3 *db;
    struct sto_rows *rows;
    bool failed; /* items are only counted from now on */
    bool in_txn;
    int64_t txn_mono_ns;
    int64_t free_mono_ns; /* the write lock was given back */
    int64_t gap_mono_ns;  /* the last time it was free for a while */
    uint64_t txn_rows;
    int64_t commit_real_ns;

    pthread_mutex_t lock; /* for what follows */
    struct sto_writer_counters counters;
    struct pp_err err; /* the first failure */
};

/* Keeps the first failure for sto_writer_check. */
void sto_keep_failure(struct sto_writer *w, const struct pp_err *err);

/* Marks the connections that are still open in the run with what was dropped of them, and forgets them. */
void sto_void_rest(struct sto_writer *w);

/* A row of the aggregates into the queue; a sto_second_f. */
void sto_put_second(void *priv, const struct sto_statement_second *row);

/* Puts aggregates that are due into the queue; see sto_seconds_flush. */
void sto_flush_seconds(struct sto_writer *w, int64_t mono_ns);

#endif
