/* summary: asks a MySQL server for STATEMENT_DIGEST and STATEMENT_DIGEST_TEXT of every statement of a list
 *
 * Usage: ask_server SOCKET <statements >table
 * A statement is one line, "MODE<TAB>CHARSET<TAB>HEX": the sql_mode, the connection's character set and the
 * bytes of the statement. The answer repeats it and adds "<TAB>ERRNO<TAB>DIGEST<TAB>HEX of the digest text";
 * after an error DIGEST is "-" and the text is empty. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysql.h>

struct answer {
    unsigned errnum;
    char digest[128];
    char *text_hex; /* borrowed from `row` */
    MYSQL_RES *rows;
};

struct asker {
    MYSQL *db;
    char *mode; /* as it stands on the session; NULL at first */
    char *charset;
    char *sql;
    size_t sql_room;
};

static void fail(MYSQL *db, const char *what)
{
    fprintf(stderr, "ask_server: %s: %s\n", what, db ? mysql_error(db) : "out of memory");
    exit(1);
}

static void run(MYSQL *db, const char *what, const char *value)
{
    char sql[512];

    snprintf(sql, sizeof sql, "%s '%s'", what, value);
    if (mysql_query(db, sql) != 0)
        fail(db, sql);
}

static void keep(char **slot, const char *value)
{
    free(*slot);
    *slot = strdup(value);
    if (!*slot)
        fail(NULL, "strdup");
}

/* The session takes the statement's mode and character set; the statement itself goes as a hexadecimal
 * literal, which reads the same in all of them. */
static void set_session(struct asker *a, const char *mode, const char *charset)
{
    if (!a->charset || strcmp(a->charset, charset) != 0) {
        run(a->db, "SET NAMES", charset);
        keep(&a->charset, charset);
    }
    if (!a->mode || strcmp(a->mode, mode) != 0) {
        run(a->db, "SET sql_mode =", mode);
        keep(&a->mode, mode);
    }
}

static void ask(struct asker *a, const char *charset, const char *hex, struct answer *out)
{
    size_t need = 2 * strlen(hex) + 256;
    MYSQL_ROW row;

    memset(out, 0, sizeof *out);
    if (need > a->sql_room) {
        free(a->sql);
        a->sql = malloc(need);
        a->sql_room = a->sql ? need : 0;
        if (!a->sql)
            fail(NULL, "malloc");
    }
    snprintf(a->sql, a->sql_room, "SELECT STATEMENT_DIGEST(_%s x'%s'), HEX(STATEMENT_DIGEST_TEXT(_%s x'%s'))",
             charset, hex, charset, hex);
    if (mysql_query(a->db, a->sql) == 0)
        out->rows = mysql_store_result(a->db);
    row = out->rows ? mysql_fetch_row(out->rows) : NULL;
    if (!row || !row[0]) {
        out->errnum = mysql_errno(a->db);
        if (out->errnum >= 2000 && out->errnum < 3000)
            fail(a->db, "the connection failed");
        snprintf(out->digest, sizeof out->digest, "-");
        return;
    }
    snprintf(out->digest, sizeof out->digest, "%s", row[0]);
    out->text_hex = row[1];
}

static void answer_line(struct asker *a, char *line)
{
    char *charset = strchr(line, '\t');
    char *hex = charset ? strchr(charset + 1, '\t') : NULL;
    struct answer x;

    if (!hex) {
        fprintf(stderr, "ask_server: not three columns: %.60s\n", line);
        exit(2);
    }
    *charset++ = '\0';
    *hex++ = '\0';
    set_session(a, line, charset);
    ask(a, charset, hex, &x);
    printf("%s\t%s\t%s\t%u\t%s\t%s\n", line, charset, hex, x.errnum, x.digest, x.text_hex ? x.text_hex : "");
    mysql_free_result(x.rows);
}

int main(int argc, char **argv)
{
    struct asker a = {.db = mysql_init(NULL)};
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    if (argc != 2) {
        fprintf(stderr, "Usage: ask_server SOCKET <statements >table\n");
        return 2;
    }
    if (!a.db || !mysql_real_connect(a.db, NULL, "root", "", "mysql", 0, argv[1], 0))
        fail(a.db, argv[1]);
    while ((n = getline(&line, &room, stdin)) > 0) {
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        answer_line(&a, line);
    }
    free(line);
    free(a.mode);
    free(a.charset);
    free(a.sql);
    mysql_close(a.db);
    mysql_library_end();
    return fflush(stdout) == 0 ? 0 : 1;
}
