/* summary: a full queue drops whole connections and counts them, or waits; a full disk ends the run with a
 * clear line */
#include "test_store_facts.h"

#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Holds the file's write lock, so that the writer thread stands still and the queue fills up. */
static sqlite3 *hold_lock(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void release_lock(sqlite3 **db)
{
    assert_int_equal(sqlite3_exec(*db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(*db);
    *db = NULL;
}

static struct sto_writer *small_writer(const char *path, bool may_drop)
{
    struct sto_writer *w = NULL;
    struct pp_err err = {.status = PP_OK};
    const struct sto_writer_options o = {
        .path = path, .statements = true, .may_drop = may_drop, .queue_items = 100};
    if (sto_writer_new(&w, &o, &err) != PP_OK)
        fail_msg("%s", err.text);
    return w;
}

#define CONNECTIONS 10
#define EACH 100

static void put_connections(struct sto_writer *w, bool final)
{
    for (uint64_t id = 1; id <= CONNECTIONS; id++) {
        struct ses_connection c = a_connection(id);
        c.final = final;
        c.voided = 1;
        sto_put_connection(w, &c);
    }
}

static void put_statements(struct sto_writer *w)
{
    for (uint64_t i = 0; i < CONNECTIONS * EACH; i++) {
        struct ses_statement s = a_statement(i + 1, i % CONNECTIONS + 1);
        s.digest = i + 1; /* every statement has a digest of its own: dropped ones too have to be there */
        s.digest_is_new = i % 10 == 0;
        s.sent_ns = T0 + (int64_t)i;
        sto_put_statement(w, &s);
    }
}

struct tally {
    uint64_t rows[CONNECTIONS + 1];
    uint64_t total;
};

/* What is left of a connection is its beginning, without holes: ids go up in steps of CONNECTIONS. */
static enum pp_status see_prefix(void *priv, const struct sto_statement *s)
{
    struct tally *t = priv;
    assert_in_range(s->conn_id, 1, CONNECTIONS);
    assert_int_equal(s->id, t->rows[s->conn_id] * CONNECTIONS + s->conn_id);
    t->rows[s->conn_id]++;
    t->total++;
    return PP_OK;
}

static enum pp_status see_voided(void *priv, const struct sto_connection *c)
{
    const struct tally *t = priv;
    assert_int_equal(c->voided, 1 + EACH - t->rows[c->id]);
    return PP_OK;
}

static enum pp_status count_digest(void *priv, const struct sto_digest *d)
{
    (void)d;
    ++*(uint64_t *)priv;
    return PP_OK;
}

static void check_dropped_run(const char *path, const struct sto_writer_counters *counters)
{
    struct tally t = {.total = 0};
    uint64_t digests = 0;
    struct sto_run *run = run_at(path);
    assert_int_equal(sto_each_statement(run, see_prefix, &t, NULL), PP_OK);
    assert_int_equal(sto_each_connection(run, see_voided, &t, NULL), PP_OK);
    assert_int_equal(sto_each_digest(run, count_digest, &digests, NULL), PP_OK);
    sto_run_free(&run);
    assert_true(t.total > 0);
    assert_int_equal(t.total + counters->dropped_statements, CONNECTIONS * EACH);
    assert_int_equal(digests, CONNECTIONS * EACH / 10);
}

static void drop_whole_connections(void **state, bool final)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = small_writer(path, true);
    put_connections(w, false);
    sqlite3 *lock = hold_lock(path);
    for (uint64_t i = 0; i < CONNECTIONS * EACH; i += CONNECTIONS) {
        for (uint64_t c = 1; c <= CONNECTIONS; c++) {
            struct ses_statement s = a_statement(i + c, c);
            s.digest = i + c;
            s.digest_is_new = c == 1;
            sto_put_statement(w, &s);
        }
        if (i == CONNECTIONS * EACH / 2)
            release_lock(&lock); /* room again: what was dropped stays dropped */
    }
    if (final)
        put_connections(w, true);
    struct sto_writer_counters counters;
    sto_writer_get_counters(w, &counters);
    finish(&w);
    assert_true(counters.dropped_connections > 0 && counters.dropped_connections <= CONNECTIONS);
    assert_true(counters.dropped_statements > 0);
    assert_true(counters.queue_peak >= 100);
    check_dropped_run(path, &counters);
}

static void full_queue_drops_whole_connections(void **state)
{
    drop_whole_connections(state, true);
}

static void full_queue_with_connections_still_open(void **state)
{
    drop_whole_connections(state, false);
}

static void counters_add_up(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = small_writer(path, true);
    sqlite3 *lock = hold_lock(path);
    for (uint64_t i = 1; i <= 150; i++) {
        const struct ses_txn t = {i, i, T0, T0 + 1, 1, 1, 1, 0, SES_TXN_COMMIT, false};
        sto_put_txn(w, &t);
        const struct ses_checkout c = {i, 1, T0, T0 + 1, 1, 1, false};
        sto_put_checkout(w, &c);
    }
    release_lock(&lock);
    struct sto_writer_counters counters;
    sto_writer_get_counters(w, &counters);
    finish(&w);
    assert_int_equal(counters.dropped_statements, 0);
    assert_true(counters.dropped_txns > 0);
    /* A connection that lost its transaction loses its checkout too. */
    assert_true(counters.dropped_checkouts >= counters.dropped_txns);
}

static void a_writer_that_may_not_drop_waits(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = small_writer(path, false);
    put_statements(w);
    for (int i = 0; i < 50; i++)
        put_statements(w); /* the same ids: replaced */
    struct sto_writer_counters counters;
    finish(&w);
    assert_int_equal(count_statements(path), CONNECTIONS * EACH);
    w = small_writer(in_folder(state, "b.run.db"), false);
    put_statements(w);
    sto_writer_get_counters(w, &counters);
    assert_int_equal(counters.dropped_statements, 0);
    assert_int_equal(counters.dropped_connections, 0);
    finish(&w);
}

static void control_items_are_never_dropped(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = small_writer(path, true);
    for (int i = 0; i < 20000; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        sto_put_config(w, "mysql", name, "1", T0);
    }
    finish(&w);
    uint64_t n = 0;
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM config", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    n = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    assert_int_equal(n, 20000);
}

/* ---- full disk: in a child, whose limit or mount ends with it ---- */

/* 0: failed as it has to; anything else names the step. */
static int fill_disk(const char *path, size_t gather_items)
{
    struct sto_writer *w = NULL;
    struct pp_err err = {.status = PP_OK};
    struct sto_writer_counters c;
    static char sample[1000];
    memset(sample, 'x', sizeof sample);
    const struct sto_writer_options o = {
        .path = path, .statements = true, .batch_ns = 1000000, .gather_items = gather_items};
    if (sto_writer_new(&w, &o, &err) != PP_OK)
        return 10;
    struct ses_statement s = a_statement(1, 1);
    s.sample = sample;
    s.sample_bytes = sizeof sample;
    uint64_t put = 0;
    while (sto_writer_check(w, &err) == PP_OK && put < 100000) {
        s.id = ++put;
        s.digest_is_new = false;
        sto_put_statement(w, &s);
    }
    for (int i = 0; i < 1000; i++) { /* goes on without hanging */
        s.id = ++put;
        sto_put_statement(w, &s);
    }
    if (sto_writer_check(w, &err) != PP_IO)
        return 11;
    err.text[0] = '\0';
    do
        sto_writer_get_counters(w, &c);
    while (c.written + c.discarded < put); /* every item ends in one of the two */
    if (c.written + c.discarded != put || c.discarded < 1000)
        return 12;
    if (sto_writer_free(&w, &err) != PP_IO || w != NULL)
        return 13;
    if (strstr(err.text, "disk full at") == NULL || strstr(err.text, "is readable") == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return 14;
    }
    return (int)(c.written == 0) * 15;
}

static int in_child(const char *path, bool (*prepare)(const char *folder), const char *folder,
                    size_t gather_items)
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!prepare(folder))
            _exit(77);
        int rc = fill_disk(path, gather_items);
        if (rc == 0) {
            /* Space comes back (the limit is lifted, or the mount grows): what was committed can be read. */
            struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
            setrlimit(RLIMIT_FSIZE, &unlimited);
            (void)mount("none", folder, "tmpfs", MS_REMOUNT, "size=64m");
            uint64_t n = 0;
            struct sto_run *run = NULL;
            struct pp_err err = {.status = PP_OK};
            if (sto_run_open(&run, path, &err) != PP_OK ||
                sto_each_statement(run, count_row, &n, &err) != PP_OK)
                rc = 20;
            sto_run_free(&run);
            rc = rc == 0 && n == 0 ? 21 : rc;
        }
        _exit(rc);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool limit_size(const char *folder)
{
    (void)folder;
    struct rlimit limit = {2 << 20, RLIM_INFINITY};
    return signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static bool mount_small(const char *folder)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", folder, "tmpfs", 0, "size=2m") == 0;
}

static void file_size_limit(void **state)
{
    assert_int_equal(in_child(in_folder(state, "a.run.db"), limit_size, *state, SIZE_MAX), 0);
    assert_int_equal(in_child(in_folder(state, "b.run.db"), limit_size, *state, 1), 0);
}

static void full_disk(void **state)
{
    for (size_t gathers = 0; gathers < 2; gathers++) {
        int rc = in_child(in_folder(state, "a.run.db"), mount_small, *state, gathers ? 1 : SIZE_MAX);
        if (rc == 77)
            skip(); /* needs the right to mount */
        assert_int_equal(rc, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(full_queue_drops_whole_connections, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(full_queue_with_connections_still_open, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(counters_add_up, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_writer_that_may_not_drop_waits, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(control_items_are_never_dropped, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(file_size_limit, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(full_disk, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
