/* summary: tests of base/opt: every kind, every error, operands, help within 80 columns, ranges, ports */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/opt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    bool verbose;
    bool quiet;
    const char *output;
    const char *name;
    int64_t number;
    int64_t count;
    int64_t wait_ns;
    struct opt_list items;
    const char *hidden;
};

static const struct opt_def defs[] = {
    OPT_AS_ROW(struct options, verbose, OPT_FLAG, 'v', "verbose", NULL, NULL, "say more")
        OPT_AS_ROW(struct options, quiet, OPT_FLAG, 'q', "quiet", NULL, NULL, "say less") OPT_AS_ROW(
            struct options, output, OPT_STRING, 'o', "output", "FILE", "out.json", "where the results go")
            OPT_AS_ROW(struct options, name, OPT_STRING, 0, "name", "NAME", NULL, "a name") OPT_AS_ROW(
                struct options, number, OPT_INT, 'n', "number", "N", "-3",
                "a number whose explanation is so long that it must be wrapped onto at least one more line, "
                "words\xe2\x80\xa6")
                OPT_AS_ROW(struct options, count, OPT_INT, 0, "count-of-things-with-a-long-name",
                           "HOW-MANY-OF-THEM", NULL, "count")
                    OPT_AS_ROW(struct options, wait_ns, OPT_TIME, 'w', "wait", "TIME", "1ms", "a time")
                        OPT_AS_ROW(struct options, items, OPT_LIST, 'e', "endpoint", "ITEM", NULL, "an item")
                            OPT_AS_ROW(struct options, hidden, OPT_STRING, 0, "rate", "R", NULL, NULL)};

static const struct opt_table table = {
    .program = "prog sub",
    .usage =
        "[OPTION...] --name NAME with a usage line that has to be wrapped since it is much longer than that",
    .about =
        "Does something, and says so in a text that is also longer than eighty columns, so that it wraps.",
    .defs = defs,
    .count = sizeof defs / sizeof defs[0],
};

static struct options o;
static struct opt_result result;
static struct pp_err err;
static char *argv_copy[OPT_LIST_MAX * 2 + 8];
static int argc_copy;

/* Parses the arguments up to a NULL. */
static enum pp_status parse_with(const struct opt_table *t, const char *const *args)
{
    argc_copy = 0;
    argv_copy[argc_copy++] = (char *)"prog";
    for (; *args != NULL; args++)
        argv_copy[argc_copy++] = (char *)*args;
    memset(&err, 0, sizeof err);
    memset(&o, 0x55, sizeof o);
    return opt_parse(t, argc_copy, argv_copy, &o, &result, &err);
}

#define PARSE(...) parse_with(&table, (const char *const[]){__VA_ARGS__, NULL})
#define FAILS(message, ...)                                                                                  \
    do {                                                                                                     \
        assert_int_equal(PARSE(__VA_ARGS__), PP_INVALID);                                                    \
        assert_int_equal(err.status, PP_INVALID);                                                            \
        assert_string_equal(err.text, message);                                                              \
    } while (0)

static void defaults(void **state)
{
    (void)state;
    assert_int_equal(parse_with(&table, (const char *const[]){NULL}), PP_OK);
    assert_false(o.verbose);
    assert_string_equal(o.output, "out.json");
    assert_null(o.name);
    assert_int_equal(o.number, -3);
    assert_int_equal(o.count, 0);
    assert_int_equal(o.wait_ns, 1000000);
    assert_int_equal(o.items.count, 0);
    assert_int_equal(result.rest, 1);
    assert_false(result.help || result.version || result.after_dashes);
}

