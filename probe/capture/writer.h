/* summary: writes the packets taken to a pcap file with nanosecond times */
#ifndef CAPTURE_WRITER_H
#define CAPTURE_WRITER_H

#include "packet.h"

#include "base/status.h"

struct cap_writer;

/* Creates or empties the file; "-" is standard output. */
PP_MUST_CHECK enum pp_status cap_writer_new(struct cap_writer **out, const char *path, int link_type,
                                            uint32_t snaplen, struct pp_err *err);
/* A failure is kept and told by cap_writer_check and cap_writer_free. */
void cap_writer_add(struct cap_writer *w, const struct cap_packet *p);
/* PP_IO when a write has failed so far (full disk), PP_INVALID after a packet that the file cannot hold.
 * `flush` first hands everything to the system, so that a killed recorder leaves whole packets. */
PP_MUST_CHECK enum pp_status cap_writer_check(struct cap_writer *w, bool flush, struct pp_err *err);
PP_MUST_CHECK enum pp_status cap_writer_free(struct cap_writer **wp, struct pp_err *err);

#endif
