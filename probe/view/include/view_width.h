/* summary: how many terminal columns a UTF-8 text takes */
#ifndef VIEW_WIDTH_H
#define VIEW_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* Columns of one code point: 2 for wide ones, else 1. Combining marks count as 1 too, so that a text never
 * takes more columns than counted and a pile of marks is bounded. */
int view_cp_width(uint32_t cp);
/* Decodes one code point of valid UTF-8 at p (not at its end) and returns its bytes. */
size_t view_cp_next(const char *p, uint32_t *cp);
int view_width(const char *utf8);
/* Bytes of the longest beginning of `utf8` that takes at most `columns`; `*used` are its columns. */
size_t view_fit(const char *utf8, int columns, int *used);

#endif
