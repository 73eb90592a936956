/* summary: listening sockets of the kernel's TCP tables, by port */
#include "host_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_LISTEN 0x0A /* TCP_LISTEN, include/net/tcp_states.h */

enum host_role host_role_of_port(const struct host_watch_options *o, unsigned long port)
{
    for (int role = 0; role < HOST_MACHINE; role++)
        for (size_t i = 0; i < o->port_counts[role]; i++)
            if (o->ports[role][i] == port)
                return (enum host_role)role;
    return HOST_ROLE_COUNT;
}

/* "  0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000 UID TIMEOUT INODE …"
 * (proc_pid_net(5)). False when it is no such line. */
static bool parse_line(char *line, unsigned long *port, unsigned long *state, uint64_t *inode)
{
    enum { ADDRESS = 1, STATE = 3, INODE = 9 };
    char *save = NULL;
    int field = 0;
    for (char *word = strtok_r(line, " \n", &save); word != NULL; word = strtok_r(NULL, " \n", &save)) {
        char *colon = strchr(word, ':');
        if (field == ADDRESS && colon == NULL)
            return false;
        if (field == ADDRESS)
            *port = strtoul(colon + 1, NULL, 16);
        else if (field == STATE)
            *state = strtoul(word, NULL, 16);
        else if (field == INODE)
            *inode = strtoull(word, NULL, 10);
        if (field++ == INODE)
            return *inode != 0;
    }
    return false;
}

void host_sockets_read(const char *path, const struct host_watch_options *o, struct host_sockets *out,
                       unsigned *found)
{
    char line[512];
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return;
    bool head = fgets(line, sizeof line, f) != NULL;
    while (head && out->count < HOST_SOCKETS_MAX && fgets(line, sizeof line, f) != NULL) {
        unsigned long port = 0;
        unsigned long state = 0;
        uint64_t inode = 0;
        /* The kernel lists the listening sockets first: the rest, which may be long, is left unread. */
        if (!parse_line(line, &port, &state, &inode) || state != STATE_LISTEN)
            break;
        enum host_role role = host_role_of_port(o, port);
        if (role == HOST_ROLE_COUNT)
            continue;
        out->at[out->count].inode = inode;
        out->at[out->count++].role = role;
        *found |= 1U << role;
    }
    fclose(f);
}

void host_sockets_own(const struct host_watch_options *o, struct host_sockets *out, unsigned *found)
{
    static const char *const files[] = {"tcp", "tcp6"};
    char path[HOST_PATH_BYTES];
    if (strcmp(o->proc, "/proc") == 0 && host_sockets_diag(o, out, found))
        return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/self/net/%s", o->proc, files[i]);
        host_sockets_read(path, o, out, found);
    }
}

bool host_sockets_equal(const struct host_sockets *a, const struct host_sockets *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (host_sockets_role(b, a->at[i].inode) != a->at[i].role)
            return false;
    return true;
}

enum host_role host_sockets_role(const struct host_sockets *s, uint64_t inode)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->at[i].inode == inode)
            return s->at[i].role;
    return HOST_ROLE_COUNT;
}
