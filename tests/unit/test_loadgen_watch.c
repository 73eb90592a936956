/* summary: tests of poolload's reading of /proc and cgroups, and of means and maxima */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void parses(void **state)
{
    (void)state;
    struct lg_process p;
    int64_t tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    assert_true(
        lg_process_parse("42 (a) b) (c) S 17 42 42 0 -1 4194304 100 0 0 0 7 5 3 1 20 0 1 0 123 999999 250 "
                         "18446744073709551615 1 1",
                         &p));
    assert_true(p.pid == 42 && p.parent == 17);
    assert_string_equal(p.name, "a) b) (c");
    assert_true(p.cpu_ns == 16 * tick_ns);
    assert_true(p.memory_bytes == 250 * sysconf(_SC_PAGESIZE));
    static const char *const bad[] = {
        "", "42", "42 (x", "42 )x(", "42 (x)", "42 (x) S 1 42", "42 (x) S 1 42 42 0 -1 1 1 0 0 0 7 5 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(lg_process_parse(bad[i], &p));
}

static void trees_add_up(void **state)
{
    (void)state;
    struct lg_process list[] = {
        {.pid = 30,
         .parent = 20,
         .cpu_ns = 4,
         .memory_bytes = 40,
         .name = "leaf"}, /* a grandchild listed first */
        {.pid = 20, .parent = 10, .cpu_ns = 2, .memory_bytes = 20, .name = "child"},
        {.pid = 10, .parent = 1, .cpu_ns = 1, .memory_bytes = 10, .name = "app"},
        {.pid = 11, .parent = 1, .cpu_ns = 100, .memory_bytes = 1000, .name = "app"},
        {.pid = 12, .parent = 11, .cpu_ns = 1000, .memory_bytes = 1, .name = "app"},
        {.pid = 1, .parent = 0, .cpu_ns = 5000, .memory_bytes = 5, .name = "init"},
    };
    int64_t cpu_ns = 0;
    int64_t memory_bytes = 0;
    assert_true(lg_processes_sum(list, 6, 10, NULL, &cpu_ns, &memory_bytes));
    assert_true(cpu_ns == 7 && memory_bytes == 70);
    assert_true(lg_processes_sum(list, 6, 0, "app", &cpu_ns, &memory_bytes));
    assert_true(cpu_ns == 1107 && memory_bytes == 1071);
    assert_true(lg_processes_sum(list, 6, 30, NULL, &cpu_ns, &memory_bytes));
    assert_true(cpu_ns == 4);
    assert_false(lg_processes_sum(list, 6, 77, NULL, &cpu_ns, &memory_bytes));
    assert_false(lg_processes_sum(list, 6, 0, "ap", &cpu_ns, &memory_bytes));
}

static void samples_this_process(void **state)
{
    (void)state;
    struct lg_watch w;
    char pid[24];
    double v = 0;
    double max = 0;
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    lg_watch_init(&w);
    assert_int_equal(lg_watch_add_process(&w, pid), PP_OK);
    assert_int_equal(lg_watch_add_process(&w, "no-such-process-name"), PP_OK);
    assert_false(lg_watch_cpu_percent(&w, &v));
    assert_false(lg_watch_memory_mb(&w, &v, &max));
    lg_watch_sample(&w);
    assert_false(lg_watch_cpu_percent(&w, &v));
    lg_watch_sample(&w);
    assert_true(lg_watch_cpu_percent(&w, &v));
    assert_true(lg_watch_memory_mb(&w, &v, &max));
    assert_true(v > 0.1 && max >= v);
    /* What is not there keeps its place in time, without figures. */
    assert_int_equal(w.items[1].count, 2);
    assert_true(w.items[1].lost && w.items[1].series[1].memory_bytes < 0);
    assert_false(lg_watched_memory_mb(&w.items[1], &v, &max));
    lg_watch_fini(&w);
    assert_null(w.items);
}

static void push(struct lg_watched *d, int64_t length_ns, double cpu_percent, int64_t mib)
{
    struct lg_usage u = {.length_ns = length_ns, .cpu_percent = cpu_percent, .memory_bytes = mib << 20};
    assert_int_equal(lg_watched_push(d, &u), PP_OK);
}

static void computes(void **state)
{
    (void)state;
    struct lg_watch w;
    double v = 0;
    double max = 0;
    lg_watch_init(&w);
    assert_int_equal(lg_watch_add_process(&w, "1"), PP_OK);
    assert_int_equal(lg_watch_add_cgroup(&w, "/x"), PP_OK);
    push(&w.items[0], 0, -1, 1);
    push(&w.items[0], 3, 100, 5);
    push(&w.items[0], 1, 200, 3); /* a shorter last interval weighs less */
    push(&w.items[1], 0, -1, 6);
    push(&w.items[1], 4, 10, 1);
    assert_true(lg_watched_cpu_percent(&w.items[0], &v, &max));
    assert_true(fabs(v - 125.0) < 1e-9 && fabs(max - 200.0) < 1e-9);
    assert_true(lg_watched_memory_mb(&w.items[0], &v, &max));
    assert_true(fabs(v - 3.0) < 1e-9 && fabs(max - 5.0) < 1e-9);
    assert_true(lg_watch_cpu_percent(&w, &v));
    assert_true(fabs(v - 135.0) < 1e-9);
    /* The maximum of the sum (1 + 6), not the sum of the maxima (5 + 6). */
    assert_true(lg_watch_memory_mb(&w, &v, &max));
    assert_true(fabs(v - 6.5) < 1e-9 && fabs(max - 7.0) < 1e-9);
    lg_watch_fini(&w);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

static void cgroups_of_both_versions(void **state)
{
    (void)state;
    char dir[] = "/tmp/poolload-cgroup-XXXXXX";
    int64_t cpu_ns = 0;
    int64_t memory_bytes = 0;
    assert_non_null(mkdtemp(dir));
    assert_false(lg_cgroup_read(dir, &cpu_ns, &memory_bytes));
    write_file(dir, "cpuacct.usage", "123456789\n");
    assert_true(lg_cgroup_read(dir, &cpu_ns, &memory_bytes));
    assert_true(cpu_ns == 123456789 && memory_bytes < 0);
    write_file(dir, "memory.usage_in_bytes", "4096\n");
    assert_true(lg_cgroup_read(dir, &cpu_ns, &memory_bytes));
    assert_true(memory_bytes == 4096);
    write_file(dir, "cpu.stat", "usage_usec 77\nuser_usec 7\n");
    write_file(dir, "memory.current", "8192\n");
    assert_true(lg_cgroup_read(dir, &cpu_ns, &memory_bytes));
    assert_true(cpu_ns == 77000 && memory_bytes == 8192);
    static const char *const names[] = {"cpuacct.usage", "memory.usage_in_bytes", "cpu.stat",
                                        "memory.current"};
    for (size_t i = 0; i < 4; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(trees_add_up),
        cmocka_unit_test(samples_this_process),
        cmocka_unit_test(computes),
        cmocka_unit_test(cgroups_of_both_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
