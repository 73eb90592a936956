/* summary: against a real server: variables, counts equal to the commands sent, and each way of being refused
 * (label e2e) */
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mysql.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What tools/mysql-server.sh started, and a HOME without anybody's option file. */
static struct {
    char dir[64];
    unsigned port;
    char socket[256];
    char version[64];
    char flavour[32];
} server;

static int tool(const char *command)
{
    char line[1024];
    snprintf(line, sizeof line, "'%s/tools/mysql-server.sh' %s --dir '%s/mysql'", PP_SOURCE_DIR, command,
             server.dir);
    int rc = system(line); /* NOLINT(cert-env33-c): the tool that people use */
    return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static void read_env(void)
{
    char line[512];
    char path[128];
    snprintf(path, sizeof path, "%s/mysql/env", server.dir);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        char *value = strchr(line, '=');
        if (value == NULL)
            continue;
        value += value[1] == '\'' ? 2 : 1;
        value[strcspn(value, "'\n")] = '\0';
        if (strncmp(line, "MYSQL_PORT=", 11) == 0)
            server.port = (unsigned)strtoul(value, NULL, 10);
        else if (strncmp(line, "MYSQL_SOCKET=", 13) == 0)
            snprintf(server.socket, sizeof server.socket, "%s", value);
        else if (strncmp(line, "MYSQL_VERSION=", 14) == 0)
            snprintf(server.version, sizeof server.version, "%s", value);
        else if (strncmp(line, "MYSQL_FLAVOUR=", 14) == 0)
            snprintf(server.flavour, sizeof server.flavour, "%s", value);
    }
    fclose(f);
}

static const char *uri_of(const char *user)
{
    static char text[256];
    snprintf(text, sizeof text, "mysql://%s@127.0.0.1:%u", user, server.port);
    return text;
}

/* ---- sink ---- */

#define APP "statements.by_account.benchmark_user@"

struct seen {
    int variables;
    char max_connections[32];
    long long app_statements;
    bool app_seen;
    long long questions, threads_running;
    int64_t ts_ns;
};

static void on_variable(void *priv, const char *name, const char *value, int64_t ts_ns)
{
    struct seen *s = priv;
    s->variables++;
    s->ts_ns = ts_ns;
    if (strcmp(name, "max_connections") == 0)
        snprintf(s->max_connections, sizeof s->max_connections, "%s", value);
}

static void on_status(void *priv, const char *name, int64_t value, int64_t ts_ns)
{
    struct seen *s = priv;
    s->ts_ns = ts_ns;
    if (strncmp(name, APP, sizeof APP - 1) == 0) {
        s->app_statements += value;
        s->app_seen = true;
    } else if (strcmp(name, "Questions") == 0) {
        s->questions = value;
    } else if (strcmp(name, "Threads_running") == 0) {
        s->threads_running = value;
    }
}

static struct srv *open_probe(struct seen *seen)
{
    struct srv *s = NULL;
    struct pp_err err = {.status = PP_OK};
    const struct srv_sink sink = {.variable = on_variable, .status = on_status, .priv = seen};
    setenv("MYSQL_PWD", "probe_pass", 1);
    if (srv_open(&s, uri_of("poolprobe"), &sink, &err) != PP_OK)
        fail_msg("%s", err.text);
    unsetenv("MYSQL_PWD");
    return s;
}

static MYSQL *client(const char *user, const char *password, bool by_socket)
{
    MYSQL *db = mysql_init(NULL);
    unsigned protocol = by_socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    mysql_options(db, MYSQL_OPT_PROTOCOL, &protocol);
    if (mysql_real_connect(db, by_socket ? "localhost" : "127.0.0.1", user, password, NULL, server.port,
                           by_socket ? server.socket : NULL, 0) == NULL)
        fail_msg("%s: %s", user, mysql_error(db));
    return db;
}

static void run(MYSQL *db, const char *sql)
{
    if (mysql_query(db, sql) == 0) {
        MYSQL_RES *r = mysql_store_result(db);
        mysql_free_result(r);
    }
}

static long long read_counts(struct srv *s, struct seen *seen)
{
    struct pp_err err = {.status = PP_OK};
    memset(seen, 0, sizeof *seen);
    if (srv_read_counts(s, &err) != PP_OK)
        fail_msg("%s", err.text);
    return seen->app_statements;
}

/* ---- tests ---- */

