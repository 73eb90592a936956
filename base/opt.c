/* summary: command-line options from a table: parsing and errors */
#include "base/opt.h"

#include "base/clock.h"
#include "base/obj.h"
#include "opt_private.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* State of one parse. */
struct parse {
    const struct opt_table *table;
    char **argv;
    int argc;
    int at; /* next argument */
    char *options;
    struct opt_result *result;
    struct pp_err *err;
    char **used;     /* options and their values, in order */
    char **operands; /* in order */
    int used_count;
    int operand_count;
};

static bool parse_int(const char *text, int64_t *out)
{
    char *end = NULL;
    if ((*text < '0' || *text > '9') && *text != '-')
        return false;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != 0)
        return false;
    *out = v;
    return true;
}

static enum pp_status add_to_list(struct opt_list *list, const struct opt_def *d, const char *value,
                                  struct pp_err *err)
{
    if (list->count == OPT_LIST_MAX)
        return pp_err_set(err, PP_INVALID, "--%s may be given at most %d times", d->long_name, OPT_LIST_MAX);
    list->items[list->count++] = value;
    return PP_OK;
}

static enum pp_status store_value(char *options, const struct opt_def *d, const char *value,
                                  struct pp_err *err)
{
    void *field = options + d->offset;
    switch (d->kind) {
    case OPT_FLAG:
        *(bool *)field = true;
        return PP_OK;
    case OPT_STRING:
        *(const char **)field = value;
        return PP_OK;
    case OPT_INT:
        if (!parse_int(value, field))
            return pp_err_set(err, PP_INVALID, "--%s: \"%s\" is not a whole number", d->long_name, value);
        return PP_OK;
    case OPT_TIME: {
        int64_t ns = clock_parse_duration_ns(value);
        if (ns < 0)
            return pp_err_set(err, PP_INVALID, "--%s: \"%s\" is not a time; write it like 10s, 250ms or 2m",
                              d->long_name, value);
        *(int64_t *)field = ns;
        return PP_OK;
    }
    case OPT_LIST:
        return add_to_list(field, d, value, err);
    }
    return pp_err_set(err, PP_INVALID, "--%s: unknown kind of option", d->long_name);
}

static void set_defaults(const struct opt_table *t, char *options)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct opt_def *d = &t->defs[i];
        void *field = options + d->offset;
        switch (d->kind) {
        case OPT_FLAG:
            *(bool *)field = false;
            break;
        case OPT_STRING:
            *(const char **)field = NULL;
            break;
        case OPT_INT:
        case OPT_TIME:
            *(int64_t *)field = 0;
            break;
        case OPT_LIST:
            *(struct opt_list *)field = (struct opt_list){.count = 0};
            break;
        }
        /* A default of the wrong form is a mistake in the table. */
        if (d->fallback != NULL)
            OBJ_ASSERT(store_value(options, d, d->fallback, NULL) == PP_OK);
    }
}

static const struct opt_def *find_long(const struct opt_table *t, const char *name, size_t len)
{
    for (size_t i = 0; i < t->count; i++)
        if (strlen(t->defs[i].long_name) == len && memcmp(t->defs[i].long_name, name, len) == 0)
            return &t->defs[i];
    return NULL;
}

static const struct opt_def *find_short(const struct opt_table *t, char name)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->defs[i].short_name == name)
            return &t->defs[i];
    return NULL;
}

/* The argument after an option that needs one; NULL when there is none. */
static const char *next_value(struct parse *p)
{
    if (p->at >= p->argc || strncmp(p->argv[p->at], "--", 2) == 0)
        return NULL;
    char *value = p->argv[p->at++];
    p->used[p->used_count++] = value;
    return value;
}

static enum pp_status missing_value(struct parse *p, const struct opt_def *d)
{
    return pp_err_set(p->err, PP_INVALID, "--%s needs a value: --%s %s", d->long_name, d->long_name,
                      d->arg != NULL ? d->arg : "VALUE");
}

static enum pp_status unknown_option(struct parse *p, const char *dashes, const char *name, size_t len)
{
    const char *near = dashes[1] != 0 ? opt_nearest(p->table, name, len) : NULL;
    if (near != NULL)
        return pp_err_set(p->err, PP_INVALID, "unknown option %s%.*s; did you mean --%s?", dashes, (int)len,
                          name, near);
    return pp_err_set(p->err, PP_INVALID, "unknown option %s%.*s; \"%s --help\" lists all options", dashes,
                      (int)len, name, p->table->program);
}

/* --help and --version, in both forms; PP_END ends the parse. */
static enum pp_status take_common(struct parse *p, bool help, bool version)
{
    p->result->help = help;
    p->result->version = version;
    return PP_END;
}

