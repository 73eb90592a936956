/* summary: the whole machine: CPU, stolen time, memory, pressure */
#include "host_priv.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_in(const char *proc, const char *name, char *text, size_t n)
{
    char path[HOST_PATH_BYTES];
    int len = snprintf(path, sizeof path, "%s/%s", proc, name);
    return len > 0 && (size_t)len < sizeof path && host_read_file(path, text, n);
}

/* "cpu  user nice system idle iowait irq softirq steal guest guest_nice", in ticks (proc_stat(5)); guest time
 * is part of user time. */
static bool parse_cpu(const char *text, struct host_sample *out)
{
    enum { IDLE = 3, IOWAIT = 4, STEAL = 7, FIELDS = 8 };
    int64_t tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    char *end = NULL;
    if (strncmp(text, "cpu ", 4) != 0)
        return false;
    text += 4;
    out->cpu_ns = 0;
    for (int i = 0; i < FIELDS; i++, text = end) {
        long long ticks = strtoll(text, &end, 10);
        if (end == text || ticks < 0 || ticks > INT64_MAX / (FIELDS * tick_ns))
            return false;
        if (i == STEAL)
            out->steal_ns = ticks * tick_ns;
        else if (i != IDLE && i != IOWAIT)
            out->cpu_ns += ticks * tick_ns;
    }
    return true;
}

static int64_t count_cpus(const char *text)
{
    int64_t n = 0;
    for (const char *line = strchr(text, '\n'); line != NULL; line = strchr(line + 1, '\n'))
        n += strncmp(line + 1, "cpu", 3) == 0;
    return n;
}

static void read_memory(const char *proc, struct host_sample *out)
{
    char text[4096];
    int64_t total_kib = 0;
    int64_t available_kib = 0;
    if (!read_in(proc, "meminfo", text, sizeof text) || !host_find_number(text, "MemTotal", &total_kib) ||
        !host_find_number(text, "MemAvailable", &available_kib) || total_kib > INT64_MAX / 1024)
        return;
    out->memory_limit_bytes = total_kib * 1024;
    out->rss_bytes = (total_kib - available_kib) * 1024;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=MICROSECONDS"; absent without CONFIG_PSI. */
static int64_t read_pressure(const char *proc, const char *name)
{
    char text[256];
    char *end = NULL;
    if (!read_in(proc, name, text, sizeof text) || strncmp(text, "some ", 5) != 0)
        return -1;
    const char *total = strstr(text, "total=");
    if (total == NULL)
        return -1;
    long long us = strtoll(total + 6, &end, 10);
    return end == total + 6 || us < 0 || us > INT64_MAX / 1000 ? -1 : us * 1000;
}

/* A line of /proc/stat has about 100 bytes a CPU, and the interrupts follow, which nobody needs. */
#define STAT_BYTES ((size_t)1 << 19)

bool host_machine_read(const char *proc, struct host_machine *m)
{
    struct host_sample *out = &m->total;
    char *text = malloc(STAT_BYTES);
    *out = (struct host_sample){.role = HOST_MACHINE,
                                .run_delay_ns = -1,
                                .top_process_ns = -1,
                                .top_thread_ns = -1,
                                .processes = -1,
                                .threads = -1,
                                .rss_bytes = -1,
                                .group_memory_bytes = -1,
                                .throttled_periods = -1,
                                .throttled_ns = -1};
    m->started = -1;
    if (text == NULL)
        return false;
    bool ok = read_in(proc, "stat", text, STAT_BYTES) && parse_cpu(text, out);
    out->cpu_limit_milli = ok ? count_cpus(text) * 1000 : 0;
    if (ok && !host_find_number(text, "processes", &m->started))
        m->started = -1;
    free(text);
    if (!ok)
        return false;
    out->ts_ns = clock_real_ns();
    read_memory(proc, out);
    out->pressure_cpu_ns = read_pressure(proc, "pressure/cpu");
    out->pressure_io_ns = read_pressure(proc, "pressure/io");
    out->pressure_memory_ns = read_pressure(proc, "pressure/memory");
    return true;
}
