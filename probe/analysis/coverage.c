/* summary: coverage: statements seen on the wire against the server's own count
 *
 * Server: the counters "statements.by_account.USER@HOST", last sample minus first (minus nothing where the
 * account first appears in a later sample), over the accounts whose user is seen on the wire. Wire: every
 * command of these users on readable connections that ended between the first and the last sample,
 * complete or voided, since the server counts each that reached it, when it has ended. Reading a sample takes
 * a moment, and the server counts a moment after it has answered: commands that ended around a sample may be
 * on either side of it, and are given to the side that agrees with the server. poolprobe's own connections
 * are on neither side. A connection picked up in mid-stream has no user: it is counted where it serves the
 * requests.
 *
 * The server adds to these counters without a lock, so that updates are lost where many sessions end at the
 * same time (docs/server.md has what was measured). Nothing on the wire is missing because of that: what the
 * server's count lacks is told apart, and the ratio ends at 1.
 */
#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT_PREFIX "statements.by_account."
#define OWN_PREFIX "statements.own."
#define ACCOUNT_READ "statements.read_ns"
#define CHANGE_USER "[CHANGE_USER]"

static struct ana_account *account_of(struct ana_input *in, const char *name)
{
    uintptr_t known = (uintptr_t)map_get(in->account_map, name, strlen(name));
    if (known)
        return &in->accounts[known - 1];
    if (!FACT_ROOM(in->accounts, in->account_count, in->account_cap) ||
        map_set(in->account_map, name, strlen(name), (void *)(uintptr_t)(in->account_count + 1)) != PP_OK)
        return NULL;
    const char *at = strrchr(name, '@');
    struct ana_account *a = &in->accounts[in->account_count++];
    *a = (struct ana_account){.name = ana_text(name),
                              .user = strndup(name, at ? (size_t)(at - name) : strlen(name)),
                              .own_first = -1,
                              .own_last = -1};
    return a->name && a->user ? a : NULL;
}

static enum pp_status take_own(struct ana_input *in, const struct sto_status *s)
{
    struct ana_account *a = account_of(in, s->name + strlen(OWN_PREFIX));
    if (!a)
        return PP_NOMEM;
    if (a->own_first < 0)
        a->own_first = s->value;
    a->own_last = s->value;
    return PP_OK;
}

static enum pp_status on_status(void *priv, const struct sto_status *s)
{
    struct ana_input *in = priv;
    size_t n = strlen(ACCOUNT_PREFIX);
    if (strcmp(s->name, "Performance_schema_accounts_lost") == 0) {
        in->accounts_lost_last = s->value;
        if (in->accounts_lost_first < 0)
            in->accounts_lost_first = s->value;
    }
    if (strcmp(s->name, ACCOUNT_READ) == 0 && s->value > in->server_read_ns)
        in->server_read_ns = s->value;
    if (strncmp(s->name, OWN_PREFIX, strlen(OWN_PREFIX)) == 0)
        return take_own(in, s);
    if (strncmp(s->name, ACCOUNT_PREFIX, n) != 0)
        return ana_side_status(&in->side, s);
    struct ana_account *a = account_of(in, s->name + n);
    if (!a)
        return PP_NOMEM;
    if (a->first_ns == 0) {
        a->first_ns = s->ts_ns;
        a->first = s->value;
    }
    a->fell = a->fell || s->value < a->last;
    a->last_ns = s->ts_ns;
    a->last = s->value;
    if (in->server_first_ns == 0 || s->ts_ns < in->server_first_ns)
        in->server_first_ns = s->ts_ns;
    if (s->ts_ns > in->server_last_ns)
        in->server_last_ns = s->ts_ns;
    return PP_OK;
}

enum pp_status ana_read_server(struct ana_input *in, struct sto_run *run, struct pp_err *err)
{
    in->accounts_lost_first = -1;
    return sto_each_status(run, on_status, in, err);
}

/* The connection's statements are to be compared with the server's count: it can be read, it is not
 * poolprobe's own, and it has a user that the server counts, or serves the requests. */
static bool is_counted(const struct ana_input *in, uint32_t conn)
{
    const struct fact_conn *k = &in->facts.conns[conn];
    const char *user = in->report->connections[conn].user;
    const struct ana_pool *p = k->pool == FACT_NONE ? NULL : &in->report->pools[k->pool];
    if (k->opaque || (p && strcmp(p->program_name, "poolprobe") == 0))
        return false;
    if (*user == '\0')
        return p && in->facts.pools[k->pool].application;
    for (size_t i = 0; i < in->account_count; i++)
        if (strcmp(in->accounts[i].user, user) == 0)
            return true;
    return false;
}

/* Of each connection; an array of in->facts.conn_count + 1. */
static bool *counted_connections(const struct ana_input *in)
{
    bool *is = calloc(in->facts.conn_count + 1, sizeof *is);
    for (size_t i = 0; i < in->facts.conn_count && is; i++)
        is[i] = is_counted(in, (uint32_t)i);
    return is;
}

static bool on_wire(const struct ana_input *in, const bool *counted, const char *user)
{
    for (size_t i = 0; i < in->facts.conn_count; i++)
        if (counted[i] && strcmp(in->report->connections[i].user, user) == 0)
            return true;
    return false;
}

/* What was added to one account, without the probe's own commands. The probe knows how many those were: fewer
 * in all means that the counters began anew (TRUNCATE), also where they have passed the first sample since.
 */
static int64_t added(struct ana_input *in, const struct ana_account *a)
{
    int64_t from = a->first_ns > in->server_first_ns ? 0 : a->first;
    int64_t own = a->own_last > a->own_first ? a->own_last - a->own_first : 0;
    int64_t n = a->last - from - own;
    if (n < 0 && own > 0)
        in->server_restarted = true;
    return n;
}

