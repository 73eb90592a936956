/* summary: the sto_each_ readers: one SELECT a table, its columns into the row's struct in the order of the
 * SELECT */
#include "run_priv.h"

/* Takes one column after the other. */
struct cols {
    sqlite3_stmt *st;
    int at;
};

static int64_t next_i64(struct cols *c)
{
    return sqlite3_column_int64(c->st, c->at++);
}

static uint64_t next_u64(struct cols *c)
{
    return (uint64_t)next_i64(c);
}

static uint32_t next_u32(struct cols *c)
{
    return (uint32_t)next_i64(c);
}

static uint16_t next_u16(struct cols *c)
{
    return (uint16_t)next_i64(c);
}

static bool next_bool(struct cols *c)
{
    return next_i64(c) != 0;
}

static const char *next_text(struct cols *c)
{
    return sto_column_text(c->st, c->at++);
}

/* Defines row_<name> on fill_<name>, which is defined before. */
#define ROW_OF(name, row)                                                                                    \
    struct call_##name {                                                                                     \
        sto_##name##_f *f;                                                                                   \
        void *priv;                                                                                          \
    };                                                                                                       \
    static enum pp_status row_##name(void *priv, sqlite3_stmt *st)                                           \
    {                                                                                                        \
        struct call_##name *call = priv;                                                                     \
        struct cols c = {.st = st, .at = 0};                                                                 \
        struct row r;                                                                                        \
        fill_##name(&r, &c);                                                                                 \
        if (sqlite3_errcode(sqlite3_db_handle(st)) == SQLITE_NOMEM)                                          \
            return PP_NOMEM;                                                                                 \
        return call->f(call->priv, &r);                                                                      \
    }
