/* summary: private to base: what opt.c needs from the suggestion of option names */
#ifndef OPT_PRIVATE_H
#define OPT_PRIVATE_H

#include "base/opt.h"

/* The long name (also "help" and "version") that is closest to a mistyped one, NULL when none is near.
 * Options that help does not show are not suggested. */
const char *opt_nearest(const struct opt_table *t, const char *name, size_t len);

#endif