static void every_form(void **state)
{
    (void)state;
    assert_int_equal(
        PARSE("--output=a=b", "-n5", "-w", "2s", "--name", "x", "-vq", "-e", "1", "--endpoint=2", "-e3"),
        PP_OK);
    assert_string_equal(o.output, "a=b");
    assert_int_equal(o.number, 5);
    assert_int_equal(o.wait_ns, 2000000000);
    assert_string_equal(o.name, "x");
    assert_true(o.verbose && o.quiet);
    assert_int_equal(o.items.count, 3);
    assert_string_equal(o.items.items[0], "1");
    assert_string_equal(o.items.items[2], "3");
    assert_int_equal(PARSE("-vn", "-12", "--output", "-", "--name=", "--rate", "5"), PP_OK);
    assert_int_equal(o.number, -12);
    assert_string_equal(o.output, "-");
    assert_string_equal(o.name, "");
    assert_string_equal(o.hidden, "5");
    assert_int_equal(PARSE("--number=9223372036854775807"), PP_OK);
    assert_true(o.number == INT64_MAX);
    assert_int_equal(PARSE("--name=--verbose", "-n", "1", "-n", "2"), PP_OK);
    assert_string_equal(o.name, "--verbose");
    assert_false(o.verbose);
    assert_int_equal(o.number, 2);
}

static void operands(void **state)
{
    (void)state;
    assert_int_equal(PARSE("a", "-v", "b", "-o", "f", "-", "--", "-x", "--", "c"), PP_OK);
    static const char *const order[] = {"-v", "-o", "f", "--", "a", "b", "-", "-x", "--", "c"};
    for (int i = 0; i < 10; i++)
        assert_string_equal(argv_copy[1 + i], order[i]);
    assert_int_equal(result.rest, 5);
    assert_true(result.after_dashes);
    assert_true(o.verbose);

    struct opt_table sub = table;
    sub.stop_at_operand = true;
    assert_int_equal(parse_with(&sub, (const char *const[]){"-v", "record", "-q", "--unknown", NULL}), PP_OK);
    assert_int_equal(result.rest, 2);
    assert_string_equal(argv_copy[2], "record");
    assert_string_equal(argv_copy[4], "--unknown");
    assert_true(o.verbose);
    assert_false(o.quiet);
}

static void errors(void **state)
{
    (void)state;
    FAILS("unknown option --outptu; did you mean --output?", "--outptu", "x");
    FAILS("unknown option --endpoints; did you mean --endpoint?", "--endpoints=1");
    FAILS("unknown option --verb; did you mean --verbose?", "--verb");
    FAILS("unknown option --hepl; did you mean --help?", "--hepl");
    FAILS("--help takes no value", "--help=x");
}

static void more_errors(void **state)
{
    (void)state;
    FAILS("unknown option --something; \"prog sub --help\" lists all options", "--something");
    FAILS("unknown option --ratee; \"prog sub --help\" lists all options", "--ratee");
    FAILS("unknown option -z; \"prog sub --help\" lists all options", "-z");
    FAILS("unknown option -z; \"prog sub --help\" lists all options", "-vz");
    FAILS("--verbose takes no value", "--verbose=yes");
    FAILS("--output needs a value: --output FILE", "--output");
    FAILS("--output needs a value: --output FILE", "-o");
    FAILS("--output needs a value: --output FILE", "--output", "--verbose");
    FAILS("--number: \"5x\" is not a whole number", "--number", "5x");
    FAILS("--number: \"\" is not a whole number", "--number=");
    FAILS("--number: \" 5\" is not a whole number", "--number= 5");
    FAILS("--number: \"-\" is not a whole number", "-n", "-");
    FAILS("--number: \"9223372036854775808\" is not a whole number", "-n9223372036854775808");
    FAILS("--wait: \"soon\" is not a time; write it like 10s, 250ms or 2m", "--wait=soon");
    const char *many[OPT_LIST_MAX + 2];
    for (int i = 0; i < OPT_LIST_MAX + 1; i++)
        many[i] = "-ex";
    many[OPT_LIST_MAX + 1] = NULL;
    assert_int_equal(parse_with(&table, many), PP_INVALID);
    assert_string_equal(err.text, "--endpoint may be given at most 64 times");
    many[OPT_LIST_MAX] = NULL;
    assert_int_equal(parse_with(&table, many), PP_OK);
    assert_int_equal(o.items.count, OPT_LIST_MAX);
    /* Hostile and very long names leave one clean line. */
    char name[3000];
    memset(name, 'x', sizeof name - 1);
    memcpy(name, "--\n\x1b", 4);
    name[sizeof name - 1] = 0;
    assert_int_equal(PARSE(name), PP_INVALID);
    assert_null(strpbrk(err.text, "\n\x1b"));
}

