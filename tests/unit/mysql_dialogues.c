/* summary: dialogues of the MySQL protocol, each with what the stage must make of it */
#include "mysql_dialogues.h"

static void text_queries(struct wire *w)
{
    connect_classic(w);
    query(w, "select id, name from t");
    text_result(w, 2, 3, 0x22);
    query(w, "insert into t values (1)");
    ok_with(w, 0, 1, 300, 2, 1);
    query(w, "select nothing");
    text_result(w, 1, 0, 2);
    command(w, 14);
    packet(w, C);
    ok(w, 2);
    command(w, 1);
    packet(w, C);
}

static void text_queries_no_eof(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF | W_TRACK);
    query(w, "select id, name from t");
    text_result(w, 2, 3, 0x22);
    query(w, "select nothing");
    text_result(w, 1, 0, 2);
    query(w, "update t set name = 'x'");
    ok_with(w, 0, 3, 0, 3, 0);
}

static void refused_before_greeting(struct wire *w)
{
    w->seq = 0;
    err(w, 1040, NULL, "Too many connections");
}

static void refused_host(struct wire *w)
{
    w->seq = 0;
    err(w, 1130, "HY000", "Host '10.0.0.1' is not allowed to connect");
}

static void login_refused(struct wire *w)
{
    greeting(w, "8.0.36", W_BASE, 0, "mysql_native_password");
    login(w, W_BASE, 0, "nobody", NULL);
    err(w, 1045, "28000", "Access denied");
}

static void login_attributes(struct wire *w)
{
    uint32_t caps = W_BASE | W_DB | W_ATTRS | W_LENENC | W_NOEOF;
    w->noeof = true;
    greeting(w, "8.4.0", caps, 0, "caching_sha2_password");
    login_head(w, caps, 0);
    cstr(w, "app");
    lenenc(w, 20);
    str(w, "SECRETSECRETSECRETSE");
    cstr(w, "shop");
    cstr(w, "caching_sha2_password");
    lenenc(w, 4 + 1 + 5 + 12 + 1 + 4 + 1);
    lenstr(w, "_pid");
    lenstr(w, "4711");
    lenstr(w, "program_name");
    lenstr(w, "shopd");
    packet(w, C);
    u8(w, 1); /* caching_sha2_password: fast authentication succeeded */
    u8(w, 3);
    packet(w, S);
    ok(w, 2);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

static void login_full_rsa(struct wire *w)
{
    connect_with(w, W_BASE); /* builds up to OK; the rounds below stand in a second connection's place */
    w->count = 0;
    buf_clear(&w->bytes);
    greeting(w, "8.0.36", W_BASE, 0, "caching_sha2_password");
    login(w, W_BASE, 0, "app", NULL);
    u8(w, 0xfe);
    cstr(w, "caching_sha2_password");
    str(w, "12345678901234567890");
    u8(w, 0);
    packet(w, S);
    str(w, "SECRETSECRETSECRETSECRETSECRETSE");
    packet(w, C);
    u8(w, 1);
    u8(w, 4);
    packet(w, S);
    u8(w, 2);
    packet(w, C);
    u8(w, 1);
    str(w, "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n");
    packet(w, S);
    for (unsigned i = 0; i < 40; i++)
        str(w, "SECRET");
    packet(w, C);
    ok(w, 2);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

static void login_320(struct wire *w)
{
    u8(w, 10);
    w->seq = 0;
    cstr(w, "4.0.30");
    le(w, 9, 4);
    str(w, "abcdefgh");
    u8(w, 0);
    le(w, W_DB, 2);
    packet(w, S);
    le(w, W_DB, 2);
    le(w, 0xffffff, 3);
    cstr(w, "old");
    cstr(w, "SECRETSE");
    cstr(w, "shop");
    packet(w, C);
    u8(w, 0);
    u8(w, 0);
    u8(w, 0);
    le(w, 2, 2);
    packet(w, S);
    command(w, 3);
    str(w, "select 1");
    packet(w, C);
    u8(w, 1);
    packet(w, S);
    lenstr(w, "t");
    lenstr(w, "id");
    le(w, 0x000b03, 3);
    packet(w, S);
    u8(w, 0xfe);
    packet(w, S);
    lenstr(w, "1");
    packet(w, S);
    u8(w, 0xfe);
    packet(w, S);
}

static void tls(struct wire *w)
{
    greeting(w, "8.0.36", W_BASE | W_SSL, 0, "caching_sha2_password");
    login_head(w, W_BASE | W_SSL, 0);
    packet(w, C);
    static const uint8_t hello[] = {0x16, 3, 1, 0, 4, 1, 2, 3, 4};
    wire_raw(w, C, hello, sizeof hello);
    wire_raw(w, S, hello, sizeof hello);
}

/* Stored packets, as short ones are; test_mysql_compressed packs every dialogue in earnest. */
static void stored_ping(struct wire *w)
{
    static const uint8_t ping[] = {5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 14},
                         answer[] = {11, 0, 0, 1, 0, 0, 0, 7, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0};
    wire_raw(w, C, ping, sizeof ping);
    wire_raw(w, S, answer, sizeof answer);
}

static void compressed(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_COMPRESS);
    stored_ping(w);
}

static void zstd(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_ZSTD);
    stored_ping(w);
}

/* The notice with which a MySQL 9.7 server begins, and what a client may answer. */
static void x_protocol(struct wire *w)
{
    static const uint8_t hello[] = {5, 0, 0, 0, 11, 8, 5, 26, 0},
                         start[] = {10, 0, 0, 0, 4, 10, 7, 'M', 'Y', 'S', 'Q', 'L', '4', '1'};
    wire_raw(w, S, hello, sizeof hello);
    wire_raw(w, C, start, sizeof start);
}

