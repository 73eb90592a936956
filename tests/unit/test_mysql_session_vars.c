/* summary: what a digest must know of the session: sql_mode and character set from login, SET, tracking,
 * status flags */
#include "mysql_replay.h"

#define ANSI MYW_DIGEST_ANSI_QUOTES
#define ALL_ANSI (MYW_DIGEST_ANSI_QUOTES | MYW_DIGEST_IGNORE_SPACE | MYW_DIGEST_PIPES_AS_CONCAT)
#define SLASH MYW_DIGEST_NO_BACKSLASH_ESCAPES

struct last {
    struct myw_digest_mode mode;
    char db[64];
    unsigned count;
};

static void note_mode(void *priv, const struct myw_exchange *x)
{
    struct last *l = priv;
    assert_non_null(x->digest_mode);
    l->mode = *x->digest_mode;
    (void)snprintf(l->db, sizeof l->db, "%s", x->session->db);
    l->count++;
}

/* What is known at the dialogue's last command. */
static struct last last_of(const struct wire *w)
{
    struct last l = {0};
    struct myw_options options = {0};
    struct myw_sink sink = {.exchange = note_mode, .priv = &l};
    struct flow_conn conn = {.id = 1};
    struct flow_event ev = {.type = FLOW_OPEN, .conn = &conn, .ts_ns = 1};
    struct myw *m;
    assert_int_equal(myw_new(&m, &options, &sink), PP_OK);
    myw_on_event(m, &ev);
    for (size_t i = 0; i < w->count; i++) {
        ev = (struct flow_event){
            .type = FLOW_DATA, .dir = w->seg[i].dir, .conn = &conn, .ts_ns = w->seg[i].ts_ns};
        ev.data = w->bytes.data + w->seg[i].at;
        ev.data_bytes = w->seg[i].len;
        myw_on_event(m, &ev);
    }
    ev = (struct flow_event){.type = FLOW_CLOSE, .conn = &conn, .ts_ns = 9, .why = FLOW_CLOSE_FIN};
    myw_on_event(m, &ev);
    myw_free(&m);
    assert_true(l.count >= 2);
    return l;
}

static struct myw_digest_mode mode_of(const struct wire *w)
{
    return last_of(w).mode;
}

static const struct {
    const char *sql; /* "|" between statements */
    uint32_t flags;
    enum myw_digest_charset charset;
} texts[] = {
    {"select 1", 0, MYW_DIGEST_UTF8},
    {"SET NAMES gbk", 0, MYW_DIGEST_GBK},
    {"set names 'sjis' collate 'sjis_bin'", 0, MYW_DIGEST_SJIS},
    {"SET NAMES gbk|SET NAMES DEFAULT", 0, MYW_DIGEST_GBK},
    {"set character set big5", 0, MYW_DIGEST_BIG5},
    {"SET CHARSET latin1", 0, MYW_DIGEST_LATIN1},
    {"SET character_set_client = gbk, @a = 1", 0, MYW_DIGEST_GBK},
    {"SET @@session.character_set_client='cp932'", 0, MYW_DIGEST_CP932},
    {"SET sql_mode = 'ANSI_QUOTES'", ANSI, MYW_DIGEST_UTF8},
    {"SET SESSION sql_mode := \"STRICT_TRANS_TABLES,ANSI_QUOTES\"", ANSI, MYW_DIGEST_UTF8},
    {"SET sql_mode = ANSI", ALL_ANSI, MYW_DIGEST_UTF8},
    {"SET sql_mode='ANSI'|SET sql_mode=''", 0, MYW_DIGEST_UTF8},
    {"SET sql_mode='ANSI'|SET sql_mode=DEFAULT", 0, MYW_DIGEST_UTF8},
    {"SET @@sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", ANSI, MYW_DIGEST_UTF8},
    {"SET sql_mode='ANSI'|SET sql_mode=(SELECT REPLACE(@@sql_mode,'ANSI_QUOTES',''))", ALL_ANSI & ~ANSI,
     MYW_DIGEST_UTF8},
    {"SET sql_mode='ANSI'|SET sql_mode=@saved", 0, MYW_DIGEST_UTF8}, /* not known: strings stay hidden */
    {"/*!40101 SET SQL_MODE='ANSI_QUOTES' */", ANSI, MYW_DIGEST_UTF8},
    {"/*!40101 SET @OLD=@@SQL_MODE, SQL_MODE='ANSI_QUOTES' */|/*!40101 SET SQL_MODE=@OLD */", 0,
     MYW_DIGEST_UTF8},
    {"/*!999999 SET NAMES gbk */", 0, MYW_DIGEST_UTF8},
    {"/*!40101 SET NAMES gbk */", 0, MYW_DIGEST_GBK},
    {"SET sql_mode=4", ANSI, MYW_DIGEST_UTF8},
    {"SET sql_mode=262144", ALL_ANSI, MYW_DIGEST_UTF8},
    {"SET sql_mode='ANSI'|SET sql_mode=0", 0, MYW_DIGEST_UTF8},
    {"SET NAMES utf8mb4, @@SESSION.sql_mode = CONCAT(CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), "
     "',ANSI_QUOTES'), "
     "wait_timeout = 2147483",
     ANSI, MYW_DIGEST_UTF8},
    {"/* driver */ SET autocommit=1, /* x, y */ sql_mode='ANSI_QUOTES' -- end", ANSI, MYW_DIGEST_UTF8},
    {"SET GLOBAL sql_mode='ANSI'", 0, MYW_DIGEST_UTF8},
    {"SET @@global.sql_mode='ANSI'", 0, MYW_DIGEST_UTF8},
    {"SET PERSIST sql_mode='ANSI', NAMES gbk", 0, MYW_DIGEST_GBK},
    {"SET @sql_mode='ANSI'", 0, MYW_DIGEST_UTF8},
    {"SET TRANSACTION ISOLATION LEVEL READ COMMITTED", 0, MYW_DIGEST_UTF8},
    {"SET PASSWORD FOR a = 'ANSI_QUOTES'", 0, MYW_DIGEST_UTF8},
    {"SET sql_mode='ANSI_QUOTES'; SET NAMES gbk", ANSI, MYW_DIGEST_UTF8},
    {"SET", 0, MYW_DIGEST_UTF8},
    {"SET sql_mode", 0, MYW_DIGEST_UTF8},
    {"SET sql_mode = 'ANSI_QUOTES", ANSI, MYW_DIGEST_UTF8},
    {"SET NAMES", 0, MYW_DIGEST_UTF8},
};

