/* summary: doctor's findings as text for a terminal and as JSON */
#include "print.h"

#include "base/text.h"

#include <string.h>

#define WIDTH 80
#define INDENT 26 /* "  fail  performance_schema  " */
#define TEXT_MAX_BYTES 8192

static const char *const words[] = {"ok", "warn", "fail"};
static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m"};

/* Columns of n bytes of UTF-8: one a character; remedies and names are Latin text. */
static int columns(const char *text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Words of `text` from column INDENT on, each line at most WIDTH columns; a word that is longer stands alone.
 */
static void wrap(FILE *out, const char *text, int first_column)
{
    int at = first_column;
    bool fresh = true;
    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        int wide = columns(text, n);
        if (!fresh && at + 1 + wide > WIDTH) {
            fprintf(out, "\n%*s", INDENT, "");
            at = INDENT;
            fresh = true;
        }
        if (!fresh) {
            fputc(' ', out);
            at++;
        }
        fwrite(text, 1, n, out);
        at += wide;
        fresh = false;
        text += n;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static enum pp_status wrap_clean(FILE *out, const char *prefix, const char *text)
{
    struct buf b;
    buf_init(&b, TEXT_MAX_BYTES);
    enum pp_status st = text_add_terminal(&b, prefix, strlen(prefix));
    if (st == PP_OK)
        st = text_add_terminal(&b, text, strlen(text));
    if (st == PP_OK)
        st = buf_add_byte(&b, 0);
    if (st == PP_OK)
        wrap(out, (const char *)b.data, INDENT);
    buf_fini(&b);
    return st;
}

static enum pp_status print_check(FILE *out, const struct doc_check *c, bool colour)
{
    fprintf(out, "%s%-4s%s  %-*s", colour ? colours[c->verdict] : "", words[c->verdict],
            colour ? "\033[0m" : "", INDENT - 6, c->name);
    enum pp_status st = wrap_clean(out, "", c->text);
    if (st != PP_OK || c->remedy[0] == '\0')
        return st;
    fprintf(out, "%*s", INDENT, "");
    return wrap_clean(out, "-> ", c->remedy);
}

enum pp_status doc_print_text(FILE *out, const struct doc_list *l, bool colour)
{
    size_t counts[3] = {0, 0, 0};
    enum pp_status st = PP_OK;
    for (size_t i = 0; i < l->count && st == PP_OK; i++) {
        st = print_check(out, &l->at[i], colour);
        counts[l->at[i].verdict]++;
    }
    if (st != PP_OK)
        return st;
    fprintf(out, "\n%zu ok, %zu warning%s, %zu failed\n", counts[DOC_OK], counts[DOC_WARN],
            counts[DOC_WARN] == 1 ? "" : "s", counts[DOC_FAIL]);
    return fflush(out) == 0 && !ferror(out) ? PP_OK : PP_IO;
}

static enum pp_status add_member(struct buf *b, const char *key, const char *value, bool last)
{
    enum pp_status st = buf_addf(b, "\"%s\":", key);
    if (st == PP_OK && value[0] == '\0')
        st = buf_addf(b, "null");
    else if (st == PP_OK)
        st = text_add_json(b, value, strlen(value));
    return st == PP_OK ? buf_addf(b, last ? "}" : ",") : st;
}

static enum pp_status add_check(struct buf *b, const struct doc_check *c)
{
    enum pp_status st = buf_addf(b, "{");
    if (st == PP_OK)
        st = add_member(b, "name", c->name, false);
    if (st == PP_OK)
        st = add_member(b, "verdict", words[c->verdict], false);
    if (st == PP_OK)
        st = add_member(b, "text", c->text, false);
    return st == PP_OK ? add_member(b, "remedy", c->remedy, true) : st;
}

enum pp_status doc_print_json(FILE *out, const struct doc_list *l)
{
    struct buf b;
    buf_init(&b, DOC_CHECKS_MAX * TEXT_MAX_BYTES);
    enum pp_status st = buf_addf(&b, "{\"schema\":\"poolprobe.doctor/1\",\"verdict\":\"%s\",\"checks\":[",
                                 words[doc_worst(l)]);
    for (size_t i = 0; i < l->count && st == PP_OK; i++) {
        if (i > 0)
            st = buf_add_byte(&b, ',');
        if (st == PP_OK)
            st = add_check(&b, &l->at[i]);
    }
    if (st == PP_OK)
        st = buf_addf(&b, "]}\n");
    if (st == PP_OK && (fwrite(b.data, 1, b.len, out) != b.len || fflush(out) != 0))
        st = PP_IO;
    buf_fini(&b);
    return st;
}
