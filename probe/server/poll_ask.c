/* summary: one question in the words that this server understands, notes that are told once, numbers of a row
 */
#include "poll_priv.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysqld_error.h>

/* More notes than these tell nothing new. */
#define NOTES_MAX 200

/* The server has no such table, column or function, or this user may not see it. */
static bool is_missing(unsigned number)
{
    switch (number) {
    case ER_BAD_FIELD_ERROR:
    case ER_NO_SUCH_TABLE:
    case ER_UNKNOWN_TABLE:
    case ER_BAD_DB_ERROR:
    case ER_SP_DOES_NOT_EXIST:
    case ER_PARSE_ERROR:
        return true;
    default:
        return false;
    }
}

static bool is_denied(unsigned number)
{
    switch (number) {
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
        return true;
    default:
        return false;
    }
}

static void count_row(void *priv, MYSQL_ROW row)
{
    struct poll_round *r = priv;
    r->rows++;
    r->row(r->priv, row);
}

enum pp_status poll_ask(struct poll_round *r, const char *const *sqls, unsigned columns, srv_row_f *f,
                        void *priv, struct pp_err *err)
{
    struct srv *s = r->p->s;
    r->row = f;
    r->priv = priv;
    for (; sqls[r->state->variant] != NULL; r->state->variant++) {
        enum pp_status status = srv_query(s, sqls[r->state->variant], columns, count_row, r, err);
        if (status == PP_OK || s->db == NULL)
            return status;
        if (is_denied(s->last_errno)) {
            r->state->dead = true;
            poll_note(r->p, "missing", "%s: %s", r->source->what, err->text);
            return PP_NOENT;
        }
        if (!is_missing(s->last_errno))
            return status;
    }
    r->state->dead = true;
    r->state->variant = 0;
    poll_note(r->p, "missing", "%s: this server (%s) does not tell", r->source->what, s->version);
    return PP_NOENT;
}

static void add_note(struct srv_poller *p, const char *kind, const char *text)
{
    struct srv_note row = {.ts_ns = clock_real_ns(), .kind = kind, .text = text};
    p->s->sink.note(p->s->sink.priv, &row);
}

/* Bounded, without control characters. */
static void __attribute__((format(printf, 2, 0))) make_line(struct pp_err *line, const char *fmt, va_list ap)
{
    char text[PP_ERR_MAX];
    vsnprintf(text, sizeof text, fmt, ap);
    (void)pp_err_set(line, PP_OK, "%s", text);
}

void poll_note_again(struct srv_poller *p, const char *kind, const char *fmt, ...)
{
    struct pp_err line = {.status = PP_OK};
    va_list ap;
    va_start(ap, fmt);
    make_line(&line, fmt, ap);
    va_end(ap);
    if (++p->notes_again <= NOTES_MAX)
        add_note(p, kind, line.text);
}

void poll_note(struct srv_poller *p, const char *kind, const char *fmt, ...)
{
    struct pp_err line = {.status = PP_OK};
    va_list ap;
    va_start(ap, fmt);
    make_line(&line, fmt, ap);
    va_end(ap);
    size_t n = strlen(line.text);
    if (map_count(p->noted) >= NOTES_MAX || map_get(p->noted, line.text, n) != NULL)
        return;
    char *mark = strdup("");
    if (mark == NULL || map_set(p->noted, line.text, n, mark) != PP_OK) {
        free(mark);
        return;
    }
    add_note(p, kind, line.text);
}

void poll_nomem(struct srv_poller *p)
{
    if (!p->nomem_told)
        add_note(p, "missing", "out of memory: some of the server's figures are missing");
    p->nomem_told = true;
}

uint64_t poll_u64(const char *field)
{
    return field == NULL || field[0] == '-' ? 0 : strtoull(field, NULL, 10);
}

int64_t poll_i64(const char *field, int64_t fallback)
{
    char *end = NULL;
    if (field == NULL)
        return fallback;
    errno = 0;
    long long n = strtoll(field, &end, 10);
    return end != field && errno == 0 ? (int64_t)n : fallback;
}

const char *poll_text(const char *field)
{
    return field == NULL ? "" : field;
}

int64_t poll_ns_between(uint64_t before_ps, uint64_t now_ps)
{
    return (int64_t)(now_ps / 1000 - before_ps / 1000);
}

static void free_value(void *priv, const void *key, size_t key_len, void *value)
{
    (void)priv;
    (void)key;
    (void)key_len;
    free(value);
}

void poll_map_free(struct map **mp)
{
    if (*mp == NULL)
        return;
    map_each(*mp, free_value, NULL);
    map_free(mp);
}
