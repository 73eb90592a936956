/* summary: what a client of the golden captures knows of its own commands, one JSON object a line */
#include "truth.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define HANDLES_MAX 32

struct address {
    MYSQL *my;
    char text[64];
};

static FILE *out;
static struct address known[HANDLES_MAX];
static unsigned unknown_count;
static char *line;
static size_t line_bytes;
static FILE *fields;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static long long now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (long long)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void t_start(const char *path)
{
    out = fopen(path, "w");
    if (out == NULL)
        die(path);
}

void t_finish(void)
{
    if (fclose(out) != 0)
        die("truth");
}

void t_open(const char *cmd)
{
    fields = open_memstream(&line, &line_bytes);
    if (fields == NULL)
        die("open_memstream");
    fprintf(fields, "{\"cmd\":\"%s\",\"from_ns\":%lld", cmd, now_ns());
}

void t_text(const char *key, const char *text, size_t bytes)
{
    fprintf(fields, ",\"%s\":\"", key);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == '"' || c == '\\')
            fprintf(fields, "\\u%04x", c);
        else
            fputc(c, fields);
    }
    fputc('"', fields);
}

void t_string(const char *key, const char *text)
{
    if (text == NULL)
        t_raw(key, "null");
    else
        t_text(key, text, strlen(text));
}

void t_number(const char *key, unsigned long long v)
{
    fprintf(fields, ",\"%s\":%llu", key, v);
}

void t_bool(const char *key, bool v)
{
    t_raw(key, v ? "true" : "false");
}

void t_raw(const char *key, const char *json)
{
    fprintf(fields, ",\"%s\":%s", key, json);
}

bool t_error(unsigned number, const char *state, const char *message)
{
    t_bool("ok", number == 0);
    /* 2000 and above are the library's own, the server did not send them. */
    if (number >= 2000 && number < 3000)
        return false;
    t_number("errno", number);
    t_string("sqlstate", number != 0 ? state : NULL);
    t_string("error", number != 0 ? message : NULL);
    return number == 0;
}

static int socket_of(MYSQL *my)
{
#if FROM_MARIADB
    return (int)mysql_get_socket(my);
#else
    return my->net.vio != NULL ? (int)my->net.fd : -1;
#endif
}

static bool address_of(int fd, char *text, size_t bytes)
{
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    char host[INET6_ADDRSTRLEN];
    if (fd < 0 || getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
        return false;
    if (sa.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&sa;
        (void)snprintf(text, bytes, "[%s]:%u", inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host),
                       ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&sa;
        (void)snprintf(text, bytes, "%s:%u", inet_ntop(AF_INET, &in->sin_addr, host, sizeof host),
                       ntohs(in->sin_port));
    }
    return true;
}

/* A connection that failed has no address left: "?1", "?2", … in the order of connecting. */
static const char *client_of(MYSQL *my)
{
    struct address *free_slot = NULL;
    for (size_t i = 0; i < HANDLES_MAX; i++) {
        if (known[i].my == my)
            return known[i].text;
        if (known[i].my == NULL && free_slot == NULL)
            free_slot = &known[i];
    }
    if (free_slot == NULL)
        die("too many handles");
    free_slot->my = my;
    if (!address_of(socket_of(my), free_slot->text, sizeof free_slot->text))
        (void)snprintf(free_slot->text, sizeof free_slot->text, "?%u", ++unknown_count);
    return free_slot->text;
}

void t_forget(MYSQL *my)
{
    for (size_t i = 0; i < HANDLES_MAX; i++)
        if (known[i].my == my)
            known[i].my = NULL;
}

void t_address(MYSQL *my)
{
    (void)client_of(my);
}

void t_close(MYSQL *my)
{
    fprintf(fields, ",\"to_ns\":%lld,\"client\":\"%s\"}", now_ns(), client_of(my));
    if (fclose(fields) != 0)
        die("truth line");
    fprintf(out, "%s\n", line);
    fflush(out);
    free(line);
}
