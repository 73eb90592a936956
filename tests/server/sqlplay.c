/* summary: plays a script of statements on several connections and prints what each took: the client of the
 * server tests */
#include <mysql.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Lines of standard input:
 *     open NAME [tcp|tls|socket]   connects (as USER)
 *     NAME SQL                     runs it and prints one JSON line
 *     NAME& SQL                    the same in the background
 *     wait NAME                    until its background statement has ended
 *     repeat N NAME SQL [|| SQL …]  N times in turn, one JSON line for each; #K is the number of the round
 *     rows NAME SQL                runs it and prints its rows, with tabs, instead of JSON
 *     sleep MS
 *     idle N                       N connections that do nothing; those that are refused are counted
 *     change NAME USER             the same connection as another user of the same password (COM_CHANGE_USER)
 *     close NAME                   ends a connection
 * Usage: sqlplay HOST PORT SOCKET USER [DB] <SCRIPT, with the password in MYSQL_PWD */

#define MAX_CONNS 64
#define MAX_SQL 65536

struct conn {
    char name[32];
    MYSQL *db;
    pthread_t thread;
    bool running;
    char *sql;
};

static struct {
    const char *host, *socket, *user, *password, *db;
    unsigned port;
    struct conn conns[MAX_CONNS];
    size_t count;
} play;

static pthread_mutex_t out_lock = PTHREAD_MUTEX_INITIALIZER;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void put_text(const char *s)
{
    putchar('"');
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            printf("\\%c", *s);
        else if ((unsigned char)*s < 32)
            printf("\\u%04x", (unsigned)(unsigned char)*s);
        else
            putchar(*s);
    }
    putchar('"');
}

/* Runs and drains every result; the number of rows. */
static unsigned long long run(MYSQL *db, const char *sql)
{
    unsigned long long rows = 0;
    if (mysql_real_query(db, sql, (unsigned long)strlen(sql)) != 0)
        return 0;
    do {
        MYSQL_RES *r = mysql_store_result(db);
        if (r != NULL) {
            rows += mysql_num_rows(r);
            mysql_free_result(r);
        }
    } while (mysql_next_result(db) == 0);
    return rows;
}

static void report(const struct conn *c, const char *sql, double ms, unsigned long n, unsigned long long rows)
{
    pthread_mutex_lock(&out_lock);
    printf("{\"name\":\"%s\",\"thread_id\":%lu,\"sql\":", c->name, mysql_thread_id(c->db));
    put_text(sql);
    printf(",\"count\":%lu,\"ms\":%.3f,\"rows\":%llu,\"errno\":%u}\n", n, ms, rows, mysql_errno(c->db));
    fflush(stdout);
    pthread_mutex_unlock(&out_lock);
}

static MYSQL *dial(const char *how)
{
    MYSQL *db = mysql_init(NULL);
    bool by_socket = strcmp(how, "socket") == 0;
    unsigned protocol = by_socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    mysql_options(db, MYSQL_OPT_PROTOCOL, &protocol);
#if defined(MARIADB_PACKAGE_VERSION) || defined(LIBMARIADB)
    my_bool on = strcmp(how, "tls") == 0, off = 0;
    mysql_options(db, MYSQL_OPT_SSL_ENFORCE, &on);
    mysql_options(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);
#else
    unsigned mode = strcmp(how, "tls") == 0 ? SSL_MODE_REQUIRED : SSL_MODE_DISABLED;
    bool key = true;
    mysql_options(db, MYSQL_OPT_SSL_MODE, &mode);
    mysql_options(db, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &key);
#endif
    if (mysql_real_connect(db, by_socket ? "localhost" : play.host, play.user, play.password, play.db,
                           play.port, by_socket ? play.socket : NULL, CLIENT_MULTI_STATEMENTS) != NULL)
        return db;
    pthread_mutex_lock(&out_lock);
    printf("{\"name\":\"\",\"connect_errno\":%u}\n", mysql_errno(db));
    fflush(stdout);
    pthread_mutex_unlock(&out_lock);
    mysql_close(db);
    return NULL;
}

static struct conn *find(const char *name)
{
    for (size_t i = 0; i < play.count; i++)
        if (strcmp(play.conns[i].name, name) == 0 && play.conns[i].db != NULL)
            return &play.conns[i];
    return NULL;
}

static void *background(void *arg)
{
    struct conn *c = arg;
    mysql_thread_init();
    double start = now_ms();
    unsigned long long rows = run(c->db, c->sql);
    report(c, c->sql, now_ms() - start, 1, rows);
    mysql_thread_end();
    return NULL;
}

static void join(struct conn *c)
{
    if (c == NULL || !c->running)
        return;
    pthread_join(c->thread, NULL);
    free(c->sql);
    c->sql = NULL;
    c->running = false;
}

#define MAX_PARTS 8

/* SQL || SQL || …: each part is timed on its own. */
static void repeat(struct conn *c, unsigned long n, char *sql)
{
    static char text[MAX_SQL + 32];
    char *part[MAX_PARTS];
    double ms[MAX_PARTS] = {0};
    unsigned long long rows[MAX_PARTS] = {0};
    size_t parts = 0;
    for (char *at = sql; at != NULL && parts < MAX_PARTS; parts++) {
        part[parts] = at;
        at = strstr(at, " || ");
        if (at != NULL) {
            *at = '\0';
            at += 4;
        }
    }
    for (unsigned long k = 0; k < n; k++) {
        for (size_t i = 0; i < parts; i++) {
            const char *hole = strstr(part[i], "#K");
            if (hole != NULL)
                snprintf(text, sizeof text, "%.*s%lu%s", (int)(hole - part[i]), part[i], k, hole + 2);
            double start = now_ms();
            rows[i] += run(c->db, hole != NULL ? text : part[i]);
            ms[i] += now_ms() - start;
        }
    }
    for (size_t i = 0; i < parts; i++)
        report(c, part[i], ms[i], n, rows[i]);
}

