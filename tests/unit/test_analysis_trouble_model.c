/* summary: discrete-event simulation of one trouble, told as the rows of a run file */
#include "test_analysis_trouble_model.h"

#include "test_analysis_run.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USERS 32
#define CONNS 4096
#define NEVER INT64_MAX
#define SAMPLE_US 500000
#define NS "((" RUN_T0_MS "*1000+%lld)*1000)" /* of µs */

enum step { THINKING, WORK_BEFORE, DIALLING, STATEMENT, PAUSE, COMMIT, WORK_AFTER };

struct queue {
    int free; /* of the resource */
    int list[USERS], count;
};

struct user {
    enum step step;
    int64_t at; /* NEVER: waits in a queue */
    int64_t arrival, checkout, sent, since;
    int conn, statement;
    bool has_lock, failed;
};

struct conn {
    int64_t open, ready;
    bool idle;
};

struct sim {
    const struct trouble *t;
    struct user users[USERS];
    struct conn conns[CONNS];
    int conn_count, open, level, txn;
    struct queue app, server, lock, pool, dial;
    int64_t now, next_sample, level_end, app_us, server_us, delay_us, lock_us, flush_us;
    unsigned seed;
    char *sql;
    size_t used, cap;
};

static void put(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct sim *s, const char *fmt, ...)
{
    va_list ap;
    if (s->cap - s->used < 2000) {
        s->cap = 2 * s->cap + 65536;
        s->sql = realloc(s->sql, s->cap);
        if (!s->sql)
            abort();
    }
    va_start(ap, fmt);
    s->used += (size_t)vsnprintf(s->sql + s->used, s->cap - s->used, fmt, ap);
    va_end(ap);
}

static double chance(struct sim *s)
{
    s->seed = s->seed * 1664525u + 1013904223u;
    return (double)(s->seed >> 8) / (double)(1u << 24);
}

static int64_t about_us(struct sim *s, double ms)
{
    return (int64_t)(ms * 1e3 * (0.5 + chance(s)));
}

/* True: the user has it. Else it stands in the queue. */
static bool take(struct sim *s, struct queue *q, int user)
{
    s->users[user].since = s->now;
    if (q->free > 0) {
        q->free--;
        return true;
    }
    q->list[q->count++] = user;
    s->users[user].at = NEVER;
    return false;
}

/* Who is next, -1: nobody. */
static int first_of(struct queue *q)
{
    if (q->count == 0)
        return -1;
    int user = q->list[0];
    q->count--;
    memmove(q->list, q->list + 1, (size_t)q->count * sizeof q->list[0]);
    return user;
}

static void spend(struct sim *s, int user, double ms, bool on_app)
{
    int64_t us = about_us(s, ms);
    s->users[user].at = s->now + us;
    if (on_app ? s->t->app_cpus > 0 : s->t->server_cpus > 0)
        *(on_app ? &s->app_us : &s->server_us) += us;
}

static void work(struct sim *s, int user)
{
    if (s->t->app_cpus == 0 || take(s, &s->app, user))
        spend(s, user, s->t->app_ms / 2, true);
}

static void end_work(struct sim *s)
{
    int next = s->t->app_cpus > 0 ? first_of(&s->app) : -1;
    if (next < 0) {
        s->app.free++;
        return;
    }
    s->delay_us += s->now - s->users[next].since;
    spend(s, next, s->t->app_ms / 2, true);
}

static double statement_ms(const struct sim *s, const struct user *u)
{
    return u->statement < s->t->queries ? s->t->query_ms : s->t->update_ms;
}

/* Runs where it has its lock and a CPU. */
static void run_statement(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    bool update = u->statement == s->t->queries;
    if (update && s->t->hot_row && !u->has_lock) {
        if (!take(s, &s->lock, user))
            return;
        u->has_lock = true;
    }
    if (s->t->server_cpus == 0 || take(s, &s->server, user))
        spend(s, user, statement_ms(s, u), false);
}

static void begin_statement(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    u->step = STATEMENT;
    u->sent = s->now;
    if (!s->t->txn || u->statement == 0)
        u->checkout = s->now;
    run_statement(s, user);
}