static void set_statements(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wire w;
        char copy[512], *part = copy, *next = copy;
        wire_init(&w);
        connect_classic(&w);
        (void)snprintf(copy, sizeof copy, "%s", texts[i].sql);
        while (next != NULL) {
            next = strchr(part, '|');
            if (next != NULL)
                *next = 0;
            query(&w, part);
            ok(&w, 2);
            part = next + (next != NULL);
        }
        query(&w, "select 2");
        text_result(&w, 1, 1, 2);
        struct myw_digest_mode m = mode_of(&w);
        if (m.flags != texts[i].flags || m.charset != texts[i].charset)
            print_message("after %s: %x %d\n", texts[i].sql, m.flags, (int)m.charset);
        assert_int_equal(m.flags, texts[i].flags);
        assert_int_equal(m.charset, texts[i].charset);
        assert_int_equal(m.server_version, 80036);
        wire_fini(&w);
    }
}

/* Several statements in one command: each that succeeded counts; where one failed, nothing is believed that
 * could show a string. */
static void several(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool fails; /* the last of its three statements */
        uint32_t flags;
        const char *db;
    } cases[] = {
        {"SET sql_mode='ANSI_QUOTES'; use `b`; do 1", false, ANSI, "b"},
        {"do 1; SET sql_mode='ANSI_QUOTES'; use b -- end", false, ANSI, "b"},
        {"do 'x; use b'; /* use c */ do 2; SET @a='; set sql_mode=4'", false, 0, "a"},
        {"do 1; use b; SET sql_mode='ANSI_QUOTES'", true, 0, ""},
        {"do 1; do 2; do 3", true, 0, "a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire w;
        wire_init(&w);
        connect_classic(&w);
        query(&w, "use a");
        ok(&w, 2);
        query(&w, cases[i].sql);
        ok(&w, 0xa);
        ok(&w, 0xa);
        if (cases[i].fails)
            err(&w, 1064, "42000", "no");
        else
            ok(&w, 2);
        query(&w, "select 2");
        text_result(&w, 1, 1, 2);
        struct last l = last_of(&w);
        assert_int_equal(l.mode.flags, cases[i].flags);
        assert_string_equal(l.db, cases[i].db);
        wire_fini(&w);
    }
}

