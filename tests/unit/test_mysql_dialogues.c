/* summary: every dialogue gives exactly its exchanges and lifecycle events */
#include "mysql_dialogues.h"
#include "mysql_replay.h"

static void lines_of(const struct out *o, struct buf *b)
{
    buf_init(b, 1u << 24);
    for (size_t i = 0; i < o->count; i++)
        assert_int_equal(buf_addf(b, "%s%s\n", o->seen[i].line, o->seen[i].rest), PP_OK);
    assert_int_equal(buf_add_byte(b, 0), PP_OK);
}

static void every_dialogue(void **state)
{
    (void)state;
    for (size_t i = 0; i < dialogue_count; i++) {
        const struct dialogue *d = &dialogues[i];
        struct wire w;
        struct out o;
        struct buf lines;
        struct replay how = {.max_sql = d->max_sql, .drop = -1, .why = FLOW_CLOSE_FIN};
        wire_init(&w);
        d->build(&w);
        replay(&w, &how, &o);
        lines_of(&o, &lines);
        if (getenv("MYSQL_DIALOGUES_PRINT") != NULL) {
            printf("@%s\n@@%s\n%s", d->name, o.life, lines.data);
        } else {
            if (strcmp((const char *)lines.data, d->expect) != 0)
                print_message("in %s\n", d->name);
            assert_string_equal((const char *)lines.data, d->expect);
            assert_string_equal(o.life, d->life);
        }
        assert_false(o.secret);
        buf_fini(&lines);
        out_fini(&o);
        wire_fini(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_dialogue)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
