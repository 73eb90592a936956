/* summary: tests of how statements of encrypted sessions are given their exchanges: only where one way is
 * possible */
#include "test_analysis_run.h"

#include "tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define MAX 64

/* The server's timer is 1000 behind the recorder's clock; each exchange takes 10, and its statement begins 3
 * after it was sent. */
struct world {
    struct tls_exchange exchanges[MAX];
    struct tls_statement statements[MAX];
    struct tls_group groups[MAX];
    struct ana_tls_facts f;
    size_t group_count;
};

static void init(struct world *w)
{
    memset(w, 0, sizeof *w);
    w->f.exchanges = w->exchanges;
    w->f.statements = w->statements;
}

static void exchange(struct world *w, int64_t sent)
{
    w->exchanges[w->f.exchange_count++] =
        (struct tls_exchange){.sent_ns = sent, .first_ns = sent + 8, .last_ns = sent + 10, .complete = true};
}

static struct tls_statement *statement(struct world *w, int64_t sent)
{
    struct tls_statement *s = &w->statements[w->f.statement_count++];
    *s = (struct tls_statement){.start_ns = sent + 3 - 1000, .event = TLS_COMMAND, .exchange = FACT_NONE};
    return s;
}

/* The statements since the last group, on the exchanges since the last group. */
static struct tls_group *group(struct world *w)
{
    const struct tls_group *before = w->group_count > 0 ? &w->groups[w->group_count - 1] : NULL;
    struct tls_group *g = &w->groups[w->group_count++];
    g->first = before ? before->first + before->count : 0;
    g->count = w->f.statement_count - g->first;
    g->exchange = before ? before->ends : 0;
    g->ends = w->f.exchange_count;
    g->state = TLS_OPEN;
    return g;
}

static bool align(struct world *w, int64_t low, int64_t high)
{
    struct tls_clock c = {.low_ns = low, .high_ns = high};
    return ana_tls_align(&w->f, w->groups, w->group_count, &c);
}

/* Five exchanges 100 apart, the statements of the last four. */
static void in_order(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    for (int i = 0; i < 5; i++)
        exchange(&w, 100 * i);
    for (int i = 1; i < 5; i++)
        statement(&w, 100 * i);
    struct tls_group *g = group(&w);
    assert_true(align(&w, 980, 1020));
    assert_int_equal(g->state, TLS_CERTAIN);
    assert_int_equal(w.statements[0].exchange, FACT_NONE); /* what was before it is not known */
    for (int i = 1; i < 4; i++)
        assert_int_equal(w.statements[i].exchange, i + 1);
}

/* The clock leaves two ways: nothing is given. */
static void two_ways(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    for (int i = 0; i < 6; i++)
        exchange(&w, 100 * i);
    for (int i = 1; i < 4; i++)
        statement(&w, 100 * i);
    struct tls_group *g = group(&w);
    assert_true(align(&w, 900, 1110));
    assert_int_equal(g->state, TLS_OPEN);
    for (int i = 0; i < 3; i++)
        assert_int_equal(w.statements[i].exchange, FACT_NONE);
}

/* The same clock, and another session with a rhythm of its own tells which. */
static void one_session_tells_of_another(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    for (int i = 0; i < 6; i++)
        exchange(&w, 100 * i);
    for (int i = 1; i < 4; i++)
        statement(&w, 100 * i);
    group(&w);
    static const int64_t at[] = {50, 1000, 5000, 5300};
    for (size_t i = 0; i < 4; i++)
        exchange(&w, at[i]);
    for (size_t i = 0; i < 4; i++)
        statement(&w, at[i]);
    group(&w);
    assert_true(align(&w, 900, 1110));
    assert_int_equal(w.groups[0].state, TLS_CERTAIN);
    assert_int_equal(w.statements[1].exchange, 2);
    assert_int_equal(w.statements[2].exchange, 3);
}

/* Two statements in one exchange, as a text of several makes them, or a client that does not wait. */
static void several_in_one(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    for (int i = 0; i < 4; i++)
        exchange(&w, 100 * i);
    statement(&w, 0);
    statement(&w, 100);
    statement(&w, 103)->start_ns = 105 - 1000;
    statement(&w, 200);
    struct tls_group *g = group(&w);
    assert_true(align(&w, 980, 1020));
    assert_int_equal(g->state, TLS_IMPOSSIBLE);
    for (int i = 0; i < 4; i++)
        assert_int_equal(w.statements[i].exchange, FACT_NONE);
}

/* An exchange without a statement in the middle, as LOAD DATA LOCAL makes one. */
static void an_exchange_too_many(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    for (int i = 0; i < 5; i++)
        exchange(&w, 100 * i);
    statement(&w, 0);
    statement(&w, 100)->event = TLS_SEVERAL;
    statement(&w, 300);
    struct tls_group *g = group(&w);
    assert_true(align(&w, 980, 1020));
    assert_int_equal(g->state, TLS_IMPOSSIBLE);
}

/* A statement that is closed goes out with the next command: when that was sent is not known. */
static void without_an_answer(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    for (int i = 0; i < 4; i++)
        exchange(&w, 100 * i);
    statement(&w, 0);
    statement(&w, 100);
    statement(&w, 197)->event = TLS_SILENT;
    statement(&w, 200);
    statement(&w, 300);
    group(&w);
    assert_true(align(&w, 980, 1020));
    assert_int_equal(w.statements[1].exchange, 1);
    assert_int_equal(w.statements[2].exchange, FACT_NONE);
    assert_int_equal(w.statements[3].exchange, FACT_NONE);
    assert_int_equal(w.statements[4].exchange, 3);
}