static void query_attributes(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF | W_QATTR);
    command(w, 3);
    lenenc(w, 3);
    lenenc(w, 1);
    u8(w, 4); /* the third is NULL */
    u8(w, 1);
    le(w, 0xfe, 2);
    lenstr(w, "traceparent");
    le(w, 0x8003, 2);
    lenstr(w, "n");
    le(w, 0x0c, 2);
    lenstr(w, "when");
    lenstr(w, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    le(w, 7, 4);
    str(w, "select 'with attributes'");
    packet(w, C);
    text_result(w, 1, 1, 2);
    query(w, "select 'none'");
    text_result(w, 1, 1, 2);
}

static void multi_results(struct wire *w)
{
    connect_classic(w);
    query(w, "select 1; insert into t values (1); select 2");
    text_result(w, 1, 1, 0x0a);
    ok_with(w, 0, 1, 5, 0x0a, 0);
    text_result(w, 1, 2, 2);
    query(w, "select 1; broken");
    text_result(w, 1, 1, 0x0a);
    err(w, 1064, "42000", "You have an error");
}

static void multi_results_no_eof(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF);
    query(w, "call p()");
    text_result(w, 1, 1, 0x0a);
    text_result(w, 2, 2, 0x0a);
    ok(w, 2);
}

static void error_in_rows(struct wire *w)
{
    connect_classic(w);
    query(w, "select sleep(9)");
    lenenc(w, 1);
    packet(w, S);
    definitions(w, 1, 2);
    lenstr(w, "0");
    packet(w, S);
    err(w, 1317, "70100", "Query execution was interrupted");
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

static void optional_metadata(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF | W_META);
    query(w, "select 1 /* full */");
    lenenc(w, 1);
    u8(w, 1);
    packet(w, S);
    definitions(w, 1, 2);
    lenstr(w, "1");
    packet(w, S);
    rows_end(w, 2);
    query(w, "select 1 /* none */");
    lenenc(w, 1);
    u8(w, 0);
    packet(w, S);
    lenstr(w, "1");
    packet(w, S);
    rows_end(w, 2);
}

static void local_infile(struct wire *w)
{
    connect_classic(w);
    query(w, "load data local infile 'f' into table t");
    u8(w, 0xfb);
    str(w, "f");
    packet(w, S);
    str(w, "1\ta\n2\tb\n");
    packet(w, C);
    wire_cut(w);
    str(w, "3\tc\n");
    packet(w, C);
    packet(w, C); /* empty: end of the file */
    ok_with(w, 0, 3, 0, 2, 0);
    query(w, "load data local infile 'g' into table t");
    u8(w, 0xfb);
    str(w, "g");
    packet(w, S);
    packet(w, C);
    err(w, 1148, "42000", "not allowed");
}

static void session_track(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_TRACK | W_NOEOF);
    query(w, "call switch_schema()");
    u8(w, 0);
    u8(w, 0);
    u8(w, 0);
    le(w, 0x4002, 2);
    le(w, 0, 2);
    lenstr(w, ""); /* info */
    lenenc(w, 9 + 2 + 5 + 2);
    u8(w, 0); /* a system variable */
    lenenc(w, 7);
    lenstr(w, "ab");
    lenstr(w, "cde");
    u8(w, 1); /* the schema */
    lenenc(w, 5);
    u8(w, 4);
    str(w, "next");
    u8(w, 2);
    u8(w, 0);
    packet(w, S);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

