/* summary: the trace id that a command carries: W3C trace context in a query attribute or an SQL comment
 *
 * sqlcommenter writes KEY='VALUE',… with URL-encoded values into one comment at the text's end; some
 * libraries put theirs at the beginning. Only these two places are read: a comment cannot stand there unless
 * the application wrote it, while a literal inside the text may hold anything. */
#include "ses_private.h"

#include <string.h>

#define TRACEPARENT_CHARS 55 /* version 00: 2 + 32 + 16 + 2 digits and three dashes */
/* Comments of this kind hold a few names; a longer one is not searched. */
#define COMMENT_MAX 2048

static const char key[] = "traceparent=";
#define KEY_CHARS (sizeof key - 1)

static bool hex_field(const char *p, size_t n, bool zero_ok)
{
    bool zero = true;

    for (size_t i = 0; i < n; i++) {
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f')))
            return false;
        zero = zero && p[i] == '0';
    }
    return zero_ok || !zero;
}

/* https://www.w3.org/TR/trace-context/, section 3.2. */
static bool take(char dst[SES_TRACE_ID_CHARS + 1], const char *p, size_t n)
{
    if (n < TRACEPARENT_CHARS || p[2] != '-' || p[35] != '-' || p[52] != '-' || memcmp(p, "ff", 2) == 0)
        return false;
    if (!hex_field(p, 2, true) || !hex_field(p + 3, SES_TRACE_ID_CHARS, false) ||
        !hex_field(p + 36, 16, false) || !hex_field(p + 53, 2, true))
        return false;
    memcpy(dst, p + 3, SES_TRACE_ID_CHARS);
    dst[SES_TRACE_ID_CHARS] = '\0';
    return true;
}

/* The inside of a comment. */
static bool search(char dst[SES_TRACE_ID_CHARS + 1], const char *p, size_t n)
{
    if (n > COMMENT_MAX)
        return false;
    const char *end = p + n, *at = memmem(p, n, key, KEY_CHARS);
    if (!at)
        return false;
    at += KEY_CHARS;
    if (at < end && (*at == '\'' || *at == '"'))
        at++;
    else if (end - at > 3 && memcmp(at, "%27", 3) == 0)
        at += 3;
    return take(dst, at, (size_t)(end - at));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';';
}

static bool search_last(char dst[SES_TRACE_ID_CHARS + 1], const char *sql, size_t n)
{
    while (n > 0 && is_blank(sql[n - 1]))
        n--;
    if (n < 4 || sql[n - 1] != '/' || sql[n - 2] != '*')
        return false;
    size_t least = n > COMMENT_MAX + 4 ? n - COMMENT_MAX - 4 : 0;
    for (size_t i = n - 4;; i--) {
        if (sql[i] == '/' && sql[i + 1] == '*')
            return search(dst, sql + i + 2, n - 2 - (i + 2));
        if (i <= least)
            return false;
    }
}

static bool search_first(char dst[SES_TRACE_ID_CHARS + 1], const char *sql, size_t n)
{
    while (n > 0 && is_blank(*sql)) {
        sql++;
        n--;
    }
    if (n < 4 || sql[0] != '/' || sql[1] != '*')
        return false;
    size_t most = n - 2 < COMMENT_MAX ? n - 2 : COMMENT_MAX;
    const char *end = memmem(sql + 2, most, "*/", 2);
    return end && search(dst, sql + 2, (size_t)(end - (sql + 2)));
}

void ses_trace_id_of(char dst[SES_TRACE_ID_CHARS + 1], const struct myw_exchange *x)
{
    dst[0] = '\0';
    if (x->traceparent && take(dst, x->traceparent, strlen(x->traceparent)))
        return;
    /* The text of an EXECUTE is its PREPARE's: that comment is of the request that prepared. */
    if (!x->sql || x->sql_bytes < TRACEPARENT_CHARS || x->cmd == MYW_CMD_STMT_EXECUTE ||
        x->cmd == MYW_CMD_STMT_BULK_EXECUTE || x->cmd == MYW_CMD_INIT_DB)
        return;
    if (!search_last(dst, x->sql, x->sql_bytes))
        (void)search_first(dst, x->sql, x->sql_bytes);
}
