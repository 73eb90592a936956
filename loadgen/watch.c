/* summary: CPU and memory of a watched process out of /proc/PID/stat */
#include "watch.h"

#include "base/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fields counted from "state", the first after the name, which may itself hold blanks and parentheses. */
#define FIELD_UTIME 11
#define FIELD_STIME 12
#define FIELD_RSS 21

bool lg_watch_parse(const char *text, int64_t *cpu_ns, int64_t *rss_bytes)
{
    const char *p = strrchr(text, ')');
    int64_t ticks = 0;
    int64_t pages = -1;
    if (p == NULL)
        return false;
    p++;
    for (int field = 0; field <= FIELD_RSS; field++) {
        p += strspn(p, " ");
        if (*p == 0)
            return false;
        if (field == FIELD_UTIME || field == FIELD_STIME)
            ticks += strtoll(p, NULL, 10);
        else if (field == FIELD_RSS)
            pages = strtoll(p, NULL, 10);
        p += strcspn(p, " ");
    }
    if (ticks < 0 || pages < 0)
        return false;
    *cpu_ns = ticks * (NS_PER_S / sysconf(_SC_CLK_TCK));
    *rss_bytes = pages * sysconf(_SC_PAGESIZE);
    return true;
}

void lg_watch_init(struct lg_watch *w, int64_t pid)
{
    *w = (struct lg_watch){.pid = pid};
}

bool lg_watch_sample(struct lg_watch *w)
{
    char path[64];
    char text[2048];
    (void)snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", w->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t len = read(fd, text, sizeof text - 1);
    (void)close(fd);
    int64_t now = clock_mono_ns();
    int64_t cpu_ns = 0;
    int64_t rss_bytes = 0;
    if (len <= 0)
        return false;
    text[len] = 0;
    if (!lg_watch_parse(text, &cpu_ns, &rss_bytes))
        return false;
    if (w->samples == 0) {
        w->first_ns = now;
        w->first_cpu_ns = cpu_ns;
    }
    w->last_ns = now;
    w->last_cpu_ns = cpu_ns;
    w->rss_sum_bytes += rss_bytes;
    if (rss_bytes > w->rss_max_bytes)
        w->rss_max_bytes = rss_bytes;
    w->samples++;
    return true;
}

bool lg_watch_cpu_percent(const struct lg_watch *w, double *percent)
{
    if (w->samples < 2 || w->last_ns <= w->first_ns)
        return false;
    *percent = 100.0 * (double)(w->last_cpu_ns - w->first_cpu_ns) / (double)(w->last_ns - w->first_ns);
    return true;
}

bool lg_watch_memory_mb(const struct lg_watch *w, double *mean, double *max)
{
    static const double mib = 1024.0 * 1024.0;
    if (w->samples == 0)
        return false;
    *mean = (double)w->rss_sum_bytes / (double)w->samples / mib;
    *max = (double)w->rss_max_bytes / mib;
    return true;
}
