/* summary: writes a synthetic run file of N statements through the store's API, the same one every time */
#include "session.h"
#include "store.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL 20
#define LEVELS 4
#define USERS_MOST 100
#define NS_US INT64_C(1000)
#define START_NS INT64_C(1700000000000000000)
#define ROUNDS 8
#define HTTP_CONN0 1000u

static const char usage[] =
    "Usage: bench_gen_run STATEMENTS RUN.db\n"
    "       a closed load of 25, 50, 75 and 100 users on a pool of 20 connections: a third of the requests "
    "have\n"
    "       8 transactions of 10 commands with a query behind each, the others one query\n";

static const struct {
    const char *text;
    int64_t mean_us;
} kinds[] = {
    {"START TRANSACTION", 60},
    {"INSERT INTO users (username, email) VALUES (…)", 220},
    {"SELECT COUNT(*) FROM users", 240},
    {"UPDATE users SET full_name = ? WHERE id = ?", 130},
    {"COMMIT", 650},
    {"SELECT id, username FROM users ORDER BY id LIMIT ?", 900},
};

struct user {
    int64_t at_ns;
    int64_t arrival_ns;
    unsigned number;
    unsigned done; /* checkouts of the request */
    unsigned wanted;
    int conn; /* -1 while it has none */
    struct user *next_waiting;
};

struct sim {
    struct sto_writer *writer;
    uint64_t random;
    uint64_t statements, requests, txns;
    uint64_t quota; /* of statements, for this level */
    uint32_t level;
    struct user users[USERS_MOST];
    struct user *heap[USERS_MOST];
    size_t heap_count;
    struct user *first_waiting, **last_waiting;
    int free_conns[POOL];
    size_t free_count;
    uint64_t conn_statements[POOL];
    bool seen[sizeof kinds / sizeof kinds[0]];
};

static uint64_t draw(struct sim *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return s->random;
}

/* Between half and one and a half of the mean. */
static int64_t around(struct sim *s, int64_t mean_us)
{
    return mean_us * NS_US / 2 + (int64_t)(draw(s) % (uint64_t)(mean_us * NS_US));
}

