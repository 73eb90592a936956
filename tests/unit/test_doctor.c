/* summary: each judgement of doctor on made-up facts, and its findings printed: 80 columns, nothing hostile
 * gets through */
#include "judge.h"
#include "print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS INT64_C(1000000000)

static const struct doc_check *find(const struct doc_list *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->at[i].name, name) == 0)
            return &l->at[i];
    return NULL;
}

#define EXPECT(list, name, wanted, in_text, in_remedy)                                                       \
    do {                                                                                                     \
        const struct doc_check *c_ = find(list, name);                                                       \
        assert_non_null(c_);                                                                                 \
        assert_int_equal(c_->verdict, wanted);                                                               \
        if (strstr(c_->text, in_text) == NULL)                                                               \
            fail_msg("'%s' lacks '%s'", c_->text, in_text);                                                  \
        if (strstr(c_->remedy, in_remedy) == NULL)                                                           \
            fail_msg("'%s' lacks '%s'", c_->remedy, in_remedy);                                              \
        /* what is wrong has a remedy, what is well has none */                                              \
        assert_true((c_->verdict == DOC_OK) == (c_->remedy[0] == '\0'));                                     \
    } while (0)

static struct srv_facts good_server(void)
{
    return (struct srv_facts){.version = "9.7.4",
                              .performance_schema = true,
                              .may_read = true,
                              .may_process = true,
                              .digests = 10000,
                              .ahead_ns = 1000,
                              .round_trip_ns = 100000,
                              .instruments = {{"statement/%", 200, 0}, {"wait/lock/%", 3, 0}},
                              .instrument_count = 2,
                              .tcp = 4};
}

static void a_good_server(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct srv_facts f = good_server();
    doc_judge_server(&l, &f);
    assert_int_equal(doc_worst(&l), DOC_OK);
    EXPECT(&l, "grants", DOC_OK, "PROCESS", "");
    EXPECT(&l, "connections", DOC_OK, "4 clients", "");
    EXPECT(&l, "server clock", DOC_OK, "agrees", "");
}

static void rights(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct srv_facts f = good_server();
    f.may_process = false;
    doc_judge_server(&l, &f);
    EXPECT(&l, "grants", DOC_FAIL, "PROCESS ON *.*", "--grants");
    assert_null(strstr(find(&l, "grants")->text, "SELECT"));
    f = good_server();
    f.may_read = false;
    l.count = 0;
    doc_judge_server(&l, &f);
    EXPECT(&l, "grants", DOC_FAIL, "SELECT ON performance_schema.*", "sql/probe_grants.sql");
    assert_null(strstr(find(&l, "grants")->text, "PROCESS ON"));
    assert_null(find(&l, "consumers")); /* what may not be read is not judged */
    assert_null(find(&l, "connections"));
}

static void switches(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct srv_facts f = good_server();
    f.performance_schema = false;
    doc_judge_server(&l, &f);
    EXPECT(&l, "performance_schema", DOC_WARN, "OFF", "performance_schema=ON");
    f = good_server();
    f.consumer_count = 2;
    strcpy(f.consumers[0].name, "statements_digest");
    strcpy(f.consumers[1].name, "thread_instrumentation");
    f.instruments[1].off = 2;
    l.count = 0;
    doc_judge_server(&l, &f);
    EXPECT(&l, "consumers", DOC_WARN, "statements_digest, thread_instrumentation",
           "WHERE NAME IN ('statements_digest', 'thread_instrumentation');");
    EXPECT(&l, "instruments", DOC_WARN, "2 of 3 of wait/lock/%", "LIKE 'wait/lock/%'");
    assert_int_equal(doc_worst(&l), DOC_WARN);
}

static void ways_in(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct srv_facts f = good_server();
    f.tls = 3;
    f.socket = 1;
    doc_judge_server(&l, &f);
    EXPECT(&l, "connections", DOC_WARN, "4 of 8 clients (50 %)", "ssl-mode=DISABLED");
    f = good_server();
    f.tcp = 0;
    f.only_tls = true;
    l.count = 0;
    doc_judge_server(&l, &f);
    EXPECT(&l, "connections", DOC_OK, "not known", "");
    assert_int_equal(doc_worst(&l), DOC_WARN);
}