static bool was_user_changed(const struct ana_report *r)
{
    for (size_t i = 0; i < r->query_count; i++)
        if (strcmp(r->queries[i].text, CHANGE_USER) == 0)
            return true;
    return false;
}

/* A user is on the wire: its accounts are counted. None is, though connections without a user serve the
 * requests, or a session changed its user: then all accounts are. */
static void count_server(struct ana_input *in, const bool *counted)
{
    struct ana_coverage *c = &in->report->coverage;
    bool any = false, unnamed = on_wire(in, counted, "");
    int64_t sum = 0;
    for (size_t i = 0; i < in->account_count; i++)
        any = any || on_wire(in, counted, in->accounts[i].user);
    in->user_changed = any && was_user_changed(in->report);
    in->accounts_unknown = !any && unnamed;
    bool all = in->user_changed || in->accounts_unknown;
    in->server_restarted = in->side.began_anew;
    for (size_t i = 0; i < in->account_count; i++) {
        const struct ana_account *a = &in->accounts[i];
        int64_t n = added(in, a);
        if (!all && !on_wire(in, counted, a->user))
            continue;
        sum += n;
        in->server_restarted =
            in->server_restarted || (a->fell && !in->user_changed) || a->last_ns < in->server_last_ns;
        c->server_known = true;
    }
    in->server_restarted = in->server_restarted || sum < 0;
    in->truncated = in->server_restarted && !in->side.began_anew;
    c->server_statements = sum > 0 ? (uint64_t)sum : 0;
    bool lost = in->accounts_lost_first >= 0 && in->accounts_lost_last > in->accounts_lost_first;
    in->accounts_full = lost;
    if (in->server_restarted || lost)
        c->server_known = false;
}

/* Commands that ended between the samples for sure, and those that may have. */
static void count_between(const struct ana_input *in, const bool *counted, uint64_t *sure, uint64_t *most)
{
    const struct ana_facts *f = &in->facts;
    int64_t after = in->server_read_ns;
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *s = &f->statements[i];
        int64_t end_ns = s->last_ns ? s->last_ns : s->sent_ns;
        if (s->conn == FACT_NONE || !counted[s->conn])
            continue;
        *sure += end_ns > in->server_first_ns + after && ana_side_surely_counted(end_ns, in->server_last_ns);
        *most +=
            !ana_side_surely_counted(end_ns, in->server_first_ns) && end_ns <= in->server_last_ns + after;
    }
}

/* Without the server's count every command is the wire's. */
static void count_wire(struct ana_input *in, const bool *counted)
{
    struct ana_coverage *c = &in->report->coverage;
    uint64_t sure = 0, most = 0;
    if (in->facts.has_seconds) {
        c->wire_statements = in->second_statements;
        return;
    }
    if (!c->server_known) {
        c->wire_statements = in->facts.statement_count;
        return;
    }
    count_between(in, counted, &sure, &most);
    c->wire_statements = c->server_statements;
    if (c->wire_statements < sure)
        c->wire_statements = sure;
    if (c->wire_statements > most)
        c->wire_statements = most;
    c->around_samples = most > sure ? most - sure : 0;
}

static uint64_t opaque_connections(const struct ana_coverage *c)
{
    return c->tls + c->compressed + c->x_protocol;
}

static char *why_not(const struct ana_input *in)
{
    const struct ana_coverage *c = &in->report->coverage;
    uint64_t opaque = opaque_connections(c);
    if (in->account_count == 0)
        return ana_text("the server was not asked: record with --server, and performance_schema on");
    if (in->server_last_ns <= in->server_first_ns)
        return ana_text("the server was asked only once");
    if (in->server_restarted)
        return ana_text(
            "the server's counters began anew between the samples: it was restarted or replaced, or "
            "its performance_schema was truncated");
    if (in->accounts_full)
        return ana_text(
            "the server had no room to count every account (Performance_schema_accounts_lost grew): "
            "raise performance_schema_accounts_size");
    if (!c->server_known)
        return ana_text("no account that the server counts was seen on the wire");
    if (in->facts.has_seconds)
        return ana_text("recorded with --no-statements: the wire's count is that of the whole recording, the "
                        "server's that between its first and last sample");
    if (in->accounts_unknown)
        return ana_text(
            "the connections were open before the recording, so their accounts are not known: the server's "
            "count is that of all accounts together");
    if (in->user_changed)
        return ana_text(
            "a connection changed its user, and the server moves a session's whole count to its new "
            "account: its count is that of all accounts together");
    if (opaque > 0)
        return ana_textf("%" PRIu64 " connections that cannot be read are in the server's count only",
                         opaque);
    return NULL;
}

static void compare(struct ana_coverage *c)
{
    if (!c->server_known) {
        c->server_statements = 0;
        return;
    }
    bool more = c->wire_statements > c->server_statements;
    c->server_missed = more ? c->wire_statements - c->server_statements : 0;
    c->ratio =
        more || c->server_statements == 0 ? 1 : (double)c->wire_statements / (double)c->server_statements;
}

/* What is known is compared as it is; the caller is told where that is not the whole truth. */
enum pp_status ana_coverage_finish(struct ana_input *in)
{
    struct ana_coverage *c = &in->report->coverage;
    bool *counted = counted_connections(in);
    if (!counted)
        return PP_NOMEM;
    if (in->server_last_ns > in->server_first_ns)
        count_server(in, counted);
    count_wire(in, counted);
    free(counted);
    compare(c);
    bool whole = c->server_known && !in->accounts_unknown && !in->user_changed && !in->facts.has_seconds &&
                 opaque_connections(c) == 0;
    c->why_not = why_not(in);
    return whole || c->why_not ? PP_OK : PP_NOMEM;
}
