/* summary: private to loadgen: CPU and memory of a watched process over the measured time of a level */
#ifndef LG_WATCH_H
#define LG_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lg_watch {
    int64_t pid; /* 0: nothing is watched */
    int64_t first_ns;
    int64_t last_ns;
    int64_t first_cpu_ns;
    int64_t last_cpu_ns;
    int64_t rss_sum_bytes;
    int64_t rss_max_bytes;
    int64_t samples;
};

/* CPU time and resident memory out of the text of /proc/PID/stat (proc(5)); false when it is not of that
 * form. */
bool lg_watch_parse(const char *text, int64_t *cpu_ns, int64_t *rss_bytes);

void lg_watch_init(struct lg_watch *w, int64_t pid);
/* Reads the process once; false when it is gone. */
bool lg_watch_sample(struct lg_watch *w);

/* Percent of one core between the first and the last sample; false with fewer than two samples. */
bool lg_watch_cpu_percent(const struct lg_watch *w, double *percent);
/* Means and maximum of the samples in MiB; false without a sample. */
bool lg_watch_memory_mb(const struct lg_watch *w, double *mean, double *max);

#endif
