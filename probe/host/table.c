/* summary: the processes behind the ports: who holds the listening sockets, and all their descendants */
#include "host_priv.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than pid_max on a large machine would be wrong; a list of this size costs 2 MiB. */
#define PROCESSES_MAX 65536
/* Namespaces whose sockets are looked at: containers of one machine. */
#define NAMESPACES_MAX 512

static bool is_number(const char *name)
{
    return isdigit((unsigned char)name[0]) && strspn(name, "0123456789") == strlen(name);
}

static bool add_entry(struct host_table *t, const struct host_entry *e)
{
    if (t->count == t->cap) {
        size_t cap = t->cap != 0 ? t->cap * 2 : 256;
        struct host_entry *more = realloc(t->entries, cap * sizeof *more);
        if (more == NULL)
            return false;
        t->entries = more;
        t->cap = cap;
    }
    t->entries[t->count++] = *e;
    return true;
}

static int by_pid(const void *a, const void *b)
{
    const struct host_entry *x = a;
    const struct host_entry *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct host_entry *find(const struct host_table *t, pid_t pid)
{
    const struct host_entry key = {.pid = pid};
    return t->count == 0 ? NULL : bsearch(&key, t->entries, t->count, sizeof key, by_pid);
}

/* Fills the entry of a process. One that the last reading knew without a role, and that ran for a while then,
 * is taken from there: reading a process's files is most of the cost. False when the process is gone. */
static bool look_at(const char *proc, pid_t pid, const struct host_table *last, int64_t settled_ticks,
                    struct host_entry *e)
{
    char text[1024];
    struct host_stat s;
    const struct host_entry *old = find(last, pid);
    if (old != NULL && old->role == HOST_ROLE_COUNT && old->start_ticks < settled_ticks) {
        *e = *old;
        e->settled = true;
        return true;
    }
    if (!host_read_pid_file(proc, pid, "stat", text, sizeof text) || !host_parse_stat(text, &s))
        return false;
    *e = (struct host_entry){
        .pid = pid, .ppid = s.ppid, .start_ticks = s.start_ticks, .role = HOST_ROLE_COUNT};
    return true;
}

static enum pp_status list_processes(struct host_table *t, const char *proc, const struct host_table *last,
                                     int64_t settled_ticks)
{
    const struct dirent *d;
    enum pp_status status = PP_OK;
    DIR *dir = opendir(proc);
    if (dir == NULL)
        return PP_IO;
    while (status == PP_OK && t->count < PROCESSES_MAX && (d = readdir(dir)) != NULL) {
        struct host_entry e;
        pid_t pid = is_number(d->d_name) ? (pid_t)strtol(d->d_name, NULL, 10) : 0;
        if (pid > 0 && look_at(proc, pid, last, settled_ticks, &e) && !add_entry(t, &e))
            status = PP_NOMEM;
    }
    closedir(dir);
    qsort(t->entries, t->count, sizeof *t->entries, by_pid);
    return status;
}

/* Programs that listen for somebody else: behind a published port of a container stands a proxy, behind a
 * socket unit systemd. */
static bool listens_for_others(const char *proc, pid_t pid)
{
    static const char *const names[] = {"docker-proxy\n", "rootlessport\n", "systemd\n", "slirp4netns\n"};
    char name[64];
    if (!host_read_pid_file(proc, pid, "comm", name, sizeof name))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The role of the first of our sockets among a process's descriptors. */
static enum host_role held_role(struct host_table *t, const char *proc, pid_t pid,
                                const struct host_sockets *s)
{
    char path[HOST_PATH_BYTES];
    char target[64];
    const struct dirent *d;
    enum host_role role = HOST_ROLE_COUNT;
    snprintf(path, sizeof path, "%s/%d/fd", proc, (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL) {
        t->denied = t->denied || errno == EACCES || errno == EPERM;
        return role;
    }
    while (role == HOST_ROLE_COUNT && (d = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), d->d_name, target, sizeof target - 1);
        if (n <= 0)
            continue;
        target[n] = '\0';
        if (strncmp(target, "socket:[", 8) == 0)
            role = host_sockets_role(s, strtoull(target + 8, NULL, 10));
    }
    closedir(dir);
    return role;
}

/* Marks who holds one of the sockets; returns the bits of the roles that somebody holds. Settled processes
 * have none of the sockets that were there before: they are looked at only for others (`all`). */
static unsigned mark_holders(struct host_table *t, const char *proc, const struct host_sockets *s, bool all)
{
    unsigned held = 0;
    if (s->count == 0)
        return 0;
    for (size_t i = 0; i < t->count; i++) {
        struct host_entry *e = &t->entries[i];
        if (e->settled && !all)
            continue;
        enum host_role role = held_role(t, proc, e->pid, s);
        if (role == HOST_ROLE_COUNT || listens_for_others(proc, e->pid))
            continue;
        e->role = role;
        e->holds = true;
        held |= 1U << role;
    }
    return held;
}

static void read_tables(const char *proc, const char *who, const struct host_watch_options *o,
                        struct host_sockets *s, unsigned *found)
{
    static const char *const files[] = {"tcp", "tcp6"};
    char path[HOST_PATH_BYTES];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s/net/%s", proc, who, files[i]);
        host_sockets_read(path, o, s, found);
    }
}

static bool seen_before(char (*seen)[32], size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(seen[i], name) == 0)
            return true;
    if (*count < NAMESPACES_MAX)
        snprintf(seen[(*count)++], sizeof *seen, "%s", name);
    return false;
}

