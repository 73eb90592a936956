/* summary: every fact written comes back with every field, in the stated order; hostile texts too */
#include "test_store_facts.h"

#include <sqlite3.h>

/* ---- what comes back: the row of interest is compared in the callback, and counted ---- */

#define SEEN(priv) (++*(int *)(priv))

static enum pp_status see_meta(void *priv, const struct sto_meta *m)
{
    static const char *const keys[] = {"command", "empty", "packets"};
    static const char *const values[] = {"record \"x\"", "", "-9223372036854775808"};
    int i = SEEN(priv) - 1;
    assert_in_range(i, 0, 2);
    assert_string_equal(m->key, keys[i]);
    assert_string_equal(m->value, values[i]);
    return PP_OK;
}

static enum pp_status see_config(void *priv, const struct sto_config *c)
{
    SEEN(priv);
    assert_string_equal(c->scope, "mysql");
    assert_string_equal(c->name, "max_connections");
    assert_string_equal(c->value, "151");
    assert_int_equal(c->ts_ns, T0);
    return PP_OK;
}

static enum pp_status see_level(void *priv, const struct sto_level *l)
{
    uint32_t n = (uint32_t)SEEN(priv);
    assert_int_equal(l->id, n);
    assert_int_equal(l->users, n * 10);
    assert_int_equal(l->start_ns, T0 + n);
    assert_int_equal(l->end_ns, T0 + 100 + n);
    return PP_OK;
}

static enum pp_status see_pool(void *priv, const struct sto_pool *p)
{
    SEEN(priv);
    assert_int_equal(p->id, 3);
    assert_string_equal(p->client_host, "10.0.0.1");
    assert_string_equal(p->server, "10.0.0.2:3306");
    assert_string_equal(p->user, "app");
    assert_string_equal(p->db, "shop");
    assert_string_equal(p->pid, "4711");
    assert_string_equal(p->program_name, "uvicorn");
    return PP_OK;
}

static enum pp_status see_connection(void *priv, const struct sto_connection *c)
{
    struct ses_connection e = a_connection((uint64_t)SEEN(priv));
    assert_int_equal(c->id, e.id);
    assert_int_equal(c->pool_id, e.id == 1 ? e.pool_id : 0);
    assert_string_equal(c->client, e.client);
    assert_string_equal(c->server, e.server);
    assert_string_equal(c->user, e.user);
    assert_string_equal(c->db, e.db);
    assert_string_equal(c->pid, e.pid);
    assert_string_equal(c->program_name, e.program_name);
    assert_string_equal(c->client_name, e.client_name);
    assert_string_equal(c->server_version, e.server_version);
    assert_string_equal(c->auth_plugin, e.auth_plugin);
    assert_int_equal(c->thread_id, e.thread_id);
    assert_int_equal(c->open_ns, e.open_ns);
    assert_int_equal(c->greeting_ns, e.greeting_ns);
    assert_int_equal(c->auth_ns, e.auth_ns);
    assert_int_equal(c->ready_ns, e.ready_ns);
    assert_int_equal(c->close_ns, e.close_ns);
    assert_int_equal(c->rtt_ns, e.rtt_ns);
    assert_int_equal(c->synack_ns, e.synack_ns);
    assert_int_equal(c->connect_errno, e.connect_errno);
    assert_string_equal(c->visibility, e.visibility);
    assert_string_equal(c->close_why, e.close_why);
    assert_int_equal(c->mid_stream, e.mid_stream);
    assert_int_equal(c->statements, e.statements);
    assert_int_equal(c->voided, e.voided);
    return PP_OK;
}

static enum pp_status see_digest(void *priv, const struct sto_digest *d)
{
    SEEN(priv);
    assert_true(d->id == UINT64_C(0xfedcba9876543210));
    assert_string_equal(d->text, "select ?");
    return PP_OK;
}

