/* summary: side stage: what the MySQL server says of itself: variables and statement counts */
#ifndef SERVER_H
#define SERVER_H

#include "base/status.h"

#include <stdint.h>

/* Where samples go. Texts are borrowed during the call. */
struct srv_sink {
    /* One global variable in force. */
    void (*variable)(void *priv, const char *name, const char *value, int64_t ts_ns);
    /* A counter or gauge: "statements.by_account.USER@HOST" (statements finished since the server's start, of
     * the kinds that the wire shows as one exchange each), or a status variable's name. */
    void (*status)(void *priv, const char *name, int64_t value, int64_t ts_ns);
    void *priv;
};

struct srv;

/* Connects. `uri` is mysql://user@host:port; the password comes from MYSQL_PWD or an option file ([client]),
 * never from the URI: one with a password is refused (PP_INVALID). PP_IO (unreachable), PP_DENIED (wrong
 * password, missing grants), each with the remedy. */
PP_MUST_CHECK enum pp_status srv_open(struct srv **out, const char *uri, const struct srv_sink *sink,
                                      struct pp_err *err);

/* Server's version text, borrowed until srv_free. */
const char *srv_version(const struct srv *s);
/* Thread id of the probe's own connection. */
uint64_t srv_thread_id(const struct srv *s);
/* Host and port of the URI. */
uint16_t srv_port(const struct srv *s);

/* TCP port of the probe's own end of the connection, so that a capture on this machine can leave it out; 0
 * when it is not known. */
uint16_t srv_local_port(const struct srv *s);

/* Emits all global variables. */
PP_MUST_CHECK enum pp_status srv_read_variables(struct srv *s, struct pp_err *err);
/* Emits statement counts by account (nothing, and PP_NOENT with err, when performance_schema is off) and
 * status counters: Questions, Threads_connected, Threads_running, Connections, Max_used_connections,
 * Aborted_connects. */
PP_MUST_CHECK enum pp_status srv_read_counts(struct srv *s, struct pp_err *err);

void srv_free(struct srv **sp);

#endif
