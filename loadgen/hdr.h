/* summary: private to loadgen: histograms in HdrHistogram's log format, which its tools open */
#ifndef LG_HDR_H
#define LG_HDR_H

#include "base/buf.h"
#include "result.h"

#define LG_HDR_DIGITS 3 /* significant decimal digits: finer than the histogram itself */

/* Appends the histogram in the V2 encoding, compressed by zlib, in base64. Each of our buckets goes in as its
 * middle value. PP_NOMEM, PP_LIMIT. */
PP_MUST_CHECK enum pp_status lg_hdr_encode(struct buf *b, const struct hist *h);

/* Lines before the first histogram; `start_ns` is what the lines' times count from. */
PP_MUST_CHECK enum pp_status lg_hdr_log_head(struct buf *b, int64_t start_ns);
/* A line of the level's latencies, and one with "Tag=corrected" of the corrected ones. */
PP_MUST_CHECK enum pp_status lg_hdr_log_level(struct buf *b, const struct lg_result *r, int64_t log_start_ns);

#endif
