/* summary: the probe's own end of its connection: its TCP port, so that the capture can leave it out, and its
 * address */
#include "srv_priv.h"

#include "base/obj.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int socket_of(MYSQL *db)
{
#if defined(MARIADB_PACKAGE_VERSION) || defined(LIBMARIADB)
    return (int)mysql_get_socket(db);
#else
    return (int)db->net.fd;
#endif
}

uint16_t srv_local_port(const struct srv *s)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    OBJ_CHECK(s, SRV_MAGIC);
    if (s->db == NULL || getsockname(socket_of(s->db), (struct sockaddr *)&address, &len) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

static bool address_text(const struct sockaddr_storage *a, char *dst, size_t n)
{
    if (a->ss_family == AF_INET)
        return inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr, dst, (socklen_t)n) != NULL;
    if (a->ss_family == AF_INET6)
        return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)a)->sin6_addr, dst, (socklen_t)n) != NULL;
    return false;
}

bool srv_addresses(const struct srv *s, char *local, char *remote, size_t n)
{
    struct sockaddr_storage here = {0};
    struct sockaddr_storage there = {0};
    socklen_t here_len = sizeof here;
    socklen_t there_len = sizeof there;

    OBJ_CHECK(s, SRV_MAGIC);
    return s->db != NULL && getsockname(socket_of(s->db), (struct sockaddr *)&here, &here_len) == 0 &&
           getpeername(socket_of(s->db), (struct sockaddr *)&there, &there_len) == 0 &&
           address_text(&here, local, n) && address_text(&there, remote, n);
}
