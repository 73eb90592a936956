/* summary: aggregates per digest, command and second add up to the statements they stand for */
#include "test_store_facts.h"

#include "base/clock.h"
#include "base/hist.h"

#include <inttypes.h>

struct sum {
    uint64_t rows, count, errors, voided, result_rows;
    int64_t sum_ns;
    uint64_t bucket_total;
    struct hist *hist; /* rebuilt from the buckets */
    int64_t last_second;
    int64_t only_second; /* 0: any */
};

static enum pp_status see_second(void *priv, const struct sto_statement_second *r)
{
    struct sum *s = priv;
    assert_true(r->second >= s->last_second);
    s->last_second = r->second;
    if (s->only_second != 0 && r->second != s->only_second)
        return PP_OK;
    s->rows++;
    s->count += r->count;
    s->errors += r->errors;
    s->voided += r->voided;
    s->result_rows += r->rows;
    s->sum_ns += r->sum_ns;
    for (const char *p = r->hist; *p != '\0';) {
        char *end = NULL;
        uint32_t index = (uint32_t)strtoul(p, &end, 10);
        assert_int_equal(*end, ':');
        uint64_t n = strtoull(end + 1, &end, 10);
        hist_add_n(s->hist, hist_bucket_low(index), n);
        s->bucket_total += n;
        p = *end == ' ' ? end + 1 : end;
        assert_true(p == end || *p != '\0');
    }
    return PP_OK;
}

static void read_sum(const char *path, struct sum *s)
{
    struct pp_err err = {.status = PP_OK};
    struct sto_run *run = run_at(path);
    s->hist = hist_new();
    assert_non_null(s->hist);
    if (sto_each_statement_second(run, see_second, s, &err) != PP_OK)
        fail_msg("%s", err.text);
    sto_run_free(&run);
}

/* 20 statements a second for 10 s: 2 digests and a command without SQL; every 10th has an error, every 20th
 * is void. */
static void put_ten_seconds(struct sto_writer *w)
{
    for (uint64_t i = 0; i < 200; i++) {
        struct ses_statement s = a_statement(i + 1, 1);
        s.digest = i % 3;
        s.digest_is_new = i == 1 || i == 2;
        s.cmd = i % 3 == 0 ? "PING" : "QUERY";
        s.sent_ns = 1000 * NS_PER_S + (int64_t)i * NS_PER_S / 20;
        s.last_ns = s.sent_ns + (int64_t)(i % 7) * 1000000 + 1;
        s.errnum = i % 10 == 0 ? 1213 : 0;
        s.complete = i % 20 != 5;
        sto_put_statement(w, &s);
    }
}

static void aggregates_add_up(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = writer_at(path, false);
    put_ten_seconds(w);
    const struct ses_txn t = {1, 1, T0, T0, 1, 1, 1, 0, SES_TXN_COMMIT, false};
    sto_put_txn(w, &t);
    const struct ses_checkout c = {1, 1, T0, T0, 1, 1, false};
    sto_put_checkout(w, &c);
    finish(&w);

    struct sum all = {.rows = 0};
    read_sum(path, &all);
    assert_int_equal(all.rows, 30); /* 3 kinds, 10 seconds */
    assert_int_equal(all.count, 200);
    assert_int_equal(all.errors, 20);
    assert_int_equal(all.voided, 10);
    assert_int_equal(all.result_rows, 1400);
    int64_t expected_ns = 0;
    for (int64_t i = 0; i < 200; i++)
        expected_ns += i % 20 != 5 ? (i % 7) * 1000000 + 1 : 0;
    assert_int_equal(all.sum_ns, expected_ns);
    assert_int_equal(all.bucket_total, 190);
    assert_true(hist_max(all.hist) <= 6000001 && hist_max(all.hist) > 5900000);
    hist_free(&all.hist);
    struct sum one = {.only_second = 1003};
    read_sum(path, &one);
    assert_int_equal(one.count, 20);
    hist_free(&one.hist);
    assert_int_equal(count_statements(path), 0);
}

static void awkward_statements(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = writer_at(path, false);
    struct ses_statement s = a_statement(1, 1);
    s.last_ns = 0; /* no response, such as STMT_CLOSE: counted, without a latency */
    s.errnum = 0;
    sto_put_statement(w, &s);
    s.last_ns = s.sent_ns - 5; /* a clock that stepped back */
    sto_put_statement(w, &s);
    s.cmd = "A_NAME_OF_A_COMMAND_THAT_IS_LONGER_THAN_ANY_THAT_THE_PROTOCOL_HAS";
    s.last_ns = INT64_MAX;
    s.sent_ns = 0;
    sto_put_statement(w, &s);
    finish(&w);
    struct sum all = {.rows = 0};
    read_sum(path, &all);
    assert_int_equal(all.count, 3);
    assert_int_equal(all.bucket_total, 2);
    assert_true(all.sum_ns == INT64_MAX);
    hist_free(&all.hist);
}

/* More kinds within one second than are kept: rows of one key repeat, and still add up. */
static void more_digests_than_are_kept(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = writer_at(path, false);
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t i = 1; i <= 2000; i++) {
            struct ses_statement s = a_statement(1, 1);
            s.digest = i;
            sto_put_statement(w, &s);
        }
    }
    finish(&w);
    struct sum all = {.rows = 0};
    read_sum(path, &all);
    assert_int_equal(all.count, 6000);
    assert_true(all.rows >= 2000 && all.rows <= 6000);
    hist_free(&all.hist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(aggregates_add_up, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(awkward_statements, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(more_digests_than_are_kept, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
