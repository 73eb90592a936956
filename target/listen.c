/* summary: making the listening socket ourselves, so that a taken port is told in one clear line */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A ramp opens its connections in one burst. */
#define BACKLOG 4096

static bool parse_address(const char *text, uint16_t port, struct sockaddr_storage *out, socklen_t *len)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        *len = sizeof v4;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(out, &v6, sizeof v6);
        *len = sizeof v6;
        return true;
    }
    return false;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage a = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof a;
    if (getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        return 0;
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
    memcpy(&v6, &a, sizeof v6);
    memcpy(&v4, &a, sizeof v4);
    return ntohs(a.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

static enum pp_status bind_error(int number, const char *address, unsigned port, struct pp_err *err)
{
    if (number == EADDRINUSE)
        return pp_err_set(err, PP_IO, "port %u on %s is taken: choose another with --port", port, address);
    if (number == EACCES)
        return pp_err_set(err, PP_DENIED, "no permission for port %u: choose one above 1023 with --port",
                          port);
    return pp_err_set(err, PP_IO, "cannot serve on %s port %u: %s", address, port, strerrordesc_np(number));
}

enum pp_status listen_bind(const char *address, uint16_t wanted_port, int *fd, unsigned *port,
                           struct pp_err *err)
{
    struct sockaddr_storage a;
    socklen_t len = 0;
    int on = 1;
    *fd = -1;
    if (!parse_address(address, wanted_port, &a, &len))
        return pp_err_set(err, PP_INVALID, "--listen wants an IP address, not \"%s\"", address);
    int s = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return bind_error(errno, address, wanted_port, err);
    (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&a, len) != 0) {
        int number = errno;
        (void)close(s);
        return bind_error(number, address, wanted_port, err);
    }
    *fd = s;
    *port = port_of(s);
    return PP_OK;
}

enum pp_status listen_start(int fd, struct pp_err *err)
{
    /* two servers may have bound the same port with SO_REUSEADDR before either listened */
    return listen(fd, BACKLOG) == 0 ? PP_OK : bind_error(errno, "this address", port_of(fd), err);
}