/* Put as 1, 2, 3; number 3 was sent first. */
static enum pp_status see_statement(void *priv, const struct sto_statement *s)
{
    static const uint64_t order[] = {3, 1, 2};
    int i = SEEN(priv) - 1;
    assert_in_range(i, 0, 2);
    struct ses_statement e = a_statement(order[i], 2);
    assert_int_equal(s->id, e.id);
    assert_int_equal(s->conn_id, 2);
    assert_true(s->digest == (e.id == 2 ? 0 : e.digest));
    assert_int_equal(s->txn_id, e.id == 2 ? 0 : e.txn_id);
    assert_string_equal(s->cmd, "QUERY");
    assert_string_equal(s->sqlstate, "40001");
    assert_int_equal(s->sent_ns, e.id == 3 ? T0 : e.sent_ns);
    assert_int_equal(s->first_ns, e.first_ns);
    assert_int_equal(s->last_ns, e.last_ns);
    assert_int_equal(s->rows, e.rows);
    assert_int_equal(s->affected_rows, e.affected_rows);
    assert_int_equal(s->req_bytes, e.req_bytes);
    assert_int_equal(s->resp_bytes, e.resp_bytes);
    assert_int_equal(s->warnings, e.warnings);
    assert_int_equal(s->notes, e.notes);
    assert_int_equal(s->errnum, e.errnum);
    assert_int_equal(s->status, e.status);
    assert_int_equal(s->ends_txn, e.ends_txn);
    assert_int_equal(s->ok, e.ok);
    assert_int_equal(s->complete, e.complete);
    return PP_OK;
}

