/* summary: every dialogue, also compressed, at every split, in small pieces, with each segment lost, and
 * picked up late
 */
#include "mysql_dialogues.h"
#include "mysql_replay.h"
#include "mysql_zip_wire.h"

static struct replay whole(const struct dialogue *d)
{
    return (struct replay){.max_sql = d->max_sql, .drop = -1, .why = FLOW_CLOSE_FIN};
}

static void same(const struct out *a, const struct out *b, const char *name, size_t at)
{
    if (a->count != b->count || strcmp(a->life, b->life) != 0)
        print_message("%s at %zu: %zu exchanges, %zu expected; %s / %s\n", name, at, b->count, a->count,
                      b->life, a->life);
    assert_int_equal(a->count, b->count);
    assert_string_equal(a->life, b->life);
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->seen[i].line, b->seen[i].line) != 0)
            print_message("%s at %zu\n", name, at);
        assert_string_equal(a->seen[i].line, b->seen[i].line);
        assert_string_equal(a->seen[i].rest, b->seen[i].rest);
    }
    assert_false(b->secret);
}

static void check_one(const struct dialogue *d, const struct wire *w,
                      void (*check)(const struct dialogue *d, const struct wire *w, const struct out *full))
{
    struct out full;
    struct replay how = whole(d);
    replay(w, &how, &full);
    check(d, w, &full);
    out_fini(&full);
}

static void each(void (*check)(const struct dialogue *d, const struct wire *w, const struct out *full))
{
    for (size_t i = 0; i < dialogue_count; i++) {
        struct wire w, packed;
        wire_init(&w);
        dialogues[i].build(&w);
        check_one(&dialogues[i], &w, check);
        for (enum zip_kind kind = ZIP_STORED; kind <= ZIP_ZSTD; kind++) {
            if (!wire_compress(&packed, &w, kind))
                continue;
            check_one(&dialogues[i], &packed, check);
            wire_fini(&packed);
        }
        wire_fini(&w);
    }
}

/* After bytes that contradict the protocol, where a delivery begins decides what may be believed. */
static bool contradictory(const struct out *full)
{
    return full->counters.desyncs > 0;
}

static void no_wrong_pairing(const struct dialogue *d, const struct out *full, const struct out *o,
                             size_t at);

static void check_same(const struct dialogue *d, const struct out *full, const struct out *o, size_t at)
{
    if (contradictory(full))
        no_wrong_pairing(d, full, o, at);
    else
        same(full, o, d->name, at);
}

static void check_splits(const struct dialogue *d, const struct wire *w, const struct out *full)
{
    for (size_t at = 1; at < w->bytes.len; at++) {
        struct replay how = whole(d);
        struct out o;
        how.split = at;
        replay(w, &how, &o);
        check_same(d, full, &o, at);
        out_fini(&o);
    }
}

static void check_pieces(const struct dialogue *d, const struct wire *w, const struct out *full)
{
    for (size_t n = 1; n <= 7; n++) {
        struct replay how = whole(d);
        struct out o;
        how.piece = n;
        replay(w, &how, &o);
        check_same(d, full, &o, n);
        out_fini(&o);
    }
}

/* The full run's exchange of the same command: times tell them apart. */
static const struct seen *find(const struct out *full, const struct seen *s)
{
    for (size_t i = 0; i < full->count; i++)
        if (full->seen[i].sent_ns == s->sent_ns && strcmp(full->seen[i].line, s->line) == 0)
            return &full->seen[i];
    return NULL;
}

/* Text and parameters of an execution go when its statement is not known any more, nothing else may. */
static bool forgotten(const struct seen *s)
{
    return strstr(s->rest, "unknown_stmt") != NULL;
}

static void no_wrong_pairing(const struct dialogue *d, const struct out *full, const struct out *o, size_t at)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct seen *s = &o->seen[i];
        if (!s->complete || forgotten(s))
            continue;
        if (find(full, s) == NULL)
            print_message("%s without %zu: %s%s\n", d->name, at, s->line, s->rest);
        assert_non_null(find(full, s));
    }
    assert_false(o->secret);
}

static void check_drops(const struct dialogue *d, const struct wire *w, const struct out *full)
{
    for (size_t drop = 0; drop < w->count; drop++) {
        struct replay how = whole(d);
        struct out o;
        how.drop = (int)drop;
        replay(w, &how, &o);
        no_wrong_pairing(d, full, &o, drop);
        assert_true(o.counters.gaps == 1 || strstr(o.life, "opaque") != NULL);
        out_fini(&o);
        how.piece = 3; /* a hole in the middle of a packet */
        replay(w, &how, &o);
        no_wrong_pairing(d, full, &o, drop);
        out_fini(&o);
    }
}

static void check_late_starts(const struct dialogue *d, const struct wire *w, const struct out *full)
{
    for (size_t skip = 1; skip < w->count; skip++) {
        struct replay how = whole(d);
        struct out o;
        how.skip = skip;
        replay(w, &how, &o);
        no_wrong_pairing(d, full, &o, skip);
        bool greeted = o.count > 0 && strncmp(o.seen[0].line, "CONNECT", 7) == 0 && o.seen[0].complete;
        for (size_t i = 0; i < o.count && !greeted; i++)
            assert_non_null(strstr(o.seen[i].rest, "mid_stream"));
        out_fini(&o);
    }
}

static void splits(void **state)
{
    (void)state;
    each(check_splits);
}

static void pieces(void **state)
{
    (void)state;
    each(check_pieces);
}

static void drops(void **state)
{
    (void)state;
    each(check_drops);
}

static void late_starts(void **state)
{
    (void)state;
    each(check_late_starts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits),
        cmocka_unit_test(pieces),
        cmocka_unit_test(drops),
        cmocka_unit_test(late_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
