/* summary: CPU time, run-queue delay and memory of one process, from /proc */
#include "host_priv.h"

#include "base/clock.h"

#include <dirent.h>
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

bool host_parse_stat(const char *text, int64_t *ticks)
{
    int64_t user = 0;
    int64_t system = 0;
    const char *fields = strrchr(text, ')');
    /* Behind the parenthesis: " S ppid …"; utime and stime are fields 14 and 15, state is 3. */
    if (fields == NULL || fields[1] != ' ' || !nth_number(fields + 2, 14 - 2, &user) ||
        !nth_number(fields + 2, 15 - 2, &system))
        return false;
    *ticks = user + system;
    return true;
}

bool host_parse_schedstat(const char *text, int64_t *run_delay_ns)
{
    return nth_number(text, 2, run_delay_ns);
}

bool host_parse_statm(const char *text, int64_t *resident_pages)
{
    return nth_number(text, 2, resident_pages);
}

static enum pp_status no_process(pid_t pid, const char *what, struct pp_err *err)
{
    if (errno == ENOENT || errno == ESRCH)
        return pp_err_set(err, PP_NOENT, "there is no process %d (any more)", (int)pid);
    return pp_err_set(err, PP_IO, "cannot read %s of process %d: %s", what, (int)pid, strerror(errno));
}

/* Threads come and go while they are read: one that ended is left out. */
static enum pp_status sum_run_delay(pid_t pid, int64_t *sum_ns, struct pp_err *err)
{
    char path[64];
    char text[128];
    bool any = false;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return no_process(pid, path, err);
    *sum_ns = 0;
    const struct dirent *entry;
    while ((entry = readdir(tasks)) != NULL) {
        int64_t delay_ns = 0;
        long tid = strtol(entry->d_name, NULL, 10);
        if (tid <= 0)
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%ld/schedstat", (int)pid, tid);
        if (host_read_file(path, text, sizeof text) && host_parse_schedstat(text, &delay_ns)) {
            *sum_ns += delay_ns;
            any = true;
        }
    }
    closedir(tasks);
    if (!any)
        *sum_ns = -1; /* built without CONFIG_SCHED_INFO */
    return PP_OK;
}

enum pp_status host_read_process(pid_t pid, struct host_sample *out, struct pp_err *err)
{
    char path[64];
    char text[4096];
    int64_t ticks = 0;
    int64_t pages = 0;
    memset(out, 0, sizeof *out);
    if (pid <= 0)
        return pp_err_set(err, PP_NOENT, "there is no process %d", (int)pid);
    out->ts_ns = clock_real_ns();
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (!host_read_file(path, text, sizeof text))
        return no_process(pid, path, err);
    if (!host_parse_stat(text, &ticks))
        return pp_err_set(err, PP_IO, "%s has an unknown form: is /proc mounted?", path);
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (!host_read_file(path, text, sizeof text))
        return no_process(pid, path, err);
    if (!host_parse_statm(text, &pages))
        return pp_err_set(err, PP_IO, "%s has an unknown form: is /proc mounted?", path);
    out->cpu_ns = ticks * (NS_PER_S / sysconf(_SC_CLK_TCK));
    out->rss_bytes = pages * sysconf(_SC_PAGESIZE);
    return sum_run_delay(pid, &out->run_delay_ns, err);
}
