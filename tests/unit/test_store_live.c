/* summary: a run read while it is written, after its recorder was killed, and written to by a second process
 */
#include "test_store_facts.h"

#include <signal.h>
#include <sys/wait.h>

/* Waits for the child's byte: it has come as far as the test needs. */
static void expect_byte(int fd)
{
    char byte;
    assert_int_equal(read(fd, &byte, 1), 1);
}

/* Child: records until `enough` rows are committed, tells so, and then either goes on until it is killed or
 * waits with its writer open. */
static pid_t recorder(const char *path, int tell, bool go_on)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    struct sto_writer *w = NULL;
    struct sto_writer_counters c = {.written = 0};
    const struct sto_writer_options o = {.path = path, .statements = true, .batch_ns = 1000000};
    if (sto_writer_new(&w, &o, NULL) != PP_OK)
        _exit(1);
    struct ses_connection conn = a_connection(1);
    sto_put_connection(w, &conn);
    bool told = false;
    for (uint64_t id = 1;; id++) {
        struct ses_statement s = a_statement(id, 1);
        if (!told || go_on)
            sto_put_statement(w, &s);
        else
            pause();
        sto_writer_get_counters(w, &c);
        if (!told && c.written >= 5000) {
            told = true;
            if (write(tell, "x", 1) != 1)
                _exit(2);
        }
    }
}

static void end(pid_t pid)
{
    int status = 0;
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

struct sequence {
    uint64_t last;
};

static enum pp_status see_next(void *priv, const struct sto_statement *s)
{
    struct sequence *q = priv;
    struct ses_statement e = a_statement(q->last + 1, 1);
    assert_int_equal(s->id, e.id);
    assert_int_equal(s->last_ns, e.last_ns);
    assert_int_equal(s->resp_bytes, e.resp_bytes);
    q->last = s->id;
    return PP_OK;
}

/* Reads everything; ids have no hole. */
static uint64_t read_all(const char *path)
{
    struct sequence q = {.last = 0};
    struct pp_err err = {.status = PP_OK};
    struct sto_run *run = run_at(path);
    if (sto_each_statement(run, see_next, &q, &err) != PP_OK)
        fail_msg("%s", err.text);
    sto_run_free(&run);
    return q.last;
}

static void killed_recorder(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    int pipe_fd[2];
    assert_int_equal(pipe(pipe_fd), 0);
    pid_t pid = recorder(path, pipe_fd[1], true);
    expect_byte(pipe_fd[0]);
    end(pid);
    assert_int_equal(access(in_folder(state, "a.run.db-wal"), F_OK), 0);
    assert_true(read_all(path) >= 4999);
    assert_true(read_all(path) >= 4999); /* reading leaves it as it was */

    /* A new recording to the same name keeps the killed one, with its WAL's facts, as .old. */
    uint64_t before = read_all(path);
    struct sto_writer *w = writer_at(path, true);
    finish(&w);
    assert_int_equal(count_statements(path), 0);
    assert_int_equal(read_all(in_folder(state, "a.run.db.old")), before);
    close(pipe_fd[0]);
    close(pipe_fd[1]);
}

static void live_reading(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    int pipe_fd[2];
    assert_int_equal(pipe(pipe_fd), 0);
    pid_t pid = recorder(path, pipe_fd[1], true);
    expect_byte(pipe_fd[0]);
    uint64_t before = 0;
    for (int i = 0; i < 5; i++) {
        uint64_t n = read_all(path);
        assert_true(n >= 4999 && n >= before);
        before = n;
    }
    end(pid);
    close(pipe_fd[0]);
    close(pipe_fd[1]);
}

static void one_moment_for_all_tables(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = writer_at(path, true);
    struct sto_run *run = run_at(path);
    struct ses_statement s = a_statement(1, 1);
    sto_put_statement(w, &s);
    finish(&w); /* a reader is there: the WAL stays */
    uint64_t n = 0;
    assert_int_equal(sto_each_statement(run, count_row, &n, NULL), PP_OK);
    assert_int_equal(n, 0); /* opened before the statement came */
    sto_run_free(&run);
    assert_int_equal(count_statements(path), 1);
}

static void a_file_in_use_is_not_taken_over(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    int pipe_fd[2];
    assert_int_equal(pipe(pipe_fd), 0);
    pid_t pid = recorder(path, pipe_fd[1], false);
    expect_byte(pipe_fd[0]);
    struct sto_writer *w = NULL;
    struct pp_err err = {.status = PP_OK};
    const struct sto_writer_options o = {.path = path, .statements = true};
    assert_int_equal(sto_writer_new(&w, &o, &err), PP_INVALID);
    assert_non_null(strstr(err.text, "in use by another process"));
    assert_null(w);
    assert_true(read_all(path) >= 4999);
    end(pid);
    close(pipe_fd[0]);
    close(pipe_fd[1]);
}

/* ---- a load generator's results ---- */

static enum pp_status see_result(void *priv, const struct sto_load_result *r)
{
    uint32_t *n = priv;
    char expected[32];
    ++*n;
    snprintf(expected, sizeof expected, "{\"n\":%u}", *n);
    assert_int_equal(r->users, *n * 10);
    assert_int_equal(r->start_ns, *n);
    assert_string_equal(r->json, expected);
    return PP_OK;
}

static void results_while_recording(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    int status = 0;
    struct sto_writer *w = writer_at(path, true);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        for (uint32_t i = 1; i <= 5; i++) {
            char json[32];
            snprintf(json, sizeof json, "{\"n\":%u}", i);
            const struct sto_load_result l = {
                .users = i * 10, .start_ns = i, .end_ns = i + 1, .target = "shop", .json = json};
            if (sto_add_load_result(path, &l, NULL) != PP_OK)
                _exit((int)i);
        }
        _exit(0);
    }
    uint64_t put = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) { /* the writer is kept busy all the while */
        for (int i = 0; i < 256; i++) {
            struct ses_statement s = a_statement(++put, 1);
            sto_put_statement(w, &s);
        }
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    finish(&w);
    assert_int_equal(count_statements(path), put);
    uint32_t n = 0;
    struct sto_run *run = run_at(path);
    assert_int_equal(sto_each_load_result(run, see_result, &n, NULL), PP_OK);
    assert_int_equal(n, 5);
    sto_run_free(&run);
}

static void results_for_what_is_no_run(void **state)
{
    struct pp_err err = {.status = PP_OK};
    const char *path = in_folder(state, "none.run.db");
    const struct sto_load_result l = {.users = 1, .start_ns = 1, .end_ns = 2, .target = "shop", .json = "{}"};
    assert_int_equal(sto_add_load_result(path, &l, &err), PP_NOENT);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("hello\n", f);
    fclose(f);
    assert_int_equal(sto_add_load_result(path, &l, &err), PP_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_recorder, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(live_reading, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(one_moment_for_all_tables, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_file_in_use_is_not_taken_over, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(results_while_recording, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(results_for_what_is_no_run, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
