/* summary: parsing of /proc texts, control group limits in a made-up tree, and samples of real processes */
#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host_priv.h"

#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- texts ---- */

#define STAT_REST " S 1 2 3 4 5 6 7 8 9 10 700 30 11 12 20 0 1 0 100 200 300\n"

static void stat_texts(void **state)
{
    (void)state;
    static const char *const good[] = {"42 (mysqld)" STAT_REST, "42 (a b)" STAT_REST, "42 ())" STAT_REST,
                                       "42 () R 1 1 1 1 1 1 1 1 1 1 9 9 (x)" STAT_REST, "42 (\n)" STAT_REST};
    static const char *const bad[] = {"",
                                      "42",
                                      "42 (x",
                                      "42 (x)",
                                      "42 (x)\n",
                                      "42 (x)",
                                      "42 (x) S 1 2 3",
                                      "42 (x) S 1 2 3 4 5 6 7 8 9 10 700",
                                      "42 (x) S 1 2 3 4 5 6 7 8 9 10 a b c",
                                      "42 (x) S 1 2 3 4 5 6 7 8 9 10 99999999999999999999 1 1",
                                      "42 (x) S 1 2 3 4 5 6 7 8 9 10 -7 1 1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ticks = 0;
        assert_true(host_parse_stat(good[i], &ticks));
        assert_int_equal(ticks, 730);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ticks = 0;
        assert_false(host_parse_stat(bad[i], &ticks));
    }
}

static void small_texts(void **state)
{
    (void)state;
    int64_t v = 0;
    assert_true(host_parse_schedstat("436280 33409 2\n", &v));
    assert_int_equal(v, 33409);
    assert_true(host_parse_schedstat("1 9223372036854775807 2\n", &v));
    assert_false(host_parse_schedstat("", &v));
    assert_false(host_parse_schedstat("436280\n", &v));
    assert_false(host_parse_schedstat("1 x 2\n", &v));
    assert_false(host_parse_schedstat("1 9223372036854775808 2\n", &v));
    assert_true(host_parse_statm("1000 250 3 4 5 6 7\n", &v));
    assert_int_equal(v, 250);
    assert_false(host_parse_statm("1000", &v));
}

/* ---- control groups ---- */

