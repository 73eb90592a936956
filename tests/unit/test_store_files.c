/* summary: files that are no run, damaged, of another version, or out of reach: each gets its status and one
 * clear line */
#include "test_store_facts.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

static enum pp_status open_status(const char *path, struct pp_err *err)
{
    struct sto_run *run = NULL;
    enum pp_status status = sto_run_open(&run, path, err);
    if (status == PP_OK)
        sto_run_free(&run);
    assert_null(run);
    return status;
}

#define EXPECT_OPEN(path, expected, words)                                                                   \
    do {                                                                                                     \
        struct pp_err e_ = {.status = PP_OK};                                                                \
        enum pp_status s_ = open_status(path, &e_);                                                          \
        if (s_ != (expected) || strstr(e_.text, words) == NULL)                                              \
            fail_msg("%s: status %s, \"%s\"", (const char *)(path), pp_status_name(s_), e_.text);            \
    } while (0)

static enum pp_status create_status(const char *path, struct pp_err *err)
{
    struct sto_writer *w = NULL;
    const struct sto_writer_options o = {.path = path, .statements = true};
    enum pp_status status = sto_writer_new(&w, &o, err);
    if (status == PP_OK)
        finish(&w);
    assert_null(w);
    return status;
}

#define EXPECT_CREATE(path, expected, words)                                                                 \
    do {                                                                                                     \
        struct pp_err e_ = {.status = PP_OK};                                                                \
        enum pp_status s_ = create_status(path, &e_);                                                        \
        if (s_ != (expected) || strstr(e_.text, words) == NULL)                                              \
            fail_msg("%s: status %s, \"%s\"", (const char *)(path), pp_status_name(s_), e_.text);            \
    } while (0)

static void write_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
}

static void exec(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Leaves what was written in the WAL, as a killed process does. */
static void exec_and_die(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        _exit(0);
}

static void record(const char *path, uint64_t statements)
{
    struct sto_writer *w = writer_at(path, true);
    for (uint64_t i = 1; i <= statements; i++) {
        struct ses_statement s = a_statement(i, 1);
        sto_put_statement(w, &s);
    }
    finish(&w);
}

static void files_that_are_no_run(void **state)
{
    static char big_text[8192];
    const char *path = in_folder(state, "x");
    memset(big_text, 'a', sizeof big_text);
    EXPECT_OPEN(path, PP_NOENT, "does not exist");
    EXPECT_OPEN(in_folder(state, "no/such/folder"), PP_NOENT, "does not exist");
    write_file(path, "", 0);
    EXPECT_OPEN(path, PP_INVALID, "empty");
    write_file(path, "hello\n", 6);
    EXPECT_OPEN(path, PP_INVALID, "not a run file");
    write_file(path, big_text, sizeof big_text);
    EXPECT_OPEN(path, PP_INVALID, "not a run file");
    EXPECT_OPEN(*state, PP_INVALID, "no regular file");
    exec(in_folder(state, "other.db"), "CREATE TABLE t(a)");
    EXPECT_OPEN(in_folder(state, "other.db"), PP_INVALID, "another program");
}

static const struct sto_load_result load = {
    .users = 1, .start_ns = 1, .end_ns = 2, .target = "shop", .json = "{}"};

static void another_version(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    record(path, 1);
    exec(path, "PRAGMA user_version=77");
    EXPECT_OPEN(path, PP_VERSION, "version 77");
    EXPECT_OPEN(path, PP_VERSION, "versions 2 to 3");
    assert_int_equal(sto_add_load_result(path, &load, NULL), PP_VERSION);
    EXPECT_CREATE(path, PP_OK, ""); /* still ours: renamed */
    EXPECT_OPEN(in_folder(state, "a.run.db.old"), PP_VERSION, "version 77");
    exec(path, "DROP TABLE statement");
    EXPECT_OPEN(path, PP_INVALID, "no facts");
}

struct seen_load {
    int count;
    struct sto_load_result rows[4];
    char target[16]; /* of the last */
};

static enum pp_status see_load(void *priv, const struct sto_load_result *l)
{
    struct seen_load *seen = priv;
    assert_true(seen->count < 4);
    seen->rows[seen->count++] = *l;
    snprintf(seen->target, sizeof seen->target, "%s", l->target);
    return PP_OK;
}

/* Version 2 kept one result for each number of a level: what was measured says when, the level itself only
 * where it does not. */
static void load_results_of_an_older_run(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct seen_load seen = {.count = 0};
    struct pp_err err = {.status = PP_OK};
    record(path, 1);
    exec(path,
         "PRAGMA user_version=2; DROP TABLE load_result;"
         "CREATE TABLE load_result(level_id INTEGER PRIMARY KEY, json TEXT NOT NULL);"
         "INSERT INTO level VALUES(1,10,1000,2000),(2,20,3000,4000);"
         "INSERT INTO load_result "
         "VALUES(1,'{\"concurrent_users\":7,\"start_ns\":5000,\"end_ns\":6000,\"framework\":\"django\"}'),"
         "(2,'not JSON'),(9,'{\"throughput\":1}')");
    struct sto_run *run = run_at(path);
    assert_int_equal(sto_each_load_result(run, see_load, &seen, &err), PP_OK);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.rows[0].start_ns, 0); /* nothing tells */
    assert_int_equal(seen.rows[1].users, 20);
    assert_int_equal(seen.rows[1].start_ns, 3000);
    assert_int_equal(seen.rows[1].end_ns, 4000);
    assert_int_equal(seen.rows[2].users, 7);
    assert_int_equal(seen.rows[2].start_ns, 5000);
    assert_int_equal(seen.rows[2].end_ns, 6000);
    assert_string_equal(seen.target, "django");
    sto_run_free(&run);
    assert_int_equal(sto_add_load_result(path, &load, &err), PP_VERSION);
    assert_non_null(strstr(err.text, "older poolprobe"));
}

