/* summary: fails allocations of the store and of SQLite in turn while a run is written: no crash, no leak,
 * and nothing is missing from a run that was called whole
 *
 * oom_store FOLDER. In the first round each allocation of the store's own fails alone and with all that
 * follow it, in the second one those of SQLite too, some hundred spread over all. */
#include "session.h"
#include "store.h"
#include "wrap.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATEMENTS 40
#define T0 INT64_C(1700000000000000000)
#define SPREAD 60 /* failing allocations tried a mode where SQLite's are counted */
#define LITE_HEAD 16

static struct {
    const char *path;
    unsigned failures, tried, refused, broken;
    uint64_t nth;
    bool lite_counts; /* allocations of SQLite may fail */
    bool gathers;     /* rows are written many at once */
} t;

static void fail(const char *what, const char *more)
{
    if (t.failures++ < 10)
        printf("FAILED at allocation %llu: %s %s\n", (unsigned long long)t.nth, what, more);
}

/* --- SQLite's memory, through the same functions; each block knows its size --- */

void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);

static void *with_size(uint8_t *p, int n)
{
    if (p == NULL)
        return NULL;
    memcpy(p, &n, sizeof n);
    return p + LITE_HEAD;
}

static void *lite_malloc(int n)
{
    size_t all = (size_t)n + LITE_HEAD;
    return with_size(t.lite_counts ? malloc(all) : __real_malloc(all), n);
}

static void lite_free(void *p)
{
    uint8_t *block = p != NULL ? (uint8_t *)p - LITE_HEAD : NULL;
    if (t.lite_counts)
        free(block);
    else
        __real_free(block);
}

static void *lite_realloc(void *p, int n)
{
    size_t all = (size_t)n + LITE_HEAD;
    uint8_t *block = (uint8_t *)p - LITE_HEAD;
    return with_size(t.lite_counts ? realloc(block, all) : __real_realloc(block, all), n);
}

static int lite_size(void *p)
{
    int n = 0;
    if (p != NULL)
        memcpy(&n, (uint8_t *)p - LITE_HEAD, sizeof n);
    return n;
}

static int lite_roundup(int n)
{
    return (n + 7) & ~7;
}

static int lite_init(void *priv)
{
    (void)priv;
    return SQLITE_OK;
}

static void lite_shutdown(void *priv)
{
    (void)priv;
}

/* --- one run --- */

static void put_statements(struct sto_writer *w)
{
    static const char sample[] = "select a text that does not fit into an item of the queue from a_table";
    for (uint64_t i = 1; i <= STATEMENTS; i++) {
        struct ses_statement s = {.id = i,
                                  .conn_id = 1 + i % 2,
                                  .digest = 1 + i % 7,
                                  .digest_text = "SELECT ?",
                                  .digest_is_new = i <= 7,
                                  .cmd = "QUERY",
                                  .sample = i % 3 == 0 ? sample : "",
                                  .sample_bytes = i % 3 == 0 ? sizeof sample - 1 : 0,
                                  .trace_id = i % 5 == 0 ? "4bf92f3577b34da6a3ce929d0e0e4736" : "",
                                  .sent_ns = T0 + (int64_t)i * 400000000,
                                  .first_ns = T0 + (int64_t)i * 400000000 + 10,
                                  .last_ns = T0 + (int64_t)i * 400000000 + 20,
                                  .rows = 1,
                                  .ok = true,
                                  .complete = true};
        sto_put_statement(w, &s);
    }
}

static void put_facts(struct sto_writer *w)
{
    const struct ses_pool pool = {.id = 1,
                                  .client_host = "h",
                                  .server = "s:3306",
                                  .user = "u",
                                  .db = "d",
                                  .pid = "1",
                                  .program_name = "p"};
    const struct ses_txn txn = {.id = 1, .conn_id = 1, .start_ns = T0, .end_ns = T0 + 5, .statements = 2};
    const struct ses_checkout checkout = {.conn_id = 1, .pool_id = 1, .start_ns = T0, .end_ns = T0 + 9};
    const struct ses_gap gap = {.conn_id = 1, .ts_ns = T0, .bytes = 5, .protocol = "mysql"};
    const struct ses_level level = {.id = 1, .users = 5, .start_ns = T0, .end_ns = T0 + 1};
    const struct ses_tls_exchange tls = {.conn_id = 2, .sent_ns = T0, .first_ns = T0 + 1, .last_ns = T0 + 2};
    const struct ses_request request = {.id = 1,
                                        .conn_id = 9,
                                        .client = "a client whose name is rather long: 192.0.2.1:50000",
                                        .server = "192.0.2.2:8000",
                                        .method = "GET",
                                        .route = "/a/{id}",
                                        .trace_id = "",
                                        .note = "",
                                        .arrival_ns = T0,
                                        .complete = true};
    sto_put_meta(w, STO_META_COMMAND, "record");
    sto_put_meta_int(w, STO_META_START_NS, T0);
    sto_put_config(w, "mysql", "max_connections", "151", T0);
    sto_put_status(w, "Threads_running", 5, T0);
    sto_put_pool(w, &pool);
    for (uint64_t id = 1; id <= 2; id++) {
        const struct ses_connection c = {.id = id,
                                         .pool_id = 1,
                                         .client = "192.0.2.1:50000",
                                         .server = "192.0.2.2:3306",
                                         .user = "app",
                                         .db = "shop",
                                         .pid = "",
                                         .program_name = "",
                                         .client_name = "",
                                         .server_version = "9.7.4",
                                         .auth_plugin = "",
                                         .visibility = "plain",
                                         .close_why = "quit",
                                         .final = true};
        sto_put_connection(w, &c);
    }
    put_statements(w);
    sto_put_txn(w, &txn);
    sto_put_checkout(w, &checkout);
    sto_put_gap(w, &gap);
    sto_put_level(w, &level);
    sto_put_tls_exchange(w, &tls);
    sto_put_request(w, &request);
}