static bool print_rows(char *rest)
{
    char *sql = rest + strcspn(rest, " ");
    if (*sql == '\0')
        return false;
    *sql++ = '\0';
    struct conn *c = find(rest);
    if (c == NULL || mysql_real_query(c->db, sql, (unsigned long)strlen(sql)) != 0) {
        fprintf(stderr, "sqlplay: %s\n", c == NULL ? "no such connection" : mysql_error(c->db));
        return false;
    }
    MYSQL_RES *r = mysql_store_result(c->db);
    MYSQL_ROW row;
    while (r != NULL && (row = mysql_fetch_row(r)) != NULL) {
        for (unsigned i = 0; i < mysql_num_fields(r); i++)
            printf("%s%s", i > 0 ? "\t" : "", row[i] != NULL ? row[i] : "NULL");
        putchar('\n');
    }
    mysql_free_result(r);
    fflush(stdout);
    return true;
}

static void idle(unsigned long n)
{
    unsigned long open = 0;
    for (unsigned long i = 0; i < n; i++) {
        MYSQL *db = mysql_init(NULL);
        unsigned protocol = MYSQL_PROTOCOL_TCP;
        mysql_options(db, MYSQL_OPT_PROTOCOL, &protocol);
        open += mysql_real_connect(db, play.host, play.user, play.password, NULL, play.port, NULL, 0) != NULL;
    }
    printf("{\"name\":\"idle\",\"asked\":%lu,\"open\":%lu}\n", n, open);
    fflush(stdout);
}

static bool statement(char *name, char *sql)
{
    size_t n = strlen(name);
    bool async = n > 1 && name[n - 1] == '&';
    if (async)
        name[n - 1] = '\0';
    struct conn *c = find(name);
    if (c == NULL) {
        fprintf(stderr, "sqlplay: no connection named %s\n", name);
        return false;
    }
    join(c);
    if (async) {
        c->sql = strdup(sql);
        c->running = pthread_create(&c->thread, NULL, background, c) == 0;
        return c->running;
    }
    double start = now_ms();
    unsigned long long rows = run(c->db, sql);
    report(c, sql, now_ms() - start, 1, rows);
    return true;
}

static bool open_one(const char *rest)
{
    char name[32] = "", how[16] = "tcp";
    if (sscanf(rest, "%31s %15s", name, how) < 1 || play.count == MAX_CONNS)
        return false;
    MYSQL *db = dial(how);
    if (db == NULL)
        return true; /* refused: the line said so */
    struct conn *c = &play.conns[play.count++];
    snprintf(c->name, sizeof c->name, "%s", name);
    c->db = db;
    return true;
}

static bool change_user(const char *rest)
{
    char name[32] = "", user[64] = "";
    struct conn *c = sscanf(rest, "%31s %63s", name, user) == 2 ? find(name) : NULL;
    if (c == NULL || mysql_change_user(c->db, user, play.password, play.db) != 0) {
        fprintf(stderr, "sqlplay: %s\n", c == NULL ? "no such connection" : mysql_error(c->db));
        return false;
    }
    return true;
}

static bool step(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *rest = line + strcspn(line, " ");
    if (*rest != '\0')
        *rest++ = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return true;
    if (strcmp(line, "open") == 0)
        return open_one(rest);
    if (strcmp(line, "sleep") == 0)
        return usleep((useconds_t)strtoul(rest, NULL, 10) * 1000) == 0;
    if (strcmp(line, "wait") == 0) {
        join(find(rest));
        return true;
    }
    if (strcmp(line, "rows") == 0)
        return print_rows(rest);
    if (strcmp(line, "change") == 0)
        return change_user(rest);
    if (strcmp(line, "idle") == 0) {
        idle(strtoul(rest, NULL, 10));
        return true;
    }
    if (strcmp(line, "close") == 0) {
        struct conn *c = find(rest);
        join(c);
        if (c != NULL)
            mysql_close(c->db);
        if (c != NULL)
            c->db = NULL;
        return c != NULL;
    }
    if (strcmp(line, "repeat") == 0) {
        char *name = NULL, *sql = NULL;
        unsigned long n = strtoul(rest, &name, 10);
        name += *name == ' ';
        sql = name + strcspn(name, " ");
        if (*sql == '\0')
            return false;
        *sql++ = '\0';
        struct conn *c = find(name);
        if (c != NULL)
            repeat(c, n, sql);
        return c != NULL;
    }
    return statement(line, rest);
}

int main(int argc, char **argv)
{
    static char line[MAX_SQL];
    if (argc < 5) {
        fprintf(stderr, "usage: sqlplay HOST PORT SOCKET USER [DB] <SCRIPT\n");
        return 2;
    }
    play.host = argv[1];
    play.port = (unsigned)strtoul(argv[2], NULL, 10);
    play.socket = argv[3];
    play.user = argv[4];
    play.password = getenv("MYSQL_PWD");
    play.db = argc > 5 ? argv[5] : NULL;
    mysql_library_init(0, NULL, NULL);
    bool ok = true;
    while (ok && fgets(line, sizeof line, stdin) != NULL)
        ok = step(line);
    for (size_t i = 0; i < play.count; i++) {
        join(&play.conns[i]);
        if (play.conns[i].db != NULL)
            mysql_close(play.conns[i].db);
    }
    return ok ? 0 : 1;
}