static int folder_setup(void **state)
{
    char name[] = "/tmp/pp-host-XXXXXX";
    *state = mkdtemp(name) == NULL ? NULL : strdup(name);
    return *state == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int folder_teardown(void **state)
{
    nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return 0;
}

static void put(const char *root, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(path, 0755);
        *slash = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

#define EXPECT_LIMITS(root, self, cpus, memory)                                                              \
    do {                                                                                                     \
        int64_t c_ = -1;                                                                                     \
        int64_t m_ = -1;                                                                                     \
        host_cgroup_limits(root, self, &c_, &m_);                                                            \
        assert_int_equal(c_, cpus);                                                                          \
        assert_int_equal(m_, memory);                                                                        \
    } while (0)

static void cgroup_version_2(void **state)
{
    const char *root = *state;
    EXPECT_LIMITS(root, "0::/a/b\n", 0, 0);
    put(root, "a/b/cpu.max", "max 100000\n");
    put(root, "a/b/memory.max", "max\n");
    EXPECT_LIMITS(root, "0::/a/b\n", 0, 0);
    put(root, "a/cpu.max", "150000 100000\n");
    put(root, "a/memory.max", "1073741824\n");
    EXPECT_LIMITS(root, "0::/a/b\n", 1500, 1073741824);
    EXPECT_LIMITS(root, "0::/a", 1500, 1073741824);
    EXPECT_LIMITS(root, "0::/\n", 0, 0);
    put(root, "a/b/cpu.max", "50000 100000\n"); /* the tighter one */
    put(root, "a/b/memory.max", "2073741824\n");
    EXPECT_LIMITS(root, "0::/a/b\n", 500, 1073741824);
    put(root, "cpu.max", "20000 100000\n"); /* a container: the mount is the group */
    EXPECT_LIMITS(root, "0::/not/here\n", 200, 0);
    EXPECT_LIMITS(root, "0::/../../..\n", 0, 0);
}

static void cgroup_version_1(void **state)
{
    const char *root = *state;
    static const char self[] = "5:memory:/m\n4:cpuset:/\n3:cpu,cpuacct:/c\n1:name=systemd:/\n0::/\n";
    put(root, "cpu/c/cpu.cfs_quota_us", "-1\n");
    put(root, "cpu/c/cpu.cfs_period_us", "100000\n");
    put(root, "memory/m/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_LIMITS(root, self, 0, 0);
    put(root, "cpu/c/cpu.cfs_quota_us", "800000\n");
    put(root, "memory/m/memory.limit_in_bytes", "8589934592\n");
    EXPECT_LIMITS(root, self, 8000, 8589934592);
}

static void cgroup_nonsense(void **state)
{
    const char *root = *state;
    static char long_line[5000];
    memset(long_line, 'a', sizeof long_line - 1);
    put(root, "cpu.max", "10 0\n");
    put(root, "memory.max", "-5\n");
    EXPECT_LIMITS(root, "0::/\n", 0, 0);
    put(root, "cpu.max", "9223372036854775807 1\n");
    put(root, "memory.max", "");
    EXPECT_LIMITS(root, "0::/\n", 0, 0);
    EXPECT_LIMITS(root, "", 0, 0);
    EXPECT_LIMITS(root, "\n\n:\n::\n", 0, 0);
    EXPECT_LIMITS(root, long_line, 0, 0);
}

/* ---- processes ---- */

static void this_process(void **state)
{
    (void)state;
    struct host_sample a;
    struct host_sample b;
    struct pp_err err = {.status = PP_OK};
    assert_int_equal(host_read_process(getpid(), &a, &err), PP_OK);
    assert_true(a.ts_ns > 0 && a.rss_bytes > 0 && a.cpu_ns >= 0);
    /* Burn CPU until the kernel's clock ticks (10 ms by custom) have moved on. */
    struct timespec t;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    while (t.tv_sec * 1000000000 + t.tv_nsec < a.cpu_ns + 60000000);
    assert_int_equal(host_read_process(getpid(), &b, &err), PP_OK);
    assert_true(b.cpu_ns > a.cpu_ns);
    assert_true(b.ts_ns >= a.ts_ns);
    assert_true(b.run_delay_ns >= a.run_delay_ns);
}

static void *touch_and_wait(void *priv)
{
    pthread_barrier_wait(priv);
    pthread_barrier_wait(priv);
    return NULL;
}

static void threads_and_memory_count(void **state)
{
    (void)state;
    struct host_sample a;
    struct host_sample b;
    pthread_barrier_t barrier;
    pthread_t threads[8];
    assert_int_equal(host_read_process(getpid(), &a, NULL), PP_OK);
    pthread_barrier_init(&barrier, NULL, 9);
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, touch_and_wait, &barrier), 0);
    size_t bytes = (size_t)32 << 20;
    char *memory = malloc(bytes);
    assert_non_null(memory);
    memset(memory, 1, bytes);
    pthread_barrier_wait(&barrier);
    assert_int_equal(host_read_process(getpid(), &b, NULL), PP_OK);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    assert_true(b.rss_bytes > a.rss_bytes + (16 << 20));
    assert_true(b.run_delay_ns >= a.run_delay_ns);
    assert_int_equal(memory[bytes - 1], 1);
    free(memory);
    pthread_barrier_destroy(&barrier);
}

static void no_such_process(void **state)
{
    (void)state;
    struct host_sample s;
    struct pp_err err = {.status = PP_OK};
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        pause();
        _exit(0);
    }
    assert_int_equal(host_read_process(pid, &s, &err), PP_OK);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(host_read_process(pid, &s, &err), PP_NOENT);
    assert_non_null(strstr(err.text, "no process"));
    assert_int_equal(host_read_process(0, &s, &err), PP_NOENT);
    assert_int_equal(host_read_process(-1, &s, &err), PP_NOENT);
}

/* ---- facts ---- */

struct seen {
    int cpus, memory, kernel, model;
};

static void see_fact(void *priv, const char *name, const char *value)
{
    struct seen *s = priv;
    assert_true(strlen(value) > 0);
    if (strcmp(name, "cpus") == 0) {
        s->cpus++;
        assert_in_range(strtoul(value, NULL, 10), 1, (unsigned long)sysconf(_SC_NPROCESSORS_CONF));
    } else if (strcmp(name, "memory_bytes") == 0) {
        s->memory++;
        assert_true(strtoll(value, NULL, 10) > 1000000);
    } else if (strcmp(name, "kernel") == 0) {
        s->kernel++;
        assert_memory_equal(value, "Linux ", 6);
    } else if (strcmp(name, "cpu_model") == 0) {
        s->model++;
    } else if (strcmp(name, "cgroup_cpus") != 0 && strcmp(name, "cgroup_memory_bytes") != 0) {
        fail_msg("unknown fact %s", name);
    }
}

static void facts(void **state)
{
    (void)state;
    struct seen s = {.cpus = 0};
    host_each_fact(see_fact, &s);
    assert_int_equal(s.cpus, 1);
    assert_int_equal(s.memory, 1);
    assert_int_equal(s.kernel, 1);
    assert_true(s.model <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stat_texts),
        cmocka_unit_test(small_texts),
        cmocka_unit_test_setup_teardown(cgroup_version_2, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(cgroup_version_1, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(cgroup_nonsense, folder_setup, folder_teardown),
        cmocka_unit_test(this_process),
        cmocka_unit_test(threads_and_memory_count),
        cmocka_unit_test(no_such_process),
        cmocka_unit_test(facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
