/* summary: private to loadgen: the header lines that make requests recognisable on the wire */
#ifndef LG_MARK_H
#define LG_MARK_H

#include "schedule.h"

#define LG_MARK_BYTES 160
#define LG_TRACEPARENT_BYTES 72

/* "Poolload-Level: index=I; users=U; start=NS; end=NS" (probe/http/include/http.h). */
void lg_mark_format(char dst[LG_MARK_BYTES], size_t index, size_t users, int64_t start_ns, int64_t end_ns);
/* The level's mark with "; queue=NS" behind it: of open load, how long after its intended time the request is
 * sent. An empty mark stays empty. */
void lg_mark_add_queue(char dst[LG_MARK_BYTES], const char *mark, int64_t queue_ns);

/* "traceparent: 00-<32 hex>-<16 hex>-01" with random ids that are not zero (W3C Trace Context, section 3.2).
 */
void lg_traceparent_format(char dst[LG_TRACEPARENT_BYTES], struct lg_rng *r);

#endif
