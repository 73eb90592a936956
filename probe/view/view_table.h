/* summary: text tables: columns as wide as their cells, one flexible column, notes under rows */
#ifndef VIEW_TABLE_H
#define VIEW_TABLE_H

#include "view_text.h"

enum view_align {
    VIEW_LEFT,
    VIEW_RIGHT,
    VIEW_FLEX, /* left, and cut with an ellipsis where the row would be too wide */
};

struct view_col {
    const char *title;
    enum view_align align;
};

enum view_note {
    VIEW_CUT,  /* one line with an ellipsis */
    VIEW_WRAP, /* in full */
};

struct view_table;

/* `cols` is borrowed. NULL when memory is out (recorded in t->out); the other functions take NULL. */
struct view_table *view_table_new(const struct view_text *t, const struct view_col *cols, size_t count);
/* The next cell, row by row; the text is copied and cleaned. */
void view_table_cell(struct view_table *tab, const char *text);
/* The next cell: "GET /users". */
void view_table_endpoint(struct view_table *tab, const char *method, const char *route);
/* A text under the row just filled; two of them at most. */
void view_table_note(struct view_table *tab, const char *text, enum view_note note);
/* Prints within the width of `t` with two columns of indent and frees. */
void view_table_print(struct view_table **tp);

#endif
