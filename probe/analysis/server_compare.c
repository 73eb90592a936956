/* summary: coverage by connection: its commands on the wire against its session's count, at the last sample
 * of that session
 *
 * A sample is taken at some moment of the question's time, and the server counts a command a little after its
 * last byte left. So the wire's part is an interval: from the commands that were surely counted when the
 * question was sent to those that were sent before its answer came. A session that began before its
 * connection was recorded is compared between its first and its last sample. */
#include "server_side.h"

#include "parts.h"

#include <stdlib.h>

/* What the wire saw of one connection up to one sample. */
struct seen {
    int64_t from_ns, to_ns; /* of the question; from_ns 0: no sample */
    uint64_t sent, ended;
    int64_t last_end_ns; /* of those that ended */
};

struct compared {
    struct seen first, last;
    int64_t server; /* -1: not compared */
};

static void take(struct seen *s, const struct fact_statement *x)
{
    int64_t end_ns = x->last_ns ? x->last_ns : x->sent_ns;
    s->sent += x->sent_ns < s->to_ns;
    if (end_ns > s->from_ns)
        return;
    s->ended++;
    s->last_end_ns = end_ns > s->last_end_ns ? end_ns : s->last_end_ns;
}

bool ana_side_surely_counted(int64_t end_ns, int64_t asked_ns)
{
    return end_ns <= asked_ns - ANA_COUNTED_WITHIN_NS;
}

static uint64_t surely(const struct seen *s)
{
    return s->ended - (s->ended > 0 && !ana_side_surely_counted(s->last_end_ns, s->from_ns));
}

/* The first question about statements by session that found x, or the last. */
static bool sample_of(const struct ana_side *s, const struct side_session *x, bool first, struct seen *out)
{
    for (size_t i = 0; i < s->count_poll_count; i++) {
        const struct side_poll *p = &s->polls[s->count_polls[first ? i : s->count_poll_count - 1 - i]];
        if (first ? p->end_ns < x->first_ns : p->end_ns > x->last_ns)
            continue;
        *out = (struct seen){.from_ns = p->end_ns, .to_ns = p->end_ns + p->took_ns};
        return p->end_ns >= x->first_ns && p->end_ns <= x->last_ns;
    }
    return false;
}

static const struct side_session *session_of(const struct ana_side *s, uint32_t thread_id)
{
    size_t low = 0, high = s->session_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->sessions[mid].thread_id < thread_id)
            low = mid + 1;
        else
            high = mid;
    }
    bool found = low < s->session_count && s->sessions[low].thread_id == thread_id;
    return found ? &s->sessions[low] : NULL;
}

static void choose(const struct ana_input *in, size_t i, struct compared *c)
{
    const struct ana_connection *k = &in->report->connections[i];
    const struct side_session *x = session_of(&in->side, k->thread_id);
    c->server = -1;
    if (in->truncated || in->facts.conns[i].opaque || k->server_statements < 0 || !x ||
        !sample_of(&in->side, x, false, &c->last))
        return;
    if (!in->facts.conns[i].mid_stream) /* its session began on the wire */
        c->server = x->statements_last;
    else if (sample_of(&in->side, x, true, &c->first) && c->first.from_ns < c->last.from_ns)
        c->server = x->statements_last - x->statements_first;
}

static void judge(struct ana_input *in, size_t i, const struct compared *c)
{
    struct ana_coverage *sum = &in->report->coverage;
    struct ana_connection *k = &in->report->connections[i];
    uint64_t low = surely(&c->last), high = c->last.sent, n = (uint64_t)c->server;
    if (c->first.from_ns) {
        low = low > c->first.sent ? low - c->first.sent : 0;
        high -= surely(&c->first);
    }
    k->compared = true;
    k->compared_server = n;
    k->compared_low = low;
    k->compared_high = high;
    sum->connections_compared++;
    sum->connections_equal += n >= low && n <= high;
    sum->compared_server += n;
    sum->compared_low += low;
    sum->compared_high += high;
}

enum pp_status ana_side_compare(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    struct compared *all = f->has_seconds || f->conn_count == 0 ? NULL : calloc(f->conn_count, sizeof *all);
    if (!all)
        return f->has_seconds || f->conn_count == 0 ? PP_OK : PP_NOMEM;
    for (size_t i = 0; i < f->conn_count; i++)
        choose(in, i, &all[i]);
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *x = &f->statements[i];
        struct compared *c = x->conn == FACT_NONE ? NULL : &all[x->conn];
        if (!c || c->server < 0)
            continue;
        take(&c->last, x);
        if (c->first.from_ns)
            take(&c->first, x);
    }
    for (size_t i = 0; i < f->conn_count; i++)
        if (all[i].server >= 0)
            judge(in, i, &all[i]);
    free(all);
    return PP_OK;
}
