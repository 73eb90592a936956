/* summary: scenarios: commands about the session, LOCAL INFILE, procedures, killed connections */
#include "client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void ok_command(MYSQL *my, const char *cmd, int (*send)(MYSQL *))
{
    t_open(cmd);
    c_ok_fields(my, send(my));
    t_close(my);
}

static void init_db(MYSQL *my, const char *name)
{
    t_open("INIT_DB");
    t_string("sql", name);
    c_ok_fields(my, mysql_select_db(my, name));
    t_close(my);
}

static void statistics(MYSQL *my)
{
    t_open("STATISTICS");
    t_bool("ok", mysql_stat(my) != NULL);
    t_close(my);
}

static void change_user(MYSQL *my, const char *user, const char *password, const char *db)
{
    t_open("CHANGE_USER");
    int failed = mysql_change_user(my, user, password, db);
    c_ok_fields(my, failed);
    if (!failed) {
        t_string("user", user);
        t_string("db", db);
    }
    t_close(my);
}

static void set_option(MYSQL *my, enum enum_mysql_set_option option)
{
    t_open("SET_OPTION");
    c_ok_fields(my, mysql_set_server_option(my, option));
    t_close(my);
}

static int reset(MYSQL *my)
{
    return mysql_reset_connection(my);
}

void s_session(const struct place *at)
{
    MYSQL *my = c_connect_app(at);
    ok_command(my, "PING", mysql_ping);
    statistics(my);
    init_db(my, "benchmark_reftarget");
    c_query(my, "SELECT DATABASE()");
    init_db(my, "no_such_schema");
    init_db(my, "golden");
    set_option(my, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
    c_query(my, "SELECT 1; SELECT 2");
    set_option(my, MYSQL_OPTION_MULTI_STATEMENTS_ON);
    c_query(my, "SELECT 1; SELECT 2");
    c_query(my, "SET @left = 1");
    MYSQL_STMT *st = c_prepare(my, "SELECT @left");
    c_execute(my, st, "SELECT @left", NULL);
    c_stmt_close(my, &st);
    ok_command(my, "RESET_CONNECTION", reset);
    c_query(my, "SELECT @left");
    change_user(my, "plain", "plain_pass", "benchmark_reftarget");
    c_query(my, "SELECT CURRENT_USER(), DATABASE()");
    change_user(my, "app", "app_pass", NULL);
    c_query(my, "SELECT CURRENT_USER()");
    ok_command(my, "PING", mysql_ping);
    c_quit(&my);
    my = c_connect_app(at);
    change_user(my, "plain", "wrong", NULL);
    c_quit(&my); /* too late: a server ends the connection after a failed change */
}

#if FROM_MARIADB
static void field_list(MYSQL *my, const char *table, const char *wild)
{
    t_open("FIELD_LIST");
    MYSQL_RES *res = mysql_list_fields(my, table, wild);
    t_bool("ok", res != NULL);
    t_number("errno", res == NULL ? mysql_errno(my) : 0);
    t_close(my);
    mysql_free_result(res);
}

static int debug(MYSQL *my)
{
    return mysql_dump_debug_info(my);
}

static int refresh_status(MYSQL *my)
{
    return mysql_refresh(my, REFRESH_STATUS);
}

static void process_list(MYSQL *my)
{
    t_open("PROCESS_INFO");
    MYSQL_RES *res = mysql_list_processes(my);
    c_ok_fields(my, res == NULL);
    t_number("rows", res != NULL ? mysql_num_rows(res) : 0);
    t_close(my);
    mysql_free_result(res);
}

/* Commands that newer client libraries no longer send. */
void s_old_commands(const struct place *at)
{
    MYSQL *my = c_connect_app(at);
    c_query(my, "CREATE TABLE listed (a INT, b VARCHAR(10) DEFAULT 'x', c DATETIME)");
    field_list(my, "listed", NULL);
    field_list(my, "listed", "b%");
    field_list(my, "no_such_table", NULL);
    process_list(my);
    ok_command(my, "REFRESH", refresh_status);
    ok_command(my, "DEBUG", debug);
    c_query(my, "DROP TABLE listed");
    c_quit(&my);
}
#else
void s_old_commands(const struct place *at)
{
    (void)at;
    fputs("client: this library does not send them\n", stderr);
    exit(1);
}
#endif

static MYSQL *connect_infile(const struct place *at)
{
    struct login as = {.user = "app",
                       .password = "app_pass",
                       .db = "golden",
                       .flags = CLIENT_MULTI_STATEMENTS | CLIENT_LOCAL_FILES};
    MYSQL *my = c_connect(at, &as);
    if (my == NULL)
        exit(1);
    return my;
}

void s_infile(const struct place *at)
{
    MYSQL *my = connect_infile(at);
    c_query(my, "CREATE TABLE loaded (id INT, s VARCHAR(200))");
    c_queryf(my, "LOAD DATA LOCAL INFILE '%s' INTO TABLE loaded FIELDS TERMINATED BY ','", at->file);
    c_query(my, "SELECT COUNT(*), MAX(id) FROM loaded");
    c_queryf(my, "LOAD DATA LOCAL INFILE '%s' INTO TABLE no_such_table", at->file);
    c_query(my, "LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE loaded");
    if (!FROM_MARIADB) /* Connector/C 3.3 loses its place in such a response */
        c_queryf(my,
                 "SELECT 1; LOAD DATA LOCAL INFILE '%s' INTO TABLE loaded FIELDS TERMINATED BY ','; SELECT 2",
                 at->file);
    c_query(my, "DROP TABLE loaded");
    c_quit(&my);
}

void s_proc(const struct place *at)
{
    static const char call[] = "CALL halves(?, ?, ?)";
    int in = 11, out = 0, rest = 0;
    MYSQL_BIND b[3];
    MYSQL *my = c_connect_app(at);
    c_query(my,
            "CREATE PROCEDURE halves(IN a INT, OUT half INT, OUT rest INT) "
            "BEGIN SET half = a DIV 2; SET rest = a MOD 2; SELECT a UNION SELECT half; SELECT 'second'; END");
    c_query(my, "CALL halves(7, @h, @r)");
    c_query(my, "SELECT @h, @r");
    MYSQL_STMT *st = c_prepare(my, call);
    memset(b, 0, sizeof b);
    for (int i = 0; i < 3; i++) {
        b[i].buffer_type = MYSQL_TYPE_LONG;
        b[i].buffer = i == 0 ? &in : i == 1 ? &out : &rest;
    }
    mysql_stmt_bind_param(st, b);
    c_execute(my, st, call, "[11,0,0]");
    c_execute(my, st, call, "[11,0,0]");
    c_stmt_close(my, &st);
    c_query(my, "CREATE PROCEDURE fails() BEGIN SELECT 1; SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'own', "
                "MYSQL_ERRNO = 1234; END");
    c_query(my, "CALL fails()");
    c_query(my, "DROP PROCEDURE halves; DROP PROCEDURE fails");
    c_quit(&my);
}

struct killing {
    const struct place *at;
    unsigned long query_of, connection_of;
};

static void pause_ms(unsigned ms)
{
    (void)usleep(ms * 1000);
}

/* Three ways to end another connection's work; each KILL goes through a connection of its own, not captured.
 */
#define ENDLESS                                                                                              \
    "SELECT COUNT(*) FROM information_schema.collations a, information_schema.collations b, "                \
    "information_schema.collations c, information_schema.collations d, information_schema.collations e"

static void *kill_later(void *priv)
{
    const struct killing *k = priv;
    char sql[64];
    MYSQL *my = mysql_init(NULL);
    if (mysql_real_connect(my, NULL, "root", NULL, NULL, 0, k->at->file, 0) == NULL) {
        fprintf(stderr, "client: %s\n", mysql_error(my));
        exit(1);
    }
    pause_ms(200);
    (void)snprintf(sql, sizeof sql, "KILL QUERY %lu", k->query_of);
    mysql_query(my, sql);
    pause_ms(200);
    (void)snprintf(sql, sizeof sql, "KILL CONNECTION %lu", k->connection_of);
    mysql_query(my, sql);
    mysql_close(my);
    return NULL;
}

static bool lost_query(MYSQL *my, const char *sql)
{
    t_open("QUERY");
    t_string("sql", sql);
    int failed = mysql_query(my, sql);
    if (!failed)
        mysql_free_result(mysql_store_result(my));
    unsigned number = mysql_errno(my);
    t_error(number, mysql_sqlstate(my), mysql_error(my));
    if (number == 2013)
        t_string("note", "closed");
    t_close(my);
    return number != 2013;
}

/* A library sends QUIT unless it knows that the connection is gone. `unasked` says that the server may have
 * said something without being asked, so that bytes are not accounted for. */
static void quit_late(MYSQL **mp, bool known_gone)
{
    if (known_gone) {
        t_forget(*mp);
        mysql_close(*mp);
        *mp = NULL;
    } else {
        t_open("QUIT");
        t_bool("unasked", true);
        c_close(mp);
    }
}

void s_kill(const struct place *at)
{
    pthread_t thread;
    MYSQL *a = c_connect_app(at), *b = c_connect_app(at), *c = c_connect_app(at), *d = c_connect_app(at);
    struct killing k = {.at = at, .query_of = mysql_thread_id(a), .connection_of = mysql_thread_id(b)};
    if (pthread_create(&thread, NULL, kill_later, &k) != 0)
        exit(1);
    lost_query(a, ENDLESS);
    c_query(a, "SELECT 'still here'");
    bool told = lost_query(b, ENDLESS);
    (void)pthread_join(thread, NULL);
    c_query(c, "SET SESSION wait_timeout = 1");
    pause_ms(2500); /* the server ends an idle connection, MySQL with an error that nobody asked for */
    c_queryf(d, "KILL %lu", mysql_thread_id(d));
    quit_late(&b, !told);
    quit_late(&c, FROM_MARIADB); /* MariaDB resets it */
    quit_late(&d, false);
    c_quit(&a);
}
