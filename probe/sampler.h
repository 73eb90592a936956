/* summary: the process beside a recording that samples application, server and machine into a pipe */
#ifndef SAMPLER_H
#define SAMPLER_H

#include "base/status.h"
#include "host.h"
#include "privilege.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sto_writer;

/* A process of its own, because finding out which process holds a port takes rights that the recorder, which
 * reads what strangers send, gives up; the sampler reads nothing but /proc and /sys. */
struct sampler {
    pid_t pid; /* 0: none runs */
    int note_fd;
    int stop_fd;
    int64_t cpu_ns;             /* its own, as of its last note */
    bool seen[HOST_ROLE_COUNT]; /* a sample of the role came */
    struct host_sample last[HOST_ROLE_COUNT];
    char why_not[HOST_MACHINE][160];
};

/* It becomes the user of `privilege`, and keeps what it takes to see other users' processes. Call it before
 * any thread is started. PP_NOENT (no process app_pid), PP_IO, PP_NOMEM with err. */
PP_MUST_CHECK enum pp_status sampler_start(struct sampler *s, const struct host_watch_options *options,
                                           const struct privilege *privilege, int64_t interval_ns,
                                           struct pp_err *err);
/* Stores what came since the last call; does not wait. Limits go into the run's config whenever they change.
 */
void sampler_drain(struct sampler *s, struct sto_writer *w);
/* Takes a last sample, ends the process and stores the rest, with the reason for each role that was never
 * seen. `w` may be NULL: then nothing is stored. Does nothing when none runs. */
void sampler_stop(struct sampler *s, struct sto_writer *w);

#endif