/* `text` is what follows "--". */
static enum pp_status take_long(struct parse *p, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);
    const struct opt_def *d = find_long(p->table, text, len);
    if (d == NULL) {
        if (strcmp(text, "help") == 0)
            return take_common(p, true, false);
        if (strcmp(text, "version") == 0)
            return take_common(p, false, true);
        if (strncmp(text, "help=", 5) == 0 || strncmp(text, "version=", 8) == 0)
            return pp_err_set(p->err, PP_INVALID, "--%.*s takes no value", (int)len, text);
        return unknown_option(p, "--", text, len);
    }
    if (d->kind == OPT_FLAG) {
        if (equals != NULL)
            return pp_err_set(p->err, PP_INVALID, "--%s takes no value", d->long_name);
        return store_value(p->options, d, "", p->err);
    }
    const char *value = equals != NULL ? equals + 1 : next_value(p);
    return value != NULL ? store_value(p->options, d, value, p->err) : missing_value(p, d);
}

/* `text` is what follows "-": flags in a row, or one option with its value. */
static enum pp_status take_short(struct parse *p, const char *text)
{
    for (; *text != 0; text++) {
        const struct opt_def *d = find_short(p->table, *text);
        if (d == NULL) {
            if (*text == 'h')
                return take_common(p, true, false);
            if (*text == 'V')
                return take_common(p, false, true);
            return unknown_option(p, "-", text, 1);
        }
        if (d->kind != OPT_FLAG) {
            const char *value = text[1] != 0 ? text + 1 : next_value(p);
            return value != NULL ? store_value(p->options, d, value, p->err) : missing_value(p, d);
        }
        enum pp_status st = store_value(p->options, d, "", p->err);
        if (st != PP_OK)
            return st;
    }
    return PP_OK;
}

static enum pp_status take_all(struct parse *p)
{
    enum pp_status st = PP_OK;
    while (st == PP_OK && p->at < p->argc) {
        char *arg = p->argv[p->at++];
        if (arg[0] != '-' || arg[1] == 0) {
            p->operands[p->operand_count++] = arg;
            if (p->table->stop_at_operand)
                break;
            continue;
        }
        p->used[p->used_count++] = arg;
        if (strcmp(arg, "--") == 0) {
            p->result->after_dashes = true;
            break;
        }
        st = arg[1] == '-' ? take_long(p, arg + 2) : take_short(p, arg + 1);
    }
    while (p->at < p->argc)
        p->operands[p->operand_count++] = p->argv[p->at++];
    return st == PP_END ? PP_OK : st;
}

enum pp_status opt_parse(const struct opt_table *t, int argc, char **argv, void *options,
                         struct opt_result *result, struct pp_err *err)
{
    OBJ_ASSERT(argc >= 1);
    *result = (struct opt_result){.rest = argc};
    set_defaults(t, options);
    char **scratch = calloc((size_t)argc * 2, sizeof *scratch);
    if (scratch == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    struct parse p = {.table = t,
                      .argv = argv,
                      .argc = argc,
                      .at = 1,
                      .options = options,
                      .result = result,
                      .err = err,
                      .used = scratch,
                      .operands = scratch + argc};
    enum pp_status st = take_all(&p);
    if (st == PP_OK) {
        for (int i = 0; i < p.used_count; i++)
            argv[1 + i] = p.used[i];
        for (int i = 0; i < p.operand_count; i++)
            argv[1 + p.used_count + i] = p.operands[i];
        result->rest = 1 + p.used_count;
    }
    free(scratch);
    return st;
}

/* A positive decimal number that ends at `end` or at the end of the text; moves *p behind it. */
static bool take_positive(const char **p, int64_t *out)
{
    int64_t v = 0;
    const char *s = *p;
    for (; *s >= '0' && *s <= '9'; s++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s - '0', &v))
            return false;
    if (s == *p || v == 0)
        return false;
    *p = s;
    *out = v;
    return true;
}

enum pp_status opt_parse_range(const char *text, int64_t *start, int64_t *stop, int64_t *step)
{
    int64_t part[3] = {0, 0, 1};
    int n = 0;
    for (;;) {
        if (!take_positive(&text, &part[n++]))
            return PP_INVALID;
        if (*text == 0)
            break;
        if (*text++ != ':' || n == 3)
            return PP_INVALID;
    }
    if (n == 1)
        part[1] = part[0];
    if (part[0] > part[1])
        return PP_INVALID;
    *start = part[0];
    *stop = part[1];
    *step = part[2];
    return PP_OK;
}

enum pp_status opt_parse_ports(const char *text, uint16_t *ports, size_t n, size_t *count)
{
    *count = 0;
    for (;;) {
        int64_t port = 0;
        if (!take_positive(&text, &port) || port > UINT16_MAX)
            return PP_INVALID;
        if (*count == n)
            return PP_LIMIT;
        ports[(*count)++] = (uint16_t)port;
        if (*text == 0)
            return PP_OK;
        if (*text++ != ',')
            return PP_INVALID;
    }
}
