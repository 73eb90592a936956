/* summary: poolprobe record: the server's side: the poller's rows into the run, its notes to people */
#include "record_server.h"

#include "base/log.h"
#include "server.h"
#include "store.h"

static void on_variable(void *priv, const char *name, const char *value, int64_t ts_ns)
{
    sto_put_config(((struct recording *)priv)->writer, "mysql", name, value, ts_ns);
}

static void on_status(void *priv, const char *name, int64_t value, int64_t ts_ns)
{
    sto_put_status(((struct recording *)priv)->writer, name, value, ts_ns);
}

/* The rows of both stages have the columns of base/ps_rows.def. */
#define COPY(column) .column = row->column,
#define PS_ROW(name, NAME, order)                                                                            \
    static void put_##name(void *priv, const struct srv_##name *row)                                         \
    {                                                                                                        \
        struct sto_ps_##name copy = {PS_COLUMNS_##name(COPY, COPY, COPY)};                                   \
        sto_put_ps_##name(((struct recording *)priv)->writer, &copy);                                        \
    }
#include "base/ps_rows.def"
#undef PS_ROW

static void on_note(void *priv, const struct srv_note *row)
{
    put_note(priv, row);
    log_warn("server: %s", row->text);
}

enum pp_status record_server_open(struct recording *r, struct pp_err *err)
{
    struct srv_sink sink = {
        .variable = on_variable,
        .status = on_status,
        .priv = r,
#define PS_ROW(name, NAME, order) .name = put_##name,
#include "base/ps_rows.def"
#undef PS_ROW
    };

    sink.note = on_note;
    return r->opt.server == NULL ? PP_OK : srv_open(&r->server, r->opt.server, &sink, err);
}

/* What fails at the end as it did at the start is said once. */
static void read_counts(struct recording *r, bool first)
{
    struct pp_err err;
    bool good = srv_read_counts(r->server, &err) == PP_OK;

    if (!good && (first || r->server_counts))
        log_warn("server's statement counts: %s", err.text);
    r->server_counts = good;
}

enum pp_status record_server_start(struct recording *r, struct pp_err *err)
{
    struct pp_err why;

    if (r->server == NULL)
        return PP_OK;
    sto_put_meta(r->writer, STO_META_SERVER_VERSION, srv_version(r->server));
    if (srv_read_variables(r->server, &why) != PP_OK)
        log_warn("server variables: %s", why.text);
    read_counts(r, true);
    return srv_poller_start(&r->poller, r->server, r->opt.poll_interval, err);
}

void record_server_ask(void *priv, uint64_t digest, const char *text)
{
    struct recording *r = priv;

    if (r->poller != NULL)
        srv_poller_ask(r->poller, digest, text);
}

void record_server_stop(struct recording *r, bool read)
{
    if (r->server == NULL)
        return;
    srv_poller_stop(&r->poller);
    if (read)
        read_counts(r, false);
}
