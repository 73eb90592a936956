/* summary: the end of a recording: counters into the run, files closed, five lines of summary */
#include "record_run.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>

static void put_count(struct sto_writer *w, const char *key, uint64_t value)
{
    sto_put_meta_int(w, key, (int64_t)value);
}

static void put_capture(struct recording *r, const struct cap_counters *c)
{
    put_count(r->writer, STO_META_CAP_PACKETS, c->packets);
    put_count(r->writer, STO_META_CAP_BYTES, c->bytes);
    put_count(r->writer, STO_META_CAP_KERNEL_DROPS, c->kernel_drops);
    put_count(r->writer, STO_META_CAP_TRUNCATED, c->truncated);
    put_count(r->writer, STO_META_CAP_FRAGMENTS, c->fragments);
    put_count(r->writer, STO_META_CAP_MALFORMED, c->malformed);
    put_count(r->writer, STO_META_CAP_UNKNOWN_LINK, c->unknown_link);
    put_count(r->writer, STO_META_CAP_CUT_OFF, c->cut_off ? 1 : 0);
    if (!r->live && c->first_ns != 0)
        sto_put_meta_int(r->writer, STO_META_START_NS, c->first_ns);
    sto_put_meta_int(r->writer, STO_META_END_NS, r->live ? clock_real_ns() : c->last_ns);
}

struct summary {
    struct cap_counters cap;
    struct pipeline_progress progress;
    struct sto_writer_counters store;
    double cpu_s;
};

static void put_end(struct recording *r, const struct summary *s, bool clean)
{
    put_capture(r, &s->cap);
    pipeline_put_counters(r->pipeline, r->writer);
    put_count(r->writer, STO_META_STORE_DROPPED_STATEMENTS, s->store.dropped_statements);
    put_count(r->writer, STO_META_STORE_DROPPED_CONNECTIONS, s->store.dropped_connections);
    sto_put_meta_int(r->writer, STO_META_SELF_CPU_NS, clock_cpu_ns() + r->sampler.cpu_ns);
    if (clean)
        sto_put_meta_int(r->writer, STO_META_COMPLETE, 1);
}

static void print_loss(const struct summary *s)
{
    if (s->cap.kernel_drops > 0)
        log_warn("%" PRIu64 " packets were dropped by the kernel: raise --buffer-mb or capture fewer ports",
                 s->cap.kernel_drops);
    if (s->cap.cut_off)
        log_warn("the capture file ends inside a packet; what came before is recorded");
    if (s->progress.gaps > 0)
        log_warn("bytes were lost in %" PRIu64 " places; %" PRIu64 " statements that they touched are voided",
                 s->progress.gaps, s->progress.voided_statements);
    if (s->store.dropped_statements > 0)
        log_warn("%" PRIu64 " statements of %" PRIu64 " connections were not stored: the disk was too slow",
                 s->store.dropped_statements, s->store.dropped_connections);
}

static void print_summary(const struct recording *r, const struct summary *s)
{
    printf("run         %s\n", r->opt.output);
    printf("captured    %" PRIu64 " packets, %.1f MB, %" PRIu64 " dropped by the kernel (%s)\n",
           s->cap.packets, (double)s->cap.bytes / 1e6, s->cap.kernel_drops, r->source);
    printf("found       %" PRIu64 " requests, %" PRIu64 " statements on %" PRIu64 " MySQL connections\n",
           s->progress.requests, s->progress.statements, s->progress.connections);
    printf("lost        %" PRIu64 " gaps, %" PRIu64 " statements voided, %" PRIu64 " encrypted connections\n",
           s->progress.gaps, s->progress.voided_statements, s->progress.tls_connections);
    printf("cost        %.2f s CPU, %.1f us a packet; next: poolprobe report %s\n", s->cpu_s,
           s->cap.packets > 0 ? s->cpu_s * 1e6 / (double)s->cap.packets : 0.0, r->opt.output);
    fflush(stdout);
}

/* Closes capture and run file; keeps the first failure. */
static enum pp_status close_files(struct recording *r, enum pp_status st, struct pp_err *err)
{
    struct pp_err other;

    enum pp_status closed = cap_free(&r->cap, st == PP_OK ? err : &other);
    if (st == PP_OK)
        st = closed;
    closed = sto_writer_free(&r->writer, st == PP_OK ? err : &other);
    if (st == PP_OK)
        st = closed;
    closed = finisher_run(&r->finisher, st == PP_OK ? err : &other);
    return st == PP_OK ? closed : st;
}

enum pp_status record_finish(struct recording *r, enum pp_status st, const char *command, struct pp_err *err)
{
    struct summary s;

    cap_get_counters(r->cap, &s.cap);
    pipeline_finish(r->pipeline, s.cap.last_ns != 0 ? s.cap.last_ns : clock_real_ns());
    pipeline_get_progress(r->pipeline, &s.progress);
    sampler_stop(&r->sampler, r->writer);
    sto_writer_get_counters(r->writer, &s.store);
    put_end(r, &s, st == PP_OK);
    child_end(&r->child);
    st = close_files(r, st, err);
    s.cpu_s = (double)(clock_cpu_ns() + r->sampler.cpu_ns) / 1e9;
    r->lossy =
        s.cap.kernel_drops > 0 || s.progress.gaps > 0 || s.cap.cut_off || s.store.dropped_statements > 0;
    print_summary(r, &s);
    print_loss(&s);
    if (st == PP_OK && command != NULL && !r->interrupted && child_result(&r->child, command, err) != PP_OK)
        return PP_IO;
    return st;
}
