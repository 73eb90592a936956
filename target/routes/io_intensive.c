/* summary: POST /io-intensive: two files, then eight times a transaction of ten commands and a count outside
 * it */
#include "routes.h"

#include "files.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 8
#define FILES 2
#define NEW_USERS 10
#define UPDATED_USERS 5

static const char count_sql[] = "SELECT COUNT(*) FROM users";

/* One round's state. */
struct round {
    struct request *r;
    struct db *db;
    int number;
    uint64_t first_id; /* of the users inserted: one INSERT takes consecutive ids */
    struct buf sql;
    struct pp_err err;
};

static bool read_count(void *priv, const struct db_value *values, size_t count)
{
    if (count > 0 && values[0].text != NULL)
        *(int64_t *)priv = strtoll(values[0].text, NULL, 10);
    return true;
}

static enum pp_status count_users(struct round *s, int64_t *users)
{
    struct db_query q = {.name = "count users",
                         .sql = count_sql,
                         .prepared = s->r->app->options->prepared,
                         .row = read_count,
                         .priv = users};
    return db_select(s->db, s->r->trace, &q, &s->err);
}

/* Runs what is in s->sql. */
static enum pp_status run(struct round *s, const char *name, uint64_t *insert_id)
{
    return db_exec(s->db, s->r->trace, name, (const char *)s->sql.data, insert_id, &s->err);
}

static enum pp_status run_fixed(struct round *s, const char *name, const char *sql)
{
    return db_exec(s->db, s->r->trace, name, sql, NULL, &s->err);
}

/* The process id keeps names apart when several servers use one database. */
static enum pp_status insert_users(struct round *s)
{
    buf_clear(&s->sql);
    enum pp_status st = buf_addf(&s->sql, "INSERT INTO users (username, email, full_name) VALUES ");
    for (int i = 0; st == PP_OK && i < NEW_USERS; i++)
        st = buf_addf(&s->sql, "%s('io_%ld_%" PRIu64 "_%d_%d', 'io_%d@example.org', 'New User %d')",
                      i == 0 ? "" : ", ", (long)getpid(), s->r->trace->id, s->number, i, i, i);
    return st == PP_OK ? run(s, "insert users", &s->first_id) : pp_err_set(&s->err, st, "out of memory");
}

static enum pp_status update_user(struct round *s, int i)
{
    buf_clear(&s->sql);
    enum pp_status st =
        buf_addf(&s->sql, "UPDATE users SET full_name = 'Updated User %d', active = 0 WHERE id = %" PRIu64, i,
                 s->first_id + (uint64_t)i);
    return st == PP_OK ? run(s, "update user", NULL) : pp_err_set(&s->err, st, "out of memory");
}

/* By their keys, not a range: a range at the table's end would lock the gap that others insert into. */
static enum pp_status delete_users(struct round *s)
{
    buf_clear(&s->sql);
    enum pp_status st = buf_addf(&s->sql, "DELETE FROM users WHERE id IN (%" PRIu64, s->first_id);
    for (uint64_t i = 1; st == PP_OK && i < NEW_USERS; i++)
        st = buf_addf(&s->sql, ", %" PRIu64, s->first_id + i);
    if (st == PP_OK)
        st = buf_addf(&s->sql, ")");
    return st == PP_OK ? run(s, "delete users", NULL) : pp_err_set(&s->err, st, "out of memory");
}

static enum pp_status change_users(struct round *s)
{
    int64_t users = 0;
    enum pp_status st = insert_users(s);
    if (st == PP_OK)
        st = count_users(s, &users);
    for (int i = 0; st == PP_OK && i < UPDATED_USERS; i++)
        st = update_user(s, i);
    return st == PP_OK ? delete_users(s) : st;
}

/* START TRANSACTION to COMMIT; ROLLBACK after a failure, if the connection lives. */
static enum pp_status transaction(struct round *s)
{
    size_t first = s->r->trace->command_count;
    enum pp_status st = run_fixed(s, "start transaction", "START TRANSACTION");
    if (st != PP_OK)
        return st;
    st = change_users(s);
    if (st == PP_OK)
        st = run_fixed(s, "commit", "COMMIT");
    bool committed = st == PP_OK;
    if (!committed && !db_is_dead(s->db)) {
        struct pp_err why = s->err;
        (void)run_fixed(s, "rollback", "ROLLBACK");
        s->err = why;
    }
    request_end_transaction(s->r, first, committed);
    return st;
}

/* Acquires, runs one part of a round, releases. `*acquired` is the status of the acquisition. */
static enum pp_status with_connection(struct round *s, bool in_transaction, int64_t *users,
                                      enum pp_status *acquired)
{
    *acquired = request_acquire(s->r, &s->db);
    if (*acquired != PP_OK)
        return *acquired;
    enum pp_status st = in_transaction ? transaction(s) : count_users(s, users);
    if (st != PP_OK)
        trace_error(s->r->trace, s->err.text);
    request_release(s->r, &s->db);
    return st;
}

static enum pp_status do_files(struct request *r)
{
    struct pp_err err = {PP_OK, ""};
    enum pp_status st = PP_OK;
    for (int i = 0; st == PP_OK && i < FILES; i++)
        st = files_round_trip(r->app->work_dir, r->trace->id, i, &err);
    if (st != PP_OK)
        trace_error(r->trace, err.text);
    return st;
}

unsigned route_io_intensive(struct request *r)
{
    struct round s = {.r = r};
    int64_t users = 0;
    enum pp_status acquired = PP_OK;
    buf_init(&s.sql, 16384);
    enum pp_status st = do_files(r);
    for (; st == PP_OK && s.number < ROUNDS; s.number++) {
        st = with_connection(&s, true, NULL, &acquired);
        if (st == PP_OK)
            st = with_connection(&s, false, &users, &acquired);
    }
    buf_fini(&s.sql);
    if (st != PP_OK)
        return request_fail(r, acquired);
    r->answer = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(r->answer, "files", FILES);
    (void)cJSON_AddNumberToObject(r->answer, "rounds", ROUNDS);
    (void)cJSON_AddNumberToObject(r->answer, "users", (double)users);
    return 200;
}
