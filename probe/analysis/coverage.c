/* summary: coverage: statements seen on the wire against the server's own count
 *
 * Server: the counters "statements.by_account.USER@HOST", last sample minus first (minus nothing where the account
 * first appears in a later sample), over the accounts whose user is seen on the wire. Wire: every command of these
 * users (and of connections picked up in mid-stream, whose user is not known) that was sent between the first and the
 * last sample, complete or voided, since the server counts each that reached it. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define ACCOUNT_PREFIX "statements.by_account."

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
    *a = (struct ana_account){.name = ana_text(name), .user = strndup(name, at ? (size_t)(at - name) : strlen(name))};
    return a->name && a->user ? a : NULL;
}

static enum pp_status on_status(void *priv, const struct sto_status *s)
{
    struct ana_input *in = priv;
    size_t n = strlen(ACCOUNT_PREFIX);
    if (strncmp(s->name, ACCOUNT_PREFIX, n) != 0)
        return PP_OK;
    struct ana_account *a = account_of(in, s->name + n);
    if (!a)
        return PP_NOMEM;
    if (a->first_ns == 0) {
        a->first_ns = s->ts_ns;
        a->first = s->value;
    }
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
    return sto_each_status(run, on_status, in, err);
}

/* Users with an account counter, by number; an array of in->name_count + 1. */
static bool *counted_users(struct ana_input *in)
{
    bool *is = calloc((size_t)in->name_count + 1, sizeof *is);
    for (size_t i = 0; i < in->account_count && is; i++) {
        uintptr_t known = (uintptr_t)map_get(in->names, in->accounts[i].user, strlen(in->accounts[i].user));
        if (known)
            is[known - 1] = true;
    }
    uintptr_t nobody = (uintptr_t)map_get(in->names, "", 0);
    if (is && nobody)
        is[nobody - 1] = true;
    return is;
}

static bool on_wire(const struct ana_input *in, const char *user)
{
    uintptr_t known = (uintptr_t)map_get(in->names, user, strlen(user));
    for (size_t i = 0; i < in->facts.conn_count && known; i++)
        if (in->facts.conns[i].user == known - 1)
            return true;
    return false;
}

static void count_server(struct ana_input *in)
{
    struct ana_coverage *c = &in->report->coverage;
    for (size_t i = 0; i < in->account_count; i++) {
        const struct ana_account *a = &in->accounts[i];
        if (!on_wire(in, a->user))
            continue;
        int64_t from = a->first_ns > in->server_first_ns ? 0 : a->first;
        if (a->last > from)
            c->server_statements += (uint64_t)(a->last - from);
        c->server_known = true;
    }
}

static void count_wire(struct ana_input *in, const bool *counted)
{
    const struct ana_facts *f = &in->facts;
    struct ana_coverage *c = &in->report->coverage;
    bool all = in->account_count == 0 || in->server_last_ns <= in->server_first_ns;
    if (f->has_seconds) {
        c->wire_statements = in->second_statements;
        return;
    }
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *s = &f->statements[i];
        bool during = s->sent_ns >= in->server_first_ns && s->sent_ns < in->server_last_ns;
        bool user = s->conn == FACT_NONE || counted[f->conns[s->conn].user];
        c->wire_statements += all || (during && user);
    }
}

static char *why_not(const struct ana_input *in)
{
    const struct ana_coverage *c = &in->report->coverage;
    if (in->account_count == 0)
        return ana_text("the server was not asked: record with --server, and performance_schema on");
    if (in->server_last_ns <= in->server_first_ns)
        return ana_text("the server was asked only once");
    if (!c->server_known)
        return ana_text("no account that the server counts was seen on the wire");
    if (in->facts.has_seconds)
        return ana_text("recorded with --no-statements: the wire's count is that of the whole recording, the "
                        "server's that between its first and last sample");
    if (c->tls + c->compressed > 0)
        return ana_textf("%llu encrypted or compressed connections are in the server's count only",
                         (unsigned long long)(c->tls + c->compressed));
    return NULL;
}

enum pp_status ana_coverage_finish(struct ana_input *in)
{
    struct ana_coverage *c = &in->report->coverage;
    bool *counted = counted_users(in);
    if (!counted)
        return PP_NOMEM;
    if (in->server_last_ns > in->server_first_ns)
        count_server(in);
    count_wire(in, counted);
    free(counted);
    if (c->server_known && c->server_statements > 0)
        c->ratio = (double)c->wire_statements / (double)c->server_statements;
    bool whole = c->server_known && !in->facts.has_seconds && c->tls + c->compressed == 0;
    c->why_not = why_not(in);
    return whole || c->why_not ? PP_OK : PP_NOMEM;
}
