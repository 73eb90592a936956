/* summary: private to loadgen: a result file that is whole at every moment */
#ifndef LG_FILES_H
#define LG_FILES_H

#include "base/status.h"

#include <stddef.h>

/* Finds out before the load, not after it, that the place cannot be written; an existing file stays as it is.
 * PP_IO, PP_NOMEM with err. */
PP_MUST_CHECK enum pp_status lg_file_try(const char *path, const char *option, struct pp_err *err);
/* Writes a temporary file beside it, then renames. PP_IO, PP_NOMEM with err. */
PP_MUST_CHECK enum pp_status lg_file_write(const char *path, const char *option, const void *data,
                                           size_t bytes, struct pp_err *err);

#endif
