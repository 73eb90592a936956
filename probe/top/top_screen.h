/* summary: poolprobe top's terminal: opened, painted, read, and given back however the program ends */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "base/status.h"

struct buf;
struct top_screen;

/* Takes the terminal on standard output; keys come from standard input, or from /dev/tty when that is no
 * terminal. What is written to stderr from now on is kept and shown by top_screen_free. PP_IO with the
 * remedy. One screen a process: a fatal signal gives the terminal back through it. */
PP_MUST_CHECK enum pp_status top_screen_new(struct top_screen **out, struct pp_err *err);
/* Gives the terminal back as it was. */
void top_screen_free(struct top_screen **sp);

void top_screen_size(const struct top_screen *s, int *columns, int *rows);
/* Shows a page of top_draw(). */
void top_screen_paint(struct top_screen *s, const struct buf *page);

#define TOP_KEY_NONE (-1)
#define TOP_KEY_RESIZE (-2)
#define TOP_KEY_CLOSED (-3) /* the terminal is gone */
/* The next key if there is one: a character, or one of the above. */
int top_screen_key(struct top_screen *s);
/* The descriptor that is readable when a key is there. */
int top_screen_fd(const struct top_screen *s);

#endif