/* An OK whose session tracking holds a transaction's state: BEGIN, a read, COMMIT, and one that is none. */
static void txn_state(struct wire *w)
{
    static const char *const sql[] = {"begin", "do 1", "commit", "do 2"}, *const states[] = {
                                                                              "T_______", "T_R_____",
                                                                              "________", "T\033[31m__"};
    connect_with(w, W_BASE | W_DB | W_TRACK | W_NOEOF);
    for (size_t i = 0; i < 4; i++) {
        query(w, sql[i]);
        u8(w, 0);
        le(w, 0, 2);
        le(w, i < 2 ? 0x4003 : 0x4002, 2);
        le(w, 0, 2);
        lenstr(w, "");
        lenenc(w, 11 + 5);
        u8(w, 5);
        lenenc(w, 9);
        lenstr(w, states[i]);
        u8(w, 4); /* characteristics */
        lenenc(w, 3);
        lenstr(w, "ab");
        packet(w, S);
    }
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

static void schema_changes(struct wire *w)
{
    connect_classic(w);
    command(w, 2);
    str(w, "second");
    packet(w, C);
    ok(w, 2);
    query(w, " USE `thi``rd` ;");
    ok(w, 2);
    command(w, 2);
    str(w, "nowhere");
    packet(w, C);
    err(w, 1049, "42000", "Unknown database");
    query(w, "use fourth");
    ok(w, 2);
}

static void all_types(struct wire *w)
{
    connect_classic(w);
    prepare(w, "insert into t values (?,?,?,?,?,?,?,?,?,?,?,?,?)", 1, 13, 0);
    execute_head(w, 1, 0);
    le(w, 0x0002, 2); /* the second is NULL */
    u8(w, 1);
    static const uint16_t types[] = {0x01, 0x03, 0x8001, 0x02, 0x8008, 0x04,  0x05,
                                     0x0a, 0x0b, 0x0c,   0xf6, 0xfd,   0x8003};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        le(w, types[i], 2);
    u8(w, 0xff);      /* -1 */
    u8(w, 0xff);      /* 255 */
    le(w, 0x8000, 2); /* -32768 */
    le(w, UINT64_MAX, 8);
    le(w, 0x3fc00000, 4);                   /* 1.5f */
    le(w, UINT64_C(0xc004000000000000), 8); /* -2.5 */
    u8(w, 4);
    le(w, 2024, 2);
    u8(w, 2);
    u8(w, 29);
    u8(w, 8); /* -26:01:02 */
    u8(w, 1);
    le(w, 1, 4);
    u8(w, 2);
    u8(w, 1);
    u8(w, 2);
    u8(w, 11);
    le(w, 2024, 2);
    u8(w, 2);
    u8(w, 29);
    u8(w, 1);
    u8(w, 2);
    u8(w, 3);
    le(w, 4, 4);
    lenstr(w, "12.340");
    lenstr(w, "a \"text\"");
    le(w, 4000000000u, 4);
    packet(w, C);
    ok_with(w, 0, 1, 0, 2, 0);
}

static void prepared(struct wire *w)
{
    connect_classic(w);
    prepare(w, "select id from t where id = ?", 5, 1, 1);
    execute_head(w, 5, 0);
    u8(w, 0);
    u8(w, 1);
    le(w, 8, 2);
    le(w, 77, 8);
    packet(w, C);
    lenenc(w, 1);
    packet(w, S);
    definitions(w, 1, 2);
    binary_rows(w, 2);
    eof(w, 2);
    execute_head(w, 5, 0); /* types as before */
    u8(w, 0);
    u8(w, 0);
    le(w, 78, 8);
    packet(w, C);
    lenenc(w, 1);
    packet(w, S);
    definitions(w, 1, 2);
    eof(w, 2);
    command(w, 0x1a); /* RESET */
    le(w, 5, 4);
    packet(w, C);
    ok(w, 2);
    command(w, 0x19); /* CLOSE, and a query in the same segment */
    le(w, 5, 4);
    packet(w, C);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
    execute_head(w, 5, 0);
    packet(w, C);
    err(w, 1243, "HY000", "Unknown prepared statement handler");
}

static void prepared_no_eof(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF | W_QATTR);
    prepare(w, "select id from t where id = ?", 5, 1, 1);
    execute_head(w, 5, 8); /* parameter count available */
    lenenc(w, 2);
    u8(w, 0);
    u8(w, 1);
    le(w, 8, 2);
    lenstr(w, "");
    le(w, 0xfe, 2);
    lenstr(w, "traceparent");
    le(w, 77, 8);
    lenstr(w, "00-aa-bb-01");
    packet(w, C);
    lenenc(w, 1);
    packet(w, S);
    definitions(w, 1, 2);
    binary_rows(w, 1);
    rows_end(w, 2);
    prepare(w, "do 1", 6, 0, 0);
    execute_head(w, 6, 8);
    lenenc(w, 0);
    packet(w, C);
    ok(w, 2);
    command(w, 0x16);
    str(w, "broken");
    packet(w, C);
    err(w, 1064, "42000", "syntax");
}

static void cursor(struct wire *w)
{
    connect_classic(w);
    prepare(w, "select id from t", 3, 0, 1);
    execute_head(w, 3, 1);
    packet(w, C);
    lenenc(w, 1);
    packet(w, S);
    definition(w, "id");
    eof(w, 0x42); /* cursor exists: no rows now */
    command(w, 0x1c);
    le(w, 3, 4);
    le(w, 2, 4);
    packet(w, C);
    binary_rows(w, 2);
    eof(w, 0x42);
    command(w, 0x1c);
    le(w, 3, 4);
    le(w, 2, 4);
    packet(w, C);
    binary_rows(w, 1);
    eof(w, 0x82);
}

static void cursor_no_eof(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF);
    prepare(w, "select id from t", 3, 0, 1);
    execute_head(w, 3, 1);
    packet(w, C);
    lenenc(w, 1);
    packet(w, S);
    definition(w, "id");
    ok_with(w, 0xfe, 0, 0, 0x42, 0);
    command(w, 0x1c);
    le(w, 3, 4);
    le(w, 2, 4);
    packet(w, C);
    binary_rows(w, 1);
    ok_with(w, 0xfe, 0, 0, 0x82, 0);
}

static void long_data(struct wire *w)
{
    connect_classic(w);
    prepare(w, "insert into t values (?, ?)", 2, 2, 0);
    command(w, 0x18);
    le(w, 2, 4);
    le(w, 1, 2);
    str(w, "a long text");
    packet(w, C);
    execute_head(w, 2, 0);
    u8(w, 0);
    u8(w, 1);
    le(w, 3, 2);
    le(w, 0xfc, 2);
    le(w, 9, 4);
    packet(w, C);
    ok_with(w, 0, 1, 0, 2, 0);
    execute_head(w, 2, 0);
    u8(w, 0);
    u8(w, 0);
    le(w, 10, 4);
    lenstr(w, "short");
    packet(w, C);
    ok_with(w, 0, 1, 0, 2, 0);
}

static void change_user(struct wire *w)
{
    connect_classic(w);
    prepare(w, "select 1", 1, 0, 0);
    command(w, 17);
    cstr(w, "other");
    u8(w, 20);
    str(w, "SECRETSECRETSECRETSE");
    cstr(w, "elsewhere");
    le(w, 0x21, 2);
    cstr(w, "mysql_native_password");
    packet(w, C);
    u8(w, 0xfe);
    cstr(w, "caching_sha2_password");
    str(w, "12345678901234567890");
    u8(w, 0);
    packet(w, S);
    str(w, "SECRETSECRETSECRETSECRETSECRETSE");
    packet(w, C);
    u8(w, 1);
    u8(w, 3);
    packet(w, S);
    ok(w, 2);
    execute_head(w, 1, 0); /* forgotten by the change */
    packet(w, C);
    err(w, 1243, "HY000", "Unknown prepared statement handler");
    command(w, 31);
    packet(w, C);
    ok(w, 2);
    command(w, 17);
    cstr(w, "third");
    u8(w, 0);
    cstr(w, "");
    packet(w, C);
    err(w, 1045, "28000", "Access denied");
}

