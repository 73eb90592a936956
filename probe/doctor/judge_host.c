/* summary: doctor's judgement of this machine: capture, route, clock, limits, processes */
#include "judge.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A step that NTP's slewing cannot make in the time of a doctor's run (at most 500 ppm, adjtimex(2)). */
#define SLEW_PER_S_NS (NS_PER_MS / 2)
#define STEP_NOISE_NS (2 * NS_PER_MS)
/* The recorder, its database and its connections use about 30 descriptors. */
#define FILES_MIN 64
/* About 100 bytes a statement: 1 GiB is a quarter of an hour at 10,000 statements a second. */
#define FREE_MIN_BYTES (INT64_C(1) << 30)

void doc_judge_capture(struct doc_list *l, const struct doc_capture_facts *f)
{
    if (!f->opened) {
        doc_add(l, "capture", DOC_FAIL, "%s", f->problem);
        return;
    }
    doc_add(l, "capture", DOC_OK, "%s may be captured, with a ring of %" PRId64 " MiB", f->interface,
            f->ring_bytes >> 20);
    if (!f->tested)
        return;
    if (f->sent == 0) {
        doc_add(l, "capture test", DOC_WARN, "no message of its own could be sent over loopback: %s",
                f->problem[0] != '\0' ? f->problem : "nothing was sent");
        doc_remedy(l, "is the interface lo up? ip link set lo up");
    } else if (f->seen == 0) {
        doc_add(l, "capture test", DOC_FAIL,
                "none of its own %" PRId64 " messages over loopback was captured", f->sent);
        doc_remedy(l, "this kernel or container hides loopback traffic from captures: record on another "
                      "interface, or where the server runs");
    } else if (f->seen < f->sent || f->drops > 0) {
        doc_add(l, "capture test", DOC_WARN,
                "%" PRId64 " of its own %" PRId64 " messages over loopback were captured, %" PRId64
                " packets dropped",
                f->seen, f->sent, f->drops);
        doc_remedy(l, "raise --buffer-mb, or leave the recorder a CPU of its own");
    } else {
        doc_add(l, "capture test", DOC_OK,
                "all of its own %" PRId64
                " messages over loopback were captured; reading took %.1f us of CPU a packet",
                f->sent, f->us_per_packet);
    }
}

void doc_judge_route(struct doc_list *l, const struct doc_route_facts *f)
{
    if (f->best[0] == '\0' || strcmp(f->interface, "any") == 0)
        return;
    if (strcmp(f->best, f->interface) == 0) {
        doc_add(l, "route", DOC_OK, "what this machine sends to %s goes over %s", f->remote, f->interface);
        return;
    }
    doc_add(l, "route", DOC_WARN, "what this machine sends to %s goes over %s, not over %s", f->remote,
            f->best, f->interface);
    doc_remedy(l, "record with -i %s, or -i any; or on the machine of the application or the server",
               f->best);
}

void doc_judge_clock(struct doc_list *l, const struct doc_clock_facts *f)
{
    int64_t step_ns = f->step_ns < 0 ? -f->step_ns : f->step_ns;
    int64_t slew_ns = f->run_ns / NS_PER_S * SLEW_PER_S_NS + SLEW_PER_S_NS;
    char text[32];
    if (step_ns > STEP_NOISE_NS + slew_ns) {
        doc_add(l, "clock", DOC_WARN,
                "this machine's clock jumped by %s while doctor ran: latencies across a "
                "jump are wrong",
                clock_format_ns(text, sizeof text, step_ns));
        doc_remedy(l, "let the clock settle (chronyc waitsync), or stop what sets it, before recording");
    } else if (f->synchronised_known && !f->synchronised) {
        doc_add(l, "clock", DOC_WARN,
                "this machine's clock is not synchronised: a recording is right in itself, "
                "but its moments cannot be compared with other machines' logs");
        doc_remedy(l, "synchronise it (chrony or systemd-timesyncd); inside a container the host's counts");
    } else {
        doc_add(l, "clock", DOC_OK, "steady%s", f->synchronised_known ? " and synchronised" : "");
    }
}

void doc_judge_limits(struct doc_list *l, const struct doc_limit_facts *f)
{
    if (f->files >= 0 && f->files < FILES_MIN) {
        doc_add(l, "limits", DOC_FAIL, "only %" PRId64 " open files are allowed; a recording needs %d",
                f->files, FILES_MIN);
        doc_remedy(l, "ulimit -n 1024");
    } else if (f->files >= 0) {
        doc_add(l, "limits", DOC_OK, "%" PRId64 " open files are allowed", f->files);
    } else {
        doc_add(l, "limits", DOC_OK, "any number of open files is allowed");
    }
    if (f->memory_bytes > 0 && f->memory_bytes < 2 * f->ring_bytes) {
        doc_add(l, "memory", DOC_WARN, "%" PRId64 " MiB are available, the capture ring takes %" PRId64,
                f->memory_bytes >> 20, f->ring_bytes >> 20);
        doc_remedy(l, "make the ring smaller: --buffer-mb 16");
    }
    if (f->free_bytes >= 0 && f->free_bytes < FREE_MIN_BYTES) {
        doc_add(l, "disk", DOC_WARN,
                "%" PRId64 " MiB are free in this folder; 10,000 statements a second fill "
                "1 MiB a second",
                f->free_bytes >> 20);
        doc_remedy(l, "record to another place (-o), or with --no-statements");
    }
    if (f->cpus == 1) {
        doc_add(l, "CPUs", DOC_WARN, "one CPU for all: what the recorder uses is missing to the application");
        doc_remedy(l,
                   "see docs/performance.md for what that costs; a recording beside a free CPU costs less");
    }
    if (f->root) {
        doc_add(l, "rights", DOC_OK, "started as root: record gives root up once the capture is open");
    }
}

void doc_judge_process(struct doc_list *l, enum host_role role, const struct host_sample *sample,
                       const char *why_not, const char *process_name)
{
    static const char *const names[] = {"application", "MySQL process"};
    const char *name = names[role == HOST_SERVER];
    if (sample == NULL) {
        doc_add(l, name, DOC_WARN, "its CPU and memory cannot be sampled: %s", why_not);
        doc_remedy(l, role == HOST_APP
                          ? "start it, name its port with --http-port, or its process with --app-pid"
                          : "nothing to do where the server is on another machine; else name its "
                            "port with --mysql-port, and start poolprobe as root");
        return;
    }
    doc_add(l, name, DOC_OK,
            "%s, process %" PRId64 ", %" PRId64 " process%s, %" PRId64 " thread%s, may use %.2f CPUs",
            process_name, sample->pid, sample->processes, sample->processes == 1 ? "" : "es", sample->threads,
            sample->threads == 1 ? "" : "s", (double)sample->cpu_limit_milli / 1000);
}
