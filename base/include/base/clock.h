/* summary: time: CLOCK_REALTIME and CLOCK_MONOTONIC in integer nanoseconds, CPU time of the process */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

int64_t clock_real_ns(void);
int64_t clock_mono_ns(void);
/* User plus system CPU time of this process so far. */
int64_t clock_cpu_ns(void);
struct timespec clock_timespec(int64_t ns);
/* Parses "10s", "1ms", "250us", "5m", "2" (seconds); returns -1 when it is none. */
int64_t clock_parse_duration_ns(const char *text);
/* Human form with unit, such as "1.25 s", "830 us": writes into dst (size n), returns dst. */
const char *clock_format_ns(char *dst, size_t n, int64_t ns);

#endif