static enum pp_status see_trace(void *priv, const struct sto_trace *t)
{
    SEEN(priv);
    assert_int_equal(t->conn_id, 2);
    assert_int_equal(t->sent_ns, T0);
    assert_string_equal(t->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    return PP_OK;
}

static enum pp_status see_txn(void *priv, const struct sto_txn *t)
{
    static const char *const ends[] = {"commit", "rollback", "implicit", "error", "closed", "void"};
    int i = SEEN(priv) - 1;
    assert_in_range(i, 0, 5);
    assert_int_equal(t->id, i + 1);
    assert_int_equal(t->conn_id, 2);
    assert_int_equal(t->start_ns, T0 + i);
    assert_int_equal(t->end_ns, T0 + 11);
    assert_int_equal(t->busy_ns, 12);
    assert_int_equal(t->commit_ns, 13);
    assert_int_equal(t->statements, 14);
    assert_int_equal(t->errors, 15);
    assert_string_equal(t->end, ends[i]);
    assert_true(t->read_only);
    return PP_OK;
}

static enum pp_status see_checkout(void *priv, const struct sto_checkout *c)
{
    int i = SEEN(priv) - 1;
    assert_int_equal(c->conn_id, 2);
    assert_int_equal(c->pool_id, i == 0 ? 0 : 3);
    assert_int_equal(c->start_ns, T0 + i);
    assert_int_equal(c->end_ns, T0 + 20);
    assert_int_equal(c->statements, 21);
    assert_int_equal(c->txns, 22);
    assert_true(c->voided);
    return PP_OK;
}

static enum pp_status see_request(void *priv, const struct sto_request *r)
{
    SEEN(priv);
    assert_int_equal(r->id, 1);
    assert_int_equal(r->conn_id, 9);
    assert_string_equal(r->client, "c");
    assert_string_equal(r->server, "s");
    assert_string_equal(r->method, "POST");
    assert_string_equal(r->route, "/users/{id}");
    assert_string_equal(r->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_string_equal(r->note, "gap");
    assert_int_equal(r->level_id, 2);
    assert_int_equal(r->queue_ns, 77);
    assert_int_equal(r->arrival_ns, T0 + 1);
    assert_int_equal(r->request_end_ns, T0 + 2);
    assert_int_equal(r->first_ns, T0 + 3);
    assert_int_equal(r->last_ns, T0 + 4);
    assert_int_equal(r->status, 503);
    assert_int_equal(r->req_body_bytes, 5);
    assert_int_equal(r->resp_body_bytes, 6);
    assert_true(r->complete);
    return PP_OK;
}

static enum pp_status see_gap(void *priv, const struct sto_gap *g)
{
    SEEN(priv);
    assert_int_equal(g->conn_id, 2);
    assert_int_equal(g->ts_ns, T0);
    assert_int_equal(g->bytes, UINT32_MAX + UINT64_C(1));
    assert_true(g->to_server);
    assert_string_equal(g->protocol, "mysql");
    return PP_OK;
}

static enum pp_status see_status(void *priv, const struct sto_status *s)
{
    SEEN(priv);
    assert_int_equal(s->ts_ns, T0);
    assert_string_equal(s->name, "statements.by_account.app@localhost");
    assert_int_equal(s->value, INT64_MAX);
    return PP_OK;
}

static enum pp_status see_host(void *priv, const struct sto_host *h)
{
    SEEN(priv);
    assert_int_equal(h->ts_ns, T0);
    assert_string_equal(h->role, "app");
    assert_int_equal(h->pid, 4711);
    assert_int_equal(h->cpu_ns, 1);
    assert_int_equal(h->run_delay_ns, 2);
    assert_int_equal(h->rss_bytes, 3);
    const int64_t rest[] = {h->processes,          h->threads,           h->top_process_ns,
                            h->top_thread_ns,      h->cpu_limit_milli,   h->memory_limit_bytes,
                            h->group_memory_bytes, h->throttled_periods, h->throttled_ns,
                            h->steal_ns,           h->pressure_cpu_ns,   h->pressure_io_ns};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        assert_int_equal(rest[i], 4 + i);
    assert_int_equal(h->pressure_memory_ns, INT64_MAX);
    return PP_OK;
}

static enum pp_status see_load_result(void *priv, const struct sto_load_result *l)
{
    SEEN(priv);
    assert_int_equal(l->users, 99);
    assert_int_equal(l->start_ns, T0 + 2);
    assert_int_equal(l->end_ns, T0 + 102);
    assert_string_equal(l->target, "shop");
    assert_string_equal(l->json, *(int *)priv == 1 ? "{}" : "{\"throughput\":2}");
    return PP_OK;
}

/* ---- what goes in ---- */

static void put_session_facts(struct sto_writer *w)
{
    const struct ses_pool pool = {3, "10.0.0.1", "10.0.0.2:3306", "app", "shop", "4711", "uvicorn"};
    sto_put_pool(w, &pool);
    struct ses_connection c = a_connection(1);
    c.final = false;
    c.statements = 0;
    sto_put_connection(w, &c); /* replaced by the next */
    c = a_connection(1);
    sto_put_connection(w, &c);
    c = a_connection(2);
    c.pool_id = 0;
    sto_put_connection(w, &c);
    struct ses_statement s = a_statement(1, 2);
    sto_put_statement(w, &s);
    s = a_statement(2, 2);
    s.digest = 0;
    s.txn_id = 0;
    sto_put_statement(w, &s);
    s = a_statement(3, 2);
    s.sent_ns = T0;
    s.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    sto_put_statement(w, &s);
    for (unsigned i = 0; i < 6; i++) {
        const struct ses_txn t = {i + 1, 2, T0 + i, T0 + 11, 12, 13, 14, 15, (enum ses_txn_end)i, true};
        sto_put_txn(w, &t);
    }
    for (int i = 1; i >= 0; i--) {
        const struct ses_checkout co = {2, i == 0 ? 0 : 3, T0 + i, T0 + 20, 21, 22, true};
        sto_put_checkout(w, &co);
    }
}

static void put_other_facts(struct sto_writer *w)
{
    const struct ses_request r = {.id = 1,
                                  .conn_id = 9,
                                  .client = "c",
                                  .server = "s",
                                  .method = "POST",
                                  .route = "/users/{id}",
                                  .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
                                  .level = 2,
                                  .queue_ns = 77,
                                  .arrival_ns = T0 + 1,
                                  .request_end_ns = T0 + 2,
                                  .first_ns = T0 + 3,
                                  .last_ns = T0 + 4,
                                  .status = 503,
                                  .req_body_bytes = 5,
                                  .resp_body_bytes = 6,
                                  .complete = true,
                                  .note = "gap"};
    sto_put_request(w, &r);
    for (uint32_t i = 2; i >= 1; i--) {
        const struct ses_level l = {i, i * 10, T0 + i, T0 + 100 + i};
        sto_put_level(w, &l);
    }
    const struct ses_gap g = {2, T0, UINT32_MAX + UINT64_C(1), true, "mysql"};
    sto_put_gap(w, &g);
    sto_put_meta(w, "command", "old value");
    sto_put_meta(w, "command", "record \"x\"");
    sto_put_meta(w, "empty", "");
    sto_put_meta_int(w, "packets", INT64_MIN);
    sto_put_config(w, "mysql", "max_connections", "151", T0);
    sto_put_status(w, "statements.by_account.app@localhost", INT64_MAX, T0);
    const struct sto_host host = {T0, "app", 4711, 1,  2,  3,  4,  5,  6,        7,
                                  8,  9,     10,   11, 12, 13, 14, 15, INT64_MAX};
    sto_put_host(w, &host);
}

#define CHECK_EACH(name, expected)                                                                           \
    do {                                                                                                     \
        int seen = 0;                                                                                        \
        assert_int_equal(sto_each_##name(run, see_##name, &seen, &err), PP_OK);                              \
        assert_int_equal(seen, expected);                                                                    \
    } while (0)

static void every_fact(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct pp_err err = {.status = PP_OK};
    struct sto_writer *w = writer_at(path, true);
    put_session_facts(w);
    put_other_facts(w);
    finish(&w);
    assert_null(w);
    struct sto_load_result l = {
        .users = 99, .start_ns = T0 + 2, .end_ns = T0 + 102, .target = "shop", .json = "{}"};
    assert_int_equal(sto_add_load_result(path, &l, &err), PP_OK);
    l.json = "{\"throughput\":2}";
    assert_int_equal(sto_add_load_result(path, &l, &err), PP_OK); /* both stay, and so does level 2 */

    struct sto_run *run = run_at(path);
    CHECK_EACH(meta, 3);
    CHECK_EACH(config, 1);
    CHECK_EACH(level, 2);
    CHECK_EACH(pool, 1);
    CHECK_EACH(connection, 2);
    CHECK_EACH(digest, 1);
    CHECK_EACH(statement, 3);
    CHECK_EACH(trace, 1);
    CHECK_EACH(txn, 6);
    CHECK_EACH(checkout, 2);
    CHECK_EACH(request, 1);
    CHECK_EACH(gap, 1);
    CHECK_EACH(status, 1);
    CHECK_EACH(host, 1);
    CHECK_EACH(load_result, 2);
    char text[16];
    assert_true(sto_get_meta(run, "command", text, sizeof text));
    assert_string_equal(text, "record \"x\"");
    assert_false(sto_get_meta(run, "command", text, 10)); /* does not fit */
    assert_string_equal(text, "");
    assert_true(sto_get_meta(run, "command", text, 11));
    assert_false(sto_get_meta(run, "absent", text, sizeof text));
    assert_int_equal(sto_get_meta_int(run, "packets", 5), INT64_MIN);
    assert_int_equal(sto_get_meta_int(run, "absent", 5), 5);
    assert_int_equal(sto_get_meta_int(run, "command", 5), 5);
    sto_run_free(&run);
    assert_null(run);
}

static void a_finished_run_is_one_file(void **state)
{
    struct sto_writer *w = writer_at(in_folder(state, "a.run.db"), true);
    put_session_facts(w);
    finish(&w);
    assert_int_equal(access(in_folder(state, "a.run.db"), F_OK), 0);
    assert_int_not_equal(access(in_folder(state, "a.run.db-wal"), F_OK), 0);
    assert_int_not_equal(access(in_folder(state, "a.run.db-shm"), F_OK), 0);
}

static enum pp_status stop_at_second(void *priv, const struct sto_statement *s)
{
    (void)s;
    return SEEN(priv) == 2 ? PP_LIMIT : PP_OK;
}

static enum pp_status stop_with_end(void *priv, const struct sto_statement *s)
{
    (void)s;
    SEEN(priv);
    return PP_END;
}

static void a_callback_ends_the_iteration(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = writer_at(path, true);
    put_session_facts(w);
    finish(&w);
    struct sto_run *run = run_at(path);
    int seen = 0;
    assert_int_equal(sto_each_statement(run, stop_at_second, &seen, NULL), PP_LIMIT);
    assert_int_equal(seen, 2);
    seen = 0;
    assert_int_equal(sto_each_statement(run, stop_with_end, &seen, NULL), PP_END);
    assert_int_equal(seen, 1);
    sto_run_free(&run);
}

/* ---- hostile texts ---- */

static const char nasty[] = "a'); DROP TABLE meta; --\xff\xfe\x80 \x1b[31m %s%n";

static enum pp_status see_nasty(void *priv, const struct sto_connection *c)
{
    SEEN(priv);
    assert_string_equal(c->user, nasty);
    assert_int_equal(strlen(c->db), 70000);
    assert_int_equal(c->db[69999], '\xc3');
    return PP_OK;
}

static void expect_sample(sqlite3 *db, int id, const void *data, int bytes, int type)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT sample FROM statement WHERE id = ?", -1, &st, NULL),
                     SQLITE_OK);
    sqlite3_bind_int(st, 1, id);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_int_equal(sqlite3_column_type(st, 0), type);
    if (type != SQLITE_NULL) {
        assert_int_equal(sqlite3_column_bytes(st, 0), bytes);
        assert_memory_equal(sqlite3_column_blob(st, 0), data, (size_t)bytes);
    }
    sqlite3_finalize(st);
}

static void hostile_texts_stay_whole(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    static char long_db[70001];
    memset(long_db, '\xc3', sizeof long_db - 1);
    struct sto_writer *w = writer_at(path, true);
    struct ses_connection c = a_connection(1);
    c.user = nasty;
    c.db = long_db;
    sto_put_connection(w, &c);
    struct ses_statement s = a_statement(1, 1);
    s.sample = "select 'a\0b'";
    s.sample_bytes = 12;
    sto_put_statement(w, &s);
    s = a_statement(2, 1);
    s.sample = nasty;
    s.sample_bytes = sizeof nasty - 1;
    sto_put_statement(w, &s);
    s = a_statement(3, 1);
    s.sample = "select '\xc3\xa9'";
    s.sample_bytes = 11;
    sto_put_statement(w, &s);
    s = a_statement(4, 1);
    sto_put_statement(w, &s);
    finish(&w);

    int seen = 0;
    struct sto_run *run = run_at(path);
    assert_int_equal(sto_each_connection(run, see_nasty, &seen, NULL), PP_OK);
    assert_int_equal(seen, 1);
    sto_run_free(&run);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    expect_sample(db, 1, "select 'a\0b'", 12, SQLITE_BLOB);
    expect_sample(db, 2, nasty, sizeof nasty - 1, SQLITE_BLOB);
    expect_sample(db, 3, "select '\xc3\xa9'", 11, SQLITE_TEXT);
    expect_sample(db, 4, NULL, 0, SQLITE_NULL);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fact, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_finished_run_is_one_file, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_callback_ends_the_iteration, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(hostile_texts_stay_whole, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
