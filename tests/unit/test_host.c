/* summary: parsing of /proc texts, control group limits in a made-up tree, facts of this machine */
#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host_priv.h"
#include "test_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- texts ---- */

#define STAT_REST " S 1 2 3 4 5 6 7 8 9 10 700 30 11 12 20 0 7 0 100 200 300\n"

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
        struct host_stat st = {.ticks = 0};
        assert_true(host_parse_stat(good[i], &st));
        assert_int_equal(st.ticks, 730);
        assert_int_equal(st.ppid, 1);
        assert_int_equal(st.threads, 7);
        assert_int_equal(st.start_ticks, 100);
        assert_int_equal(st.resident_pages, 300);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct host_stat st;
        assert_false(host_parse_stat(bad[i], &st));
    }
}

static void small_texts(void **state)
{
    (void)state;
    int64_t cpu = 0;
    int64_t v = 0;
    assert_true(host_parse_schedstat("436280 33409 2\n", &cpu, &v));
    assert_int_equal(cpu, 436280);
    assert_int_equal(v, 33409);
    assert_true(host_parse_schedstat("1 9223372036854775807 2\n", &cpu, &v));
    assert_false(host_parse_schedstat("", &cpu, &v));
    assert_false(host_parse_schedstat("436280\n", &cpu, &v));
    assert_false(host_parse_schedstat("1 x 2\n", &cpu, &v));
    assert_false(host_parse_schedstat("1 9223372036854775808 2\n", &cpu, &v));
    assert_true(host_find_number("usage_usec 5\nnr_throttled 7\n", "nr_throttled", &v));
    assert_int_equal(v, 7);
    assert_true(host_find_number("MemTotal:    8 kB\n", "MemTotal", &v));
    assert_int_equal(v, 8);
    assert_false(host_find_number("xnr_throttled 7\nnr_throttledx 7\n", "nr_throttled", &v));
    assert_false(host_find_number("a -7\n", "a", &v));
}

static void cpu_lists(void **state)
{
    (void)state;
    struct host_cpus c = {.bits = {0}};
    assert_true(host_parse_cpu_list("0-3,8\n", &c));
    assert_int_equal(host_cpus_count(&c), 5);
    assert_true(host_parse_cpu_list("2-4,63-65", &c)); /* a union */
    assert_int_equal(host_cpus_count(&c), 9);
    assert_false(host_parse_cpu_list("", &c));
    assert_false(host_parse_cpu_list("3-1", &c));
    assert_false(host_parse_cpu_list("0-4096", &c));
    assert_false(host_parse_cpu_list("-1", &c));
    assert_false(host_parse_cpu_list("1,", &c));
}

/* ---- control groups ---- */

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
        struct host_limits l_;                                                                               \
        host_cgroup_limits(root, self, &l_);                                                                 \
        assert_int_equal(l_.milli_cpus, cpus);                                                               \
        assert_int_equal(l_.memory_bytes, memory);                                                           \
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

/* What bit is read where the limit stands, not where the process is. */
static void cgroup_counters(void **state)
{
    const char *root = *state;
    struct host_limits l;
    int64_t a = 0;
    int64_t b = 0;
    put(root, "a/cpu.max", "150000 100000\n");
    put(root, "a/b/memory.max", "1073741824\n");
    put(root, "a/cpu.stat", "usage_usec 10\nnr_periods 9\nnr_throttled 4\nthrottled_usec 12\n");
    put(root, "a/b/cpu.stat", "usage_usec 10\n");
    put(root, "a/b/memory.current", "4711\n");
    host_cgroup_limits(root, "0::/a/b\n", &l);
    assert_true(host_cgroup_throttling(l.cpu_dir, &a, &b));
    assert_int_equal(a, 4);
    assert_int_equal(b, 12000);
    assert_true(host_cgroup_memory(l.memory_dir, &a));
    assert_int_equal(a, 4711);
    put(root, "cpu/c/cpu.stat", "nr_periods 9\nnr_throttled 5\nthrottled_time 13\n");
    put(root, "memory/m/memory.usage_in_bytes", "4712\n");
    char dir[600];
    snprintf(dir, sizeof dir, "%s/cpu/c", root);
    assert_true(host_cgroup_throttling(dir, &a, &b));
    assert_int_equal(a, 5);
    assert_int_equal(b, 13);
    assert_false(host_cgroup_memory(dir, &a));
    snprintf(dir, sizeof dir, "%s/memory/m", root);
    assert_true(host_cgroup_memory(dir, &a));
    assert_int_equal(a, 4712);
    assert_false(host_cgroup_throttling(dir, &a, &b));
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
        cmocka_unit_test(cpu_lists),
        cmocka_unit_test_setup_teardown(cgroup_version_2, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(cgroup_version_1, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(cgroup_counters, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(cgroup_nonsense, folder_setup, folder_teardown),
        cmocka_unit_test(facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
