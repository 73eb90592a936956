/* summary: CPU and memory of a span of time from samples: means, what the samples allow, what is not known */
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* A level of 10 s with one request, so that the report has it. */
#define LEVEL                                                                                                \
    RUN_META "INSERT INTO level VALUES(1,10," RUN_NS("1000") "," RUN_NS(                                     \
        "11000") ");"                                                                                        \
                 "INSERT INTO request VALUES(1,1,'10.0.0.9:1','10.0.0.1:80','GET','/a','',1," RUN_NS(        \
                     "2000") "," RUN_NS("2000") "," RUN_NS("2100") "," RUN_NS("2100") ",200,0,0,1,'');"

/* ROLE at MS with CPU ms, run delay ms, RSS, and a limit of CPUs in thousandths. */
static void add_sample(char *sql, const char *role, int ms, long cpu_ms, long delay_ms, long limit)
{
    char one[400];
    snprintf(one, sizeof one,
             "INSERT INTO host_sample VALUES((" RUN_T0_MS
             "+%d)*1000000,'%s',7,%ld000000,%ld,%d,2,8,%ld000000,%ld,%ld,0,-1,-1,-1,-1,-1,-1,-1);",
             ms, role, cpu_ms, delay_ms < 0 ? -1 : delay_ms * 1000000, 1000 + ms, cpu_ms / 2,
             delay_ms < 0 ? -1 : cpu_ms / 4 * 1000000, limit);
    strcat(sql, one);
}

#define NEAR(a, b, tolerance) assert_true((a) > (b) - (tolerance) && (a) < (b) + (tolerance))

/* 1.5 of 2 CPUs all the time, samples once a second on the level's own ends. */
static void steady(void **state)
{
    static char sql[32768];
    strcpy(sql, LEVEL);
    for (int s = 0; s <= 12; s++)
        add_sample(sql, "app", s * 1000, s * 1500, s * 700, 2000);
    struct ana_report *r = run_report(state, sql);
    assert_int_equal(r->level_count, 1);
    const struct ana_host_use *u = &r->levels[0].host[ANA_HOST_APP];
    assert_true(u->known);
    NEAR(u->cpu, 1.5, 1e-9);
    NEAR(u->limit, 2, 1e-9);
    NEAR(u->use, 0.75, 1e-9);
    NEAR(u->cpu_max, 1.5, 1e-9);
    /* two processes, two ticks each, over ten seconds */
    NEAR(u->cpu_low, 1.5 - 0.004, 1e-9);
    NEAR(u->cpu_high, 1.5 + 0.004, 1e-9);
    NEAR(u->run_delay, 0.7, 1e-9);
    NEAR(u->top_process, 0.75, 1e-9);
    assert_true(u->throttled < 0 && u->steal < 0);
    assert_int_equal(u->processes, 2);
    assert_int_equal(u->rss_max_bytes, 1000 + 10000);
    assert_false(r->levels[0].host[ANA_HOST_SERVER].known);
    ana_report_free(&r);
}

/* Samples that lie across the level's ends: what was used beyond them could all be inside, or none of it. */
static void across_the_ends(void **state)
{
    static char sql[32768];
    strcpy(sql, LEVEL);
    add_sample(sql, "server", 0, 0, -1, 2000);
    add_sample(sql, "server", 3000, 3000, -1, 2000);  /* 1 CPU; 2 s of the 3 s are inside */
    add_sample(sql, "server", 9000, 3000, -1, 2000);  /* idle */
    add_sample(sql, "server", 13000, 7000, -1, 2000); /* 1 CPU; 2 s of the 4 s are inside */
    struct ana_report *r = run_report(state, sql);
    const struct ana_host_use *u = &r->levels[0].host[ANA_HOST_SERVER];
    assert_true(u->known);
    NEAR(u->cpu, (2.0 + 2.0) / 10, 1e-9);
    /* 3 s of CPU in the first, 1 s outside at 2 CPUs: at least 1 s inside, at most all 3 s; 4 s in the last,
     * 2 s outside: at least 0, at most 4 s; and four ticks */
    NEAR(u->cpu_low, 0.1 - 0.004, 1e-9);
    NEAR(u->cpu_high, 0.7 + 0.004, 1e-9);
    assert_true(u->run_delay < 0);
    ana_report_free(&r);
}

/* Samples that begin late in the level are no figure for it, and half of it is one with a wide interval. */
static void partly_covered(void **state)
{
    static char sql[32768];
    strcpy(sql, LEVEL);
    for (int s = 8; s <= 12; s++)
        add_sample(sql, "app", s * 1000, s * 1000, -1, 2000);
    struct ana_report *r = run_report(state, sql);
    assert_false(r->levels[0].host[ANA_HOST_APP].known);
    ana_report_free(&r);
    strcpy(sql, LEVEL);
    for (int s = 6; s <= 11; s++)
        add_sample(sql, "app", s * 1000, s * 1000, -1, 2000);
    r = run_report(state, sql);
    const struct ana_host_use *u = &r->levels[0].host[ANA_HOST_APP];
    assert_true(u->known);
    NEAR(u->cpu, 1, 1e-9);
    NEAR(u->cpu_low, 0.5 - 0.004, 1e-9);
    NEAR(u->cpu_high, 1.5 + 0.004, 1e-9);
    ana_report_free(&r);
}

/* Nonsense in a file that somebody else wrote: no figure, no crash. */
static void damaged(void **state)
{
    static char sql[32768];
    strcpy(sql, LEVEL);
    add_sample(sql, "app", 1000, 5000, 9, 2000);
    add_sample(sql, "app", 1000, 1, 9, 2000);
    add_sample(sql, "app", 5000, 1000, 1, 0); /* fell */
    add_sample(sql, "app", 11000, 500, 1, -5);
    add_sample(sql, "no such role", 2000, 1, 1, 1);
    strcat(sql,
           "INSERT INTO host_sample VALUES(" RUN_NS("9000") ",'server',1,9223372036854775807,-1,-1,-1,-1,-1,"
                                                            "-1,-1,-1,-1,-1,-1,-1,-1,-1,-1);");
    struct ana_report *r = run_report(state, sql);
    for (int role = 0; role < ANA_HOST_ROLES; role++)
        assert_false(r->levels[0].host[role].known);
    ana_report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(steady, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(across_the_ends, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(partly_covered, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(damaged, run_folder_setup, run_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
