/* summary: building blocks of the text report: cleaned texts, wrapped paragraphs, headings, bars */
#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H

#include "view_out.h"

#include <stdbool.h>

struct view_options;

enum view_style {
    VIEW_PLAIN,
    VIEW_BOLD,
    VIEW_DIM,
    VIEW_RED,
    VIEW_YELLOW,
    VIEW_BLUE,
};

/* How text is drawn; embedded in the caller. */
struct view_text {
    struct view_out *out; /* borrowed */
    int width;
    bool utf8;
    bool colour;
};

void view_text_init(struct view_text *t, struct view_out *out, const struct view_options *options);

/* A copy that is safe for the terminal: controls replaced, and without UTF-8 only ASCII. NULL gives "".
 * Returns NULL when memory is out (recorded in out). Free with free(). */
char *view_clean(const struct view_text *t, const char *text);
/* Writes cleaned text as it is, cut to `columns` with an ellipsis. Returns the columns used. */
int view_text_cut(const struct view_text *t, const char *text, int columns);

/* A wrapped paragraph: the first line begins with `first`, the others with `rest` (both already clean, same
 * columns). */
void view_text_para(const struct view_text *t, const char *first, const char *rest, const char *text);
/* printf form of view_text_para. */
void view_text_paraf(const struct view_text *t, const char *indent, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* An empty line and a rule with the title in it. */
void view_text_heading(const struct view_text *t, const char *title);
/* Starts and ends a style; nothing without colour. */
void view_text_style(const struct view_text *t, enum view_style style);
/* Two blanks and a bar of share (0..1) of `columns`; nothing where the share is too small to be drawn. */
void view_text_bar(const struct view_text *t, double share, int columns);
/* "name   value" with the value wrapped; the name takes `name_columns`. */
void view_text_field(const struct view_text *t, const char *name, int name_columns, const char *value);

/* Signs in the charset of the output. */
const char *view_dash(const struct view_text *t);  /* between two bounds */
const char *view_arrow(const struct view_text *t); /* from … to */
const char *view_micro(const struct view_text *t); /* of "µs" */

#endif
