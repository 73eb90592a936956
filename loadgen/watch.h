/* summary: private to loadgen: CPU and memory of watched processes and cgroups over the measured time of a
 * level */
#ifndef LG_WATCH_H
#define LG_WATCH_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One sample, about a second after the one before. */
struct lg_usage {
    int64_t at_ns;        /* since the first sample */
    int64_t length_ns;    /* the time over which the CPU is counted, 0 in the first sample */
    double cpu_percent;   /* of one core; below 0: not known */
    int64_t memory_bytes; /* below 0: not known */
};

enum lg_watched_kind { LG_WATCH_PID, LG_WATCH_NAME, LG_WATCH_CGROUP };

/* A process with its descendants, all processes of a name with theirs, or a cgroup. */
struct lg_watched {
    enum lg_watched_kind kind;
    char *name; /* as given */
    int64_t pid;
    bool lost;           /* was said to be gone */
    int64_t last_cpu_ns; /* below 0: not known */
    int64_t last_ns;
    struct lg_usage *series;
    size_t count;
    size_t cap;
};

struct lg_watch {
    struct lg_watched *items;
    size_t count;
    int64_t first_ns; /* CLOCK_MONOTONIC of the first sample, 0 before it */
};

/* "/proc/PID/stat" (proc(5)). `cpu_ns` counts the process and its children that ended and were waited for. */
struct lg_process {
    int64_t pid;
    int64_t parent;
    int64_t cpu_ns;
    int64_t memory_bytes; /* resident */
    char name[64];
    bool counted; /* scratch: belongs to the watched tree */
};
bool lg_process_parse(const char *text, struct lg_process *p);

/* The processes of this machine. PP_NOMEM, PP_IO. */
PP_MUST_CHECK enum pp_status lg_processes_read(struct lg_process **list, size_t *count);
/* CPU and memory of those that are `pid` (or named `name` where it is not NULL) and of all their descendants.
 * False when there is none. */
bool lg_processes_sum(struct lg_process *list, size_t count, int64_t pid, const char *name, int64_t *cpu_ns,
                      int64_t *memory_bytes);
/* CPU and memory of a cgroup of either version; a path as below /sys/fs/cgroup or from the root. Memory is
 * below 0 when only the CPU is to be had. False when there is no such cgroup. */
bool lg_cgroup_read(const char *path, int64_t *cpu_ns, int64_t *memory_bytes);

void lg_watch_init(struct lg_watch *w);
void lg_watch_fini(struct lg_watch *w);
/* PP_NOMEM. A name of digits is a process id. */
PP_MUST_CHECK enum pp_status lg_watch_add_process(struct lg_watch *w, const char *pid_or_name);
PP_MUST_CHECK enum pp_status lg_watch_add_cgroup(struct lg_watch *w, const char *path);
/* Adds one sample to each. What is not there is said once on stderr. */
void lg_watch_sample(struct lg_watch *w);

/* Appends a sample; PP_NOMEM. */
PP_MUST_CHECK enum pp_status lg_watched_push(struct lg_watched *d, const struct lg_usage *u);
/* Percent of one core over all samples; false without any. */
bool lg_watched_cpu_percent(const struct lg_watched *d, double *mean, double *max);
bool lg_watched_memory_mb(const struct lg_watched *d, double *mean, double *max);
/* Of all together. The maximum is that of the sum. */
bool lg_watch_cpu_percent(const struct lg_watch *w, double *percent);
bool lg_watch_memory_mb(const struct lg_watch *w, double *mean, double *max);

#endif
