/* summary: the server's side of a recording: its connection, its poller */
#ifndef RECORD_SERVER_H
#define RECORD_SERVER_H

#include "record_run.h"

/* Connects when --server was given. Errors of srv_open. */
PP_MUST_CHECK enum pp_status record_server_open(struct recording *r, struct pp_err *err);
/* Variables and counts into the run, and the poller begins. The capture leaves this connection out. */
PP_MUST_CHECK enum pp_status record_server_start(struct recording *r, struct pp_err *err);
/* A pipeline_digest_f: a digest that is new in the run. */
void record_server_ask(void *priv, uint64_t digest, const char *text);
/* Ends the poller; `read`: the counts once more, for the coverage. */
void record_server_stop(struct recording *r, bool read);

#endif
