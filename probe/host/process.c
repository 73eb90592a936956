/* summary: the kernel's small files about a process: reading and parsing them */
#include "host_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool host_read_file(const char *path, char *dst, size_t n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t len = 0;
    ssize_t got = 0;
    while (len + 1 < n && ((got = read(fd, dst + len, n - 1 - len)) > 0 || (got < 0 && errno == EINTR)))
        len += got > 0 ? (size_t)got : 0;
    int saved = errno;
    close(fd);
    errno = saved;
    dst[len] = '\0';
    return got >= 0;
}

bool host_read_pid_file(const char *root, pid_t pid, const char *name, char *dst, size_t n)
{
    char path[HOST_PATH_BYTES];
    int len = snprintf(path, sizeof path, "%s/%d/%s", root, (int)pid, name);
    return len > 0 && (size_t)len < sizeof path && host_read_file(path, dst, n);
}

bool host_find_number(const char *text, const char *name, int64_t *value)
{
    size_t len = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, name, len) == 0 && (line[len] == ' ' || line[len] == ':')) {
            char *end = NULL;
            errno = 0;
            *value = strtoll(line + len + 1, &end, 10);
            return end != line + len + 1 && errno == 0 && *value >= 0;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return false;
}

/* The n-th (from 1) number of a text of numbers between single spaces. */
static bool nth_number(const char *text, int n, int64_t *value)
{
    char *end = NULL;
    for (int i = 1; i < n; i++) {
        text = strchr(text, ' ');
        if (text == NULL)
            return false;
        text++;
    }
    errno = 0;
    *value = strtoll(text, &end, 10);
    return end != text && errno == 0 && *value >= 0;
}

bool host_parse_stat(const char *text, struct host_stat *out)
{
    /* Behind the parenthesis comes field 3. */
    enum { FIRST = 3, PPID = 4, UTIME = 14, STIME = 15, THREADS = 20, START = 22, RSS = 24 };
    int64_t ppid = 0;
    int64_t user = 0;
    int64_t system = 0;
    const char *fields = strrchr(text, ')');
    if (fields == NULL || fields[1] != ' ')
        return false;
    fields += 2;
    if (!nth_number(fields, PPID - FIRST + 1, &ppid) || ppid > INT32_MAX ||
        !nth_number(fields, UTIME - FIRST + 1, &user) || !nth_number(fields, STIME - FIRST + 1, &system) ||
        !nth_number(fields, THREADS - FIRST + 1, &out->threads) ||
        !nth_number(fields, START - FIRST + 1, &out->start_ticks) ||
        !nth_number(fields, RSS - FIRST + 1, &out->resident_pages) || user > INT64_MAX - system)
        return false;
    out->ppid = (pid_t)ppid;
    out->ticks = user + system;
    return true;
}

bool host_parse_schedstat(const char *text, int64_t *cpu_ns, int64_t *run_delay_ns)
{
    return nth_number(text, 1, cpu_ns) && nth_number(text, 2, run_delay_ns);
}

bool host_parse_cpu_list(const char *text, struct host_cpus *cpus)
{
    for (;;) {
        char *end = NULL;
        long first = strtol(text, &end, 10);
        long last = first;
        if (end == text || first < 0)
            return false;
        if (*end == '-') {
            text = end + 1;
            last = strtol(text, &end, 10);
            if (end == text)
                return false;
        }
        if (last < first || last >= HOST_CPUS_MAX)
            return false;
        for (long i = first; i <= last; i++)
            cpus->bits[i / 64] |= UINT64_C(1) << (i % 64);
        if (*end != ',')
            return true;
        text = end + 1;
    }
}

int64_t host_cpus_count(const struct host_cpus *cpus)
{
    int64_t n = 0;
    for (size_t i = 0; i < HOST_CPUS_MAX / 64; i++)
        n += __builtin_popcountll(cpus->bits[i]);
    return n;
}