static void server_clocks(void **state)
{
    (void)state;
    static const struct {
        int64_t ahead_ns, round_trip_ns;
        enum doc_verdict verdict;
        const char *text;
    } cases[] = {{0, 1000, DOC_OK, "agrees"},
                 {-40000000, 100000000, DOC_OK, "agrees"},
                 {40000000, 2000000, DOC_OK, "ahead"},
                 {-3 * NS, 2000000, DOC_WARN, "behind"},
                 {3600 * NS, 2000000, DOC_WARN, "ahead"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct doc_list l = {.count = 0};
        struct srv_facts f = good_server();
        f.ahead_ns = cases[i].ahead_ns;
        f.round_trip_ns = cases[i].round_trip_ns;
        doc_judge_server(&l, &f);
        EXPECT(&l, "server clock", cases[i].verdict, cases[i].text, "");
    }
}

static void captures(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct doc_capture_facts f = {
        .interface = "lo", .ring_bytes = 64 << 20, .problem = "no permission: setcap x"};
    doc_judge_capture(&l, &f);
    assert_int_equal(l.count, 1);
    assert_int_equal(l.at[0].verdict, DOC_FAIL);
    assert_string_equal(l.at[0].text, "no permission: setcap x");
    f.opened = true;
    f.problem[0] = '\0';
    l.count = 0;
    doc_judge_capture(&l, &f);
    EXPECT(&l, "capture", DOC_OK, "64 MiB", "");
    assert_null(find(&l, "capture test"));
    f.tested = true;
    l.count = 0;
    doc_judge_capture(&l, &f);
    EXPECT(&l, "capture test", DOC_WARN, "nothing was sent", "ip link");
    f.sent = 100;
    l.count = 0;
    doc_judge_capture(&l, &f);
    EXPECT(&l, "capture test", DOC_FAIL, "none of its own 100", "another interface");
    f.seen = 99;
    f.drops = 7;
    l.count = 0;
    doc_judge_capture(&l, &f);
    EXPECT(&l, "capture test", DOC_WARN, "7 packets dropped", "--buffer-mb");
    f.seen = 100;
    f.drops = 0;
    l.count = 0;
    doc_judge_capture(&l, &f);
    EXPECT(&l, "capture test", DOC_OK, "all of its own 100", "");
}

static void routes(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct doc_route_facts f = {.interface = "lo", .remote = "10.0.0.5"};
    doc_judge_route(&l, &f);
    assert_int_equal(l.count, 0);
    strcpy(f.best, "eth0");
    doc_judge_route(&l, &f);
    EXPECT(&l, "route", DOC_WARN, "over eth0, not over lo", "-i eth0");
    f.interface = "any";
    l.count = 0;
    doc_judge_route(&l, &f);
    assert_int_equal(l.count, 0);
    f.interface = "eth0";
    doc_judge_route(&l, &f);
    EXPECT(&l, "route", DOC_OK, "over eth0", "");
}

static void clocks(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct doc_clock_facts f = {
        .synchronised_known = true, .synchronised = true, .step_ns = 200000, .run_ns = NS};
    doc_judge_clock(&l, &f);
    EXPECT(&l, "clock", DOC_OK, "synchronised", "");
    f.step_ns = -50000000;
    l.count = 0;
    doc_judge_clock(&l, &f);
    EXPECT(&l, "clock", DOC_WARN, "jumped", "chronyc");
    f.step_ns = 0;
    f.synchronised = false;
    l.count = 0;
    doc_judge_clock(&l, &f);
    EXPECT(&l, "clock", DOC_WARN, "not synchronised", "chrony");
    f.synchronised_known = false;
    l.count = 0;
    doc_judge_clock(&l, &f);
    EXPECT(&l, "clock", DOC_OK, "steady", "");
}

static void limits(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct doc_limit_facts f = {.files = 1024,
                                .free_bytes = INT64_C(10) << 30,
                                .memory_bytes = INT64_C(4) << 30,
                                .ring_bytes = 64 << 20,
                                .cpus = 4,
                                .root = true};
    doc_judge_limits(&l, &f);
    assert_int_equal(doc_worst(&l), DOC_OK);
    EXPECT(&l, "rights", DOC_OK, "gives root up", "");
    f = (struct doc_limit_facts){
        .files = 20, .free_bytes = 100 << 20, .memory_bytes = 100 << 20, .ring_bytes = 64 << 20, .cpus = 1};
    l.count = 0;
    doc_judge_limits(&l, &f);
    EXPECT(&l, "limits", DOC_FAIL, "only 20", "ulimit -n");
    EXPECT(&l, "memory", DOC_WARN, "100 MiB", "--buffer-mb");
    EXPECT(&l, "disk", DOC_WARN, "100 MiB", "--no-statements");
    EXPECT(&l, "CPUs", DOC_WARN, "one CPU", "performance.md");
}

static void processes(void **state)
{
    (void)state;
    struct doc_list l = {.count = 0};
    struct host_sample s = {.pid = 7, .processes = 3, .threads = 1, .cpu_limit_milli = 1500};
    doc_judge_process(&l, HOST_APP, &s, "", "gunicorn");
    EXPECT(&l, "application", DOC_OK, "gunicorn, process 7, 3 processes, 1 thread, may use 1.50 CPUs", "");
    doc_judge_process(&l, HOST_SERVER, NULL, "nobody listens", "");
    EXPECT(&l, "MySQL process", DOC_WARN, "nobody listens", "--mysql-port");
}

/* ---- printing ---- */

static char *printed(const struct doc_list *l, bool json, bool colour)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    assert_int_equal(json ? doc_print_json(f, l) : doc_print_text(f, l, colour), PP_OK);
    fclose(f);
    return text;
}