static void statement_row(struct sim *s, const struct user *u, bool commit)
{
    int digest = commit ? 9 : u->statement < s->t->queries ? 7 : 8;
    char txn[16] = "NULL";
    if (s->t->txn)
        snprintf(txn, sizeof txn, "%d", s->txn + 1 + (int)(u - s->users));
    put(s,
        "INSERT INTO statement(conn_id,digest,cmd,sent_ns,first_ns,last_ns,rows,affected_rows,warnings,errno,"
        "sqlstate,status,req_bytes,resp_bytes,txn_id,ends_txn,ok,complete,notes) VALUES(%d,%d,'QUERY'," NS
        "," NS "," NS ",0,0,0,0,'',%d,40,60,%s,%d,1,1,0);",
        u->conn + 1, digest, (long long)u->sent, (long long)s->now, (long long)s->now,
        s->t->txn && !commit ? 1 : 2, txn, commit);
}

static void end_checkout(struct sim *s, const struct user *u)
{
    put(s, "INSERT INTO checkout VALUES(%d,1," NS "," NS ",%d,%d,0);", u->conn + 1, (long long)u->checkout,
        (long long)s->now, s->t->txn ? s->t->queries + 2 : 1, s->t->txn);
}

static void acquire(struct sim *s, int user);

/* To the first who waits, unless the wake-up is lost. */
static void give_back(struct sim *s, int conn)
{
    s->conns[conn].idle = true;
    if (s->pool.count > 0 && chance(s) >= s->t->lost)
        acquire(s, first_of(&s->pool));
}

static void answer(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    put(s,
        "INSERT INTO request VALUES(NULL,%d,'10.0.0.9:%d','10.0.0.1:80','GET','/x','',%d," NS "," NS "," NS
        "," NS ",%d,0,10,1,'');",
        user + 1, 40000 + user, s->level + 1, (long long)u->arrival, (long long)u->arrival, (long long)s->now,
        (long long)s->now, u->failed ? 500 : 200);
    u->step = THINKING;
    u->failed = false;
    u->at = s->now + (s->t->think_ms > 0 ? about_us(s, s->t->think_ms) : 20);
    if (u->at >= s->level_end)
        u->at = NEVER;
}

static void start_dial(struct sim *s, int user, int conn)
{
    struct user *u = &s->users[user];
    s->dial.free = 0;
    u->step = DIALLING;
    u->conn = conn;
    s->conns[conn].open = s->now + 15;
    u->at = s->now + about_us(s, s->t->dial_ms);
}

static void connection_row(struct sim *s, int i, int error)
{
    const struct conn *c = &s->conns[i];
    put(s,
        "INSERT INTO connection "
        "VALUES(%d,%s,'10.0.0.1:%d','10.0.0.2:3306','app','shop','1','','','8','x',%d," NS "," NS "," NS
        "," NS ",%s,50000,%d,'plain','',0,9,0,-1);",
        i + 1, error ? "NULL" : "1", 20000 + i, i + 1, (long long)c->open, (long long)c->open,
        (long long)c->ready, (long long)(error ? 0 : c->ready), error ? "1700000000000000000" : "0", error);
}

static void close_connection(struct sim *s, int i)
{
    s->conns[i].idle = false;
    s->open--;
    put(s, "UPDATE connection SET close_ns=" NS ",close_why='client' WHERE id=%d;", (long long)s->now, i + 1);
}

/* Dials while somebody else may; the pool's lock is taken. */
static bool may_dial(const struct sim *s)
{
    return s->open < s->t->pool_max && s->conn_count < CONNS;
}

static void acquire(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    if (s->dial.free == 0) {
        s->dial.list[s->dial.count++] = user;
        u->at = NEVER;
        return;
    }
    for (int i = s->conn_count - 1; i >= 0; i--) {
        if (!s->conns[i].idle)
            continue;
        if (s->t->recycle_ms > 0 && (double)(s->now - s->conns[i].ready) > s->t->recycle_ms * 1e3) {
            close_connection(s, i);
            break;
        }
        s->conns[i].idle = false;
        u->conn = i;
        begin_statement(s, user);
        return;
    }
    if (may_dial(s)) {
        s->open++;
        start_dial(s, user, s->conn_count++);
    } else {
        s->pool.list[s->pool.count++] = user;
        u->at = NEVER;
    }
}

