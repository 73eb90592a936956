/* summary: how a pool behaves in words, for the text and the page
 */
#ifndef VIEW_POOL_H
#define VIEW_POOL_H

#include "analysis.h"

#define VIEW_POOL_LINES 8
#define VIEW_POOL_TEXT 640

/* Fields with their texts; a name "" goes on with the field before. */
struct view_pool_lines {
    struct view_pool_line {
        const char *name;
        char text[VIEW_POOL_TEXT];
    } at[VIEW_POOL_LINES];
    size_t count;
};
void view_pool_words(struct view_pool_lines *l, const struct ana_pool *p);

#endif
