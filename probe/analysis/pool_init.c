/* summary: first commands of a connection, such as SET NAMES: what every connection of a pool sends once,
 * before its first use */
#include "pool_wire.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_MOST 8 /* commands at the beginning that may be first commands */
#define USUAL 0.9    /* of a query's executions, stand at the beginning of connections */
#define CONNECTIONS_FEWEST 2
#define TEXT_BYTES ((size_t)300)

struct tally {
    uint64_t all, early;
};

static bool begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

/* Where only a few connections were seen, the text has to tell. */
static bool sets_up(const char *text)
{
    return begins(text, "SET ") || begins(text, "SELECT @@") || begins(text, "SHOW VARIABLES") ||
           begins(text, "[INIT_DB]") || begins(text, "[SET_OPTION]") || begins(text, "USE ");
}

static bool from_its_start(const struct ana_facts *f, uint32_t conn)
{
    return conn != FACT_NONE && !f->conns[conn].mid_stream && f->conns[conn].ready_ns > 0;
}

/* Executions of each query, and those among the first few commands of a connection. */
static uint64_t count(const struct ana_facts *f, struct tally *queries, uint32_t *seen)
{
    uint64_t connections = 0;
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *s = &f->statements[i];
        queries[s->query].all++;
        if (!from_its_start(f, s->conn))
            continue;
        connections += seen[s->conn] == 0;
        queries[s->query].early += seen[s->conn] < FIRST_MOST;
        seen[s->conn]++;
    }
    return connections;
}

static bool is_first(const struct ana_query *q, const struct tally *t, uint64_t connections)
{
    if (t->all == 0 || (double)t->early < USUAL * (double)t->all)
        return false;
    return sets_up(q->text) ||
           (connections >= CONNECTIONS_FEWEST && (double)t->early >= USUAL * (double)connections &&
            strcmp(q->text, "[PING]") != 0 && !begins(q->text, "[PREPARE]") && strchr(q->text, '@'));
}

/* A connection's first commands end with its first other command. */
static void find_ends(struct ana_init *x, const struct ana_input *in, const bool *first, bool *over)
{
    const struct ana_facts *f = &in->facts;
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *s = &f->statements[i];
        if (!from_its_start(f, s->conn) || over[s->conn])
            continue;
        if (!first[s->query] || !s->complete)
            over[s->conn] = true;
        else if (s->last_ns > x->end_ns[s->conn])
            x->end_ns[s->conn] = s->last_ns;
    }
    for (size_t i = 0; i < f->checkout_count; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        if (c->conn != FACT_NONE && c->end_ns <= x->end_ns[c->conn])
            x->checkouts[c->conn]++;
    }
}

/* Which first commands a pool's connections send, in the report. */
static enum pp_status tell(const struct ana_init *x, const struct ana_input *in, const bool *first)
{
    const struct ana_facts *f = &in->facts;
    struct buf b;
    enum pp_status st = PP_OK;
    for (uint32_t p = 0; p < f->pool_count && st == PP_OK; p++) {
        uint32_t conn = FACT_NONE;
        for (uint32_t i = 0; i < f->conn_count && conn == FACT_NONE; i++)
            if (f->conns[i].pool == p && f->pools[p].application && x->end_ns[i] > 0)
                conn = i;
        buf_init(&b, TEXT_BYTES);
        for (size_t i = 0; i < f->statement_count && conn != FACT_NONE && st == PP_OK; i++) {
            const struct fact_statement *s = &f->statements[i];
            if (s->conn == conn && s->last_ns <= x->end_ns[conn] && first[s->query])
                st = buf_addf(&b, "%s%.80s", b.len ? "; " : "", in->report->queries[s->query].text);
        }
        st = st == PP_NOMEM ? PP_NOMEM : PP_OK; /* a text that is full is cut */
        if (st == PP_OK && b.len > 0) {
            struct ana_pool_wire *w = &in->report->pools[p].wire;
            w->init_commands = ana_textf("%.*s", (int)b.len, (const char *)b.data);
            st = w->init_commands ? PP_OK : PP_NOMEM;
        }
        buf_fini(&b);
    }
    return st;
}

enum pp_status ana_init_find(struct ana_init *out, const struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    size_t queries = in->report->query_count;
    struct tally *tallies = calloc(queries + 1, sizeof *tallies);
    uint32_t *seen = calloc(f->conn_count + 1, sizeof *seen);
    bool *first = calloc(queries + 1, sizeof *first), *over = calloc(f->conn_count + 1, sizeof *over);
    *out = (struct ana_init){.end_ns = calloc(f->conn_count + 1, sizeof *out->end_ns),
                             .checkouts = calloc(f->conn_count + 1, sizeof *out->checkouts)};
    enum pp_status st = tallies && seen && first && over && out->end_ns && out->checkouts ? PP_OK : PP_NOMEM;
    if (st == PP_OK) {
        uint64_t connections = count(f, tallies, seen);
        for (size_t i = 0; i < queries; i++)
            first[i] = is_first(&in->report->queries[i], &tallies[i], connections);
        find_ends(out, in, first, over);
        st = tell(out, in, first);
    }
    free(tallies);
    free(seen);
    free(first);
    free(over);
    return st;
}

void ana_init_fini(struct ana_init *x)
{
    free(x->end_ns);
    free(x->checkouts);
    *x = (struct ana_init){0};
}
