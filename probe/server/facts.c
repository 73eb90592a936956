/* summary: what a server is and lets the probe see: rights, switches, how its clients come, its clock */
#include "srv_priv.h"

#include "base/clock.h"
#include "base/obj.h"
#include "sql_doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t number(const char *text)
{
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static bool is_on(const char *text)
{
    return text != NULL && (strcmp(text, "1") == 0 || strcasecmp(text, "ON") == 0);
}

struct clock_answer {
    struct srv_facts *facts;
    int64_t server_us;
};

static void take_server(void *priv, MYSQL_ROW row)
{
    struct clock_answer *a = priv;
    snprintf(a->facts->version, sizeof a->facts->version, "%s", row[0] != NULL ? row[0] : "");
    a->facts->performance_schema = is_on(row[1]);
    a->facts->digests = number(row[2]);
    a->facts->only_tls = is_on(row[3]);
    a->server_us = number(row[4]);
    snprintf(a->facts->account, sizeof a->facts->account, "%s", row[5] != NULL ? row[5] : "");
}

static enum pp_status ask_server(struct srv *s, struct srv_facts *out, struct pp_err *err)
{
    struct clock_answer a = {.facts = out};
    int64_t before_ns = clock_real_ns();
    int64_t start_ns = clock_mono_ns();
    enum pp_status status = srv_query(s, sql_doctor_server, 6, take_server, &a, err);
    out->round_trip_ns = clock_mono_ns() - start_ns;
    out->ahead_ns = a.server_us * 1000 - (before_ns + out->round_trip_ns / 2);
    return status;
}

static void take_nothing(void *priv, MYSQL_ROW row)
{
    (void)priv;
    (void)row;
}

/* True when the query is allowed; a refusal is an answer, anything else a failure. */
static enum pp_status ask_right(struct srv *s, const char *sql, bool *may, struct pp_err *err)
{
    enum pp_status status = srv_query(s, sql, 1, take_nothing, NULL, err);
    *may = status == PP_OK;
    return status == PP_DENIED ? PP_OK : status;
}

static void take_consumer(void *priv, MYSQL_ROW row)
{
    struct srv_facts *f = priv;
    if (row[0] != NULL && f->consumer_count < SRV_KINDS_MAX)
        snprintf(f->consumers[f->consumer_count++].name, sizeof f->consumers[0].name, "%s", row[0]);
}

static void take_instruments(void *priv, MYSQL_ROW row)
{
    struct srv_facts *f = priv;
    if (row[0] == NULL || f->instrument_count == SRV_KINDS_MAX)
        return;
    size_t i = f->instrument_count++;
    snprintf(f->instruments[i].pattern, sizeof f->instruments[0].pattern, "%s", row[0]);
    f->instruments[i].all = number(row[1]);
    f->instruments[i].off = number(row[2]);
}

static void take_connections(void *priv, MYSQL_ROW row)
{
    struct srv_facts *f = priv;
    const char *kind = row[0] != NULL ? row[0] : "";
    int64_t n = number(row[1]);
    if (strcmp(kind, "TCP/IP") == 0)
        f->tcp += n;
    else if (strcmp(kind, "SSL/TLS") == 0)
        f->tls += n;
    else if (strcmp(kind, "Socket") == 0)
        f->socket += n;
    else
        f->other += n;
}

enum pp_status srv_read_facts(struct srv *s, struct srv_facts *out, struct pp_err *err)
{
    OBJ_CHECK(s, SRV_MAGIC);
    memset(out, 0, sizeof *out);
    enum pp_status status = ask_server(s, out, err);
    if (status == PP_OK)
        status = ask_right(s, sql_doctor_may_read, &out->may_read, err);
    if (status == PP_OK)
        status = ask_right(s, sql_doctor_may_see, &out->may_process, err);
    if (status != PP_OK || !out->may_read || !out->performance_schema)
        return status;
    status = srv_query(s, sql_doctor_consumers, 1, take_consumer, out, err);
    if (status == PP_OK)
        status = srv_query(s, sql_doctor_instruments, 3, take_instruments, out, err);
    if (status == PP_OK)
        status = srv_query(s, sql_doctor_connections, 2, take_connections, out, err);
    return status;
}

const char *srv_grants_text(void)
{
    return sql_probe_grants;
}