static enum pp_status add_statement(void *priv, const struct sto_statement *s)
{
    (void)s;
    ++*(uint64_t *)priv;
    return PP_OK;
}

static enum pp_status add_second(void *priv, const struct sto_statement_second *s)
{
    *(uint64_t *)priv += s->count;
    return PP_OK;
}

/* How many statements the run tells of; UINT64_MAX when it cannot be read. */
static uint64_t statements_in(bool each)
{
    uint64_t n = 0;
    struct sto_run *run = NULL;
    struct pp_err err = {.status = PP_OK};
    if (sto_run_open(&run, t.path, &err) != PP_OK)
        return UINT64_MAX;
    enum pp_status st = each ? sto_each_statement(run, add_statement, &n, &err)
                             : sto_each_statement_second(run, add_second, &n, &err);
    sto_run_free(&run);
    return st == PP_OK ? n : UINT64_MAX;
}

static void remove_run(void)
{
    char path[4096];
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        (void)snprintf(path, sizeof path, "%s%s", t.path, endings[i]);
        (void)unlink(path);
    }
}

static void check_status(enum pp_status st, const struct pp_err *err, const char *what)
{
    if (st != PP_OK && (st != PP_NOMEM || err->text[0] == '\0'))
        fail(what, err->text);
}

/* Returns the number of allocations. */
static uint64_t run(uint64_t nth, bool all_after, bool statements)
{
    struct sto_writer *w = NULL;
    struct pp_err err = {.status = PP_OK};
    const struct sto_writer_options o = {.path = t.path,
                                         .statements = statements,
                                         .queue_items = 64,
                                         .gather_items = t.gathers ? 1 : SIZE_MAX};
    int64_t live = oom_live();
    t.nth = nth;
    remove_run();
    oom_arm(nth, all_after);
    enum pp_status st = sto_writer_new(&w, &o, &err);
    bool made = st == PP_OK;
    if (made) {
        put_facts(w);
        check_status(sto_writer_check(w, &err), &err, "sto_writer_check:");
        st = sto_writer_free(&w, &err);
    }
    uint64_t n = oom_disarm();
    check_status(st, &err, made ? "sto_writer_free:" : "sto_writer_new:");
    if (oom_live() != live)
        fail("memory was not freed", "");
    uint64_t have = made ? statements_in(statements) : 0;
    if (st == PP_OK && have != STATEMENTS)
        fail("called whole, but statements are missing", "");
    if (made && have == UINT64_MAX)
        fail("what was written cannot be read", "");
    t.refused += !made;
    t.broken += made && st != PP_OK;
    t.tried++;
    return n;
}

static void each_allocation(bool statements)
{
    uint64_t all = run(0, false, statements);
    uint64_t step = t.lite_counts ? all / SPREAD + 1 : 1;
    for (uint64_t nth = 1; nth <= all; nth += step) {
        (void)run(nth, false, statements);
        (void)run(nth, true, statements);
    }
    printf("%s, %s: %llu allocations, %u runs so far, %u not begun, %u not finished\n",
           t.lite_counts ? "store and SQLite" : "store",
           !statements ? "aggregates"
           : t.gathers ? "statements at once"
                       : "statements",
           (unsigned long long)all, t.tried, t.refused, t.broken);
}

int main(int argc, char **argv)
{
    static const sqlite3_mem_methods memory = {lite_malloc,  lite_free, lite_realloc,  lite_size,
                                               lite_roundup, lite_init, lite_shutdown, NULL};
    char path[4096];
    if (argc != 2) {
        fputs("usage: oom_store FOLDER\n", stderr);
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/oom-%ld.run.db", argv[1], (long)getpid());
    t.path = path;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK || sqlite3_initialize() != SQLITE_OK)
        return 2;
    for (int lite = 0; lite < 2; lite++) {
        t.lite_counts = lite == 1;
        each_allocation(true);
        t.gathers = true;
        each_allocation(true);
        t.gathers = false;
        each_allocation(false);
    }
    remove_run();
    return t.failures > 0 || t.refused == 0 || t.broken == 0;
}
