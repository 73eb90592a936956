/* summary: the file part of POST /io-intensive */
#ifndef TARGET_FILES_H
#define TARGET_FILES_H

#include "base/status.h"

#include <stdint.h>

#define FILES_BYTES 1000

/* Writes FILES_BYTES of JSON to a file in `dir`, reads them back, compares, removes the file. PP_IO. */
PP_MUST_CHECK enum pp_status files_round_trip(const char *dir, uint64_t request_id, int number,
                                              struct pp_err *err);

#endif