static void variables(void **state)
{
    (void)state;
    struct seen seen = {.variables = 0};
    struct pp_err err = {.status = PP_OK};
    struct srv *s = open_probe(&seen);
    assert_non_null(strstr(srv_version(s), server.version));
    assert_int_equal(srv_port(s), server.port);
    assert_true(srv_thread_id(s) > 0);
    assert_int_equal(srv_read_variables(s, &err), PP_OK);
    assert_true(seen.variables > 200);
    assert_true(strlen(seen.max_connections) > 0);
    assert_true(seen.ts_ns > INT64_C(1500000000) * 1000000000);
    srv_free(&s);
    assert_null(s);
}

/* Commands on the wire after the handshake: the number returned. */
static int known_commands(void)
{
    MYSQL *db = client("benchmark_user", "benchmark_pass", false);
    int n = 0;
    for (int i = 0; i < 5; i++, n++)
        run(db, "SELECT 1");
    run(db, "SELECT * FROM no_such_table"), n++;
    run(db, "SELEC"), n++;
    run(db, ""), n++;
    run(db, "BEGIN"), n++;
    run(db, "COMMIT"), n++;
    mysql_ping(db), n++;
    mysql_select_db(db, "benchmark_reftarget"), n++;
    MYSQL_STMT *st = mysql_stmt_init(db);
    const char *sql = "SELECT 1 UNION SELECT 2";
    assert_int_equal(mysql_stmt_prepare(st, sql, (unsigned long)strlen(sql)), 0), n++;
    for (int i = 0; i < 3; i++, n++) {
        assert_int_equal(mysql_stmt_execute(st), 0);
        assert_int_equal(mysql_stmt_store_result(st), 0);
        mysql_stmt_free_result(st);
    }
    mysql_stmt_close(st), n++;
    mysql_close(db), n++; /* COM_QUIT */
    return n;
}

static void counts_are_the_commands_on_the_wire(void **state)
{
    (void)state;
    struct seen seen = {.variables = 0};
    struct srv *s = open_probe(&seen);
    long long before = read_counts(s, &seen);
    for (int round = 0; round < 3; round++) {
        int sent = known_commands();
        long long after = before;
        for (int i = 0; i < 100 && after < before + sent;
             i++) { /* Close stmt and Quit have no answer to wait for */
            usleep(20000);
            after = read_counts(s, &seen);
        }
        assert_int_equal(after - before, sent);
        before = after;
    }
    assert_true(seen.app_seen);
    assert_true(seen.questions > 0);
    assert_true(seen.threads_running >= 1);
    srv_free(&s);
}

static void expect_open(const char *uri, const char *password, enum pp_status expected, const char *words)
{
    struct srv *s = NULL;
    struct seen seen = {.variables = 0};
    struct pp_err err = {.status = PP_OK};
    const struct srv_sink sink = {.variable = on_variable, .status = on_status, .priv = &seen};
    if (password != NULL)
        setenv("MYSQL_PWD", password, 1);
    enum pp_status status = srv_open(&s, uri, &sink, &err);
    unsetenv("MYSQL_PWD");
    if (status != expected || (status != PP_OK && strstr(err.text, words) == NULL))
        fail_msg("%s: %s, \"%s\"", uri, pp_status_name(status), err.text);
    if (password != NULL)
        assert_null(strstr(err.text, password));
    srv_free(&s);
}

static void refusals(void **state)
{
    (void)state;
    char nowhere[64];
    expect_open(uri_of("poolprobe"), "wr0ng", PP_DENIED, "put the right password");
    expect_open(uri_of("poolprobe"), NULL, PP_DENIED, "put the right password");
    expect_open(uri_of("nobody"), "wr0ng", PP_DENIED, "nobody");
    snprintf(nowhere, sizeof nowhere, "mysql://poolprobe@127.0.0.1:1");
    expect_open(nowhere, "x9y8", PP_IO, "is the server running at 127.0.0.1:1?");
    expect_open("mysql://poolprobe@no-such-host.invalid:1", "x9y8", PP_IO, "no-such-host.invalid");
}

static void password_from_an_option_file(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/.my.cnf", server.dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("[client]\npassword=probe_pass\n", f);
    fclose(f);
    chmod(path, 0600);
    expect_open(uri_of("poolprobe"), NULL, PP_OK, "");
    expect_open(uri_of("poolprobe"), "wr0ng", PP_DENIED, "put the right password"); /* MYSQL_PWD goes first */
    unlink(path);
}

