/* summary: CPU and memory of a cgroup, of version 2 and of version 1 */
#include "watch.h"

#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_text(const char *folder, const char *path, const char *file, char *text, size_t n)
{
    char name[1024];
    if (snprintf(name, sizeof name, "%s/%s/%s", folder, path, file) >= (int)sizeof name)
        return false;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t len = read(fd, text, n - 1);
    (void)close(fd);
    if (len <= 0)
        return false;
    text[len] = 0;
    return true;
}

static int64_t number_in(const char *folder, const char *path, const char *file)
{
    char text[64];
    return read_text(folder, path, file, text, sizeof text) ? strtoll(text, NULL, 10) : -1;
}

/* cpu.stat: "usage_usec N" on a line of its own. */
static bool read_v2(const char *folder, const char *path, int64_t *cpu_ns, int64_t *memory_bytes)
{
    static const char key[] = "usage_usec ";
    char text[4096];
    if (!read_text(folder, path, "cpu.stat", text, sizeof text))
        return false;
    const char *p = strstr(text, key);
    if (p == NULL)
        return false;
    *cpu_ns = strtoll(p + sizeof key - 1, NULL, 10) * NS_PER_US;
    *memory_bytes = number_in(folder, path, "memory.current");
    return true;
}

static bool read_v1(const char *cpu_folder, const char *memory_folder, const char *path, int64_t *cpu_ns,
                    int64_t *memory_bytes)
{
    *cpu_ns = number_in(cpu_folder, path, "cpuacct.usage");
    *memory_bytes = number_in(memory_folder, path, "memory.usage_in_bytes");
    return *cpu_ns >= 0;
}

bool lg_cgroup_read(const char *path, int64_t *cpu_ns, int64_t *memory_bytes)
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", ""};
    static const char *const cpu_folders[] = {"/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cpu,cpuacct", ""};
    static const char *const memory_folders[] = {"/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory", ""};
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        if (read_v2(roots[i], path, cpu_ns, memory_bytes))
            return true;
    for (size_t i = 0; i < sizeof cpu_folders / sizeof cpu_folders[0]; i++)
        if (read_v1(cpu_folders[i], memory_folders[i], path, cpu_ns, memory_bytes))
            return true;
    return false;
}
