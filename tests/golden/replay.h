/* summary: disturbed replays of captures: loading, one run through flow and mysql, what came out of it */
#ifndef GOLDEN_REPLAY_H
#define GOLDEN_REPLAY_H

#include "capture.h"
#include "flow.h"
#include "myw.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RP_PORTS_MAX 8

/* The segments of one connection (one 4-tuple, both directions), with their own copies of the payload. */
struct rp_conn {
    struct cap_segment *segs;
    size_t count, room;
};

struct rp_capture {
    const char *name;
    uint16_t ports[RP_PORTS_MAX];
    size_t port_count;
    struct rp_conn *conns;
    size_t conn_count, conn_room;
};

/* One exchange; texts as hashes, 0 where there is none. */
struct rp_line {
    int64_t sent_ns, first_ns, last_ns;
    uint64_t fact; /* command, outcome, counts, error, status, bytes */
    uint64_t sql, params, db, user;
    uint32_t notes;
    enum myw_cmd cmd;
    bool complete;
    bool matched; /* for the comparison */
    char head[40];
};

struct rp_run {
    struct rp_line *lines;
    size_t count, room, complete;
    struct flow_counters fc;
    struct myw_counters mc;
    const char *wrong; /* a rule that holds for every run was broken */
};

/* "golden/captures/x.pcap" into connections; false when the file is not there. Any other failure ends the
 * program. */
bool rp_load(struct rp_capture *c, const char *path);
void rp_unload(struct rp_capture *c);

/* Runs the segments through fresh stages; `out` is reused from call to call. */
void rp_run(const struct rp_capture *c, const struct cap_segment *segs, size_t count, struct rp_run *out);
void rp_run_fini(struct rp_run *out);

#endif