static void end_dial(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    bool refused = s->t->server_max > 0 && s->open > s->t->server_max;
    int waiting = s->dial.count, list[USERS];
    memcpy(list, s->dial.list, sizeof list);
    s->conns[u->conn].ready = s->now;
    connection_row(s, u->conn, refused ? 1040 : 0);
    s->dial.free = 1;
    s->dial.count = 0;
    if (refused) {
        s->open--;
        u->failed = true;
        answer(s, user);
    } else {
        begin_statement(s, user);
    }
    for (int i = 0; i < waiting; i++)
        acquire(s, list[i]);
}

static void end_request_work(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    int conn = u->conn;
    if (u->has_lock) {
        int next = first_of(&s->lock);
        u->has_lock = false;
        if (next >= 0) {
            s->lock_us += s->now - s->users[next].since;
            s->users[next].has_lock = true;
            run_statement(s, next);
        } else {
            s->lock.free++;
        }
    }
    u->step = WORK_AFTER;
    work(s, user);
    give_back(s, conn);
}

static void next_statement(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    if (u->statement <= s->t->queries) {
        begin_statement(s, user);
        return;
    }
    if (!s->t->txn) {
        end_request_work(s, user);
        return;
    }
    u->step = COMMIT;
    u->sent = s->now;
    int64_t us = about_us(s, s->t->commit_ms);
    s->flush_us += us;
    u->at = s->now + us;
}

static void end_statement(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    if (s->t->server_cpus > 0) {
        int next = first_of(&s->server);
        if (next >= 0)
            spend(s, next, statement_ms(s, &s->users[next]), false);
        else
            s->server.free++;
    }
    statement_row(s, u, false);
    if (!s->t->txn)
        end_checkout(s, u);
    u->statement++;
    u->step = PAUSE;
    u->at = s->now + (s->t->idle_ms > 0 ? about_us(s, s->t->idle_ms) : 30);
}

static void end_txn(struct sim *s, int user)
{
    const struct user *u = &s->users[user];
    statement_row(s, u, true);
    end_checkout(s, u);
    put(s, "INSERT INTO txn VALUES(NULL,%d," NS "," NS ",%lld,%lld,%d,0,'commit',0);", u->conn + 1,
        (long long)u->checkout, (long long)s->now, (long long)(s->now - u->checkout) * 1000,
        (long long)(s->now - u->sent) * 1000, s->t->queries + 2);
    s->txn += USERS;
    end_request_work(s, user);
}

static void turn(struct sim *s, int user)
{
    struct user *u = &s->users[user];
    switch (u->step) {
    case THINKING:
        u->arrival = s->now;
        u->statement = 0;
        u->step = WORK_BEFORE;
        work(s, user);
        break;
    case WORK_BEFORE:
        end_work(s);
        acquire(s, user);
        break;
    case DIALLING:
        end_dial(s, user);
        break;
    case STATEMENT:
        end_statement(s, user);
        break;
    case PAUSE:
        next_statement(s, user);
        break;
    case COMMIT:
        end_txn(s, user);
        break;
    case WORK_AFTER:
        end_work(s);
        answer(s, user);
        break;
    }
}

static void host_row(struct sim *s, const char *role, int64_t cpu_us, int64_t delay_us, int cpus)
{
    put(s,
        "INSERT INTO host_sample VALUES(" NS
        ",'%s',7,%lld000,%lld000,1000000,1,8,-1,-1,%d,0,-1,-1,-1,-1,-1,-1,-1);",
        (long long)s->next_sample, role, (long long)cpu_us, (long long)delay_us, cpus * 1000);
}