/* Defines sto_each_<name> likewise. */
#define READER(name, row, sql)                                                                               \
    ROW_OF(name, row)                                                                                        \
    enum pp_status sto_each_##name(struct sto_run *run, sto_##name##_f *f, void *priv, struct pp_err *err)   \
    {                                                                                                        \
        struct call_##name call = {.f = f, .priv = priv};                                                    \
        return sto_each(run, sql, row_##name, &call, err);                                                   \
    }

static void fill_meta(struct sto_meta *r, struct cols *c)
{
    r->key = next_text(c);
    r->value = next_text(c);
}
READER(meta, sto_meta, "SELECT key, value FROM meta ORDER BY key")

static void fill_config(struct sto_config *r, struct cols *c)
{
    r->scope = next_text(c);
    r->name = next_text(c);
    r->value = next_text(c);
    r->ts_ns = next_i64(c);
}
READER(config, sto_config, "SELECT scope, name, value, ts_ns FROM config ORDER BY scope, name, ts_ns")

static void fill_level(struct sto_level *r, struct cols *c)
{
    r->id = next_u32(c);
    r->users = next_u32(c);
    r->start_ns = next_i64(c);
    r->end_ns = next_i64(c);
}
READER(level, sto_level, "SELECT id, users, start_ns, end_ns FROM level ORDER BY id")

static void fill_pool(struct sto_pool *r, struct cols *c)
{
    r->id = next_u64(c);
    r->client_host = next_text(c);
    r->server = next_text(c);
    r->user = next_text(c);
    r->db = next_text(c);
    r->pid = next_text(c);
    r->program_name = next_text(c);
}
READER(pool, sto_pool, "SELECT id, client_host, server, user, db, pid, program_name FROM pool ORDER BY id")

static void fill_connection(struct sto_connection *r, struct cols *c)
{
    r->id = next_u64(c);
    r->pool_id = next_u64(c);
    r->client = next_text(c);
    r->server = next_text(c);
    r->user = next_text(c);
    r->db = next_text(c);
    r->pid = next_text(c);
    r->program_name = next_text(c);
    r->client_name = next_text(c);
    r->server_version = next_text(c);
    r->auth_plugin = next_text(c);
    r->thread_id = next_u32(c);
    r->open_ns = next_i64(c);
    r->greeting_ns = next_i64(c);
    r->auth_ns = next_i64(c);
    r->ready_ns = next_i64(c);
    r->close_ns = next_i64(c);
    r->rtt_ns = next_i64(c);
    r->connect_errno = next_u16(c);
    r->visibility = next_text(c);
    r->close_why = next_text(c);
    r->mid_stream = next_bool(c);
    r->statements = next_u64(c);
    r->voided = next_u64(c);
    r->synack_ns = next_i64(c);
}
READER(connection, sto_connection,
       "SELECT id, pool_id, client, server, user, db, pid, program_name, client_name, server_version, "
       "auth_plugin, thread_id, open_ns, greeting_ns, auth_ns, ready_ns, close_ns, rtt_ns, connect_errno, "
       "visibility, close_why, mid_stream, statements, voided, synack_ns FROM connection ORDER BY id")

static void fill_digest(struct sto_digest *r, struct cols *c)
{
    r->id = next_u64(c);
    r->text = next_text(c);
}
READER(digest, sto_digest, "SELECT id, text FROM digest ORDER BY id")

static void fill_statement(struct sto_statement *r, struct cols *c)
{
    r->id = next_u64(c);
    r->conn_id = next_u64(c);
    r->digest = next_u64(c);
    r->cmd = next_text(c);
    r->sent_ns = next_i64(c);
    r->first_ns = next_i64(c);
    r->last_ns = next_i64(c);
    r->rows = next_u64(c);
    r->affected_rows = next_u64(c);
    r->warnings = next_u32(c);
    r->errnum = next_u16(c);
    r->sqlstate = next_text(c);
    r->status = next_u16(c);
    r->req_bytes = next_u64(c);
    r->resp_bytes = next_u64(c);
    r->txn_id = next_u64(c);
    r->ends_txn = next_bool(c);
    r->ok = next_bool(c);
    r->complete = next_bool(c);
    r->notes = next_u32(c);
}
READER(statement, sto_statement,
       "SELECT id, conn_id, digest, cmd, sent_ns, first_ns, last_ns, rows, affected_rows, warnings, errno, "
       "sqlstate, status, req_bytes, resp_bytes, txn_id, ends_txn, ok, complete, notes FROM statement ORDER "
       "BY sent_ns, id")

static void fill_statement_brief(struct sto_statement_brief *r, struct cols *c)
{
    r->conn_id = next_u64(c);
    r->digest = next_u64(c);
    r->cmd = next_text(c);
    r->sent_ns = next_i64(c);
    r->last_ns = next_i64(c);
    r->rows = next_u64(c);
    r->errnum = next_u16(c);
    r->req_bytes = next_u64(c);
    r->resp_bytes = next_u64(c);
    r->ends_txn = next_bool(c);
    r->complete = next_bool(c);
    r->first_ns = next_i64(c);
}
READER(statement_brief, sto_statement_brief,
       "SELECT conn_id, digest, cmd, sent_ns, last_ns, rows, errno, req_bytes, resp_bytes, ends_txn, "
       "complete, first_ns FROM statement ORDER BY id")

struct call_trace {
    sto_trace_f *f;
    void *priv;
};

static enum pp_status row_trace(void *priv, sqlite3_stmt *st)
{
    struct call_trace *call = priv;
    struct cols c = {.st = st, .at = 0};
    struct sto_trace r = {.conn_id = next_u64(&c), .sent_ns = 0, .trace_id = ""};
    r.sent_ns = next_i64(&c);
    r.trace_id = next_text(&c);
    if (sqlite3_errcode(sqlite3_db_handle(st)) == SQLITE_NOMEM)
        return PP_NOMEM;
    return call->f(call->priv, &r);
}

/* Runs recorded before there was the table go without. */
enum pp_status sto_each_trace(struct sto_run *run, sto_trace_f *f, void *priv, struct pp_err *err)
{
    struct call_trace call = {.f = f, .priv = priv};
    if (!sto_has_table(run, "statement_trace"))
        return PP_OK;
    return sto_each(run, "SELECT conn_id, sent_ns, trace_id FROM statement_trace ORDER BY sent_ns, conn_id",
                    row_trace, &call, err);
}

static void fill_statement_second(struct sto_statement_second *r, struct cols *c)
{
    r->digest = next_u64(c);
    r->cmd = next_text(c);
    r->second = next_i64(c);
    r->count = next_u64(c);
    r->errors = next_u64(c);
    r->voided = next_u64(c);
    r->rows = next_u64(c);
    r->sum_ns = next_i64(c);
    r->hist = next_text(c);
}
READER(statement_second, sto_statement_second,
       "SELECT digest, cmd, second, count, errors, voided, rows, sum_ns, hist FROM statement_second ORDER BY "
       "second, digest")

static void fill_txn(struct sto_txn *r, struct cols *c)
{
    r->id = next_u64(c);
    r->conn_id = next_u64(c);
    r->start_ns = next_i64(c);
    r->end_ns = next_i64(c);
    r->busy_ns = next_i64(c);
    r->commit_ns = next_i64(c);
    r->statements = next_u32(c);
    r->errors = next_u32(c);
    r->end = next_text(c);
    r->read_only = next_bool(c);
}
READER(txn, sto_txn,
       "SELECT id, conn_id, start_ns, end_ns, busy_ns, commit_ns, statements, errors, \"end\", read_only "
       "FROM txn ORDER BY start_ns, id")

static void fill_checkout(struct sto_checkout *r, struct cols *c)
{
    r->conn_id = next_u64(c);
    r->pool_id = next_u64(c);
    r->start_ns = next_i64(c);
    r->end_ns = next_i64(c);
    r->statements = next_u32(c);
    r->txns = next_u32(c);
    r->voided = next_bool(c);
}
READER(checkout, sto_checkout,
       "SELECT conn_id, pool_id, start_ns, end_ns, statements, txns, voided FROM checkout ORDER BY start_ns, "
       "conn_id")

static void fill_request(struct sto_request *r, struct cols *c)
{
    r->id = next_u64(c);
    r->conn_id = next_u64(c);
    r->client = next_text(c);
    r->server = next_text(c);
    r->method = next_text(c);
    r->route = next_text(c);
    r->trace_id = next_text(c);
    r->level_id = next_u32(c);
    r->arrival_ns = next_i64(c);
    r->request_end_ns = next_i64(c);
    r->first_ns = next_i64(c);
    r->last_ns = next_i64(c);
    r->status = next_u16(c);
    r->req_body_bytes = next_u64(c);
    r->resp_body_bytes = next_u64(c);
    r->complete = next_bool(c);
    r->note = next_text(c);
    r->queue_ns = next_i64(c);
}
ROW_OF(request, sto_request)
#define REQUEST_SQL(queue_ns, of)                                                                            \
    "SELECT id, conn_id, client, server, method, route, trace_id, level_id, arrival_ns, request_end_ns, "    \
    "first_ns, last_ns, status, req_body_bytes, resp_body_bytes, complete, note, " queue_ns                  \
    " FROM request " of " ORDER BY arrival_ns, id"
/* Runs recorded before there was the table have no such times. */
enum pp_status sto_each_request(struct sto_run *run, sto_request_f *f, void *priv, struct pp_err *err)
{
    struct call_request call = {.f = f, .priv = priv};
    bool has = sto_has_table(run, "request_queue");
    return sto_each(run,
                    has ? REQUEST_SQL("queue_ns", "LEFT JOIN request_queue ON request_id = id")
                        : REQUEST_SQL("0", ""),
                    row_request, &call, err);
}

static void fill_gap(struct sto_gap *r, struct cols *c)
{
    r->conn_id = next_u64(c);
    r->ts_ns = next_i64(c);
    r->bytes = next_u64(c);
    r->to_server = next_bool(c);
    r->protocol = next_text(c);
}
READER(gap, sto_gap, "SELECT conn_id, ts_ns, bytes, to_server, protocol FROM gap ORDER BY ts_ns")

static void fill_status(struct sto_status *r, struct cols *c)
{
    r->ts_ns = next_i64(c);
    r->name = next_text(c);
    r->value = next_i64(c);
}
READER(status, sto_status, "SELECT ts_ns, name, value FROM status_sample ORDER BY rowid")

static void fill_host(struct sto_host *r, struct cols *c)
{
    r->ts_ns = next_i64(c);
    r->role = next_text(c);
    r->pid = next_i64(c);
    r->cpu_ns = next_i64(c);
    r->run_delay_ns = next_i64(c);
    r->rss_bytes = next_i64(c);
    r->processes = next_i64(c);
    r->threads = next_i64(c);
    r->top_process_ns = next_i64(c);
    r->top_thread_ns = next_i64(c);
    r->cpu_limit_milli = next_i64(c);
    r->memory_limit_bytes = next_i64(c);
    r->group_memory_bytes = next_i64(c);
    r->throttled_periods = next_i64(c);
    r->throttled_ns = next_i64(c);
    r->steal_ns = next_i64(c);
    r->pressure_cpu_ns = next_i64(c);
    r->pressure_io_ns = next_i64(c);
    r->pressure_memory_ns = next_i64(c);
}
READER(
    host, sto_host,
    "SELECT ts_ns, role, pid, cpu_ns, run_delay_ns, rss_bytes, processes, threads, top_process_ns, "
    "top_thread_ns, cpu_limit_milli, memory_limit_bytes, group_memory_bytes, throttled_periods, "
    "throttled_ns, steal_ns, pressure_cpu_ns, pressure_io_ns, pressure_memory_ns FROM host_sample ORDER BY "
    "ts_ns")

static void fill_load_result(struct sto_load_result *r, struct cols *c)
{
    r->users = next_u32(c);
    r->start_ns = next_i64(c);
    r->end_ns = next_i64(c);
    r->target = next_text(c);
    r->json = next_text(c);
}
ROW_OF(load_result, sto_load_result)

/* Runs of version 2 have the level's number only, which need not be the level that was measured: the figures
 * themselves tell its time. */
static const char old_loads[] =
    "SELECT coalesce(json_extract(r.figures, '$.concurrent_users'), l.users, 0), "
    "coalesce(json_extract(r.figures, '$.start_ns'), l.start_ns, 0) AS start, "
    "coalesce(json_extract(r.figures, '$.end_ns'), l.end_ns, 0), "
    "nullif(coalesce(json_extract(r.figures, '$.framework'), ''), 'unknown'), r.json "
    "FROM (SELECT level_id, json, CASE WHEN json_valid(json) THEN json END AS figures FROM load_result) r "
    "LEFT JOIN level l ON l.id = r.level_id ORDER BY start, r.level_id";

enum pp_status sto_each_load_result(struct sto_run *run, sto_load_result_f *f, void *priv, struct pp_err *err)
{
    struct call_load_result call = {.f = f, .priv = priv};
    bool now = sto_has_column(run, "load_result", "start_ns");
    return sto_each(
        run,
        now ? "SELECT users, start_ns, end_ns, target, json FROM load_result ORDER BY start_ns, id"
            : old_loads,
        row_load_result, &call, err);
}

/* Runs recorded before these tables existed have none of them. */
static enum pp_status each_if_there(struct sto_run *run, const char *table, const char *sql, sto_row_f *f,
                                    void *priv, struct pp_err *err)
{
    return sto_has_table(run, table) ? sto_each(run, sql, f, priv, err) : PP_OK;
}

static void fill_tls_exchange(struct sto_tls_exchange *r, struct cols *c)
{
    r->conn_id = next_u64(c);
    r->sent_ns = next_i64(c);
    r->first_ns = next_i64(c);
    r->last_ns = next_i64(c);
    r->req_bytes = next_u64(c);
    r->resp_bytes = next_u64(c);
    r->complete = next_bool(c);
}
ROW_OF(tls_exchange, sto_tls_exchange)
enum pp_status sto_each_tls_exchange(struct sto_run *run, sto_tls_exchange_f *f, void *priv,
                                     struct pp_err *err)
{
    struct call_tls_exchange call = {.f = f, .priv = priv};
    return each_if_there(run, "tls_exchange",
                         "SELECT conn_id, sent_ns, first_ns, last_ns, req_bytes, resp_bytes, complete FROM "
                         "tls_exchange ORDER BY conn_id, sent_ns",
                         row_tls_exchange, &call, err);
}

#define FILL_INT(column) r->column = next_i64(c);
#define FILL_TEXT(column) r->column = next_text(c);
#define FIRST(column) #column
#define MORE(column) ", " #column
#define PS_ROW(name, NAME, order)                                                                            \
    static void fill_ps_##name(struct sto_ps_##name *r, struct cols *c){PS_COLUMNS_##name(                   \
        FILL_INT, FILL_INT,                                                                                  \
        FILL_TEXT)} ROW_OF(ps_##name, sto_ps_##name) enum pp_status sto_each_ps_##name(struct sto_run *run,  \
                                                                                       sto_ps_##name##_f *f, \
                                                                                       void *priv,           \
                                                                                       struct pp_err *err)   \
    {                                                                                                        \
        struct call_ps_##name call = {.f = f, .priv = priv};                                                 \
        return each_if_there(run, "ps_" #name,                                                               \
                             "SELECT " PS_COLUMNS_##name(FIRST, MORE, MORE) " FROM ps_" #name                \
                                                                            " ORDER BY " order,              \
                             row_ps_##name, &call, err);                                                     \
    }
#include "base/ps_rows.def"
#undef PS_ROW