/* Where bytes were lost nothing is paired across, and an answer that may go on has no latency. */
static void not_whole(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    for (int i = 0; i < 4; i++)
        exchange(&w, 100 * i);
    for (int i = 0; i < 4; i++)
        statement(&w, 100 * i);
    w.exchanges[3].complete = false;
    group(&w);
    assert_true(align(&w, 980, 1020));
    assert_int_equal(w.statements[2].exchange, 2);
    assert_int_equal(w.statements[3].exchange, FACT_NONE);
    w.exchanges[1].complete = false;
    w.groups[0].state = TLS_OPEN;
    assert_true(align(&w, 980, 1020));
    assert_int_equal(w.groups[0].state, TLS_IMPOSSIBLE);
}

/* Two sessions that are each possible in one way, with clocks that exclude each other: something else is
 * wrong. */
static void contradiction(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    exchange(&w, 0);
    statement(&w, 0);
    group(&w);
    exchange(&w, 0);
    statement(&w, 40);
    group(&w);
    assert_false(align(&w, 940, 1020));
    assert_int_equal(w.statements[0].exchange, FACT_NONE);
}

/* ---- from a run ---- */

#define T(ms) "((" RUN_T0_MS "+" ms ")*1000000)"
#define X(sent) "INSERT INTO tls_exchange VALUES(1," T(sent) "," T(sent "+4") "," T(sent "+5") ",50,80,1);"
/* By a timer that began with the recording. */
#define S(poll, event, sent, digest)                                                                         \
    "INSERT INTO ps_tls_statement VALUES(" poll ",1," event ",(" sent                                        \
    "+1)*1000000,3000000,1000000,0,1,10,'statement/sql/select','" digest "');"
#define CLOCK(poll) "INSERT INTO ps_clock VALUES(" poll "," T("0") "-500000," T("0") "+500000);"
#define POLLED(id, at, note)                                                                                 \
    "INSERT INTO ps_poll VALUES(" id ",'tls_statements',0," RUN_NS(at) ",1000000,3,'" note "');"
#define TLS RUN_META RUN_POOL("1", "app", "shop") RUN_CONN("1", "1", "app", "tls")

static void by_digest(void **state)
{
    struct ana_report *r =
        run_report(state, TLS X("100") X("200") X("300") X("400") POLLED("1", "350", "")
                              POLLED("2", "1000", "") CLOCK("1") CLOCK("2") S("1", "5", "100", "aa")
                                  S("1", "6", "200", "bb") S("1", "7", "300", "aa") S("2", "7", "300", "aa")
                                      S("2", "9", "400",
                                        "bb") "INSERT INTO ps_digest_text VALUES(1,'shop','bb','SELECT ?');");
    const struct ana_tls *t = &r->tls;
    assert_true(t->known);
    assert_int_equal(t->exchanges, 4);
    assert_int_equal(t->statements, 4);
    assert_int_equal(t->paired, 3);
    assert_int_equal(t->edge, 1);
    assert_int_equal(t->query_count, 2);
    assert_string_equal(t->queries[1].digest, "bb");
    assert_string_equal(t->queries[1].text, "SELECT ?");
    assert_int_equal(t->queries[1].count, 2);
    assert_int_equal(hist_count(t->queries[1].latency.hist), 2);
    assert_int_equal(hist_max(t->queries[1].latency.hist), 5000000);
    assert_int_equal(t->queries[1].paired_server_ns, 6000000);
    ana_report_free(&r);
}

static void polls_that_do_not_do(void **state)
{
    struct ana_report *r = run_report(state, TLS X("100") X("200") X("300") X("400") POLLED("1", "250", "cut")
                                                 POLLED("2", "350", "") CLOCK("1") S("1", "5", "100", "aa")
                                                     S("1", "6", "200", "aa") S("2", "8", "300", "aa"));
    assert_int_equal(r->tls.statements, 3);
    assert_int_equal(r->tls.untimed, 3);
    ana_report_free(&r);
}

/* Two connections with the id of the thread, before and after a restart: it may be either. */
static void shared_ids(void **state)
{
    struct ana_report *r = run_report(
        state, TLS RUN_CONN("2", "1", "app", "tls") "UPDATE connection SET thread_id = 1;" X("100") X("200")
                   POLLED("1", "350", "") CLOCK("1") S("1", "5", "100", "aa") S("1", "6", "200", "aa"));
    assert_int_equal(r->tls.unseen, 2);
    ana_report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(two_ways),
        cmocka_unit_test(one_session_tells_of_another),
        cmocka_unit_test(several_in_one),
        cmocka_unit_test(an_exchange_too_many),
        cmocka_unit_test(without_an_answer),
        cmocka_unit_test(not_whole),
        cmocka_unit_test(contradiction),
        cmocka_unit_test(by_digest),
        cmocka_unit_test(polls_that_do_not_do),
        cmocka_unit_test(shared_ids),
    };
    return cmocka_run_group_tests(tests, run_folder_setup, run_folder_teardown);
}
