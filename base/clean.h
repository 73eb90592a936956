/* summary: private to base: control characters out of one-line messages */
#ifndef BASE_CLEAN_H
#define BASE_CLEAN_H

/* Replaces C0 controls, DEL and C1 controls (in their UTF-8 form) by '?', in place. */
void base_clean(char *text);

#endif