static void help_and_version_end_the_parse(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--help", "--unknown"), PP_OK);
    assert_true(result.help && !result.version);
    assert_int_equal(PARSE("-vh"), PP_OK);
    assert_true(result.help);
    assert_int_equal(PARSE("--version"), PP_OK);
    assert_true(result.version && !result.help);
    assert_int_equal(PARSE("-V"), PP_OK);
    assert_true(result.version);
}

/* stdout of opt_print_help in `text`. */
static void capture_help(char *text, size_t n)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(f), STDOUT_FILENO) >= 0);
    opt_print_help(&table);
    (void)fflush(stdout);
    (void)dup2(saved, STDOUT_FILENO);
    (void)close(saved);
    rewind(f);
    size_t len = fread(text, 1, n - 1, f);
    text[len] = 0;
    (void)fclose(f);
}

static void help_page(void **state)
{
    (void)state;
    static char text[8192];
    capture_help(text, sizeof text);
    assert_non_null(strstr(text, "Usage: prog sub [OPTION...]"));
    assert_non_null(strstr(text, "-o, --output FILE"));
    assert_non_null(strstr(text, "[default: out.json]"));
    assert_non_null(strstr(text, "-h, --help"));
    assert_non_null(strstr(text, "-V, --version"));
    assert_null(strstr(text, "--rate"));
    size_t column = 0;
    size_t widest = 0;
    for (const char *p = text; *p != 0; p++) {
        if (*p == '\n') {
            assert_true(p == text || p[-1] != ' ');
            column = 0;
        } else if (((unsigned char)*p & 0xc0) != 0x80 && ++column > widest) {
            widest = column;
        }
    }
    assert_in_range(widest, 70, 80);
    assert_int_equal(column, 0);
}

static void ranges(void **state)
{
    (void)state;
    int64_t a = 0;
    int64_t b = 0;
    int64_t c = 0;
    assert_int_equal(opt_parse_range("10:100:10", &a, &b, &c), PP_OK);
    assert_true(a == 10 && b == 100 && c == 10);
    assert_int_equal(opt_parse_range("5", &a, &b, &c), PP_OK);
    assert_true(a == 5 && b == 5 && c == 1);
    assert_int_equal(opt_parse_range("2:4", &a, &b, &c), PP_OK);
    assert_true(a == 2 && b == 4 && c == 1);
    static const char *const bad[] = {"",      ":",    "0",       "1:",    "1:2:",   "2:1",
                                      "1:2:0", "-1:2", "1:2:3:4", "1:2:x", "1 :2:3", "99999999999999999999"};
    a = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (opt_parse_range(bad[i], &a, &b, &c) != PP_INVALID)
            fail_msg("\"%s\" was taken", bad[i]);
    assert_int_equal(a, 77);
}

static void ports(void **state)
{
    (void)state;
    uint16_t p[3];
    size_t n = 0;
    assert_int_equal(opt_parse_ports("80", p, 3, &n), PP_OK);
    assert_true(n == 1 && p[0] == 80);
    assert_int_equal(opt_parse_ports("1,65535,3306", p, 3, &n), PP_OK);
    assert_true(n == 3 && p[0] == 1 && p[1] == 65535 && p[2] == 3306);
    assert_int_equal(opt_parse_ports("1,2,3,4", p, 3, &n), PP_LIMIT);
    static const char *const bad[] = {"", ",", "80,", ",80", "0", "65536", "80;81", "x", "-1", "80 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (opt_parse_ports(bad[i], p, 3, &n) != PP_INVALID)
            fail_msg("\"%s\" was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),    cmocka_unit_test(every_form),
        cmocka_unit_test(operands),    cmocka_unit_test(errors),
        cmocka_unit_test(more_errors), cmocka_unit_test(help_and_version_end_the_parse),
        cmocka_unit_test(help_page),   cmocka_unit_test(ranges),
        cmocka_unit_test(ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