static void a_truncated_run(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    record(path, 5000);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    /* At every length: refused, or read with an error, or (only whole) read in full. */
    for (off_t length = st.st_size - 1; length > 0; length = length * 3 / 4) {
        struct sto_run *run = NULL;
        struct pp_err err = {.status = PP_OK};
        assert_int_equal(truncate(path, length), 0);
        enum pp_status status = sto_run_open(&run, path, &err);
        if (status == PP_OK) {
            uint64_t n = 0;
            status = sto_each_statement(run, count_row, &n, &err);
            sto_run_free(&run);
        }
        assert_true(status == PP_IO || status == PP_INVALID);
        assert_true(strlen(err.text) > 0);
    }
}

static void a_damaged_run(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    record(path, 5000);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    static const char junk[64] = "\xff\xff\xff\xff junk";
    for (off_t at = 4096; at < st.st_size; at += 1500)
        assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
    close(fd);
    struct sto_run *run = NULL;
    struct pp_err err = {.status = PP_OK};
    enum pp_status status = sto_run_open(&run, path, &err);
    if (status == PP_OK) {
        uint64_t n = 0;
        status = sto_each_statement(run, count_row, &n, &err);
        sto_run_free(&run);
    }
    assert_int_equal(status, PP_IO);
    assert_true(strlen(err.text) > 0);
}

/* A file made to look like a run whose table is a view that never ends, or has a trigger. */
static void a_run_with_code_in_it(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    record(path, 1);
    exec(path,
         "DROP TABLE gap; CREATE VIEW gap AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) "
         "SELECT n AS conn_id, n AS ts_ns, n AS bytes, n AS to_server, '' AS protocol FROM r;"
         "CREATE TRIGGER t AFTER INSERT ON load_result BEGIN DELETE FROM statement; END");
    assert_int_equal(sto_add_load_result(path, &load, NULL), PP_OK);
    assert_int_equal(count_statements(path), 1);
    struct pp_err err = {.status = PP_OK};
    struct sto_run *run = run_at(path);
    assert_int_equal(sto_each_gap(run, NULL, NULL, &err), PP_IO);
    sto_run_free(&run);
}

static void creating(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    EXPECT_CREATE(in_folder(state, "no/folder/a.run.db"), PP_IO, "folder does not exist");
    record(path, 3);
    record(path, 5); /* the first becomes .old */
    assert_int_equal(count_statements(path), 5);
    assert_int_equal(count_statements(in_folder(state, "a.run.db.old")), 3);

    write_file(in_folder(state, "notes"), "mine", 4);
    EXPECT_CREATE(in_folder(state, "notes"), PP_INVALID, "not overwritten");
    exec(in_folder(state, "other.db"), "CREATE TABLE t(a)");
    EXPECT_CREATE(in_folder(state, "other.db"), PP_INVALID, "choose another name");
    EXPECT_CREATE(*state, PP_INVALID, "choose another name");
    write_file(in_folder(state, "a.run.db.old"), "mine", 4);
    EXPECT_CREATE(path, PP_INVALID, "a.run.db.old");
    assert_int_equal(count_statements(path), 5);
}

static void a_stale_wal_is_not_replayed(void **state)
{
    const char *path = in_folder(state, "b.run.db");
    write_file(in_folder(state, "b.run.db-wal"), "left over", 9);
    record(path, 2);
    assert_int_equal(count_statements(path), 2);
}

