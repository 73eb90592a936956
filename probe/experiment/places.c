/* summary: fills the places in braces of a command */
#include "places.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENT_MAX_BYTES 65536

static const char *const own_places[] = {"run", "dir", "repeat", "cell"};
enum { PLACE_RUN, PLACE_DIR, PLACE_REPEAT, PLACE_CELL, PLACE_NONE };

static int own_place(const char *name, size_t len)
{
    int i = 0;
    while (i < PLACE_NONE && (strlen(own_places[i]) != len || memcmp(own_places[i], name, len) != 0))
        i++;
    return i;
}

/* The value of a factor's place in a cell; any cell's when `design` is NULL. */
static const char *factor_place(const struct exp_spec *s, const char *name, size_t len,
                                const struct exp_run_place *p)
{
    for (size_t i = 0; i < s->place_count; i++) {
        const struct exp_place *x = &s->places[i];
        if (strlen(x->name) == len && memcmp(x->name, name, len) == 0 &&
            (!p || ana_exp_level_of(&s->design, p->cell, x->factor) == x->level))
            return x->value;
    }
    return NULL;
}

/* One step through a template: literal bytes or a place. */
struct piece {
    const char *text;
    size_t len;
    bool is_place;
};

/* The next piece at *at; false at the end. A single brace that opens or closes nothing gives an empty place.
 */
static bool next_piece(const char **at, struct piece *p)
{
    const char *s = *at;
    if (*s == '\0')
        return false;
    if ((s[0] == '{' || s[0] == '}') && s[1] == s[0]) {
        *p = (struct piece){s, 1, false};
        *at = s + 2;
    } else if (*s == '{') {
        size_t len = strcspn(s + 1, "{}");
        bool closed = s[1 + len] == '}';
        *p = (struct piece){s + 1, closed ? len : 0, true};
        *at = s + 1 + len + (closed ? 1 : 0);
    } else if (*s == '}') {
        *p = (struct piece){s, 0, true};
        *at = s + 1;
    } else {
        size_t len = strcspn(s, "{}");
        *p = (struct piece){s, len, false};
        *at = s + len;
    }
    return true;
}

enum pp_status exp_places_check(const struct exp_spec *s, const struct exp_command *c, struct pp_err *err)
{
    for (size_t i = 0; i < c->argc; i++) {
        const char *at = c->argv[i];
        struct piece p;
        while (next_piece(&at, &p)) {
            if (!p.is_place || own_place(p.text, p.len) != PLACE_NONE || factor_place(s, p.text, p.len, NULL))
                continue;
            if (p.len == 0)
                return pp_err_set(err, PP_INVALID,
                                  "a brace stands alone in \"%s\": write {{ or }} for a brace itself",
                                  c->argv[i]);
            return pp_err_set(err, PP_INVALID,
                              "nothing fills {%.*s} in \"%s\": it is no factor, nor run, dir, repeat or cell",
                              (int)p.len, p.text, c->argv[i]);
        }
    }
    return PP_OK;
}

static enum pp_status add_place(struct buf *b, const struct exp_spec *s, const struct piece *p,
                                const struct exp_run_place *r)
{
    switch (own_place(p->text, p->len)) {
    case PLACE_RUN:
        return buf_add(b, r->run, strlen(r->run));
    case PLACE_DIR:
        return buf_add(b, r->dir, strlen(r->dir));
    case PLACE_REPEAT:
        return buf_addf(b, "%" PRIu32, r->repeat);
    case PLACE_CELL:
        return buf_addf(b, "%zu", r->cell + 1);
    default: {
        const char *value = factor_place(s, p->text, p->len, r);
        return value ? buf_add(b, value, strlen(value)) : PP_OK; /* a level without this value */
    }
    }
}

static char *fill_one(const struct exp_spec *s, const char *text, const struct exp_run_place *r)
{
    struct buf b;
    struct piece p;
    enum pp_status st = PP_OK;
    buf_init(&b, ARGUMENT_MAX_BYTES);
    while (st == PP_OK && next_piece(&text, &p))
        st = p.is_place ? add_place(&b, s, &p, r) : buf_add(&b, p.text, p.len);
    if (st == PP_OK)
        st = buf_add_byte(&b, 0);
    char *out = st == PP_OK ? strdup((char *)b.data) : NULL;
    buf_fini(&b);
    return out;
}

char **exp_places_fill(const struct exp_spec *s, const struct exp_command *c, const struct exp_run_place *p)
{
    char **argv = calloc(c->argc + 1, sizeof *argv);
    for (size_t i = 0; argv && i < c->argc; i++) {
        argv[i] = fill_one(s, c->argv[i], p);
        if (!argv[i])
            exp_argv_free(&argv);
    }
    return argv;
}

void exp_argv_free(char ***argvp)
{
    char **argv = *argvp;
    for (size_t i = 0; argv && argv[i]; i++)
        free(argv[i]);
    free(argv);
    *argvp = NULL;
}