static void a_user_without_grants(void **state)
{
    (void)state;
    struct srv *s = NULL;
    struct seen seen = {.variables = 0};
    struct pp_err err = {.status = PP_OK};
    const struct srv_sink sink = {.variable = on_variable, .status = on_status, .priv = &seen};
    setenv("MYSQL_PWD", "benchmark_pass", 1);
    assert_int_equal(srv_open(&s, uri_of("benchmark_user"), &sink, &err), PP_OK);
    unsetenv("MYSQL_PWD");
    assert_int_equal(srv_read_variables(s, &err), PP_OK);
    assert_int_equal(srv_read_counts(s, &err), PP_DENIED);
    assert_non_null(strstr(err.text, "sql/probe_grants.sql"));
    assert_true(seen.questions > 0); /* what it may see came all the same */
    srv_free(&s);
}

static void a_lost_connection_comes_back(void **state)
{
    (void)state;
    char sql[64];
    struct seen seen = {.variables = 0};
    struct pp_err err = {.status = PP_OK};
    struct srv *s = open_probe(&seen);
    MYSQL *root = client("root", "", true);
    snprintf(sql, sizeof sql, "KILL %llu", (unsigned long long)srv_thread_id(s));
    assert_int_equal(mysql_query(root, sql), 0);
    mysql_close(root);
    assert_int_equal(srv_read_counts(s, &err), PP_IO);
    assert_non_null(strstr(err.text, "lost the connection"));
    setenv("MYSQL_PWD", "probe_pass", 1);
    assert_int_equal(srv_read_counts(s, &err), PP_OK);
    unsetenv("MYSQL_PWD");
    srv_free(&s);
}

static void counting_switched_off(void **state)
{
    (void)state;
    struct seen seen = {.variables = 0};
    struct pp_err err = {.status = PP_OK};
    struct srv *s = open_probe(&seen);
    MYSQL *root = client("root", "", true);
    assert_int_equal(mysql_query(root, "UPDATE performance_schema.setup_consumers SET ENABLED='NO' "
                                       "WHERE NAME='thread_instrumentation'"),
                     0);
    enum pp_status status = srv_read_counts(s, &err);
    assert_int_equal(mysql_query(root, "UPDATE performance_schema.setup_consumers SET ENABLED='YES' "
                                       "WHERE NAME='thread_instrumentation'"),
                     0);
    mysql_close(root);
    assert_int_equal(status, PP_NOENT);
    assert_non_null(strstr(err.text, "does not count statements"));
    assert_false(seen.app_seen);
    assert_true(seen.questions > 0);
    assert_int_equal(srv_read_counts(s, &err), PP_OK);
    srv_free(&s);
}

/* ---- the poller ---- */

struct polled {
    struct seen seen;
    int rows[32];
    int64_t count, negative;
    char text[256], joined[80], notes[4096];
    atomic_bool killed, answered;
};

enum row_kind {
#define PS_ROW(name, NAME, order) ROW_##NAME,
#include "base/ps_rows.def"
#undef PS_ROW
};