/* Another version's run whose recorder was killed: its log goes with it, and is not replayed into the new
 * run. */
static void an_older_run_keeps_its_wal(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    int status = 0;
    record(path, 1);
    exec(path, "PRAGMA user_version=77; PRAGMA journal_mode=WAL");
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        exec_and_die(path, "INSERT INTO meta VALUES('in the log', 'yes')");
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 0);
    record(path, 2);
    assert_int_equal(count_statements(path), 2);
    exec(in_folder(state, "a.run.db.old"), "PRAGMA user_version=2");
    char text[8];
    struct sto_run *run = run_at(in_folder(state, "a.run.db.old"));
    assert_true(sto_get_meta(run, "in the log", text, sizeof text));
    sto_run_free(&run);
}

static void names_that_sqlite_would_interpret(void **state)
{
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(*state), 0);
    static const char *const names[] = {":memory:", "file:x?mode=memory", "a b%20?#.run.db", "-x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        record(names[i], 2);
        assert_int_equal(access(names[i], F_OK), 0);
        assert_int_equal(count_statements(names[i]), 2);
    }
    assert_int_equal(chdir(before), 0);
}

/* ---- without permissions: in a child that is nobody ---- */

static int as_nobody(int (*f)(const char *folder), const char *folder)
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(77);
        _exit(f(folder));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int expect_status(const char *folder, const char *name, enum pp_status expected, const char *words)
{
    char path[512];
    struct pp_err err = {.status = PP_OK};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    enum pp_status status = open_status(path, &err);
    if (status == expected && strstr(err.text, words) != NULL)
        return 0;
    fprintf(stderr, "%s: %s, %s\n", path, pp_status_name(status), err.text);
    return 1;
}

static int nobody_reads(const char *folder)
{
    char path[512];
    struct pp_err err = {.status = PP_OK};
    snprintf(path, sizeof path, "%s/new.run.db", folder);
    if (create_status(path, &err) != PP_DENIED)
        return 2;
    snprintf(path, sizeof path, "%s/whole.run.db", folder);
    if (create_status(path, &err) != PP_DENIED)
        return 3;
    if (sto_add_load_result(path, &load, &err) != PP_DENIED)
        return 4;
    return expect_status(folder, "whole.run.db", PP_OK, "") +
           expect_status(folder, "secret.run.db", PP_DENIED, "cannot") +
           expect_status(folder, "wal_mode.run.db", PP_OK, "") +
           expect_status(folder, "left.run.db", PP_DENIED, "copy the file and its -wal");
}

static void copy(const char *from, const char *to)
{
    char cmd[1200];
    snprintf(cmd, sizeof cmd, "cp '%s' '%s'", from, to);
    assert_int_equal(system(cmd), 0); /* NOLINT(cert-env33-c): fixed names of this test */
}

static void without_permission(void **state)
{
    record(in_folder(state, "whole.run.db"), 3);
    record(in_folder(state, "secret.run.db"), 3);
    assert_int_equal(chmod(in_folder(state, "secret.run.db"), 0600), 0);
    /* In WAL mode, but whole: as when a reader was there at the end. */
    record(in_folder(state, "wal_mode.run.db"), 3);
    exec(in_folder(state, "wal_mode.run.db"), "PRAGMA journal_mode=WAL");
    /* With a WAL and without its index: as after a copy of the two files. */
    struct sto_writer *w = writer_at(in_folder(state, "live.run.db"), true);
    sto_put_meta(w, "a", "b");
    struct sto_writer_counters c = {.written = 0};
    while (c.written == 0)
        sto_writer_get_counters(w, &c);
    copy(in_folder(state, "live.run.db"), in_folder(state, "left.run.db"));
    copy(in_folder(state, "live.run.db-wal"), in_folder(state, "left.run.db-wal"));
    finish(&w);
    assert_int_equal(chmod(*state, 0555), 0);
    int rc = as_nobody(nobody_reads, *state);
    assert_int_equal(chmod(*state, 0755), 0);
    if (rc == 77)
        skip();
    assert_int_equal(rc, 0);
    /* Whoever may write there reads it whole. */
    char text[8];
    struct sto_run *run = run_at(in_folder(state, "left.run.db"));
    assert_true(sto_get_meta(run, "a", text, sizeof text));
    sto_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_that_are_no_run, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(another_version, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(load_results_of_an_older_run, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_truncated_run, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_run, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_run_with_code_in_it, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(creating, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_stale_wal_is_not_replayed, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(an_older_run_keeps_its_wal, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(names_that_sqlite_would_interpret, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(without_permission, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
