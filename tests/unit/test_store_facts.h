/* summary: what the store's tests share: a folder of their own, facts with every field set, counting rows */
#ifndef TEST_STORE_FACTS_H
#define TEST_STORE_FACTS_H

#include "session.h"
#include "store.h"
#include "test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define T0 INT64_C(1700000000123456789)

/* Path of a file in the test's folder; 32 may be in use at once. */
static inline const char *in_folder(void **state, const char *name)
{
    static char paths[32][256];
    static unsigned next;
    char *path = paths[next++ % 32];
    snprintf(path, sizeof paths[0], "%s/%s", (const char *)*state, name);
    return path;
}

static inline struct sto_writer *writer_at(const char *path, bool statements)
{
    struct sto_writer *w = NULL;
    struct pp_err err = {.status = PP_OK};
    const struct sto_writer_options o = {.path = path, .statements = statements};
    enum pp_status status = sto_writer_new(&w, &o, &err);
    if (status != PP_OK)
        fail_msg("sto_writer_new: %s", err.text);
    return w;
}

static inline void finish(struct sto_writer **w)
{
    struct pp_err err = {.status = PP_OK};
    if (sto_writer_free(w, &err) != PP_OK)
        fail_msg("sto_writer_free: %s", err.text);
}

static inline struct sto_run *run_at(const char *path)
{
    struct sto_run *run = NULL;
    struct pp_err err = {.status = PP_OK};
    if (sto_run_open(&run, path, &err) != PP_OK)
        fail_msg("sto_run_open: %s", err.text);
    return run;
}

static inline struct ses_statement a_statement(uint64_t id, uint64_t conn_id)
{
    return (struct ses_statement){.id = id,
                                  .conn_id = conn_id,
                                  .digest = UINT64_C(0xfedcba9876543210),
                                  .digest_text = "select ?",
                                  .digest_is_new = id == 1,
                                  .cmd = "QUERY",
                                  .sample = "",
                                  .sent_ns = T0 + (int64_t)id * 1000,
                                  .first_ns = T0 + (int64_t)id * 1000 + 300,
                                  .last_ns = T0 + (int64_t)id * 1000 + 500,
                                  .rows = 7,
                                  .affected_rows = 8,
                                  .warnings = 9,
                                  .errnum = 1213,
                                  .sqlstate = "40001",
                                  .status = 0xffff,
                                  .req_bytes = 10,
                                  .resp_bytes = 11,
                                  .txn_id = 12,
                                  .ends_txn = true,
                                  .ok = false,
                                  .complete = true,
                                  .notes = 0x7ff};
}

static inline struct ses_connection a_connection(uint64_t id)
{
    return (struct ses_connection){.id = id,
                                   .pool_id = 3,
                                   .client = "127.0.0.1:51234",
                                   .server = "127.0.0.1:3306",
                                   .user = "app",
                                   .db = "shop",
                                   .pid = "4711",
                                   .program_name = "uvicorn",
                                   .client_name = "libmysql",
                                   .server_version = "8.4.0",
                                   .auth_plugin = "caching_sha2_password",
                                   .thread_id = UINT32_MAX,
                                   .open_ns = T0,
                                   .greeting_ns = T0 + 1,
                                   .auth_ns = T0 + 2,
                                   .ready_ns = T0 + 3,
                                   .close_ns = T0 + 4,
                                   .rtt_ns = -1,
                                   .synack_ns = 77,
                                   .connect_errno = 1040,
                                   .visibility = "plain",
                                   .close_why = "quit",
                                   .mid_stream = true,
                                   .final = true,
                                   .statements = 5,
                                   .voided = 6};
}

static inline enum pp_status count_row(void *priv, const struct sto_statement *s)
{
    (void)s;
    ++*(uint64_t *)priv;
    return PP_OK;
}

static inline uint64_t count_statements(const char *path)
{
    uint64_t n = 0;
    struct pp_err err = {.status = PP_OK};
    struct sto_run *run = run_at(path);
    if (sto_each_statement(run, count_row, &n, &err) != PP_OK)
        fail_msg("sto_each_statement: %s", err.text);
    sto_run_free(&run);
    return n;
}

#endif
