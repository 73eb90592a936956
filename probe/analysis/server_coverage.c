/* summary: coverage by session: what the wire cannot read (TLS, local socket, another interface), with its
 * statements */
#include "server_side.h"

#include "parts.h"

#include <stdlib.h>
#include <string.h>

static const char *why_unseen(const struct side_session *s)
{
    if (strcmp(s->type, "Socket") == 0)
        return "local socket";
    if (strcmp(s->type, "Named Pipe") == 0 || strcmp(s->type, "Shared Memory") == 0)
        return "local connection";
    if (s->on_wire || strcmp(s->type, "SSL/TLS") == 0)
        return "encrypted or compressed";
    return "not on the recorded interface or port";
}

/* What the session did since the recording began. */
static int64_t statements_of(const struct ana_side *s, const struct side_session *x)
{
    if (x->statements_last < 0)
        return -1;
    bool before = x->first_ns <= s->session_first_ns;
    return before ? x->statements_last - x->statements_first : x->statements_last;
}

static struct ana_unseen *group_of(struct ana_coverage *c, const struct side_session *x, const char *why,
                                   size_t *cap)
{
    for (size_t i = 0; i < c->unseen_count; i++)
        if (strcmp(c->unseen[i].why, why) == 0 && strcmp(c->unseen[i].user, x->user) == 0 &&
            strcmp(c->unseen[i].program_name, x->program_name) == 0)
            return &c->unseen[i];
    if (!FACT_ROOM(c->unseen, c->unseen_count, *cap))
        return NULL;
    struct ana_unseen *u = &c->unseen[c->unseen_count];
    *u =
        (struct ana_unseen){.why = why, .user = ana_text(x->user), .program_name = ana_text(x->program_name)};
    c->unseen_count += u->user && u->program_name;
    return u->user && u->program_name ? u : NULL;
}

static int by_statements(const void *pa, const void *pb)
{
    const struct ana_unseen *a = pa, *b = pb;
    if (a->statements != b->statements)
        return a->statements > b->statements ? -1 : 1;
    return strcmp(a->user, b->user);
}

enum pp_status ana_side_coverage(struct ana_input *in)
{
    struct ana_coverage *c = &in->report->coverage;
    const struct ana_side *s = &in->side;
    size_t cap = 0;
    for (size_t i = 0; i < s->session_count; i++) {
        const struct side_session *x = &s->sessions[i];
        if (x->on_wire && !x->opaque)
            continue;
        struct ana_unseen *u = group_of(c, x, why_unseen(x), &cap);
        if (!u)
            return PP_NOMEM;
        int64_t n = statements_of(s, x);
        u->sessions++;
        u->unknown += n < 0;
        u->statements += n > 0 ? (uint64_t)n : 0;
    }
    double all = (double)c->wire_statements;
    for (size_t i = 0; i < c->unseen_count; i++)
        all += (double)c->unseen[i].statements;
    for (size_t i = 0; i < c->unseen_count && all > 0; i++)
        c->unseen[i].share = (double)c->unseen[i].statements / all;
    if (c->unseen_count > 1)
        qsort(c->unseen, c->unseen_count, sizeof *c->unseen, by_statements);
    return ana_side_compare(in);
}
