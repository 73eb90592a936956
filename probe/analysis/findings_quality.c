/* summary: findings about the recording: what was lost or could not be seen, and what that means */
#include "findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COVERAGE_TOLERANCE 0.02

static uint64_t lost_statements(const struct ana_capture *c)
{
    return c->voided_statements + c->store_drops;
}

static void data_lost(struct ana_finder *f)
{
    const struct ana_capture *c = &f->r->capture;
    if (!c->kernel_drops && !c->gaps && !c->store_drops && !c->cut_off)
        return;
    uint64_t all = c->statements + c->store_drops;
    double percent = all ? 100.0 * (double)lost_statements(c) / (double)all : 0;
    const char *remedy = c->kernel_drops  ? "Record again with a larger --buffer-mb or fewer ports."
                         : c->store_drops ? "Record again to a faster disk, or with --no-statements."
                         : c->cut_off ? "The capture was stopped in mid-packet; what came before is whole."
                                      : "Packets are missing in the capture itself: record nearer to the "
                                        "server, or without a packet-length limit.";
    ana_find_add(
        f,
        &(struct ana_find){.rule = "data_lost", .severity = ANA_PROBLEM, .class = FIND_QUALITY, .weight = 3},
        ana_find_text(f,
                      "Data was lost while recording: %" PRIu64 " of %" PRIu64
                      " statements (%.1f %%) are left out of every latency, and waits may be wrong.",
                      lost_statements(c), all, percent),
        ana_find_text(f,
                      "%" PRIu64 " packet%s dropped by the kernel, %" PRIu64 " gap%s (%" PRIu64
                      " bytes) in TCP streams, %" PRIu64 " statement%s not stored%s",
                      c->kernel_drops, ana_plural(c->kernel_drops), c->gaps, ana_plural(c->gaps),
                      c->gap_bytes, c->store_drops, ana_plural(c->store_drops),
                      c->cut_off ? ", the capture file ends inside a packet" : ""),
        ana_find_text(f, "%s", remedy));
}

static void not_ended_cleanly(struct ana_finder *f)
{
    if (f->r->capture.complete)
        return;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "not_ended_cleanly", .severity = ANA_PROBLEM, .class = FIND_QUALITY, .weight = 2},
        ana_find_text(f, "The recorder did not end cleanly (it was killed, or is still running): the last "
                         "moments and its own counters of losses are missing."),
        ana_find_text(f, "%" PRIu64 " statements are in the run", f->r->capture.statements),
        ana_find_text(f, "What was written before is whole; end a recording with Ctrl-C."));
}

static void unreadable_connections(struct ana_finder *f)
{
    const struct ana_capture *c = &f->r->capture;
    uint64_t opaque = c->tls_connections + c->compressed_connections + c->x_connections;
    if (opaque == 0)
        return;
    bool all = f->r->coverage.plain == 0;
    ana_find_add(
        f,
        &(struct ana_find){.rule = "unreadable_connections",
                           .severity = all ? ANA_PROBLEM : ANA_NOTICE,
                           .class = FIND_QUALITY,
                           .weight = 1},
        ana_find_text(f,
                      "%" PRIu64 " MySQL connection%s could not be read (%" PRIu64 " encrypted, %" PRIu64
                      " compressed, %" PRIu64 " X protocol): %s.",
                      opaque, ana_plural(opaque), c->tls_connections, c->compressed_connections,
                      c->x_connections,
                      all ? "no statement was seen at all" : "their statements are missing in every figure"),
        ana_find_text(f, "%" PRIu64 " readable connection%s", f->r->coverage.plain,
                      ana_plural(f->r->coverage.plain)),
        ana_find_text(
            f, "Turn TLS off between application and server while recording, and use the classic protocol."));
}

static void limits_reached(struct ana_finder *f)
{
    char text[ANA_COUNTERS_TEXT_MAX];
    if (ana_counters_text(text, sizeof text, &f->r->capture, ANA_LIMIT) == 0)
        return;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "limits_reached", .severity = ANA_NOTICE, .class = FIND_QUALITY, .weight = 0.4},
        ana_find_text(f,
                      "The recorder reached limits of its own: what they touch is left out, or told in less "
                      "detail."),
        ana_find_text(f, "%s", text), NULL);
}

static char *covered_text(struct ana_finder *f, bool server_has_fewer)
{
    const struct ana_coverage *c = &f->r->coverage;
    if (!server_has_fewer)
        return ana_find_text(f, "The wire shows %.1f %% of the statements that the server counted.",
                             100 * c->ratio);
    return ana_find_text(f, "The server counted %.1f %% of the statements that the wire shows.",
                         100 * (double)c->server_statements / (double)c->wire_statements);
}

static void coverage_incomplete(struct ana_finder *f)
{
    const struct ana_coverage *c = &f->r->coverage;
    double more = c->server_statements > 0 ? (double)c->server_missed / (double)c->server_statements : 0;
    if (!c->server_known || (c->ratio >= 1 - COVERAGE_TOLERANCE && more <= COVERAGE_TOLERANCE))
        return;
    ana_find_add(f,
                 &(struct ana_find){.rule = "coverage_incomplete",
                                    .severity = c->ratio < 1 && !c->why_not ? ANA_PROBLEM : ANA_NOTICE,
                                    .class = FIND_QUALITY,
                                    .weight = 0.5},
                 covered_text(f, more > 0),
                 ana_find_text(f, "%" PRIu64 " on the wire, %" PRIu64 " counted by the server",
                               c->wire_statements, c->server_statements),
                 c->ratio < 1
                     ? ana_find_text(f,
                                     "Do all clients come over the recorded interface and port? A Unix "
                                     "socket and another port are not seen.%s%s",
                                     c->why_not ? " Mind that " : "", c->why_not ? c->why_not : "")
                     : NULL);
}

static void no_requests(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    uint64_t n = 0;
    for (size_t i = 0; i < r->endpoint_count; i++)
        n += r->endpoints[i].requests + r->endpoints[i].incomplete;
    if (n > 0)
        return;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "no_requests", .severity = ANA_NOTICE, .class = FIND_QUALITY, .weight = 0.4},
        ana_find_text(f, "No HTTP request was seen, so there is no latency to explain; what is said of "
                         "statements and pools still holds."),
        ana_find_text(f, "%" PRIu64 " statements, %" PRIu64 " packets", r->capture.statements,
                      r->capture.packets),
        ana_find_text(f, "Name the application's port with --http-port, and record where its traffic is "
                         "plain HTTP."));
}

static void no_statements(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    if (r->capture.statements > 0)
        return;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "no_statements", .severity = ANA_NOTICE, .class = FIND_QUALITY, .weight = 0.3},
        ana_find_text(f, "No MySQL statement was seen, so the time at the database cannot be told from the "
                         "application's."),
        ana_find_text(f, "%zu MySQL connection%s, %" PRIu64 " packets", r->connection_count,
                      ana_plural(r->connection_count), r->capture.packets),
        ana_find_text(f, "Name the server's port with --mysql-port; an application that uses a Unix socket "
                         "has to be told to use TCP."));
}

void ana_find_quality(struct ana_finder *f)
{
    static void (*const rules[])(struct ana_finder *) = {
        data_lost,           not_ended_cleanly, unreadable_connections, limits_reached,
        coverage_incomplete, no_requests,       no_statements,
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        rules[i](f);
}
