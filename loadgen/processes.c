/* summary: CPU and memory of processes out of /proc, with all their descendants */
#include "watch.h"

#include "base/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fields counted from "state", the first after the name, which may itself hold blanks and parentheses. */
#define FIELD_PARENT 1
#define FIELD_UTIME 11
#define FIELD_CSTIME 14 /* utime, stime, cutime, cstime stand in a row */
#define FIELD_RSS 21

bool lg_process_parse(const char *text, struct lg_process *p)
{
    const char *open = strchr(text, '(');
    const char *at = strrchr(text, ')');
    int64_t ticks = 0;
    int64_t pages = -1;
    if (open == NULL || at == NULL || at < open)
        return false;
    *p = (struct lg_process){.pid = strtoll(text, NULL, 10)};
    size_t len = (size_t)(at - open) - 1;
    (void)snprintf(p->name, sizeof p->name, "%.*s", (int)(len < 63 ? len : 63), open + 1);
    at++;
    for (int field = 0; field <= FIELD_RSS; field++) {
        at += strspn(at, " ");
        if (*at == 0)
            return false;
        if (field == FIELD_PARENT)
            p->parent = strtoll(at, NULL, 10);
        else if (field >= FIELD_UTIME && field <= FIELD_CSTIME)
            ticks += strtoll(at, NULL, 10);
        else if (field == FIELD_RSS)
            pages = strtoll(at, NULL, 10);
        at += strcspn(at, " ");
    }
    p->cpu_ns = ticks * (NS_PER_S / sysconf(_SC_CLK_TCK));
    p->memory_bytes = pages * sysconf(_SC_PAGESIZE);
    return ticks >= 0 && pages >= 0;
}

static bool read_one(const char *pid, struct lg_process *p)
{
    char path[300];
    char text[2048];
    (void)snprintf(path, sizeof path, "/proc/%s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t len = read(fd, text, sizeof text - 1);
    (void)close(fd);
    if (len <= 0)
        return false;
    text[len] = 0;
    return lg_process_parse(text, p);
}

enum pp_status lg_processes_read(struct lg_process **list, size_t *count)
{
    size_t cap = 0;
    enum pp_status st = PP_OK;
    *list = NULL;
    *count = 0;
    DIR *dir = opendir("/proc");
    if (dir == NULL)
        return PP_IO;
    for (const struct dirent *d = readdir(dir); st == PP_OK && d != NULL; d = readdir(dir)) {
        if (d->d_name[0] < '0' || d->d_name[0] > '9')
            continue;
        if (*count == cap) {
            cap = cap > 0 ? 2 * cap : 256;
            struct lg_process *more = realloc(*list, cap * sizeof **list);
            if (more == NULL) {
                st = PP_NOMEM;
                continue;
            }
            *list = more;
        }
        /* One that ends meanwhile is none. */
        *count += read_one(d->d_name, &(*list)[*count]);
    }
    (void)closedir(dir);
    return st;
}

/* Takes in children of those that count; true when there was one. Ids are not in order of age. */
static bool add_children(struct lg_process *list, size_t count)
{
    bool added = false;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; !list[i].counted && k < count; k++)
            if (list[k].counted && list[k].pid == list[i].parent)
                added = list[i].counted = true;
    }
    return added;
}

bool lg_processes_sum(struct lg_process *list, size_t count, int64_t pid, const char *name, int64_t *cpu_ns,
                      int64_t *memory_bytes)
{
    bool any = false;
    *cpu_ns = 0;
    *memory_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        list[i].counted = name != NULL ? strcmp(list[i].name, name) == 0 : list[i].pid == pid;
        any = any || list[i].counted;
    }
    while (any && add_children(list, count))
        continue;
    for (size_t i = 0; i < count; i++) {
        *cpu_ns += list[i].counted ? list[i].cpu_ns : 0;
        *memory_bytes += list[i].counted ? list[i].memory_bytes : 0;
    }
    return any;
}
