/* summary: doctor's judgements: facts in, findings out; no I/O, so that tests can make the facts up */
#ifndef DOCTOR_JUDGE_H
#define DOCTOR_JUDGE_H

#include "base/status.h"
#include "check.h"
#include "host.h"
#include "server.h"

/* The server's rights, switches, ways in and clock. */
void doc_judge_server(struct doc_list *l, const struct srv_facts *f);

struct doc_capture_facts {
    const char *interface;
    int64_t ring_bytes;
    bool opened;
    char problem[PP_ERR_MAX]; /* why not */
    bool tested;              /* a transfer of its own over loopback was captured */
    int64_t sent, seen;       /* its messages */
    int64_t drops;
    int64_t packets;
    double us_per_packet; /* CPU of reading them */
};
void doc_judge_capture(struct doc_list *l, const struct doc_capture_facts *f);

/* Whether the interface carries what goes to the server. */
struct doc_route_facts {
    const char *interface; /* that is recorded */
    char local[64], remote[64];
    char best[64]; /* the interface with that local address, "" when none was found */
};
void doc_judge_route(struct doc_list *l, const struct doc_route_facts *f);

struct doc_clock_facts {
    bool synchronised_known, synchronised;
    int64_t step_ns; /* how far CLOCK_REALTIME jumped while doctor ran */
    int64_t run_ns;  /* how long that was */
};
void doc_judge_clock(struct doc_list *l, const struct doc_clock_facts *f);

struct doc_limit_facts {
    int64_t files;                    /* RLIMIT_NOFILE; -1: no limit */
    int64_t free_bytes;               /* in the current folder; -1: not known */
    int64_t memory_bytes, ring_bytes; /* available; of the ring */
    int64_t cpus;
    bool root;
};
void doc_judge_limits(struct doc_list *l, const struct doc_limit_facts *f);

/* The processes behind the ports: `sample` is NULL when none was found and `why_not` says why. */
void doc_judge_process(struct doc_list *l, enum host_role role, const struct host_sample *sample,
                       const char *why_not, const char *process_name);

#endif
