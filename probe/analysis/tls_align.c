/* summary: which exchange of an encrypted connection was which statement of its session
 *
 * A client that sends one command at a time makes one exchange of each, in order, and the server begins a
 * statement after its first byte came and before the first byte of its answer left. So the statements of a
 * session, in their order, are exchanges that follow one another, and each begins within its own, by a clock
 * that is known within bounds. What remains possible is tried: exactly one way is certain, several are not
 * told apart, none means that this client does something else. What is certain tells more about the clock,
 * which may settle others. */
#include "tls.h"

/* Ways that are looked at for one group; a clock that leaves more tells nothing. */
#define WAYS_MAX 256
#define PASSES 8

static bool within(const struct tls_exchange *x, int64_t start_ns, const struct tls_clock *c)
{
    return x->sent_ns <= start_ns + c->high_ns && start_ns + c->low_ns <= x->first_ns;
}

/* The first exchange of the group's connection that began after ns. */
static size_t after(const struct ana_tls_facts *f, const struct tls_group *g, int64_t ns)
{
    size_t low = g->exchange, high = g->ends;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (f->exchanges[mid].sent_ns <= ns)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct tls_statement *first_command(const struct ana_tls_facts *f, const struct tls_group *g)
{
    for (size_t i = 0; i < g->count; i++)
        if (f->statements[g->first + i].event != TLS_SILENT)
            return &f->statements[g->first + i];
    return NULL;
}

/* The group's commands are the exchanges from `at` on. All but the last exchange are whole: where bytes were
 * lost, two may look like one. */
static bool fits(const struct ana_tls_facts *f, const struct tls_group *g, size_t at,
                 const struct tls_clock *c)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct tls_statement *s = &f->statements[g->first + i];
        if (s->event == TLS_SILENT)
            continue;
        if (at >= g->ends || !within(&f->exchanges[at], s->start_ns, c) ||
            (!f->exchanges[at].complete && i + 1 < g->count))
            return false;
        at++;
    }
    return true;
}

static void try_group(const struct ana_tls_facts *f, struct tls_group *g, const struct tls_clock *c)
{
    const struct tls_statement *s = first_command(f, g);
    size_t ways = 0, looked = 0;
    if (!s)
        return;
    for (size_t at = after(f, g, s->start_ns + c->high_ns); at > g->exchange && ways < 2; at--) {
        if (f->exchanges[at - 1].first_ns < s->start_ns + c->low_ns)
            break;
        if (++looked > WAYS_MAX)
            return;
        if (fits(f, g, at - 1, c)) {
            ways++;
            g->at = at - 1;
        }
    }
    g->state = ways == 1 ? TLS_CERTAIN : ways == 0 ? TLS_IMPOSSIBLE : TLS_OPEN;
}

static void learn(const struct ana_tls_facts *f, const struct tls_group *g, struct tls_clock *c)
{
    size_t at = g->at;
    for (size_t i = 0; i < g->count; i++) {
        const struct tls_statement *s = &f->statements[g->first + i];
        if (s->event == TLS_SILENT)
            continue;
        const struct tls_exchange *x = &f->exchanges[at++];
        c->low_ns = x->sent_ns - s->start_ns > c->low_ns ? x->sent_ns - s->start_ns : c->low_ns;
        c->high_ns = x->first_ns - s->start_ns < c->high_ns ? x->first_ns - s->start_ns : c->high_ns;
    }
}

/* A statement without an answer before a command makes it uncertain when that was sent. The first one of a
 * group is not given either: what came before it in the same exchange may be forgotten already. */
static void give(struct ana_tls_facts *f, const struct tls_group *g)
{
    size_t at = g->at;
    bool alone = false;
    for (size_t i = 0; i < g->count; i++) {
        struct tls_statement *s = &f->statements[g->first + i];
        if (s->event == TLS_SILENT) {
            alone = false;
            continue;
        }
        if (alone && s->event == TLS_COMMAND && f->exchanges[at].complete)
            s->exchange = (uint32_t)at;
        alone = true;
        at++;
    }
}

bool ana_tls_align(struct ana_tls_facts *f, struct tls_group *groups, size_t count, struct tls_clock *clock)
{
    size_t certain = 0, before = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t i = 0; i < count; i++) {
            if (groups[i].state != TLS_OPEN)
                continue;
            try_group(f, &groups[i], clock);
            certain += groups[i].state == TLS_CERTAIN;
        }
        for (size_t i = 0; i < count; i++)
            if (groups[i].state == TLS_CERTAIN)
                learn(f, &groups[i], clock);
        if (clock->low_ns > clock->high_ns)
            return false;
        if (certain == before)
            break;
        before = certain;
    }
    for (size_t i = 0; i < count; i++)
        if (groups[i].state == TLS_CERTAIN)
            give(f, &groups[i]);
    return true;
}
