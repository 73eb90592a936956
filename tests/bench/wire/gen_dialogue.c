/* summary: capture generator: a MySQL 8 login, point selects as text or prepared, and a quit */
#include "gen.h"

#include <stdio.h>
#include <string.h>

/* PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, CONNECT_WITH_DB, TRANSACTIONS, DEPRECATE_EOF, … as
 * libmysqlclient. */
#define CLIENT_CAPS 0x0109a28du
#define SERVER_CAPS 0x0109f7ffu
#define ROWS 1000000u /* ids of the table */

struct text {
    uint8_t data[512];
    size_t bytes;
    size_t packet; /* where the packet under way began */
};

static void add(struct text *t, const void *data, size_t n)
{
    memcpy(t->data + t->bytes, data, n);
    t->bytes += n;
}

static void add_int(struct text *t, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        t->data[t->bytes++] = (uint8_t)(v >> 8 * i);
}

static void add_zeros(struct text *t, size_t n)
{
    memset(t->data + t->bytes, 0, n);
    t->bytes += n;
}

static void add_lenstr(struct text *t, const char *s)
{
    add_int(t, strlen(s), 1);
    add(t, s, strlen(s));
}

static void begin(struct text *t, uint8_t seq)
{
    t->packet = t->bytes;
    add_int(t, 0, 3);
    add_int(t, seq, 1);
}

static void end(struct text *t)
{
    size_t n = t->bytes - t->packet - 4;
    t->data[t->packet] = (uint8_t)n;
    t->data[t->packet + 1] = (uint8_t)(n >> 8);
}

static void send(struct gen_out *o, struct gen_conn *c, bool from_client, const struct text *t,
                 uint64_t step_ns)
{
    gen_segment(o, c, from_client, GEN_PSH | GEN_ACK, t->data, t->bytes, step_ns);
}

static void add_ok(struct text *t, uint8_t header, uint8_t seq)
{
    begin(t, seq);
    add_int(t, header, 1);
    add_zeros(t, 2);
    add_int(t, 2, 2); /* SERVER_STATUS_AUTOCOMMIT */
    add_zeros(t, 2);
    end(t);
}

static void greet(struct gen_out *o, struct gen_conn *c)
{
    struct text t = {.bytes = 0};
    begin(&t, 0);
    add_int(&t, 10, 1);
    add(&t, "8.0.36", 7);
    add_int(&t, c->number + 8, 4);
    add(&t, "12345678", 9);
    add_int(&t, SERVER_CAPS & 0xffff, 2);
    add_int(&t, 255, 1);
    add_int(&t, 2, 2);
    add_int(&t, SERVER_CAPS >> 16, 2);
    add_int(&t, 21, 1);
    add_zeros(&t, 10);
    add(&t, "abcdefghijkl", 13);
    add(&t, "caching_sha2_password", 22);
    end(&t);
    send(o, c, false, &t, 60000);
}

static void login(struct gen_out *o, struct gen_conn *c)
{
    struct text t = {.bytes = 0};
    begin(&t, 1);
    add_int(&t, CLIENT_CAPS, 4);
    add_int(&t, 16777216, 4);
    add_int(&t, 255, 1);
    add_zeros(&t, 23);
    add(&t, "sbtest", 7);
    add_int(&t, 32, 1);
    add(&t, "0123456789abcdef0123456789abcdef", 32);
    add(&t, "sbtest", 7);
    add(&t, "caching_sha2_password", 22);
    end(&t);
    send(o, c, true, &t, 50000);
    t.bytes = 0;
    begin(&t, 2);
    add(&t, "\1\3", 2); /* AuthMoreData: fast authentication succeeded */
    end(&t);
    add_ok(&t, 0, 3);
    send(o, c, false, &t, 80000);
}

static void add_definition(struct text *t, uint8_t seq)
{
    begin(t, seq);
    add_lenstr(t, "def");
    add_lenstr(t, "sbtest");
    add_lenstr(t, "sbtest1");
    add_lenstr(t, "sbtest1");
    add_lenstr(t, "c");
    add_lenstr(t, "c");
    add_int(t, 12, 1);
    add_int(t, 255, 2);
    add_int(t, 480, 4);
    add_int(t, 254, 1);
    add_int(t, 1, 2);
    add_zeros(t, 3);
    end(t);
}

