/* summary: what the files of the host stage and its tests share: reading and parsing small files of the
 * kernel */
#ifndef HOST_PRIV_H
#define HOST_PRIV_H

#include "host.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads at most n - 1 bytes of a file into dst and ends them with NUL. False with errno. */
bool host_read_file(const char *path, char *dst, size_t n);

/* utime + stime, in clock ticks, of a /proc/PID/stat text. The second field is the program's name in
 * parentheses and may hold anything, also ") R 1": the fields go on after the last ')' (proc_pid_stat(5)). */
bool host_parse_stat(const char *text, int64_t *ticks);
/* Second number of a schedstat text: run delay in ns. */
bool host_parse_schedstat(const char *text, int64_t *run_delay_ns);
/* Second number of a statm text: resident pages. */
bool host_parse_statm(const char *text, int64_t *resident_pages);

/* The limits on this process's control groups (the tightest of each group and the ones above it), version 2
 * or 1, in a tree like /sys/fs/cgroup; `self` is the text of /proc/self/cgroup. Milli-CPUs and bytes; 0: no
 * limit. */
void host_cgroup_limits(const char *root, const char *self, int64_t *milli_cpus, int64_t *memory_bytes);

#endif