/* A body's statements are not the session's. */
static void schemas(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/* y */ use b", "b"},
        {"/*!50000 USE b */", "b"},
        {"/*!999999 USE b */", "a"},
        {"use `b``c` ;", "b`c"},
        {"use \"b\"", "b"},
        {"create procedure p() begin do 1; set sql_mode=4; end", "a"},
        {"use (b)", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire w;
        wire_init(&w);
        connect_classic(&w);
        query(&w, "use a");
        ok(&w, 2);
        query(&w, cases[i][0]);
        ok(&w, 2);
        query(&w, "select 2");
        text_result(&w, 1, 1, 2);
        struct last l = last_of(&w);
        assert_string_equal(l.db, cases[i][1]);
        assert_int_equal(l.mode.flags, 0);
        wire_fini(&w);
    }
}

static void prepared_set(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        uint32_t flags;
        enum myw_digest_charset charset;
    } cases[] = {{"SET sql_mode='ANSI_QUOTES', NAMES gbk", ANSI, MYW_DIGEST_GBK},
                 {"SET sql_mode=?", 0, MYW_DIGEST_UTF8}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire w;
        wire_init(&w);
        connect_classic(&w);
        if (i == 1) {
            query(&w, "SET sql_mode='ANSI'");
            ok(&w, 2);
        }
        prepare(&w, cases[i].sql, 1, 0, 0);
        execute_head(&w, 1, 0);
        packet(&w, C);
        ok(&w, 2);
        query(&w, "select 2");
        text_result(&w, 1, 1, 2);
        struct myw_digest_mode m = mode_of(&w);
        assert_int_equal(m.flags, cases[i].flags);
        assert_int_equal(m.charset, cases[i].charset);
        wire_fini(&w);
    }
}

/* A SET that was refused changes nothing, and no SET is read in its own new mode. */
static void only_afterwards(void **state)
{
    (void)state;
    struct wire w;
    wire_init(&w);
    connect_classic(&w);
    query(&w, "SET sql_mode='ANSI'");
    err(&w, 1231, "42000", "no");
    query(&w, "select 2");
    text_result(&w, 1, 1, 2);
    assert_int_equal(mode_of(&w).flags, 0);
    query(&w, "SET sql_mode='ANSI'");
    ok(&w, 2);
    assert_int_equal(mode_of(&w).flags, 0);
    wire_fini(&w);
}

static void status_flags(void **state)
{
    (void)state;
    struct wire w;
    wire_init(&w);
    connect_classic(&w);
    query(&w, "CALL sets_it()");
    ok(&w, 0x202);
    query(&w, "select 2");
    text_result(&w, 1, 1, 0x202);
    assert_int_equal(mode_of(&w).flags, SLASH);
    query(&w, "select 3");
    text_result(&w, 1, 1, 2);
    query(&w, "select 4");
    text_result(&w, 1, 1, 2);
    assert_int_equal(mode_of(&w).flags, 0);
    wire_fini(&w);
}

static void tracked(struct wire *w, const char *name, const char *value)
{
    size_t n = strlen(name) + strlen(value) + 2;
    u8(w, 0);
    u8(w, 0);
    u8(w, 0);
    le(w, 0x4002, 2);
    le(w, 0, 2);
    lenstr(w, "");
    lenenc(w, n + 2);
    u8(w, 0);
    lenenc(w, n);
    lenstr(w, name);
    lenstr(w, value);
    packet(w, S);
}

static void session_tracking(void **state)
{
    (void)state;
    struct wire w;
    wire_init(&w);
    connect_with(&w, W_BASE | W_DB | W_TRACK);
    query(&w, "CALL sets_it()");
    tracked(&w, "sql_mode", "STRICT_TRANS_TABLES,ANSI_QUOTES");
    query(&w, "CALL sets_it_too()");
    tracked(&w, "character_set_client", "gb18030");
    query(&w, "select 2");
    text_result(&w, 1, 1, 2);
    assert_int_equal(mode_of(&w).flags, ANSI);
    assert_int_equal(mode_of(&w).charset, MYW_DIGEST_GB18030);
    wire_fini(&w);
}

static void reset(void **state)
{
    (void)state;
    struct wire w;
    wire_init(&w);
    connect_classic(&w);
    query(&w, "SET NAMES gbk, sql_mode = 'ANSI'");
    ok(&w, 2);
    command(&w, 31);
    packet(&w, C);
    ok(&w, 2);
    query(&w, "select 2");
    text_result(&w, 1, 1, 2);
    assert_int_equal(mode_of(&w).flags, 0);
    assert_int_equal(mode_of(&w).charset, MYW_DIGEST_UTF8);
    wire_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_statements),   cmocka_unit_test(several),         cmocka_unit_test(schemas),
        cmocka_unit_test(prepared_set),     cmocka_unit_test(only_afterwards), cmocka_unit_test(status_flags),
        cmocka_unit_test(session_tracking), cmocka_unit_test(reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
