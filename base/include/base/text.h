/* summary: making hostile bytes safe to show: UTF-8 repair, terminal escaping */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The text_add_ functions append all or nothing; PP_LIMIT, PP_NOMEM. */

/* True when the bytes are valid UTF-8 (RFC 3629: no surrogates, nothing above U+10FFFF, shortest forms). */
bool text_is_utf8(const void *data, size_t len);

/* Appends the bytes to b as valid UTF-8; every byte that is not part of a valid sequence becomes U+FFFD. */
PP_MUST_CHECK enum pp_status text_add_utf8(struct buf *b, const void *data, size_t len);

/* True for what a reader does not see but a terminal or a page obeys: C0 but tab and line ends, DEL, C1, and
 * the controls that turn the direction of text (UAX #9). */
bool text_is_hidden(uint32_t cp);

/* Appends a JSON string with its quotes: repaired UTF-8, escapes for ", \ and control characters (RFC 8259),
 * also for those that the RFC would allow as they are (text_is_hidden). */
PP_MUST_CHECK enum pp_status text_add_json(struct buf *b, const void *data, size_t len);

/* Appends text for a terminal: repaired UTF-8, C0, DEL and C1 controls and bidirectional overrides shown as
 * '?', tabs and line ends as one space. */
PP_MUST_CHECK enum pp_status text_add_terminal(struct buf *b, const void *data, size_t len);

/* Appends repaired UTF-8 in which U+FFFD stands for everything hidden. */
PP_MUST_CHECK enum pp_status text_add_plain(struct buf *b, const void *data, size_t len);

/* Appends text with & < > " ' escaped for HTML content and attribute values, and U+FFFD for everything
 * hidden. */
PP_MUST_CHECK enum pp_status text_add_html(struct buf *b, const void *data, size_t len);

#endif
