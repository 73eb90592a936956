/* summary: copying a fact with its texts into one queue item */
#include "store_priv.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TEXTS 11 /* of a connection */

/* Where the text pointers of one item stand. */
struct texts {
    const char **field[MAX_TEXTS];
    size_t bytes[MAX_TEXTS]; /* with the NUL */
    size_t count;
    size_t total;
};

static void add_bytes(struct texts *t, const char **field, size_t bytes)
{
    t->field[t->count] = field;
    t->bytes[t->count] = bytes;
    t->count++;
    t->total += bytes;
}

static void add(struct texts *t, const char **field)
{
    add_bytes(t, field, strlen(*field) + 1);
}

static void list_connection(struct texts *t, struct ses_connection *c)
{
    const char **fields[MAX_TEXTS] = {&c->client,      &c->server,       &c->user,        &c->db,
                                      &c->pid,         &c->program_name, &c->client_name, &c->server_version,
                                      &c->auth_plugin, &c->visibility,   &c->close_why};
    for (size_t i = 0; i < MAX_TEXTS; i++)
        add(t, fields[i]);
}

static void list_request(struct texts *t, struct ses_request *r)
{
    add(t, &r->client);
    add(t, &r->server);
    add(t, &r->method);
    add(t, &r->route);
    add(t, &r->trace_id);
    add(t, &r->note);
}

static void list_pool(struct texts *t, struct ses_pool *p)
{
    add(t, &p->client_host);
    add(t, &p->server);
    add(t, &p->user);
    add(t, &p->db);
    add(t, &p->pid);
    add(t, &p->program_name);
}

static void list_statement(struct texts *t, struct ses_statement *s)
{
    s->digest_text = ""; /* goes as an item of its own, */
    s->trace_id = "";    /* this too */
    add(t, &s->cmd);
    if (s->sample_bytes > 0)
        add_bytes(t, &s->sample, s->sample_bytes);
    else
        s->sample = "";
}

#define NO_TEXT(column)
#define ADD_TEXT(column) add(t, &r->column);
#define PS_ROW(name, NAME, order)                                                                            \
    static void list_ps_##name(struct texts *t, struct sto_ps_##name *r)                                     \
    {                                                                                                        \
        (void)t;                                                                                             \
        (void)r;                                                                                             \
        PS_COLUMNS_##name(NO_TEXT, NO_TEXT, ADD_TEXT)                                                        \
    }
#include "base/ps_rows.def"
#undef PS_ROW

static void list_texts(struct texts *t, struct sto_item *item)
{
    switch (item->kind) {
    case STO_POOL:
        list_pool(t, &item->u.pool);
        break;
    case STO_CONNECTION:
        list_connection(t, &item->u.connection);
        break;
    case STO_DIGEST:
        add(t, &item->u.digest.text);
        break;
    case STO_STATEMENT:
        list_statement(t, &item->u.statement);
        break;
    case STO_REQUEST:
        list_request(t, &item->u.request);
        break;
    case STO_GAP:
        add(t, &item->u.gap.protocol);
        break;
    case STO_META:
        add(t, &item->u.meta.key);
        add(t, &item->u.meta.value);
        break;
    case STO_CONFIG:
        add(t, &item->u.config.scope);
        add(t, &item->u.config.name);
        add(t, &item->u.config.value);
        break;
    case STO_STATUS:
        add(t, &item->u.status.name);
        break;
    case STO_HOST:
        add(t, &item->u.host.role);
        break;
    case STO_TRACE:
        add(t, &item->u.trace.trace_id);
        break;
    case STO_SECOND:
        add(t, &item->u.second.cmd);
        add(t, &item->u.second.hist);
        break;
#define PS_ROW(name, NAME, order)                                                                            \
    case STO_PS_##NAME:                                                                                      \
        list_ps_##name(t, &item->u.ps_##name);                                                               \
        break;
#include "base/ps_rows.def"
#undef PS_ROW
    case STO_TXN:
    case STO_CHECKOUT:
    case STO_TLS_EXCHANGE:
    case STO_LEVEL:
    case STO_REQUEST_QUEUE:
    case STO_VOID:
    case STO_KIND_COUNT:
        break;
    }
}

enum pp_status sto_item_copy(struct sto_item *to, const struct sto_item *from)
{
    to->kind = from->kind;
    to->text = NULL;
    to->text_bytes = 0;
    memcpy(&to->u, &from->u, sizeof to->u);

    struct texts t = {.count = 0};
    list_texts(&t, to);
    char *dst = to->inline_text;
    if (t.total > sizeof to->inline_text) {
        dst = malloc(t.total);
        if (dst == NULL)
            return PP_NOMEM;
        to->text = dst;
        to->text_bytes = t.total;
    }
    for (size_t i = 0; i < t.count; i++) {
        memcpy(dst, *t.field[i], t.bytes[i]);
        *t.field[i] = dst;
        dst += t.bytes[i];
    }
    return PP_OK;
}

void sto_item_clear(struct sto_item *item)
{
    free(item->text);
    item->text = NULL;
    item->text_bytes = 0;
}
