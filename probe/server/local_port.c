/* summary: the TCP port of the probe's own end of its connection, so that the capture can leave it out */
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