static void prepare(struct gen_out *o, struct gen_conn *c)
{
    struct text t = {.bytes = 0};
    begin(&t, 0);
    add_int(&t, 0x16, 1);
    add(&t, "SELECT c FROM sbtest1 WHERE id=?", 32);
    end(&t);
    send(o, c, true, &t, 30000);
    c->stmt_id = 1;
    t.bytes = 0;
    begin(&t, 1);
    add_int(&t, 0, 1);
    add_int(&t, c->stmt_id, 4);
    add_int(&t, 1, 2); /* columns */
    add_int(&t, 1, 2); /* parameters */
    add_zeros(&t, 3);
    end(&t);
    add_definition(&t, 2);
    add_definition(&t, 3);
    send(o, c, false, &t, 70000);
}

void gen_open(struct gen_out *o, struct gen_conn *c, bool prepared)
{
    c->client_seq = gen_random(o) << 8;
    c->server_seq = gen_random(o) << 8;
    gen_segment(o, c, true, GEN_SYN, NULL, 0, 10000);
    gen_segment(o, c, false, GEN_SYN | GEN_ACK, NULL, 0, 10000);
    gen_segment(o, c, true, GEN_ACK, NULL, 0, 10000);
    greet(o, c);
    gen_segment(o, c, true, GEN_ACK, NULL, 0, 5000);
    login(o, c);
    if (prepared)
        prepare(o, c);
}

/* One column of 119 characters, as sysbench's table has it. */
static void add_row(struct text *t, uint8_t seq, bool binary, uint32_t id)
{
    char value[128];
    int n = snprintf(value, sizeof value, "%011u-%011u-%011u-%011u-%011u-%011u-%011u-%011u-%011u-%011u", id,
                     id ^ 1, id ^ 2, id ^ 3, id ^ 4, id ^ 5, id ^ 6, id ^ 7, id ^ 8, id ^ 9);
    begin(t, seq);
    if (binary)
        add_zeros(t, 2); /* header and NULL bitmap */
    add_int(t, (uint64_t)n, 1);
    add(t, value, (size_t)n);
    end(t);
}

void gen_select(struct gen_out *o, struct gen_conn *c, bool prepared)
{
    struct text t = {.bytes = 0};
    uint32_t id = gen_random(o) % ROWS + 1;
    begin(&t, 0);
    if (prepared) {
        add_int(&t, 0x17, 1);
        add_int(&t, c->stmt_id, 4);
        add_zeros(&t, 1);
        add_int(&t, 1, 4); /* iterations */
        add_zeros(&t, 1);
        add_int(&t, 1, 1); /* types follow */
        add_int(&t, 3, 2); /* MYSQL_TYPE_LONG */
        add_int(&t, id, 4);
    } else {
        char sql[64];
        int n = snprintf(sql, sizeof sql, "SELECT c FROM sbtest1 WHERE id=%u", id);
        add_int(&t, 3, 1);
        add(&t, sql, (size_t)n);
    }
    end(&t);
    send(o, c, true, &t, 5000);
    t.bytes = 0;
    begin(&t, 1);
    add_int(&t, 1, 1);
    end(&t);
    add_definition(&t, 2);
    add_row(&t, 3, prepared, id);
    add_ok(&t, 0xfe, 4);
    send(o, c, false, &t, 20000 + gen_random(o) % 100000);
}

void gen_close(struct gen_out *o, struct gen_conn *c)
{
    struct text t = {.bytes = 0};
    begin(&t, 0);
    add_int(&t, 1, 1);
    end(&t);
    send(o, c, true, &t, 5000);
    gen_segment(o, c, true, GEN_FIN | GEN_ACK, NULL, 0, 1000);
    gen_segment(o, c, false, GEN_FIN | GEN_ACK, NULL, 0, 10000);
    gen_segment(o, c, true, GEN_ACK, NULL, 0, 1000);
}
