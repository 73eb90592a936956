/* summary: an exchange as the line of JSON that docs/cli.md describes */
#ifndef DUMP_LINE_H
#define DUMP_LINE_H

#include "base/buf.h"
#include "myw.h"

/* Appends the object and a line end to `b`. With `redact` no literal of a statement gets into it. */
PP_MUST_CHECK enum pp_status dump_line(struct buf *b, const struct myw_exchange *x, bool redact);

#endif
