/* summary: a file or pipe to read from, whose waiting can be interrupted */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct cap_input;

/* What is looked at before the kind of the file is known: a pcap file's header, which no pcapng file is
 * shorter than. */
#define CAP_INPUT_HEAD_BYTES 24

/* "-" is standard input. Fewer than 4 bytes are PP_INVALID: no capture is that short. `wake_fd` is borrowed,
 * -1 for none. */
PP_MUST_CHECK enum pp_status cap_input_open(struct cap_input **out, const char *path, int wake_fd,
                                            struct pp_err *err);
/* The first bytes, CAP_INPUT_HEAD_BYTES unless the input is shorter; they are read again by what follows. */
const uint8_t *cap_input_head(const struct cap_input *in, size_t *bytes);
/* Reads at most n bytes, waiting for the first; 0 at the end, -1 with errno on an error. Not to be mixed with
 * the stream. */
ssize_t cap_input_read(struct cap_input *in, void *dst, size_t n);
/* Makes the stream; NULL when memory is out. Owned by the input unless cap_input_release_file gave it away
 * (to be closed before the input). */
FILE *cap_input_open_file(struct cap_input *in);
/* The stream that cap_input_open_file made. */
FILE *cap_input_file(struct cap_input *in);
FILE *cap_input_release_file(struct cap_input *in);
/* Reading may have to wait for somebody: a pipe or the like. */
bool cap_input_waits(const struct cap_input *in);
const char *cap_input_name(const struct cap_input *in);
/* A wait was given up because of the wake descriptor; the stream may have lost its place and has to be left.
 */
bool cap_input_interrupted(const struct cap_input *in);
void cap_input_free(struct cap_input **ip);

#endif
