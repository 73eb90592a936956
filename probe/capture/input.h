/* summary: a file or pipe to read from, whose waiting can be interrupted */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct cap_input;

/* "-" is standard input. Reads the first 4 bytes into `head` (fewer than 4 are PP_INVALID: no capture is that
 * short); they are read again from cap_input_file. `wake_fd` is borrowed, -1 for none. */
PP_MUST_CHECK enum pp_status cap_input_open(struct cap_input **out, const char *path, int wake_fd,
                                            uint8_t head[4], struct pp_err *err);
/* The stream; owned by the input unless cap_input_release_file gave it away (to be closed before the input).
 */
FILE *cap_input_file(struct cap_input *in);
FILE *cap_input_release_file(struct cap_input *in);
const char *cap_input_name(const struct cap_input *in);
/* A wait was given up because of the wake descriptor; the stream may have lost its place and has to be left.
 */
bool cap_input_interrupted(const struct cap_input *in);
void cap_input_free(struct cap_input **ip);

#endif
