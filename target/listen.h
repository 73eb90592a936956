/* summary: the listening socket: bind first, listen when ready */
#ifndef TARGET_LISTEN_H
#define TARGET_LISTEN_H

#include "base/status.h"

#include <stdint.h>

/* `address` is numeric IPv4 or IPv6. *port is the real port. PP_INVALID, PP_DENIED, PP_IO with one line in
 * err. */
PP_MUST_CHECK enum pp_status listen_bind(const char *address, uint16_t wanted_port, int *fd, unsigned *port,
                                         struct pp_err *err);
PP_MUST_CHECK enum pp_status listen_start(int fd, struct pp_err *err);

#endif
