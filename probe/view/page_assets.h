/* summary: private: style, scripts and chart library of the HTML reports, embedded by
 * cmake/PoolprobePage.cmake */
#ifndef PAGE_ASSETS_H
#define PAGE_ASSETS_H

#include <stddef.h>

/* UTF-8 with a 0 behind it; page_…_bytes does not count the 0. */
extern const char page_style[], page_script[];
extern const size_t page_style_bytes, page_script_bytes;
/* The chart library, and its licences; of 0 bytes in a build without it. */
extern const char page_library[], page_licences[];
extern const size_t page_library_bytes, page_licences_bytes;
/* "sha256-…" for the page's content security policy. */
extern const char page_style_hash[], page_script_hash[], page_library_hash[];

#endif
