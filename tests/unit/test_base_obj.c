/* summary: tests of base/obj, base/status and base/log: checks that end the process, error texts, lines on
 * stderr */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hist.h"
#include "base/log.h"
#include "base/obj.h"
#include "base/status.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THING_MAGIC 0x7e57u

struct thing {
    uint32_t magic;
    int value;
};

typedef void child_f(void);

/* Runs f in a child; its stderr goes into text. The status of wait. */
static int run_child(child_f *f, char *text, size_t n)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(fds[1], STDERR_FILENO);
        (void)close(fds[0]);
        f();
        _exit(0);
    }
    (void)close(fds[1]);
    size_t len = 0;
    ssize_t got = 0;
    while (len < n - 1 && (got = read(fds[0], text + len, n - 1 - len)) > 0)
        len += (size_t)got;
    text[len] = 0;
    (void)close(fds[0]);
    int status = 0;
    assert_true(waitpid(pid, &status, 0) == pid);
    return status;
}

static void use_dead_magic(void)
{
    struct thing t = {.magic = 1};
    OBJ_CHECK(&t, THING_MAGIC);
}

static void use_null(void)
{
    struct thing *volatile t = NULL;
    OBJ_CHECK(t, THING_MAGIC);
}

static void fail_assert(void)
{
    OBJ_ASSERT(1 + 1 == 3);
}

static void negative_value(void)
{
    struct hist *h = hist_new();
    hist_add(h, -1);
}

static void checks_end_the_process(void **state)
{
    (void)state;
    static const struct {
        child_f *f;
        const char *says;
    } cases[] = {{use_dead_magic, "THING_MAGIC"},
                 {use_null, "is not a live"},
                 {fail_assert, "1 + 1 == 3"},
                 {negative_value, "value >= 0"}};
    char text[1024];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = run_child(cases[i].f, text, sizeof text);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_non_null(strstr(text, cases[i].says));
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    }
}

static void new_and_free(void **state)
{
    (void)state;
    struct thing *t = NULL;
    assert_non_null(OBJ_NEW(t, THING_MAGIC));
    OBJ_CHECK(t, THING_MAGIC);
    assert_int_equal(t->value, 0);
    OBJ_FREE(t);
    assert_null(t);
}

static void error_text(void **state)
{
    (void)state;
    struct pp_err err = {.status = PP_OK};
    assert_int_equal(pp_err_set(&err, PP_IO, "%s: %d", "a\nb\x1b[1m\x7f\xc2\x9b", 5), PP_IO);
    assert_int_equal(err.status, PP_IO);
    assert_string_equal(err.text, "a?b?[1m???: 5");
    assert_int_equal(pp_err_set(NULL, PP_NOMEM, "%s", "x"), PP_NOMEM);
    assert_int_equal(pp_err_set(&err, PP_LIMIT, "%600s", "x"), PP_LIMIT);
    assert_int_equal(strlen(err.text), PP_ERR_MAX - 1);
    for (int s = PP_OK; s <= PP_VERSION; s++)
        assert_true(strcmp(pp_status_name((enum pp_status)s), "unknown status") != 0);
}

static void say_lines(void)
{
    log_set_program("prog");
    log_error("bad %d\nthing", 1);
    log_warn("careful \x1b]0;title");
    log_info("fine %s", "\xe2\x82\xac");
    log_error("%5000s", "x");
}

static void log_lines(void **state)
{
    (void)state;
    static char text[8192];
    int status = run_child(say_lines, text, sizeof text);
    assert_int_equal(status, 0);
    static const char expected[] =
        "prog: bad 1?thing\nprog: warning: careful ?]0;title\nprog: fine \xe2\x82\xac\n";
    assert_memory_equal(text, expected, sizeof expected - 1);
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_ptr_equal(strchr(text + sizeof expected - 1, '\n'), text + strlen(text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_end_the_process),
        cmocka_unit_test(new_and_free),
        cmocka_unit_test(error_text),
        cmocka_unit_test(log_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
