/* summary: poller: status counters, row lock counters, transactions, variables that changed, switches that
 * are off */
#include "poll_priv.h"

#include "sql_server.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

/* All else that is asked for counts, and falls only when it is reset. */
static bool is_gauge(const char *name)
{
    static const char *const gauges[] = {"Threads_connected",
                                         "Threads_running",
                                         "Max_used_connections",
                                         "Innodb_row_lock_time_max",
                                         "Innodb_row_lock_current_waits",
                                         "Memory_used",
                                         "Global_connection_memory",
                                         "Performance_schema_digest_lost",
                                         "Performance_schema_accounts_lost",
                                         "Performance_schema_thread_instances_lost"};
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++)
        if (strcmp(name, gauges[i]) == 0)
            return true;
    return false;
}

void poll_status_value(struct poll_round *r, const char *name, int64_t value)
{
    struct srv_poller *p = r->p;
    size_t n = strlen(name);
    int64_t *known = map_get(p->status, name, n);
    if (known != NULL && *known == value)
        return;
    if (known == NULL) {
        known = malloc(sizeof *known);
        if (known == NULL || map_set(p->status, name, n, known) != PP_OK) {
            free(known);
            poll_nomem(p);
            return;
        }
        *known = value;
    }
    r->reset = r->reset || (value < *known && !is_gauge(name));
    *known = value;
    p->s->sink.status(p->s->sink.priv, name, value, r->ts_ns);
}

/* What fell is told once a round. */
static void note_reset(const struct poll_round *r, const char *what)
{
    if (r->reset)
        poll_note_again(r->p, "reset",
                        "%s were reset: what they counted since the answer before is not known", what);
}

int64_t poll_status_known(const struct srv_poller *p, const char *name)
{
    const int64_t *known = map_get(p->status, name, strlen(name));
    return known == NULL ? -1 : *known;
}

/* A number, also "1234.5"; false for words such as ON. */
static bool number_of(const char *text, int64_t *out)
{
    char *end = NULL;
    long long n = strtoll(text, &end, 10);
    *out = (int64_t)n;
    return end != text && (*end == '\0' || *end == '.');
}

static void take_status(void *priv, MYSQL_ROW row)
{
    struct poll_round *r = priv;
    int64_t value = 0;
    if (row[0] == NULL || row[1] == NULL || !number_of(row[1], &value))
        return;
    poll_status_value(r, row[0], value);
}

static void see_limits(struct poll_round *r, int64_t digests_lost)
{
    int64_t now = poll_status_known(r->p, "Performance_schema_digest_lost");
    if (!r->first && digests_lost >= 0 && now > digests_lost)
        poll_note(r->p, "full",
                  "the server has no room for more digests (Performance_schema_digest_lost grows): further "
                  "ones are counted together; raise performance_schema_digests_size, or empty "
                  "performance_schema.events_statements_summary_by_digest");
}

enum pp_status poll_ask_status(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_status, NULL};
    int64_t lost = poll_status_known(r->p, "Performance_schema_digest_lost");
    enum pp_status st = poll_ask(r, sqls, 2, take_status, r, err);
    if (st == PP_OK) {
        see_limits(r, lost);
        note_reset(r, "the server's status counters (FLUSH STATUS)");
    }
    return st;
}

static void take_row_locks(void *priv, MYSQL_ROW row)
{
    struct poll_round *r = priv;
    if (row[0] == NULL)
        return;
    int64_t value = poll_i64(row[1], 0);
    if (strcmp(row[0], "Innodb_row_lock_current_waits") == 0)
        r->p->lock_waits = value > 0;
    else if (value <
             poll_status_known(r->p, row[0])) /* the status variable knows more: the monitor was reset */
        return;
    poll_status_value(r, row[0], value);
}

enum pp_status poll_ask_row_locks(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_row_lock_metrics, sql_ps_row_lock_metrics_mariadb, NULL};
    enum pp_status st = poll_ask(r, sqls, 2, take_row_locks, r, err);
    if (st != PP_OK || r->rows == 0)
        r->p->lock_waits = poll_status_known(r->p, "Innodb_row_lock_current_waits") != 0;
    return st;
}

static void take_transactions(void *priv, MYSQL_ROW row)
{
    static const char *const names[] = {"transactions.count", "transactions.read_write",
                                        "transactions.read_only", "transactions.timer_ns"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        poll_status_value(priv, names[i], poll_i64(row[i], 0));
}

enum pp_status poll_ask_transactions(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_transactions, NULL};
    enum pp_status st = poll_ask(r, sqls, 4, take_transactions, r, err);
    if (st == PP_OK)
        note_reset(r, "the server's counts of transactions (TRUNCATE)");
    return st;
}

/* Variables that tell a time or a position, not a setting. */
static bool is_volatile(const char *name)
{
    return strncmp(name, "gtid_", 5) == 0 || strstr(name, "timestamp") != NULL ||
           strstr(name, "_pos") != NULL || strcmp(name, "insert_id") == 0;
}

static void take_variable(void *priv, MYSQL_ROW row)
{
    struct poll_round *r = priv;
    struct srv_poller *p = r->p;
    if (row[0] == NULL)
        return;
    const char *value = poll_text(row[1]);
    XXH64_hash_t hash = XXH3_64bits(value, strlen(value));
    XXH64_hash_t *known = map_get(p->variables, row[0], strlen(row[0]));
    if (known == NULL) {
        known = malloc(sizeof *known);
        if (known == NULL || map_set(p->variables, row[0], strlen(row[0]), known) != PP_OK) {
            free(known);
            poll_nomem(p);
            return;
        }
        *known = hash;
        return; /* srv_read_variables told it at the start */
    }
    if (*known == hash)
        return;
    *known = hash;
    p->s->sink.variable(p->s->sink.priv, row[0], value, r->ts_ns);
    if (!is_volatile(row[0]))
        poll_note_again(p, "variable", "%s was changed to %.200s while recording", row[0], value);
}

enum pp_status poll_ask_variables(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_global_variables, NULL};
    return poll_ask(r, sqls, 2, take_variable, r, err);
}

static void take_switch(void *priv, MYSQL_ROW row)
{
    const struct poll_round *r = priv;
    if (row[0] == NULL || row[1] == NULL)
        return;
    bool consumer = strcmp(row[0], "consumer") == 0;
    if (consumer && strcmp(row[1], "events_statements_cpu") == 0) { /* off by default, and costs something */
        r->p->cpu_off = true;
        return;
    }
    poll_note(
        r->p, "missing",
        "%s %s is off: UPDATE performance_schema.setup_%ss SET ENABLED='YES'%s WHERE NAME='%s' turns it on",
        row[0], row[1], row[0], consumer ? "" : ", TIMED='YES'", row[1]);
}

enum pp_status poll_ask_switches(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_switches, NULL};
    r->p->cpu_off = false;
    return poll_ask(r, sqls, 2, take_switch, r, err);
}
