/* summary: what one request truly did: its waits for connections, its commands, its transactions */
#ifndef TARGET_TRACE_H
#define TARGET_TRACE_H

#include "pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* POST /io-intensive has 16 acquisitions, 88 commands and 8 transactions; POST /reset 9 commands; the first
 * use of a prepared statement on a connection adds one; GET /dashboard has an acquisition a branch. What goes
 * past a limit is counted in `dropped`. */
#define TRACE_ACQUIRES 40
#define TRACE_COMMANDS 160
#define TRACE_TXNS 12
/* "00-<32 hex>-<16 hex>-<2 hex>" of W3C Trace Context, and its end */
#define TRACE_PARENT_BYTES 56

struct trace_acquire {
    struct pool_lease lease;
    int64_t released_ns; /* 0 while held */
    uint64_t thread_id;  /* 0 when none was got */
    unsigned branch;     /* 0: the request itself; those of other branches overlap */
};

struct trace_command {
    const char *kind; /* "query", "prepare", "execute" */
    const char *text; /* short name such as "insert users", static */
    size_t acquire;   /* index of the acquisition that it ran under */
    int64_t start_ns; /* before the command is sent */
    int64_t end_ns;   /* after its last result byte was read */
    unsigned error_number;
};

struct trace_txn {
    int64_t start_ns;
    int64_t end_ns;
    bool committed;
};

struct trace {
    uint64_t id;
    char method[16];
    char route[128];
    unsigned status;
    uint16_t client_port;
    char traceparent[TRACE_PARENT_BYTES]; /* of the request, "" without a valid one */
    int64_t arrival_ns;
    int64_t end_ns;
    char error[256]; /* first thing that went wrong, "" when nothing did */
    size_t acquire_count;
    size_t command_count;
    size_t txn_count;
    size_t dropped;
    struct trace_acquire acquires[TRACE_ACQUIRES];
    struct trace_command commands[TRACE_COMMANDS];
    struct trace_txn txns[TRACE_TXNS];
};

/* Notes the first error of a request; later ones are not kept. */
void trace_error(struct trace *t, const char *text);
void trace_add_acquire(struct trace *t, const struct pool_lease *lease, uint64_t thread_id);
/* The connection got last went back. */
void trace_released(struct trace *t);
/* Fills in the acquisition's index. */
void trace_add_command(struct trace *t, const struct trace_command *command);
void trace_add_txn(struct trace *t, const struct trace_txn *txn);
/* Keeps a traceparent header when it is well-formed; `text` may be NULL. */
void trace_set_parent(struct trace *t, const char *text);
/* Adds what a branch of the request did at the same time as others; `branch` counts from 1. */
void trace_merge(struct trace *t, const struct trace *from, unsigned branch);

#endif
