/* summary: what one recording holds; shared by record.c and record_loop.c */
#ifndef RECORD_RUN_H
#define RECORD_RUN_H

#include "base/opt.h"
#include "base/status.h"
#include "capture.h"
#include "child.h"
#include "finisher.h"
#include "pipeline.h"
#include "privilege.h"
#include "sampler.h"
#include "store.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct srv;
struct srv_poller;

struct record_options {
#define OPT OPT_AS_FIELD
#include "record_options.def"
#undef OPT
};

struct recording {
    struct record_options opt;
    struct pipeline_ports ports;
    bool live;
    char source[PATH_MAX + 8];
    char command[2048];
    char run_path[PATH_MAX]; /* absolute, once the run is open */
    int64_t start_ns;
    int signal_fd;
    struct cap *cap;
    struct pipeline *pipeline;
    struct sto_writer *writer;
    struct srv *server;
    bool server_counts;        /* the statement counts could be read */
    struct srv_poller *poller; /* has `server` while it runs */
    struct child child;
    struct sampler sampler;
    struct finisher finisher;
    struct privilege privilege;
    bool interrupted; /* by a signal */
    bool lossy;       /* set by record_finish */
};

/* Takes packets until the command ends, the time is up, a signal comes or the file ends. PP_OK, or a failure
 * of the capture or of the run file. */
PP_MUST_CHECK enum pp_status record_loop(struct recording *r, struct pp_err *err);

/* Ends every stage, writes the counters, closes the files and prints the summary. `st` is how the recording
 * went so far and `command` what ran beside it (NULL: nothing); returns the first failure. */
PP_MUST_CHECK enum pp_status record_finish(struct recording *r, enum pp_status st, const char *command,
                                           struct pp_err *err);

#endif
