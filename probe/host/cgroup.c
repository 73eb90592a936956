/* summary: CPU and memory limits that control groups (version 2 or 1) put on a process, and how often they
 * bit */
#include "host_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes a limit that is tighter than the one known, and remembers whose it is. */
static void tighten(int64_t *limit, char *limit_dir, int64_t value, const char *dir)
{
    if (value <= 0 || (*limit != 0 && value >= *limit))
        return;
    *limit = value;
    snprintf(limit_dir, HOST_PATH_BYTES, "%s", dir);
}

static bool read_in(const char *dir, const char *file, char *text, size_t n)
{
    char path[HOST_PATH_BYTES + 64];
    snprintf(path, sizeof path, "%s/%s", dir, file);
    return host_read_file(path, text, n);
}

/* Quota and period in µs; "max" and -1 mean no limit. */
static void tighten_cpus(struct host_limits *l, const char *dir, long long quota_us, long long period_us)
{
    if (quota_us > 0 && period_us > 0 && quota_us < INT64_MAX / 1000)
        tighten(&l->milli_cpus, l->cpu_dir, quota_us * 1000 / period_us > 0 ? quota_us * 1000 / period_us : 1,
                dir);
}

/* Version 1 says "no limit" as the largest multiple of a page; no machine has a quarter of that. */
static void tighten_memory(struct host_limits *l, const char *dir, const char *text)
{
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    if (end != text && value > 0 && value < INT64_MAX / 4)
        tighten(&l->memory_bytes, l->memory_dir, value, dir);
}

static void read_group(const char *dir, struct host_limits *l)
{
    char text[128];
    char period[64];
    char *end = NULL;
    if (read_in(dir, "cpu.max", text, sizeof text)) {
        long long quota_us = strtoll(text, &end, 10);
        if (end != text)
            tighten_cpus(l, dir, quota_us, strtoll(end, NULL, 10));
    }
    if (read_in(dir, "cpu.cfs_quota_us", text, sizeof text) &&
        read_in(dir, "cpu.cfs_period_us", period, sizeof period))
        tighten_cpus(l, dir, strtoll(text, NULL, 10), strtoll(period, NULL, 10));
    if (read_in(dir, "memory.max", text, sizeof text))
        tighten_memory(l, dir, text);
    if (read_in(dir, "memory.limit_in_bytes", text, sizeof text))
        tighten_memory(l, dir, text);
}

/* The group and all above it up to the mount: a limit anywhere holds. In a container the path of
 * /proc/self/cgroup may be the host's and not exist here; then the mount itself is the group. */
static void read_upwards(const char *mount, const char *group, struct host_limits *l)
{
    char dir[HOST_PATH_BYTES];
    int n = snprintf(dir, sizeof dir, "%s%s", mount, group);
    if (n < 0 || (size_t)n >= sizeof dir || strstr(group, "..") != NULL)
        return;
    size_t top = strlen(mount);
    for (;;) {
        read_group(dir, l);
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
static void read_line(const char *root, const char *line, struct host_limits *l)
{
    char mount[HOST_PATH_BYTES];
    const char *list = strchr(line, ':');
    const char *group = list != NULL ? strchr(list + 1, ':') : NULL;
    if (group == NULL)
        return;
    size_t len = (size_t)(group - list - 1);
    if (len == 0) {
        read_upwards(root, group + 1, l);
        snprintf(mount, sizeof mount, "%s/unified", root);
        read_upwards(mount, group + 1, l);
    }
    static const char *const names[] = {"cpu", "memory"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (has_controller(list + 1, len, names[i])) {
            snprintf(mount, sizeof mount, "%s/%s", root, names[i]);
            read_upwards(mount, group + 1, l);
        }
    }
}

void host_cgroup_limits(const char *root, const char *self, struct host_limits *out)
{
    char line[HOST_PATH_BYTES];
    *out = (struct host_limits){.milli_cpus = 0};
    while (*self != '\0') {
        size_t len = strcspn(self, "\n");
        if (len < sizeof line) {
            memcpy(line, self, len);
            line[len] = '\0';
            read_line(root, line, out);
        }
        self += len + (self[len] == '\n');
    }
}

bool host_cgroup_throttling(const char *dir, int64_t *periods, int64_t *throttled_ns)
{
    char text[4096];
    int64_t us = 0;
    if (!read_in(dir, "cpu.stat", text, sizeof text) || !host_find_number(text, "nr_throttled", periods))
        return false;
    if (host_find_number(text, "throttled_time", throttled_ns)) /* version 1: ns */
        return true;
    if (!host_find_number(text, "throttled_usec", &us) || us > INT64_MAX / 1000)
        return false;
    *throttled_ns = us * 1000;
    return true;
}

bool host_cgroup_memory(const char *dir, int64_t *bytes)
{
    char text[64];
    char *end = NULL;
    if (!read_in(dir, "memory.current", text, sizeof text) &&
        !read_in(dir, "memory.usage_in_bytes", text, sizeof text))
        return false;
    *bytes = strtoll(text, &end, 10);
    return end != text && *bytes >= 0;
}
