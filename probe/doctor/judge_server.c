/* summary: doctor's judgement of a server: rights, performance_schema, ways in, clock */
#include "judge.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Servers count lengths of statements in their own clock; only the moments are compared, and those to the
 * second. */
#define CLOCK_MATTERS_NS NS_PER_S

static void judge_grants(struct doc_list *l, const struct srv_facts *f)
{
    if (f->may_read && f->may_process) {
        doc_add(l, "grants", DOC_OK, "SELECT on performance_schema and PROCESS are there");
        return;
    }
    doc_add(l, "grants", DOC_FAIL, "missing: %s%s%s", f->may_read ? "" : "SELECT ON performance_schema.*",
            !f->may_read && !f->may_process ? ", " : "", f->may_process ? "" : "PROCESS ON *.*");
    doc_remedy(
        l, "%s%s%s%s%s%s /* as an administrator; poolprobe doctor --grants prints sql/probe_grants.sql */",
        f->may_read ? "" : "GRANT SELECT ON performance_schema.* TO ", f->may_read ? "" : f->account,
        f->may_read ? "" : "; ", f->may_process ? "" : "GRANT PROCESS ON *.* TO ",
        f->may_process ? "" : f->account, f->may_process ? "" : ";");
}

static void judge_schema(struct doc_list *l, const struct srv_facts *f)
{
    if (f->performance_schema) {
        doc_add(l, "performance_schema", DOC_OK, "on, room for %" PRId64 " statement digests", f->digests);
        return;
    }
    doc_add(l, "performance_schema", DOC_WARN,
            "OFF: the server counts no statements, waits and locks; the wire is all there is");
    doc_remedy(l, "put performance_schema=ON under [mysqld] in its configuration and restart it");
}

static void judge_consumers(struct doc_list *l, const struct srv_facts *f)
{
    char names[256] = "";
    char list[320] = "";
    for (size_t i = 0; i < f->consumer_count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", f->consumers[i].name);
        used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s'%s'", i > 0 ? ", " : "", f->consumers[i].name);
    }
    if (f->consumer_count == 0) {
        doc_add(l, "consumers", DOC_OK, "those that the probe needs are on");
        return;
    }
    doc_add(l, "consumers", DOC_WARN, "off: %s", names);
    doc_remedy(l,
               "UPDATE performance_schema.setup_consumers SET ENABLED='YES' WHERE NAME IN (%s); /* until the "
               "restart; for good, under [mysqld]: performance-schema-consumer-NAME = ON, with - for _ */",
               list);
}

static void judge_instruments(struct doc_list *l, const struct srv_facts *f)
{
    bool any = false;
    for (size_t i = 0; i < f->instrument_count; i++) {
        if (f->instruments[i].off == 0)
            continue;
        any = true;
        doc_add(l, "instruments", DOC_WARN, "%" PRId64 " of %" PRId64 " of %s are off", f->instruments[i].off,
                f->instruments[i].all, f->instruments[i].pattern);
        doc_remedy(
            l,
            "UPDATE performance_schema.setup_instruments SET ENABLED='YES', TIMED='YES' WHERE NAME LIKE "
            "'%s'; /* until the restart; for good, under [mysqld]: performance-schema-instrument = '%s=ON' "
            "*/",
            f->instruments[i].pattern, f->instruments[i].pattern);
    }
    if (!any && f->instrument_count > 0)
        doc_add(l, "instruments", DOC_OK, "statements, transactions, locks and InnoDB's files are timed");
}

static void judge_sessions(struct doc_list *l, const struct srv_facts *f)
{
    int64_t all = f->tcp + f->tls + f->socket + f->other;
    int64_t hidden = f->tls + f->socket + f->other;
    if (all == 0) {
        doc_add(l, "connections", DOC_OK, "no client is connected now, so how clients come is not known");
    } else if (hidden == 0) {
        doc_add(l, "connections", DOC_OK, "%" PRId64 " clients are connected, all over plain TCP", all);
    } else {
        doc_add(l, "connections", DOC_WARN,
                "%" PRId64 " of %" PRId64 " clients (%.0f %%) cannot be read on the wire: %" PRId64
                " use TLS, %" PRId64 " a local socket, %" PRId64 " something else",
                hidden, all, 100.0 * (double)hidden / (double)all, f->tls, f->socket, f->other);
        doc_remedy(l, "while recording, let the application connect over TCP without TLS: host 127.0.0.1 "
                      "instead of localhost, ssl-mode=DISABLED (see docs/recording.md)");
    }
    if (f->only_tls) {
        doc_add(l, "connections", DOC_WARN,
                "the server takes encrypted connections only "
                "(require_secure_transport), and these cannot be read");
        doc_remedy(l, "SET GLOBAL require_secure_transport=OFF; /* while recording, on a test system */");
    }
}

static void judge_server_clock(struct doc_list *l, const struct srv_facts *f)
{
    int64_t off_ns = f->ahead_ns < 0 ? -f->ahead_ns : f->ahead_ns;
    int64_t error_ns = f->round_trip_ns / 2;
    char off[32];
    char error[32];
    clock_format_ns(off, sizeof off, off_ns);
    clock_format_ns(error, sizeof error, error_ns);
    if (off_ns <= error_ns) {
        doc_add(l, "server clock", DOC_OK, "agrees with this machine's, within %s", error);
    } else if (off_ns - error_ns < CLOCK_MATTERS_NS) {
        doc_add(l, "server clock", DOC_OK, "%s %s this machine's (within %s), too little to matter", off,
                f->ahead_ns > 0 ? "ahead of" : "behind", error);
    } else {
        doc_add(l, "server clock", DOC_WARN,
                "%s %s this machine's (within %s): moments that the server names "
                "are off by that; durations are not",
                off, f->ahead_ns > 0 ? "ahead of" : "behind", error);
        doc_remedy(l, "synchronise both clocks (chrony or systemd-timesyncd)");
    }
}

void doc_judge_server(struct doc_list *l, const struct srv_facts *f)
{
    judge_grants(l, f);
    judge_schema(l, f);
    if (f->performance_schema && f->may_read) {
        judge_consumers(l, f);
        judge_instruments(l, f);
        judge_sessions(l, f);
    }
    judge_server_clock(l, f);
}