static void sample(struct sim *s)
{
    int64_t others_us = (int64_t)((double)s->next_sample * s->t->other_load);
    int64_t idle_us = s->next_sample / 20; /* of who has no CPUs to wait for: 5 % of one */
    long long at = s->next_sample, poll = at / SAMPLE_US + 1;
    int app_cpus = s->t->app_cpus > 0 ? s->t->app_cpus : 4;
    int server_cpus = s->t->server_cpus > 0 ? s->t->server_cpus : 4;
    host_row(s, "app", s->app_us + idle_us, s->delay_us, app_cpus);
    host_row(s, "server", s->server_us + idle_us + others_us, 0, server_cpus);
    host_row(s, "machine", s->app_us + s->server_us + 2 * idle_us + others_us, 0, 16);
    put(s, "INSERT INTO ps_poll VALUES(%lld,'status',%s," NS ",1000000,1,'');", 2 * poll,
        poll == 1 ? "0" : "1", at);
    if (poll > 1)
        put(s, "UPDATE ps_poll SET start_ns=" NS " WHERE id=%lld;", at - SAMPLE_US, 2 * poll);
    put(s, "INSERT INTO status_sample VALUES(" NS ",'Innodb_row_lock_time',%lld);", at,
        (long long)s->lock_us / 1000);
    put(s, "INSERT INTO ps_event VALUES(%lld,'wait/io/file/innodb/innodb_log_file','misc',10,%lld000,0);",
        2 * poll, (long long)s->flush_us);
    s->flush_us = 0;
    s->next_sample += SAMPLE_US;
}

static void advance(struct sim *s, int64_t until)
{
    for (;;) {
        int next = -1;
        for (int i = 0; i < USERS; i++)
            if (s->users[i].at != NEVER && (next < 0 || s->users[i].at < s->users[next].at))
                next = i;
        int64_t at = next >= 0 ? s->users[next].at : until;
        while (s->next_sample <= (at < until ? at : until))
            sample(s);
        if (next < 0 || at >= until)
            return;
        s->now = at;
        turn(s, next);
    }
}

static void level(struct sim *s, int64_t start, int level_s)
{
    s->level_end = start + level_s * INT64_C(1000000);
    put(s, "INSERT INTO level VALUES(%d,%d," NS "," NS ");", s->level + 1, s->t->users[s->level],
        (long long)start, (long long)s->level_end);
    for (int i = 0; i < s->t->users[s->level]; i++)
        s->users[i] = (struct user){.at = start + 1000 + about_us(s, s->t->app_ms)};
    advance(s, s->level_end + 2000000);
}

char *trouble_run(const struct trouble *t, int level_s, unsigned seed)
{
    struct sim *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->t = t;
    s->seed = seed;
    s->app.free = t->app_cpus;
    s->server.free = t->server_cpus;
    s->lock.free = s->dial.free = 1;
    put(s, "%s%s", RUN_META, RUN_POOL("1", "app", ""));
    put(s, "UPDATE meta SET value=''||" NS " WHERE key='end_ns';", (long long)(2 * level_s + 5) * 1000000);
    put(s,
        "INSERT INTO config VALUES('mysql','max_connections','%d',1),"
        "('mysql','innodb_flush_log_at_trx_commit','1',1),('mysql','sync_binlog','1',1);",
        t->server_max > 0 ? t->server_max : 151);
    put(s, "INSERT INTO digest VALUES(7,'SELECT `name` FROM `item` WHERE `id` = ?'),"
           "(8,'UPDATE `stock` SET `left` = `left` - ? WHERE `id` = ?'),(9,'COMMIT');");
    for (int i = 0; i < USERS; i++)
        s->users[i].at = NEVER;
    for (int i = 0; i < t->pool_min; i++) {
        s->conns[s->conn_count++] = (struct conn){.open = 1000, .ready = 2000, .idle = true};
        connection_row(s, i, 0);
        s->open++;
    }
    for (s->level = 0; s->level < 2; s->level++)
        level(s, 1000000 + s->level * (level_s + 2) * INT64_C(1000000), level_s);
    char *sql = s->sql;
    free(s);
    return sql;
}
