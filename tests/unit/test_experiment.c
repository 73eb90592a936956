/* summary: tests of an experiment's specification, its places, its order of runs and its folder */
#include "experiment/folder.h"
#include "experiment/places.h"
#include "experiment/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/pp-experiment-XXXXXX";

static const char *write_spec(const char *text)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "%s/spec-in.json", folder);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static struct exp_spec *read_spec(const char *text)
{
    struct exp_spec *s = NULL;
    struct pp_err err = {.text = ""};
    if (exp_spec_new(&s, write_spec(text), &err) != PP_OK)
        fail_msg("%s", err.text);
    return s;
}

#define POOLS "\"pool\": [{\"label\": \"5-50\", \"min\": 5, \"max\": 50}, {\"label\": \"9\", \"max\": 9}]"
#define GOOD                                                                                                 \
    "{\"title\": \"t\", \"factors\": {" POOLS ", \"cpus\": [1, 2, \"4\"]}, \"repeats\": 4, \"seed\": 7,"     \
    "\"pause\": \"250ms\","                                                                                  \
    "\"server\": {\"start\": [\"up\", \"{cpus}\"], \"stop\": [\"down\"]},"                                   \
    "\"target\": {\"command\": [\"app\", \"--min={min}\", \"{max}{{x}}\", \"{repeat}/{cell}\"],"             \
    "             \"ready\": \"http://127.0.0.1:1/\", \"environment\": {\"MYSQL_PWD\": \"secret word\"}},"   \
    "\"load\": [\"load\", \"-o\", \"{dir}/{run}\"]}"

static void good_specification(void **state)
{
    struct exp_spec *s = read_spec(GOOD);
    (void)state;
    assert_int_equal(ana_exp_cell_count(&s->design), 6);
    assert_int_equal(s->design.repeats, 4);
    assert_int_equal(s->pause_ns, 250000000);
    assert_string_equal(s->design.factors[1].levels[1], "2");
    assert_string_equal(s->target.environment[0], "MYSQL_PWD=secret word");
    assert_string_equal(s->ready, "http://127.0.0.1:1/");
    struct exp_run_place p = {.run = "r", .dir = "d", .cell = 5, .repeat = 2};
    char **argv = exp_places_fill(s, &s->target, &p);
    assert_non_null(argv);
    assert_string_equal(argv[1], "--min="); /* the second level has no value of this name */
    assert_string_equal(argv[2], "9{x}");
    assert_string_equal(argv[3], "2/6");
    assert_null(argv[4]);
    exp_argv_free(&argv);
    p.cell = 0;
    argv = exp_places_fill(s, &s->target, &p);
    assert_string_equal(argv[1], "--min=5");
    exp_argv_free(&argv);
    argv = exp_places_fill(s, &s->load, &p);
    assert_string_equal(argv[2], "d/r");
    exp_argv_free(&argv);
    exp_spec_free(&s);
}

static void bad_specifications(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"x\"]", "not JSON: mistake in line 1"},
        {"{\"factors\":\n {\"a\": [1]},\n oops}", "mistake in line 3"},
        {"[]", "must be a JSON object"},
        {"{\"run\": [\"x\"]}", "\"factors\" is missing"},
        {"{\"factors\": {\"a\": [1]}}", "say what to run"},
        {"{\"factors\": {\"a\": []}, \"run\": [\"x\"]}", "must be an array of levels"},
        {"{\"factors\": {\"a\": [1, 1]}, \"run\": [\"x\"]}", "level \"1\" twice"},
        {"{\"factors\": {\"a\": [{\"max\": 1}]}, \"run\": [\"x\"]}", "object with a \"label\""},
        {"{\"factors\": {\"a\": [1], \"b\": [{\"label\": 2, \"a\": 3}]}, \"run\": [\"x\"]}", "two factors"},
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"{b}\"]}", "nothing fills {b}"},
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"{\"]}", "a brace stands alone"},
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"}\"]}", "a brace stands alone"},
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"x\"], \"load\": [\"x\"]}", "\"run\" excludes"},
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"x\"], \"reapeats\": 3}", "no key \"reapeats\""},
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"x\"], \"repeats\": 0}", "at least 1"},
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"x\"], \"repeats\": 1.5}", "whole number"},
        {"{\"factors\": {\"a\": [1]}, \"run\": [\"x\"], \"pause\": \"soon\"}", "takes a time"},
        {"{\"factors\": {\"a\": [1]}, \"run\": []}", "must be an array"},
        {"{\"factors\": {\"a\": [1]}, \"run\": [{}]}", "texts and numbers"},
        {"{\"factors\": {\"a\": [1]}, \"load\": {\"ready\": \"x\"}}", "no key \"ready\""},
        {"{\"factors\": {\"a\": [1]}, \"load\": {\"environment\": {\"A=B\": \"c\"}, \"command\": [\"x\"]}}",
         "name with a text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct exp_spec *s = NULL;
        struct pp_err err = {.text = ""};
        assert_int_equal(exp_spec_new(&s, write_spec(cases[i].text), &err), PP_INVALID);
        assert_null(s);
        if (!strstr(err.text, cases[i].words) || !strstr(err.text, "spec-in.json"))
            fail_msg("case %zu says: %s", i, err.text);
    }
}

static void every_cell_once_a_repeat(void **state)
{
    struct exp_spec *s = read_spec(GOOD);
    struct exp_plan p, longer;
    bool differs = false;
    (void)state;
    assert_int_equal(exp_plan_init(&p, s), PP_OK);
    assert_int_equal(p.count, 24);
    for (size_t r = 0; r < 4; r++) {
        unsigned seen = 0;
        for (size_t i = 0; i < 6; i++) {
            assert_int_equal(p.slots[r * 6 + i].repeat, r + 1);
            seen |= 1u << p.slots[r * 6 + i].cell;
            differs = differs || p.slots[r * 6 + i].cell != p.slots[i].cell;
        }
        assert_int_equal(seen, 0x3f);
    }
    assert_true(differs);
    s->design.repeats = 5; /* further repeats leave the first ones as they were */
    assert_int_equal(exp_plan_init(&longer, s), PP_OK);
    assert_memory_equal(longer.slots, p.slots, p.count * sizeof *p.slots);
    exp_plan_fini(&p);
    exp_plan_fini(&longer);
    exp_spec_free(&s);
}

static void folder_of_one_experiment(void **state)
{
    char dir[64], path[80], text[4096] = "";
    struct pp_err err = {.text = ""};
    struct exp_spec *s = read_spec(GOOD);
    (void)state;
    (void)snprintf(dir, sizeof dir, "%s/out", folder);
    (void)snprintf(path, sizeof path, "%s/spec.json", dir);
    assert_int_equal(exp_folder_open(dir, s, &err), PP_OK);
    assert_int_equal(exp_folder_open(dir, s, &err), PP_OK);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    assert_int_equal(fclose(f), 0);
    assert_null(strstr(text, "secret"));
    exp_spec_free(&s);
    s = read_spec("{\"factors\": {\"a\": [1]}, \"run\": [\"x\"]}");
    assert_int_equal(exp_folder_open(dir, s, &err), PP_INVALID);
    assert_non_null(strstr(err.text, "another experiment"));
    exp_spec_free(&s);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    char path[64];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/spec-in.json", folder);
    (void)unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_specification),
        cmocka_unit_test(bad_specifications),
        cmocka_unit_test(every_cell_once_a_repeat),
        cmocka_unit_test(folder_of_one_experiment),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
