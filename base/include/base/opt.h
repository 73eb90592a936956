/* summary: command-line options from .def tables: parsing, help, errors */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A program keeps its options in a .def file of lines
 *     OPT(field, kind, short, "long", "ARG", "default", "help")
 * and includes it twice: for the struct's fields and for the table. `kind` is a name of enum opt_kind,
 * `short` a character or 0. */
enum opt_kind {
    OPT_FLAG,   /* bool */
    OPT_STRING, /* const char *, borrowed from argv or the default */
    OPT_INT,    /* int64_t, decimal */
    OPT_TIME,   /* int64_t nanoseconds, "10s", "1ms", "2" */
    OPT_LIST,   /* struct opt_list: given any number of times */
};

#define OPT_LIST_MAX 64
struct opt_list {
    const char *items[OPT_LIST_MAX];
    size_t count;
};

struct opt_def {
    enum opt_kind kind;
    char short_name; /* 0 for none */
    const char *long_name;
    const char *arg;      /* name of the argument in help, NULL for a flag */
    const char *fallback; /* default as text, NULL for none (NULL string, 0, false) */
    const char *help;     /* NULL: understood, but not shown in help */
    size_t offset;        /* of the field in the options struct */
};

struct opt_table {
    const char *program; /* "poolprobe record" */
    const char *usage;   /* what follows the program on the usage line */
    const char *about;   /* one or two lines */
    const struct opt_def *defs;
    size_t count;
    bool stop_at_operand; /* options end at the first operand (a program with subcommands) */
};

/* For the two includes of a .def file:
 *     struct x_options {
 *     #define OPT OPT_AS_FIELD
 *     #include "x.def"
 *     #undef OPT
 *     };
 *     static const struct opt_def defs[] = {
 *     #define OPT(field, ...) OPT_AS_ROW(struct x_options, field, __VA_ARGS__)
 *     #include "x.def"
 *     #undef OPT
 *     }; */
#define OPT_AS_FIELD(field, kind, short_name, long_name, arg, fallback, help) OPT_TYPE_##kind field;
#define OPT_AS_ROW(type, field, kind, short_name, long_name, arg, fallback, help)                            \
    {kind, short_name, long_name, arg, fallback, help, offsetof(type, field)},
#define OPT_TYPE_OPT_FLAG bool
#define OPT_TYPE_OPT_STRING const char *
#define OPT_TYPE_OPT_INT int64_t
#define OPT_TYPE_OPT_TIME int64_t
#define OPT_TYPE_OPT_LIST struct opt_list

/* Result of a parse. `rest` is the index in argv of the first operand; "--" is consumed and `after_dashes`
 * says that it was seen. Operands may stand between options unless `stop_at_operand`. */
struct opt_result {
    int rest;
    bool after_dashes;
    bool help;    /* --help or -h was given */
    bool version; /* --version or -V was given */
};

/* Fills `options` (a struct described by the table) with defaults and then argv[1..]. Operands are moved
 * behind the options in argv, except after "--". PP_INVALID with one clear line in err (unknown option,
 * missing or malformed value, with the closest name suggested), PP_NOMEM. A value that starts with "--" needs
 * the form "--name=value". A table that has no option with those names understands --help, -h, --version and
 * -V, which end the parse. "--name=value", "--name value", "-nvalue", "-n value" all work. */
PP_MUST_CHECK enum pp_status opt_parse(const struct opt_table *t, int argc, char **argv, void *options,
                                       struct opt_result *result, struct pp_err *err);

/* Prints help to stdout, within 80 columns. Where the texts in full take more than 24 lines, each option has
 * one line: as much of its text as fits, to the end of a clause or a word; the man page has the rest. */
void opt_print_help(const struct opt_table *t);

/* Parses "start:stop:step" (or "N", or "start:stop" with step 1) of positive integers, start <= stop, step >
 * 0. PP_INVALID otherwise. */
PP_MUST_CHECK enum pp_status opt_parse_range(const char *text, int64_t *start, int64_t *stop, int64_t *step);

/* Parses a comma-separated list of TCP ports (1..65535) into `ports`; `*count` is set. PP_INVALID, PP_LIMIT
 * when there are more than n. */
PP_MUST_CHECK enum pp_status opt_parse_ports(const char *text, uint16_t *ports, size_t n, size_t *count);

#endif