static void hostile_list(struct doc_list *l)
{
    struct host_sample s = {.pid = 7, .processes = 3, .threads = 1, .cpu_limit_milli = 1500};
    l->count = 0;
    doc_judge_process(l, HOST_APP, &s, "", "\033[2J\x07\"x\\\n\r\xff\xc2\x9b");
    doc_add(l, "server", DOC_FAIL, "user '\033]0;owned\a' lacks a right </script>\n\x7f %s",
            "\xe2\x80\xae"
            "evil");
    doc_remedy(l, "%s",
               "UPDATE x SET y='a very long statement that has to be wrapped at its spaces because it does "
               "not fit into eighty columns of a terminal' WHERE NAME IN ('one', 'two', 'three');");
    doc_add(l, "grants", DOC_WARN,
            "averyveryveryveryveryveryveryveryverylongwordwithoutanyspacethatdoesnotfitontoalineofatall");
    doc_remedy(l, "x");
}

static void text_is_safe(void **state)
{
    (void)state;
    struct doc_list l;
    hostile_list(&l);
    char *text = printed(&l, false, false);
    for (const char *p = text; *p != '\0'; p++)
        assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
    assert_null(strstr(text, "\xc2\x9b"));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_non_null(strstr(text, "1 ok, 1 warning, 1 failed"));
    free(text);
    text = printed(&l, false, true);
    assert_non_null(strstr(text, "\033[31mfail\033[0m"));
    free(text);
}

static void lines_fit(void **state)
{
    (void)state;
    struct doc_list l;
    hostile_list(&l);
    l.count = 2;
    char *text = printed(&l, false, false);
    for (char *save = NULL, *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        int columns = 0;
        for (const char *p = line; *p != '\0'; p++)
            columns += ((unsigned char)*p & 0xC0) != 0x80;
        assert_in_range(columns, 0, 80);
    }
    free(text);
}

static void json_is_json(void **state)
{
    (void)state;
    struct doc_list l;
    hostile_list(&l);
    char *text = printed(&l, true, false);
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    assert_string_equal(cJSON_GetObjectItem(root, "schema")->valuestring, "poolprobe.doctor/1");
    assert_string_equal(cJSON_GetObjectItem(root, "verdict")->valuestring, "fail");
    const cJSON *checks = cJSON_GetObjectItem(root, "checks");
    assert_int_equal(cJSON_GetArraySize(checks), 3);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(checks, 0), "remedy")));
    for (const char *p = text; *p != '\0'; p++)
        assert_true((unsigned char)*p >= 0x20 || (*p == '\n' && p[1] == '\0'));
    cJSON_Delete(root);
    free(text);
}

static void a_full_list(void **state)
{
    (void)state;
    static struct doc_list l;
    for (int i = 0; i < 2 * DOC_CHECKS_MAX; i++)
        doc_add(&l, "x", DOC_WARN, "%d", i);
    assert_int_equal(l.count, DOC_CHECKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_server), cmocka_unit_test(rights),        cmocka_unit_test(switches),
        cmocka_unit_test(ways_in),       cmocka_unit_test(server_clocks), cmocka_unit_test(captures),
        cmocka_unit_test(routes),        cmocka_unit_test(clocks),        cmocka_unit_test(limits),
        cmocka_unit_test(processes),     cmocka_unit_test(text_is_safe),  cmocka_unit_test(lines_fit),
        cmocka_unit_test(json_is_json),  cmocka_unit_test(a_full_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