#define PS_ROW(name, NAME, order)                                                                            \
    static void count_##name(void *priv, const struct srv_##name *row)                                       \
    {                                                                                                        \
        (void)row;                                                                                           \
        ((struct polled *)priv)->rows[ROW_##NAME]++;                                                         \
    }
#include "base/ps_rows.def"
#undef PS_ROW

static void see_statement(void *priv, const struct srv_statement *row)
{
    struct polled *p = priv;
    p->rows[ROW_STATEMENT]++;
    p->negative += row->count <= 0 || row->timer_ns < 0 || row->lock_ns < 0;
}

static void see_text(void *priv, const struct srv_digest_text *row)
{
    struct polled *p = priv;
    if (strstr(row->text, "poller_test") != NULL)
        snprintf(p->text, sizeof p->text, "%s", row->text);
}

static void see_join(void *priv, const struct srv_digest_join *row)
{
    struct polled *p = priv;
    if (row->digest == 4711)
        snprintf(p->joined, sizeof p->joined, "%s", row->server_digest);
}

static void see_note(void *priv, const struct srv_note *row)
{
    struct polled *p = priv;
    size_t used = strlen(p->notes);
    snprintf(p->notes + used, sizeof p->notes - used, "%s: %s\n", row->kind, row->text);
}

static void see_killed(void *priv, const struct srv_note *row)
{
    struct polled *p = priv;
    if (strcmp(row->kind, "killed") == 0)
        atomic_store(&p->killed, true);
}

static void see_poll(void *priv, const struct srv_poll *row)
{
    struct polled *p = priv;
    if (strcmp(row->note, "killed") == 0)
        atomic_store(&p->answered, true);
}

/* Counts what comes; the questions' notes and answers go nowhere yet. */
static struct srv_sink counting(struct polled *p)
{
    return (struct srv_sink){
        .variable = on_variable,
        .status = on_status,
#define PS_ROW(name, NAME, order) .name = count_##name,
#include "base/ps_rows.def"
#undef PS_ROW
        .priv = p,
    };
}

/* KILL QUERY until it meets a question: that one is told, asked again at once, and answered then. */
static void a_killed_question_is_asked_again(void **state)
{
    (void)state;
    struct polled p = {.count = 0};
    struct srv *s = NULL;
    struct srv_poller *poller = NULL;
    struct pp_err err = {.status = PP_OK};
    char sql[64];
    struct srv_sink sink = counting(&p);
    sink.note = see_killed;
    sink.poll = see_poll;
    setenv("MYSQL_PWD", "probe_pass", 1);
    assert_int_equal(srv_open(&s, uri_of("poolprobe"), &sink, &err), PP_OK);
    snprintf(sql, sizeof sql, "KILL QUERY %llu", (unsigned long long)srv_thread_id(s));
    assert_int_equal(srv_poller_start(&poller, s, 10 * 1000 * 1000, &err), PP_OK);
    MYSQL *root = client("root", "", true);
    for (int i = 0; i < 20000 && !atomic_load(&p.answered); i++) {
        run(root, sql);
        usleep(1000);
    }
    mysql_close(root);
    assert_true(atomic_load(&p.killed));
    assert_true(atomic_load(&p.answered));
    srv_poller_stop(&poller);
    unsetenv("MYSQL_PWD");
    srv_free(&s);
}

static void the_poller(void **state)
{
    (void)state;
    struct polled p = {.count = 0};
    struct srv *s = NULL;
    struct srv_poller *poller = NULL;
    struct pp_err err = {.status = PP_OK};
    struct srv_sink sink = counting(&p);
    sink.statement = see_statement;
    sink.digest_text = see_text;
    sink.digest_join = see_join;
    sink.note = see_note;
    setenv("MYSQL_PWD", "probe_pass", 1);
    assert_int_equal(srv_open(&s, uri_of("poolprobe"), &sink, &err), PP_OK);
    assert_int_equal(srv_poller_start(&poller, s, 20 * 1000 * 1000, &err), PP_OK);
    MYSQL *db = client("benchmark_user", "benchmark_pass", false);
    for (int i = 0; i < 50; i++) {
        run(db, "SELECT 1 AS poller_test");
        srv_poller_ask(poller, 4711, "SELECT ? AS `poller_test`");
        usleep(10000);
    }
    mysql_close(db);
    srv_poller_stop(&poller);
    assert_null(poller);
    unsetenv("MYSQL_PWD");
    srv_free(&s);
    assert_true(p.rows[ROW_POLL] > 20);
    assert_true(p.rows[ROW_STATEMENT] > 0);
    assert_int_equal(p.negative, 0);
    assert_non_null(strstr(p.text, "poller_test"));
    if (strcmp(server.flavour, "mysql") == 0)
        assert_int_equal(strlen(p.joined), 64);
    else
        assert_non_null(strstr(p.notes, "redo log"));
    assert_null(strstr(p.notes, "lost"));
}

int main(void)
{
    char line[128];
    snprintf(server.dir, sizeof server.dir, "/tmp/pp-server-XXXXXX");
    if (mkdtemp(server.dir) == NULL)
        return 1;
    unsetenv("MYSQL_PWD");
    if (tool("start") != 0) {
        fprintf(stderr, "no server to test with\n");
        return 77;
    }
    setenv("HOME", server.dir, 1);
    read_env();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables),
        cmocka_unit_test(counts_are_the_commands_on_the_wire),
        cmocka_unit_test(refusals),
        cmocka_unit_test(password_from_an_option_file),
        cmocka_unit_test(a_user_without_grants),
        cmocka_unit_test(a_lost_connection_comes_back),
        cmocka_unit_test(counting_switched_off),
        cmocka_unit_test(a_killed_question_is_asked_again),
        cmocka_unit_test(the_poller),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (tool("stop") != 0)
        failed++;
    snprintf(line, sizeof line, "rm -rf '%s'", server.dir);
    if (system(line) != 0) /* NOLINT(cert-env33-c): a folder of this test */
        failed++;
    return failed;
}