static void push(struct sim *s, struct user *u, int64_t at_ns)
{
    size_t i = s->heap_count++;
    u->at_ns = at_ns;
    while (i > 0 && s->heap[(i - 1) / 2]->at_ns > at_ns) {
        s->heap[i] = s->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    s->heap[i] = u;
}

static struct user *pop(struct sim *s)
{
    struct user *top = s->heap[0];
    struct user *last = s->heap[--s->heap_count];
    size_t i = 0;
    for (size_t child = 1; child < s->heap_count; child = 2 * i + 1) {
        if (child + 1 < s->heap_count && s->heap[child + 1]->at_ns < s->heap[child]->at_ns)
            child++;
        if (s->heap[child]->at_ns >= last->at_ns)
            break;
        s->heap[i] = s->heap[child];
        i = child;
    }
    s->heap[i] = last;
    return top;
}

/* One command from `at_ns`; when it ended. */
static int64_t statement(struct sim *s, int conn, size_t kind, int64_t at_ns, uint64_t txn, bool in_txn,
                         bool ends)
{
    int64_t took_ns = around(s, kinds[kind].mean_us);
    struct ses_statement row = {.id = ++s->statements,
                                .conn_id = (uint64_t)conn + 1,
                                .digest = kind + 1,
                                .digest_text = kinds[kind].text,
                                .digest_is_new = !s->seen[kind],
                                .cmd = "QUERY",
                                .sample = "",
                                .sent_ns = at_ns,
                                .first_ns = at_ns + took_ns * 9 / 10,
                                .last_ns = at_ns + took_ns,
                                .rows = kind >= 5 ? 100 : 1,
                                .status = (uint16_t)(2u | (in_txn ? 1u : 0u)),
                                .req_bytes = 60,
                                .resp_bytes = 200,
                                .txn_id = txn,
                                .ends_txn = ends,
                                .ok = true,
                                .complete = true};
    s->seen[kind] = true;
    s->conn_statements[conn]++;
    sto_put_statement(s->writer, &row);
    return at_ns + took_ns;
}

static int64_t transaction(struct sim *s, int conn, int64_t at_ns, uint32_t *statements)
{
    static const size_t steps[] = {0, 1, 2, 3, 3, 3, 3, 3, 3, 4};
    const size_t count = sizeof steps / sizeof steps[0];
    struct ses_txn txn = {.id = ++s->txns,
                          .conn_id = (uint64_t)conn + 1,
                          .start_ns = at_ns,
                          .statements = (uint32_t)count,
                          .end = SES_TXN_COMMIT};
    int64_t now = at_ns;
    for (size_t i = 0; i < count; i++) {
        int64_t sent_ns = i == 0 ? now : now + around(s, 30);
        now = statement(s, conn, steps[i], sent_ns, txn.id, i + 1 < count, i + 1 == count);
        txn.busy_ns += now - sent_ns;
        txn.commit_ns = now - sent_ns;
    }
    txn.end_ns = now;
    sto_put_txn(s->writer, &txn);
    *statements = (uint32_t)count;
    return now;
}

/* The user's next checkout, from `at_ns`: it ends when the heap says so. */
static void take(struct sim *s, struct user *u, int conn, int64_t at_ns)
{
    struct ses_checkout row = {
        .conn_id = (uint64_t)conn + 1, .pool_id = 1, .start_ns = at_ns, .statements = 1};
    bool in_txn = u->wanted > 1 && u->done % 2 == 0;
    row.txns = in_txn;
    row.end_ns = in_txn ? transaction(s, conn, at_ns, &row.statements)
                        : statement(s, conn, u->wanted > 1 ? 2 : 5, at_ns, 0, false, false);
    sto_put_checkout(s->writer, &row);
    u->conn = conn;
    u->done++;
    push(s, u, row.end_ns);
}

static void want(struct sim *s, struct user *u)
{
    if (s->free_count > 0) {
        take(s, u, s->free_conns[--s->free_count], u->at_ns + around(s, 20));
        return;
    }
    u->next_waiting = NULL;
    *s->last_waiting = u;
    s->last_waiting = &u->next_waiting;
}

static void release(struct sim *s, struct user *u)
{
    int conn = u->conn;
    struct user *next = s->first_waiting;
    u->conn = -1;
    if (next == NULL) {
        s->free_conns[s->free_count++] = conn;
        return;
    }
    s->first_waiting = next->next_waiting;
    if (s->first_waiting == NULL)
        s->last_waiting = &s->first_waiting;
    take(s, next, conn, u->at_ns + around(s, 60));
}

static void begin_request(struct sim *s, struct user *u, int64_t at_ns)
{
    u->arrival_ns = at_ns;
    u->done = 0;
    u->wanted = draw(s) % 3 == 0 ? 2 * ROUNDS : 1;
    u->conn = -1;
    push(s, u, at_ns + around(s, 150));
}

static void end_request(struct sim *s, const struct user *u)
{
    char client[32];
    int64_t first_ns = u->at_ns + around(s, 200);
    (void)snprintf(client, sizeof client, "127.0.0.1:%u", 40000u + u->number);
    struct ses_request row = {.id = ++s->requests,
                              .conn_id = HTTP_CONN0 + u->number,
                              .client = client,
                              .server = "127.0.0.1:18080",
                              .method = u->wanted > 1 ? "POST" : "GET",
                              .route = u->wanted > 1 ? "/io-intensive" : "/users",
                              .trace_id = "",
                              .level = s->level,
                              .arrival_ns = u->arrival_ns,
                              .request_end_ns = u->arrival_ns,
                              .first_ns = first_ns,
                              .last_ns = first_ns + 20 * NS_US,
                              .status = 200,
                              .resp_body_bytes = 500,
                              .complete = true,
                              .note = ""};
    sto_put_request(s->writer, &row);
}

/* What becomes of a user whose time has come; false when it has ended with this level. */
static void step(struct sim *s, struct user *u)
{
    int64_t now = u->at_ns;
    if (u->conn < 0) {
        want(s, u);
        return;
    }
    release(s, u);
    if (u->done < u->wanted) {
        push(s, u, now + around(s, 80));
        return;
    }
    end_request(s, u);
    if (s->statements < s->quota)
        begin_request(s, u, now + around(s, 600));
}

static int64_t run_level(struct sim *s, unsigned users, int64_t start_ns)
{
    int64_t end_ns = start_ns;
    s->level++;
    for (unsigned i = 0; i < users; i++) {
        s->users[i] = (struct user){.number = i, .conn = -1};
        begin_request(s, &s->users[i], start_ns + (int64_t)i * 50 * NS_US);
    }
    while (s->heap_count > 0) {
        struct user *u = pop(s);
        end_ns = u->at_ns;
        step(s, u);
    }
    sto_put_level(s->writer, &(struct ses_level){
                                 .id = s->level, .users = users, .start_ns = start_ns, .end_ns = end_ns + 1});
    return end_ns;
}

static void put_connections(struct sim *s, int64_t close_ns)
{
    for (unsigned i = 0; i < POOL; i++) {
        char client[32];
        int64_t open_ns = START_NS - (int64_t)(POOL - i) * 2000 * NS_US;
        (void)snprintf(client, sizeof client, "127.0.0.1:%u", 30000u + i);
        struct ses_connection row = {.id = i + 1,
                                     .pool_id = 1,
                                     .client = client,
                                     .server = "127.0.0.1:3306",
                                     .user = "app",
                                     .db = "shop",
                                     .pid = "1",
                                     .program_name = "app",
                                     .client_name = "",
                                     .server_version = "9.7.0",
                                     .auth_plugin = "caching_sha2_password",
                                     .thread_id = i + 8,
                                     .open_ns = open_ns,
                                     .greeting_ns = open_ns + 300 * NS_US,
                                     .auth_ns = open_ns + 900 * NS_US,
                                     .ready_ns = open_ns + 900 * NS_US,
                                     .close_ns = close_ns,
                                     .rtt_ns = 20 * NS_US,
                                     .visibility = "plain",
                                     .close_why = close_ns == 0 ? "" : "fin",
                                     .final = close_ns != 0,
                                     .statements = s->conn_statements[i]};
        sto_put_connection(s->writer, &row);
    }
}

static void simulate(struct sim *s, uint64_t statements)
{
    int64_t now = START_NS;
    s->random = 88172645463325252u;
    s->last_waiting = &s->first_waiting;
    sto_put_pool(s->writer, &(struct ses_pool){.id = 1,
                                               .client_host = "127.0.0.1",
                                               .server = "127.0.0.1:3306",
                                               .user = "app",
                                               .db = "shop",
                                               .pid = "1",
                                               .program_name = "app"});
    put_connections(s, 0);
    for (int i = 0; i < POOL; i++)
        s->free_conns[s->free_count++] = i;
    for (unsigned i = 1; i <= LEVELS; i++) {
        s->quota = statements * i / LEVELS;
        now = run_level(s, USERS_MOST * i / LEVELS, now + 500000 * NS_US);
    }
    put_connections(s, now + 1000 * NS_US);
    sto_put_meta(s->writer, STO_META_VERSION, POOLPROBE_VERSION);
    sto_put_meta(s->writer, STO_META_SOURCE, "generated");
    sto_put_meta_int(s->writer, STO_META_START_NS, START_NS - 100000 * NS_US);
    sto_put_meta_int(s->writer, STO_META_END_NS, now + 2000 * NS_US);
    sto_put_meta_int(s->writer, STO_META_SES_STATEMENTS, (int64_t)s->statements);
    sto_put_meta_int(s->writer, STO_META_STATEMENTS_STORED, 1);
    sto_put_meta_int(s->writer, STO_META_COMPLETE, 1);
}

int main(int argc, char **argv)
{
    struct pp_err err = {PP_OK, ""};
    uint64_t statements = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
    if (statements == 0) {
        fputs(usage, stderr);
        return 2;
    }
    struct sim *s = calloc(1, sizeof *s);
    struct sto_writer_options options = {.path = argv[2], .statements = true};
    if (s == NULL || sto_writer_new(&s->writer, &options, &err) != PP_OK) {
        fprintf(stderr, "bench_gen_run: %s\n", s == NULL ? "out of memory" : err.text);
        free(s);
        return 1;
    }
    simulate(s, statements);
    printf("%" PRIu64 " statements, %" PRIu64 " requests, %" PRIu64 " transactions\n", s->statements,
           s->requests, s->txns);
    enum pp_status st = sto_writer_free(&s->writer, &err);
    if (st != PP_OK)
        fprintf(stderr, "bench_gen_run: %s\n", err.text);
    free(s);
    return st == PP_OK ? 0 : 1;
}