static void plain_commands(struct wire *w)
{
    connect_classic(w);
    command(w, 4); /* FIELD_LIST */
    cstr(w, "t");
    packet(w, C);
    definition(w, "id");
    definition(w, "name");
    eof(w, 2);
    command(w, 9); /* STATISTICS */
    packet(w, C);
    str(w, "Uptime: 5  Threads: 1");
    packet(w, S);
    command(w, 27); /* SET_OPTION */
    le(w, 0, 2);
    packet(w, C);
    eof(w, 2);
    command(w, 10); /* PROCESS_INFO */
    packet(w, C);
    text_result(w, 2, 2, 2);
    command(w, 11); /* not a command for clients */
    packet(w, C);
    err(w, 1047, "08S01", "Unknown command");
    command(w, 13); /* DEBUG */
    packet(w, C);
    eof(w, 2);
}

static void binlog(struct wire *w)
{
    connect_classic(w);
    command(w, 21);
    str(w, "replica");
    packet(w, C);
    ok(w, 2);
    command(w, 18);
    str(w, "pos");
    packet(w, C);
    for (unsigned i = 0; i < 5; i++) {
        u8(w, 0);
        str(w, "an event");
        packet(w, S);
        wire_cut(w);
    }
}

static void binlog_refused(struct wire *w)
{
    connect_classic(w);
    command(w, 18);
    str(w, "pos");
    packet(w, C);
    err(w, 1236, "HY000", "Could not find first log file");
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

static void unsolicited(struct wire *w)
{
    connect_classic(w);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
    w->seq = 0;
    err(w, 4031, "HY000", "disconnected because of inactivity");
}

/* The server gives an idle connection up while a command is on its way: the error is not its answer, also
 * where a proxy numbers it like one. */
static void crossed_error(struct wire *w)
{
    connect_classic(w);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
    query(w, "select 2");
    w->seq = 1;
    err(w, 1927, "70100", "Connection killed by the proxy: timed out");
    wire_crossed(w);
}

static void crossed_ping(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF);
    command(w, 14);
    packet(w, C);
    w->seq = 0;
    err(w, 4031, "HY000", "The client was disconnected by the server because of inactivity.");
    wire_crossed(w);
}

/* After a reset the ids may begin again, which shows only when it has been answered. */
static void pipelined_reset(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF);
    prepare(w, "select 'before'", 1, 0, 1);
    command(w, 31);
    packet(w, C);
    command(w, 0x16);
    str(w, "delete from after");
    packet(w, C);
    execute_head(w, 1, 0);
    packet(w, C);
    w->seq = 1;
    ok(w, 2);
    w->seq = 1;
    u8(w, 0);
    le(w, 1, 4);
    le(w, 0, 5);
    le(w, 0, 2);
    packet(w, S);
    w->seq = 1;
    ok_with(w, 0, 3, 0, 2, 0);
}

/* The statement is closed while its execution is under way. */
static void pipelined_close(struct wire *w)
{
    connect_classic(w);
    prepare(w, "delete from a", 5, 0, 0);
    prepare(w, "delete from b", 6, 0, 0);
    execute_head(w, 5, 0);
    packet(w, C);
    command(w, 0x19);
    le(w, 5, 4);
    packet(w, C);
    execute_head(w, 6, 0);
    packet(w, C);
    command(w, 0x19);
    le(w, 6, 4);
    packet(w, C);
    execute_head(w, 5, 0);
    packet(w, C);
    w->seq = 1;
    ok_with(w, 0, 1, 0, 2, 0);
    w->seq = 1;
    ok_with(w, 0, 2, 0, 2, 0);
    w->seq = 1;
    err(w, 1243, "HY000", "Unknown prepared statement handler");
}

