/* summary: the HTTP side of reftarget: one thread a client connection */
#ifndef TARGET_SERVER_H
#define TARGET_SERVER_H

#include "app.h"

struct server;

/* Binds without listening, so that a taken port is found before the pool is filled and clients are refused
 * until the server is ready. *port is the real one when options->port is 0. */
PP_MUST_CHECK enum pp_status server_bind(const struct options *options, int *fd, unsigned *port,
                                         struct pp_err *err);

/* Listens and serves; takes the socket in every case. The app must outlive the server. NULL with err. */
struct server *server_start(struct app *app, int fd, struct pp_err *err);

/* Takes no more connections, lets the requests in flight end (at most 60 s), frees. */
void server_stop(struct server **sp);

#endif