static bool namespace_of(const char *proc, const char *who, char name[32])
{
    char path[HOST_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s/ns/net", proc, who);
    ssize_t n = readlink(path, name, 31);
    if (n <= 0)
        return false;
    name[n] = '\0';
    return true;
}

/* Sockets of the wanted roles in every other network namespace: containers, and `ip netns exec`. */
static enum pp_status other_namespaces(struct host_table *t, const struct host_watch_options *o,
                                       unsigned wanted, struct host_sockets *s)
{
    const char *proc = o->proc;
    char who[16];
    char name[32];
    size_t count = 0;
    unsigned found = 0;
    char(*seen)[32] = calloc(NAMESPACES_MAX, sizeof *seen);
    if (seen == NULL)
        return PP_NOMEM;
    if (namespace_of(proc, "self", name))
        (void)seen_before(seen, &count, name);
    for (size_t i = 0; i < t->count && count < NAMESPACES_MAX; i++) {
        snprintf(who, sizeof who, "%d", (int)t->entries[i].pid);
        if (namespace_of(proc, who, name) && !seen_before(seen, &count, name)) {
            read_tables(proc, who, o, s, &found);
            t->elsewhere = true;
        }
    }
    free(seen);
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if ((wanted & (1U << s->at[i].role)) != 0)
            s->at[kept++] = s->at[i];
    s->count = kept;
    return PP_OK;
}

/* A process without a role gets that of its nearest ancestor with one. */
static void inherit_roles(struct host_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct host_entry *up = &t->entries[i];
        /* Parents can be reused pids while the list is made: the walk is bounded. */
        for (int depth = 0; up != NULL && !up->holds && up->ppid > 0 && depth < 64; depth++)
            up = find(t, up->ppid);
        if (up != NULL && up->holds)
            t->entries[i].role = up->role;
    }
}

static enum pp_status find_holders(struct host_table *t, const char *proc, const struct host_watch_options *o)
{
    struct host_sockets s = {.count = 0};
    unsigned wanted = 0;
    for (int role = 0; role < HOST_MACHINE; role++)
        wanted |= o->port_counts[role] > 0 ? 1U << role : 0;
    if (o->app_pid > 0) {
        struct host_entry *app = find(t, o->app_pid);
        if (app != NULL) {
            app->role = HOST_APP;
            app->holds = true;
        }
    }
    host_sockets_own(o, &s, &t->listening);
    wanted &= ~mark_holders(t, proc, &s, false);
    if (wanted == 0)
        return PP_OK;
    struct host_sockets others = {.count = 0};
    enum pp_status status = other_namespaces(t, o, wanted, &others);
    for (size_t i = 0; i < others.count; i++)
        t->listening |= 1U << others.at[i].role;
    if (status == PP_OK)
        (void)mark_holders(t, proc, &others, true);
    return status;
}

enum pp_status host_table_read(struct host_table *t, const char *proc, const struct host_watch_options *o,
                               int64_t settled_ticks)
{
    struct host_table last = *t;
    *t = (struct host_table){.denied = settled_ticks > 0 && last.denied};
    enum pp_status status = list_processes(t, proc, &last, settled_ticks);
    host_table_fini(&last);
    if (status == PP_OK)
        status = find_holders(t, proc, o);
    if (status == PP_OK)
        inherit_roles(t);
    return status;
}

void host_table_fini(struct host_table *t)
{
    free(t->entries);
    *t = (struct host_table){.entries = NULL};
}