/* AuthMoreData, then the next factor ("AuthNextFactor"), twice. */
static void login_factors(struct wire *w)
{
    greeting(w, "8.0.36", W_BASE | W_DB, 0, "caching_sha2_password");
    login(w, W_BASE | W_DB, 0, "app", "shop");
    u8(w, 1);
    u8(w, 3);
    packet(w, S);
    for (unsigned i = 0; i < 2; i++) {
        u8(w, 2);
        cstr(w, "authentication_ldap_sasl_client");
        str(w, "challenge");
        packet(w, S);
        str(w, "SECRETSECRET");
        packet(w, C);
        u8(w, 1);
        str(w, "more");
        packet(w, S);
        str(w, "SECRETSECRET");
        packet(w, C);
    }
    ok(w, 2);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

/* MariaDB: the server's plugin is another than the one guessed. */
static void login_ed25519(struct wire *w)
{
    uint32_t caps = (W_BASE | W_DB | W_NOEOF) & ~W_MYSQL;
    w->noeof = true;
    greeting(w, "5.5.5-10.11.6-MariaDB", caps, 0, "mysql_native_password");
    login(w, caps, 0, "app", "shop");
    u8(w, 0xfe);
    cstr(w, "client_ed25519");
    str(w, "12345678901234567890123456789012");
    packet(w, S);
    for (unsigned i = 0; i < 8; i++)
        str(w, "SECRETSE");
    packet(w, C);
    ok(w, 2);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

/* A proxy's header, and no room at the server behind it. */
static void proxy_refused(struct wire *w)
{
    static const char v1[] = "PROXY UNKNOWN\r\n";
    wire_raw(w, C, v1, sizeof v1 - 1);
    w->seq = 0;
    err(w, 1129, "HY000", "Host 'proxy' is blocked because of many connection errors");
}

/* The server refuses what it read of a file; the one of a later statement is not taken at all. */
static void infile_errors(struct wire *w)
{
    connect_classic(w);
    query(w, "select 1; load data local infile 'f' into table t");
    text_result(w, 1, 1, 0x0a);
    u8(w, 0xfb);
    str(w, "f");
    packet(w, S);
    str(w, "1\ta\n");
    packet(w, C);
    packet(w, C);
    err(w, 1062, "23000", "Duplicate entry");
    query(w, "load data local infile 'g' into table t");
    err(w, 3948, "42000", "Loading local data is disabled");
    query(w, "select 2");
    text_result(w, 1, 1, 2);
}

static void pipelined(struct wire *w)
{
    connect_classic(w);
    query(w, "select 'first'");
    wire_cut(w);
    query(w, "select 'second'");
    command(w, 14);
    packet(w, C);
    w->seq = 1;
    text_result(w, 1, 1, 2);
    w->seq = 1;
    text_result(w, 1, 2, 2);
    wire_cut(w);
    w->seq = 1;
    ok(w, 2);
    query(w, "select 'third'");
    text_result(w, 1, 3, 2);
}

static void pipelined_prepare(struct wire *w)
{
    connect_with(w, W_BASE | W_DB | W_NOEOF);
    command(w, 0x16);
    str(w, "select ?");
    packet(w, C);
    execute_head(w, UINT32_MAX, 0); /* MariaDB: the statement prepared last */
    u8(w, 0);
    u8(w, 1);
    le(w, 3, 2);
    le(w, 5, 4);
    packet(w, C);
    w->seq = 1;
    u8(w, 0);
    le(w, 9, 4);
    le(w, 1, 2);
    le(w, 1, 2);
    u8(w, 0);
    le(w, 0, 2);
    packet(w, S);
    definition(w, "?");
    definition(w, "?");
    w->seq = 1;
    lenenc(w, 1);
    packet(w, S);
    definition(w, "?");
    binary_rows(w, 1);
    rows_end(w, 2);
}

static void mariadb(struct wire *w)
{
    uint32_t caps = (W_BASE | W_DB | W_NOEOF) & ~W_MYSQL, ext = 0x15; /* progress, bulk, cached metadata */
    w->noeof = true;
    greeting(w, "11.4.2-MariaDB", caps, ext, "mysql_native_password");
    login(w, caps, ext, "app", "shop");
    ok(w, 2);
    query(w, "alter table t engine=innodb");
    u8(w, 0xff);
    le(w, 0xffff, 2);
    u8(w, 1);
    u8(w, 1);
    u8(w, 2);
    le(w, 500, 3);
    lenstr(w, "copy to tmp table");
    packet(w, S);
    ok_with(w, 0, 4, 0, 2, 0);
    prepare(w, "select id from t where id > ?", 1, 1, 1);
    for (unsigned i = 0; i < 2; i++) {
        execute_head(w, 1, 0);
        u8(w, 0);
        u8(w, i == 0);
        if (i == 0)
            le(w, 3, 2);
        le(w, 6, 4);
        packet(w, C);
        lenenc(w, 1);
        u8(w, i == 0); /* metadata follows the first time only */
        packet(w, S);
        if (i == 0)
            definition(w, "id");
        binary_rows(w, 2);
        rows_end(w, 2);
    }
    prepare(w, "insert into t values (?, ?)", 2, 2, 0);
    command(w, 0xfa);
    le(w, 2, 4);
    le(w, 128, 2);
    le(w, 3, 2);
    le(w, 0xfd, 2);
    u8(w, 0);
    le(w, 1, 4);
    u8(w, 0);
    lenstr(w, "one");
    u8(w, 0);
    le(w, 2, 4);
    u8(w, 1);
    packet(w, C);
    ok_with(w, 0, 2, 0, 2, 0);
}

static void proxy_header(struct wire *w)
{
    static const char v1[] = "PROXY TCP4 192.0.2.1 192.0.2.2 51234 3306\r\n";
    wire_raw(w, C, v1, sizeof v1 - 1);
    connect_classic(w);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

static void cut_text(struct wire *w)
{
    connect_classic(w);
    query(w, "select 'a text longer than what is kept of one'");
    text_result(w, 1, 1, 2);
    prepare(w, "select 'another text longer than what is kept'", 1, 0, 0);
    execute_head(w, 1, 0);
    packet(w, C);
    ok(w, 2);
}

static void unanswered(struct wire *w)
{
    connect_classic(w);
    query(w, "select sleep(1000)");
}

static void wrong_id(struct wire *w)
{
    connect_classic(w);
    query(w, "select 1");
    w->seq = 4;
    ok(w, 2);
    query(w, "select 2");
    text_result(w, 1, 1, 2);
    query(w, "select 3");
    text_result(w, 1, 1, 2);
}

static void refused_in_the_middle(struct wire *w)
{
    connect_classic(w);
    static const uint8_t head[] = {0xff, 0xff, 0xff, 0, 3, 'i', 'n', 's', 'e', 'r', 't'};
    wire_raw(w, C, head, sizeof head);
    w->seq = 1;
    err(w, 1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes");
}

static void wrapping_ids(struct wire *w)
{
    connect_classic(w);
    query(w, "select many");
    text_result(w, 1, 600, 2);
    query(w, "select 1");
    text_result(w, 1, 1, 2);
}

static void unfinished_command(struct wire *w)
{
    connect_classic(w);
    static const uint8_t head[] = {20, 0, 0, 0, 3, 'i', 'n', 's', 'e', 'r', 't'};
    wire_raw(w, C, head, sizeof head);
}

static void proxy_header_binary(struct wire *w)
{
    static const uint8_t v2[] = {0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49,
                                 0x54, 0x0a, 0x21, 0x11, 0, 12,   192,  0,    2,    1,
                                 192,  0,    2,    2,    1, 2,    0x0c, 0xea};
    wire_raw(w, C, v2, sizeof v2);
    connect_classic(w);
}

static void proxy_header_too_long(struct wire *w)
{
    static const uint8_t v2[] = {0x0d, 0x0a, 0x0d, 0x0a, 0,    0x0d, 0x0a, 0x51, 0x55,
                                 0x49, 0x54, 0x0a, 0x21, 0x11, 0xff, 0xff, 1,    2};
    wire_raw(w, C, v2, sizeof v2);
}

const struct dialogue dialogues[] = {
    {"text_queries", text_queries, 0, "open ready close:quit",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=3 sets=1 st=22 req=27 resp=141 sql=select id, name from t app@shop\n"
     "QUERY ok aff=1 id=300 warn=1 st=2 req=29 resp=13 sql=insert into t values (1) app@shop\n"
     "QUERY ok sets=1 st=2 req=19 resp=59 sql=select nothing app@shop\n"
     "PING ok st=2 req=5 resp=11 app@shop\n"
     "QUIT ok req=5 app@shop\n"},
    {"text_queries_no_eof", text_queries_no_eof, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=3 sets=1 st=22 req=27 resp=134 sql=select id, name from t app@shop\n"
     "QUERY ok sets=1 st=2 req=19 resp=52 sql=select nothing app@shop\n"
     "QUERY ok aff=3 st=3 req=28 resp=11 sql=update t set name = 'x' app@shop\n"},
    {"refused_before_greeting", refused_before_greeting, 0, "open close:fin",
     "CONNECT err=1040/ error=Too many connections resp=27 @\n"},
    {"refused_host", refused_host, 0, "open close:fin",
     "CONNECT err=1130/HY000 error=Host '10.0.0.1' is not allowed to connect resp=54 @\n"},
    {"login_refused", login_refused, 0, "open close:fin",
     "CONNECT err=1045/28000 error=Access denied req=86 resp=104 nobody@\n"},
    {"login_attributes", login_attributes, 0, "open ready close:fin",
     "CONNECT ok st=2 req=118 resp=94 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=58 sql=select 1 app@shop\n"},
    {"login_full_rsa", login_full_rsa, 0, "open ready close:fin",
     "CONNECT ok st=2 req=368 resp=205 app@\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@\n"},
    {"login_320", login_320, 0, "open ready close:fin",
     "CONNECT ok st=2 req=27 resp=36 old@shop\n"
     "QUERY ok rows=1 sets=1 req=13 resp=33 sql=select 1 old@shop\n"},
    {"tls", tls, 0, "open opaque close:fin", "CONNECT void req=36 resp=78 @ tls incomplete\n"},
    {"compressed", compressed, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "PING ok st=2 req=5 resp=11 app@shop\n"},
    {"zstd", zstd, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "PING ok st=2 req=5 resp=11 app@shop\n"},
    {"x_protocol", x_protocol, 0, "open opaque close:fin", "CONNECT void @ x_protocol incomplete\n"},
    {"query_attributes", query_attributes, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 req=118 "
     "resp=58 sql=select 'with attributes' app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=20 resp=58 sql=select 'none' app@shop\n"},
    {"multi_results", multi_results, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=3 sets=2 aff=1 id=5 st=2 req=49 resp=147 sql=select 1; insert into t values (1); select "
     "2 app@shop\n"
     "QUERY err=1064/42000 rows=1 sets=1 st=a error=You have an error req=21 resp=95 sql=select 1; broken "
     "app@shop\n"},
    {"multi_results_no_eof", multi_results_no_eof, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=3 sets=2 st=2 req=13 resp=189 sql=call p() app@shop\n"},
    {"error_in_rows", error_in_rows, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY err=1317/70100 rows=1 sets=1 st=2 error=Query execution was interrupted req=20 resp=100 "
     "sql=select sleep(9) app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@shop\n"},
    {"optional_metadata", optional_metadata, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=24 resp=59 sql=select 1 /* full */ app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=24 resp=23 sql=select 1 /* none */ app@shop\n"},
    {"local_infile", local_infile, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok aff=3 st=2 req=68 resp=17 sql=load data local infile 'f' into table t app@shop\n"
     "QUERY err=1148/42000 error=not allowed req=48 resp=30 sql=load data local infile 'g' into table t "
     "app@shop\n"},
    {"session_track", session_track, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok st=4002 req=25 resp=31 sql=call switch_schema() app@next\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=58 sql=select 1 app@next\n"},
    {"txn_state", txn_state, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok st=4003 txn=T_______ req=10 resp=29 sql=begin app@shop\n"
     "QUERY ok st=4003 txn=T_R_____ req=9 resp=29 sql=do 1 app@shop\n"
     "QUERY ok st=4002 txn=________ req=11 resp=29 sql=commit app@shop\n"
     "QUERY ok st=4002 req=9 resp=29 sql=do 2 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=58 sql=select 1 app@shop\n"},
    {"schema_changes", schema_changes, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "INIT_DB ok st=2 req=11 resp=11 sql=second app@second\n"
     "QUERY ok st=2 req=21 resp=11 sql= USE `thi``rd` ; app@thi`rd\n"
     "INIT_DB err=1049/42000 error=Unknown database req=12 resp=29 sql=nowhere app@thi`rd\n"
     "QUERY ok st=2 req=15 resp=11 sql=use fourth app@fourth\n"},
    {"all_types", all_types, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok st=2 stmt=1 req=53 resp=541 sql=insert into t values (?,?,?,?,?,?,?,?,?,?,?,?,?) "
     "app@shop\n"
     "STMT_EXECUTE ok aff=1 st=2 stmt=1 "
     "params=[-1,null,255,-32768,18446744073709551615,1.5,-2.5,\"2024-02-29\",\"-26:01:02\",\"2024-02-29 "
     "01:02:03.000004\",\"12.340\",\"a \\\"te...137 req=113 resp=11 sql=insert into t values "
     "(?,?,?,?,?,?,?,?,?,?,?,?,?) app@shop\n"},
    {"prepared", prepared, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok st=2 stmt=5 req=34 resp=106 sql=select id from t where id = ? app@shop\n"
     "STMT_EXECUTE ok rows=2 sets=1 st=2 stmt=5 params=[77] req=26 resp=79 sql=select id from t where id = ? "
     "app@shop\n"
     "STMT_EXECUTE ok sets=1 st=2 stmt=5 params=[78] req=24 resp=59 sql=select id from t where id = ? "
     "app@shop\n"
     "STMT_RESET ok st=2 stmt=5 req=9 resp=11 app@shop\n"
     "STMT_CLOSE ok stmt=5 req=9 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@shop\n"
     "STMT_EXECUTE err=1243/HY000 stmt=5 error=Unknown prepared statement handler req=14 resp=47 app@shop "
     "unknown_stmt\n"},
    {"prepared_no_eof", prepared_no_eof, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok stmt=5 req=34 resp=88 sql=select id from t where id = ? app@shop\n"
     "STMT_EXECUTE ok rows=1 sets=1 st=2 stmt=5 params=[77] trace=00-aa-bb-01 req=54 resp=62 sql=select id "
     "from t where id = ? app@shop\n"
     "STMT_PREPARE ok stmt=6 req=9 resp=16 sql=do 1 app@shop\n"
     "STMT_EXECUTE ok st=2 stmt=6 req=15 resp=11 sql=do 1 app@shop\n"
     "STMT_PREPARE err=1064/42000 error=syntax req=11 resp=19 sql=broken app@shop\n"},
    {"cursor", cursor, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok st=2 stmt=3 req=21 resp=61 sql=select id from t app@shop\n"
     "STMT_EXECUTE ok sets=1 st=42 stmt=3 req=14 resp=50 sql=select id from t app@shop\n"
     "STMT_FETCH ok rows=2 st=42 stmt=3 req=13 resp=29 app@shop\n"
     "STMT_FETCH ok rows=1 st=82 stmt=3 req=13 resp=19 app@shop\n"},
    {"cursor_no_eof", cursor_no_eof, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok stmt=3 req=21 resp=52 sql=select id from t app@shop\n"
     "STMT_EXECUTE ok sets=1 st=42 stmt=3 req=14 resp=52 sql=select id from t app@shop\n"
     "STMT_FETCH ok rows=1 st=82 stmt=3 req=13 resp=21 app@shop\n"},
    {"long_data", long_data, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok st=2 stmt=2 req=32 resp=101 sql=insert into t values (?, ?) app@shop\n"
     "STMT_SEND_LONG_DATA ok stmt=2 req=22 app@shop\n"
     "STMT_EXECUTE ok aff=1 st=2 stmt=2 params=[9,{\"long_data\":true}] req=24 resp=11 sql=insert into t "
     "values (?, ?) app@shop\n"
     "STMT_EXECUTE ok aff=1 st=2 stmt=2 params=[10,\"short\"] req=26 resp=11 sql=insert into t values (?, ?) "
     "app@shop\n"},
    {"change_user", change_user, 0, "open ready reset reset close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok stmt=1 req=13 resp=16 sql=select 1 app@shop\n"
     "CHANGE_USER ok st=2 req=102 resp=65 other@elsewhere\n"
     "STMT_EXECUTE err=1243/HY000 stmt=1 error=Unknown prepared statement handler req=14 resp=47 "
     "other@elsewhere unknown_stmt\n"
     "RESET_CONNECTION ok st=2 req=5 resp=11 other@elsewhere\n"
     "CHANGE_USER err=1045/28000 error=Access denied req=13 resp=26 other@elsewhere\n"},
    {"plain_commands", plain_commands, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "FIELD_LIST ok st=2 req=7 resp=85 app@shop\n"
     "STATISTICS ok req=5 resp=25 app@shop\n"
     "SET_OPTION ok st=2 req=7 resp=9 app@shop\n"
     "PROCESS_INFO ok rows=2 sets=1 st=2 req=5 resp=127 app@shop\n"
     "UNKNOWN err=1047/08S01 error=Unknown command req=5 resp=28 app@shop\n"
     "DEBUG ok st=2 req=5 resp=9 app@shop\n"},
    {"binlog", binlog, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "REGISTER_SLAVE ok st=2 req=12 resp=11 app@shop\n"
     "BINLOG_DUMP ok req=8 resp=65 app@shop stream\n"},
    {"binlog_refused", binlog_refused, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "BINLOG_DUMP err=1236/HY000 error=Could not find first log file req=8 resp=42 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@shop\n"},
    {"unsolicited", unsolicited, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@shop\n"},
    {"crossed_error", crossed_error, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@shop\n"
     "QUERY void req=13 sql=select 2 app@shop closed unsolicited incomplete\n"},
    {"crossed_ping", crossed_ping, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "PING void req=5 app@shop closed unsolicited incomplete\n"},
    {"pipelined_reset", pipelined_reset, 0, "open ready reset close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok stmt=1 req=20 resp=52 sql=select 'before' app@shop\n"
     "RESET_CONNECTION ok st=2 req=5 resp=11 app@shop\n"
     "STMT_PREPARE ok stmt=1 req=22 resp=16 sql=delete from after app@shop pipelined\n"
     "STMT_EXECUTE ok aff=3 st=2 stmt=1 req=14 resp=11 sql=delete from after app@shop pipelined\n"},
    {"pipelined_close", pipelined_close, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok stmt=5 req=18 resp=16 sql=delete from a app@shop\n"
     "STMT_PREPARE ok stmt=6 req=18 resp=16 sql=delete from b app@shop\n"
     "STMT_CLOSE ok stmt=5 req=9 app@shop pipelined\n"
     "STMT_CLOSE ok stmt=6 req=9 app@shop pipelined\n"
     "STMT_EXECUTE ok aff=1 st=2 stmt=5 req=14 resp=11 sql=delete from a app@shop\n"
     "STMT_EXECUTE ok aff=2 st=2 stmt=6 req=14 resp=11 sql=delete from b app@shop pipelined\n"
     "STMT_EXECUTE err=1243/HY000 stmt=5 error=Unknown prepared statement handler req=14 resp=47 app@shop "
     "unknown_stmt pipelined\n"},
    {"login_factors", login_factors, 0, "open ready close:fin",
     "CONNECT ok st=2 req=152 resp=205 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@shop\n"},
    {"login_ed25519", login_ed25519, 0, "open ready close:fin",
     "CONNECT ok st=2 req=156 resp=156 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=58 sql=select 1 app@shop\n"},
    {"proxy_refused", proxy_refused, 0, "open close:fin",
     "CONNECT err=1129/HY000 error=Host 'proxy' is blocked because of many connection errors resp=70 @\n"},
    {"infile_errors", infile_errors, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY err=1062/23000 rows=1 sets=1 st=a error=Duplicate entry req=66 resp=99 sql=select 1; load data "
     "local infile 'f' into table t app@shop\n"
     "QUERY err=3948/42000 error=Loading local data is disabled req=44 resp=43 sql=load data local infile "
     "'g' into table t app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 2 app@shop\n"},
    {"pipelined", pipelined, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=19 resp=65 sql=select 'first' app@shop\n"
     "QUERY ok rows=2 sets=1 st=2 req=20 resp=71 sql=select 'second' app@shop pipelined\n"
     "PING ok st=2 req=5 resp=11 app@shop pipelined\n"
     "QUERY ok rows=3 sets=1 st=2 req=19 resp=77 sql=select 'third' app@shop\n"},
    {"pipelined_prepare", pipelined_prepare, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "STMT_PREPARE ok stmt=9 req=13 resp=84 sql=select ? app@shop\n"
     "STMT_EXECUTE ok rows=1 sets=1 st=2 stmt=9 params=[5] req=22 resp=60 sql=select ? app@shop pipelined\n"},
    {"mariadb", mariadb, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=97 app@shop\n"
     "QUERY ok aff=4 st=2 req=32 resp=42 sql=alter table t engine=innodb app@shop\n"
     "STMT_PREPARE ok stmt=1 req=34 resp=88 sql=select id from t where id > ? app@shop\n"
     "STMT_EXECUTE ok rows=2 sets=1 st=2 stmt=1 params=[6] req=22 resp=73 sql=select id from t where id > ? "
     "app@shop\n"
     "STMT_EXECUTE ok rows=2 sets=1 st=2 stmt=1 params=[6] req=20 resp=37 sql=select id from t where id > ? "
     "app@shop\n"
     "STMT_PREPARE ok stmt=2 req=32 resp=92 sql=insert into t values (?, ?) app@shop\n"
     "STMT_BULK_EXECUTE ok aff=2 st=2 stmt=2 params=[[1,\"one\"],[2,null]] req=31 resp=11 sql=insert into t "
     "values (?, ?) app@shop\n"},
    {"proxy_header", proxy_header, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@shop\n"},
    {"cut_text", cut_text, 20, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=52 resp=65 sql=select 'a text longe app@shop truncated\n"
     "STMT_PREPARE ok stmt=1 req=51 resp=16 sql=select 'another text app@shop truncated\n"
     "STMT_EXECUTE ok st=2 stmt=1 req=14 resp=11 sql=select 'another text app@shop truncated\n"},
    {"unanswered", unanswered, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY void req=23 sql=select sleep(1000) app@shop closed incomplete\n"},
    {"wrong_id", wrong_id, 0, "open ready gap close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY void req=13 sql=select 1 app@shop desync incomplete\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 2 app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 3 app@shop\n"},
    {"refused_in_the_middle", refused_in_the_middle, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY err=1153/08S01 error=Got a packet bigger than 'max_allowed_packet' bytes req=11 resp=64 app@shop "
     "truncated\n"},
    {"wrapping_ids", wrapping_ids, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY ok rows=600 sets=1 st=2 req=16 resp=3659 sql=select many app@shop\n"
     "QUERY ok rows=1 sets=1 st=2 req=13 resp=65 sql=select 1 app@shop\n"},
    {"unfinished_command", unfinished_command, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"
     "QUERY void req=11 sql=insert app@shop truncated closed incomplete\n"},
    {"proxy_header_binary", proxy_header_binary, 0, "open ready close:fin",
     "CONNECT ok st=2 req=88 resp=89 app@shop\n"},
    {"proxy_header_too_long", proxy_header_too_long, 0, "open close:fin", ""},
};
const size_t dialogue_count = sizeof dialogues / sizeof dialogues[0];
