/* summary: what the HTTP side's files share: the server, a request on its way */
#ifndef TARGET_SERVER_PRIVATE_H
#define TARGET_SERVER_PRIVATE_H

#include "routes/routes.h"
#include "server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#define SERVER_MAGIC 0x5e72e21fu
#define EXCHANGE_MAGIC 0xe8c4a96eu

struct server {
    uint32_t magic;
    struct app *app;
    struct MHD_Daemon *daemon;
    atomic_uint_fast64_t next_id;
    pthread_mutex_t lock;
    pthread_cond_t all_done;
    size_t in_flight;
    bool has_loop; /* each client connection has a thread else */
    pthread_t loop_thread;
    bool resumed; /* by a task since HTTP was driven: without a thread of its own the library does not wake up
                   */
};

/* One request from the first call of the handler until its answer is out. */
struct exchange {
    uint32_t magic;
    struct trace trace;
    struct request request;
    route_f *route;
    struct server *server;
    struct MHD_Connection *connection;
    bool worked; /* loop mode: the answer is there */
};

/* Does the route's work: the answer is in the request, the status in the trace. */
void server_work(struct exchange *x);

/* Loop mode: suspends the client connection and lets a task do the work, which resumes it. */
enum MHD_Result server_work_in_loop(struct exchange *x);
/* Starts the one thread that drives HTTP and runs every request; false when it cannot. */
bool server_start_loop(struct server *s);
/* Ends it when every task has ended. */
void server_end_loop(struct server *s);

#endif
