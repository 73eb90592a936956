/* summary: CPU and memory limits that control groups (version 2 or 1) put on this process */
#include "host_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 1024

static void tighten(int64_t *limit, int64_t value)
{
    if (value > 0 && (*limit == 0 || value < *limit))
        *limit = value;
}

static bool read_in(const char *dir, const char *file, char *text, size_t n)
{
    char path[PATH_BYTES + 64];
    snprintf(path, sizeof path, "%s/%s", dir, file);
    return host_read_file(path, text, n);
}

/* Quota and period in µs; "max" and -1 mean no limit. */
static void tighten_cpus(int64_t *milli_cpus, long long quota_us, long long period_us)
{
    if (quota_us > 0 && period_us > 0 && quota_us < INT64_MAX / 1000)
        tighten(milli_cpus, quota_us * 1000 / period_us > 0 ? quota_us * 1000 / period_us : 1);
}

/* Version 1 says "no limit" as the largest multiple of a page; no machine has a quarter of that. */
static void tighten_memory(int64_t *memory_bytes, const char *text)
{
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    if (end != text && value > 0 && value < INT64_MAX / 4)
        tighten(memory_bytes, value);
}

static void read_group(const char *dir, int64_t *milli_cpus, int64_t *memory_bytes)
{
    char text[128];
    char period[64];
    char *end = NULL;
    if (read_in(dir, "cpu.max", text, sizeof text)) {
        long long quota_us = strtoll(text, &end, 10);
        if (end != text)
            tighten_cpus(milli_cpus, quota_us, strtoll(end, NULL, 10));
    }
    if (read_in(dir, "cpu.cfs_quota_us", text, sizeof text) &&
        read_in(dir, "cpu.cfs_period_us", period, sizeof period))
        tighten_cpus(milli_cpus, strtoll(text, NULL, 10), strtoll(period, NULL, 10));
    if (read_in(dir, "memory.max", text, sizeof text))
        tighten_memory(memory_bytes, text);
    if (read_in(dir, "memory.limit_in_bytes", text, sizeof text))
        tighten_memory(memory_bytes, text);
}

/* The group and all above it up to the mount: a limit anywhere holds. In a container the path of
 * /proc/self/cgroup may be the host's and not exist here; then the mount itself is the group. */
static void read_upwards(const char *mount, const char *group, int64_t *milli_cpus, int64_t *memory_bytes)
{
    char dir[PATH_BYTES];
    int n = snprintf(dir, sizeof dir, "%s%s", mount, group);
    if (n < 0 || (size_t)n >= sizeof dir || strstr(group, "..") != NULL)
        return;
    size_t top = strlen(mount);
    for (;;) {
        read_group(dir, milli_cpus, memory_bytes);
        char *slash = strrchr(dir, '/');
        if (slash == NULL || (size_t)(slash - dir) < top)
            return;
        *slash = '\0';
    }
}

static bool has_controller(const char *list, size_t len, const char *name)
{
    size_t n = strlen(name);
    for (size_t at = 0; at + n <= len;) {
        const char *comma = memchr(list + at, ',', len - at);
        size_t one = comma != NULL ? (size_t)(comma - list) - at : len - at;
        if (one == n && memcmp(list + at, name, n) == 0)
            return true;
        at += one + 1;
    }
    return false;
}

/* One line "ID:CONTROLLERS:PATH"; version 2 has no controllers in it (cgroups(7)). */
static void read_line(const char *root, const char *line, int64_t *milli_cpus, int64_t *memory_bytes)
{
    char mount[PATH_BYTES];
    const char *list = strchr(line, ':');
    const char *group = list != NULL ? strchr(list + 1, ':') : NULL;
    if (group == NULL)
        return;
    size_t len = (size_t)(group - list - 1);
    if (len == 0) {
        read_upwards(root, group + 1, milli_cpus, memory_bytes);
        snprintf(mount, sizeof mount, "%s/unified", root);
        read_upwards(mount, group + 1, milli_cpus, memory_bytes);
    }
    static const char *const names[] = {"cpu", "memory"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (has_controller(list + 1, len, names[i])) {
            snprintf(mount, sizeof mount, "%s/%s", root, names[i]);
            read_upwards(mount, group + 1, milli_cpus, memory_bytes);
        }
    }
}

void host_cgroup_limits(const char *root, const char *self, int64_t *milli_cpus, int64_t *memory_bytes)
{
    char line[PATH_BYTES];
    *milli_cpus = 0;
    *memory_bytes = 0;
    while (*self != '\0') {
        size_t len = strcspn(self, "\n");
        if (len < sizeof line) {
            memcpy(line, self, len);
            line[len] = '\0';
            read_line(root, line, milli_cpus, memory_bytes);
        }
        self += len + (self[len] == '\n');
    }
}
