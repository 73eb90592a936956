/* summary: HTTP stage: dialogues at every split, pipelining, loss, bodies of every kind, and what is no HTTP
 */
#include "flow.h"
#include "http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MAX_SEEN 2100

struct seen {
    char method[32];
    char route[260];
    char trace_id[40];
    char note[16];
    struct http_level_mark level;
    int64_t arrival_ns, request_end_ns, first_ns, last_ns;
    uint16_t status;
    uint64_t req_body_bytes, resp_body_bytes;
    bool complete;
};

struct run {
    struct http *http;
    struct flow_conn conn;
    size_t piece; /* longest piece in which bytes are given; 0: whole */
    struct seen seen[MAX_SEEN];
    size_t count;
};

static struct run the_run; /* large: not on the stack */

static void on_exchange(void *priv, const struct http_exchange *x)
{
    struct run *r = priv;
    struct seen *s;

    assert_true(r->count < MAX_SEEN);
    s = &r->seen[r->count++];
    assert_int_equal(x->conn_id, r->conn.id);
    assert_string_equal(x->client, "10.0.0.1:40000");
    assert_string_equal(x->server, "10.0.0.2:8080");
    snprintf(s->method, sizeof s->method, "%s", x->method);
    snprintf(s->route, sizeof s->route, "%s", x->route);
    snprintf(s->trace_id, sizeof s->trace_id, "%s", x->trace_id);
    snprintf(s->note, sizeof s->note, "%s", x->note);
    s->level = x->level;
    s->arrival_ns = x->arrival_ns;
    s->request_end_ns = x->request_end_ns;
    s->first_ns = x->first_ns;
    s->last_ns = x->last_ns;
    s->status = x->status;
    s->req_body_bytes = x->req_body_bytes;
    s->resp_body_bytes = x->resp_body_bytes;
    s->complete = x->complete;
}

static struct flow_addr v4(uint8_t last, uint16_t port)
{
    struct flow_addr a = {.addr = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, last}, .port = port};

    return a;
}

static void event(struct run *r, struct flow_event ev)
{
    ev.conn = &r->conn;
    http_on_event(r->http, &ev);
}

static struct run *start(size_t piece, bool mid_stream)
{
    struct run *r = &the_run;

    memset(r, 0, sizeof *r);
    r->piece = piece;
    r->conn.id = 7;
    r->conn.client = v4(1, 40000);
    r->conn.server = v4(2, 8080);
    r->conn.rtt_ns = -1;
    r->conn.mid_stream = mid_stream;
    assert_int_equal(http_new(&r->http, on_exchange, r), PP_OK);
    event(r, (struct flow_event){.type = FLOW_OPEN, .ts_ns = 1});
    return r;
}

static void bytes(struct run *r, enum flow_dir dir, int64_t ts, const char *text, size_t n)
{
    size_t piece = r->piece ? r->piece : n;

    for (size_t i = 0; i < n; i += piece) {
        size_t k = n - i < piece ? n - i : piece;

        event(r, (struct flow_event){.type = FLOW_DATA,
                                     .dir = dir,
                                     .ts_ns = ts,
                                     .data = (const uint8_t *)text + i,
                                     .data_bytes = k});
    }
}

static void client(struct run *r, int64_t ts, const char *text)
{
    bytes(r, FLOW_TO_SERVER, ts, text, strlen(text));
}

static void server(struct run *r, int64_t ts, const char *text)
{
    bytes(r, FLOW_TO_CLIENT, ts, text, strlen(text));
}

static void gap(struct run *r, enum flow_dir dir, int64_t ts, uint64_t n)
{
    event(r, (struct flow_event){.type = FLOW_GAP, .dir = dir, .ts_ns = ts, .gap_bytes = n});
}

static struct http_counters stop_why(struct run *r, int64_t ts, enum flow_close_why why)
{
    struct http_counters n;

    event(r, (struct flow_event){.type = FLOW_CLOSE, .ts_ns = ts, .why = why});
    assert_null(r->conn.app);
    http_get_counters(r->http, &n);
    http_free(&r->http);
    assert_null(r->http);
    return n;
}

static struct http_counters stop(struct run *r, int64_t ts)
{
    return stop_why(r, ts, FLOW_CLOSE_FIN);
}

static void expect_times(const struct seen *s, int64_t arrival, int64_t end, int64_t first, int64_t last)
{
    assert_int_equal(s->arrival_ns, arrival);
    assert_int_equal(s->request_end_ns, end);
    assert_int_equal(s->first_ns, first);
    assert_int_equal(s->last_ns, last);
}

static void expect(const struct seen *s, const char *method, const char *route, uint16_t status,
                   const char *note)
{
    assert_string_equal(s->method, method);
    assert_string_equal(s->route, route);
    assert_int_equal(s->status, status);
    assert_string_equal(s->note, note);
    assert_int_equal(s->complete, note[0] == '\0');
}

/* Every dialogue is run with pieces of each of these sizes; 0 is whole. */
static const size_t pieces[] = {0, 1, 2, 3, 5, 7, 11, 13, 17, 64};
#define EACH_PIECE for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)

static void test_keep_alive(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);
        struct http_counters n;

        client(r, 100, "GET /users?page=2 HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 150, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        server(r, 160, "hello");
        client(r, 200, "POST /io HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
        client(r, 210, "ab\n");
        server(r, 250, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        assert_int_equal(r->count, 2); /* told as soon as they end, not at the close */
        n = stop(r, 300);
        expect(&r->seen[0], "GET", "/users", 200, "");
        expect_times(&r->seen[0], 100, 100, 150, 160);
        assert_int_equal(r->seen[0].resp_body_bytes, 5);
        expect(&r->seen[1], "POST", "/io", 201, "");
        expect_times(&r->seen[1], 200, 210, 250, 250);
        assert_int_equal(r->seen[1].req_body_bytes, 3);
        assert_int_equal(n.connections, 1);
        assert_int_equal(n.requests, 2);
        assert_int_equal(n.incomplete + n.malformed + n.not_http, 0);
    }
}

/* Two requests in one segment, and a segment that holds the end of one response and the start of the next. */
static void test_pipelined_times(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHo");
        client(r, 110, "st: a\r\n\r\nHEAD /c HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 200, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
        server(r, 210, "cdHTTP/1.1 40");
        server(r, 220, "4 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nx\ny\r\n0\r\n");
        server(r, 230, "\r\nHTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n");
        assert_int_equal(r->count, 3);
        (void)stop(r, 300);
        expect(&r->seen[0], "GET", "/a", 200, "");
        expect_times(&r->seen[0], 100, 100, 200, 210);
        expect(&r->seen[1], "GET", "/b", 404, "");
        expect_times(&r->seen[1], 100, 110, 210, 230);
        assert_int_equal(r->seen[1].resp_body_bytes, 3);
        expect(&r->seen[2], "HEAD", "/c", 200, "");
        expect_times(&r->seen[2], 110, 110, 230, 230);
        assert_int_equal(r->seen[2].resp_body_bytes, 0);
    }
}

static void test_chunked_request(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "PUT /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        client(r, 110, "a\r\n0123456789\r\n1;ext=1\r\nz\r\n");
        client(r, 120, "0\r\nTrailer: x\r\n\r\n");
        server(r, 200, "HTTP/1.1 204 No Content\r\n\r\n");
        client(r, 300, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 310, "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n");
        assert_int_equal(r->count, 2);
        (void)stop(r, 400);
        expect(&r->seen[0], "PUT", "/f", 204, "");
        expect_times(&r->seen[0], 100, 120, 200, 200);
        assert_int_equal(r->seen[0].req_body_bytes, 11);
        expect(&r->seen[1], "GET", "/", 304, "");
    }
}

static void test_interim(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        server(r, 110, "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n");
        client(r, 120, "ok");
        server(r, 130, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
        server(r, 140, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n.");
        (void)stop(r, 400);
        assert_int_equal(r->count, 1);
        expect(&r->seen[0], "POST", "/x", 200, "");
        expect_times(&r->seen[0], 100, 120, 140, 140);
    }
}

static void test_until_close(void **state)
{
    static const enum flow_close_why whys[] = {FLOW_CLOSE_FIN, FLOW_CLOSE_RST, FLOW_CLOSE_END};

    (void)state;
    for (size_t w = 0; w < 3; w++)
        EACH_PIECE
        {
            struct run *r = start(pieces[i], false);
            bool whole = whys[w] == FLOW_CLOSE_FIN;

            client(r, 100, "GET /s HTTP/1.0\r\n\r\n");
            server(r, 110, "HTTP/1.0 200 OK\r\n\r\nline\r\n\r\n");
            server(r, 120, "more\nHTTP/1.1 500 no\r\n");
            assert_int_equal(r->count, 0);
            (void)stop_why(r, 500, whys[w]);
            assert_int_equal(r->count, 1);
            expect(&r->seen[0], "GET", "/s", 200, whole ? "" : "closed");
            expect_times(&r->seen[0], 100, 100, 110, whole ? 120 : 0);
            assert_int_equal(r->seen[0].resp_body_bytes, 30);
        }
}

static void test_upgrade_and_connect(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
        server(r, 110, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello");
        client(r, 120, "GET /not-a-request HTTP/1.1\r\n\r\n");
        server(r, 130, "HTTP/1.1 200 OK\r\n\r\n");
        (void)stop(r, 200);
        assert_int_equal(r->count, 1);
        expect(&r->seen[0], "GET", "/ws", 101, "");
        expect_times(&r->seen[0], 100, 100, 110, 110);

        r = start(pieces[i], false);
        client(r, 100, "CONNECT db:3306 HTTP/1.1\r\nHost: db:3306\r\n\r\n");
        server(r, 110, "HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nno");
        client(r, 120, "CONNECT db:3306 HTTP/1.1\r\nHost: db:3306\r\n\r\nGET / HTTP/1.1\r\n\r\n");
        server(r, 130, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        (void)stop(r, 200);
        assert_int_equal(r->count, 2);
        expect(&r->seen[0], "CONNECT", "db:3306", 407, "");
        expect_times(&r->seen[0], 100, 100, 110, 110);
        expect(&r->seen[1], "CONNECT", "db:3306", 200, "");
    }
}

static void test_early_answer(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
        server(r, 110, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        client(r, 120, "56789");
        assert_int_equal(r->count, 1);
        client(r, 130, "GET /n HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 140, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        (void)stop(r, 200);
        assert_int_equal(r->count, 2);
        expect(&r->seen[0], "POST", "/big", 413, "");
        expect_times(&r->seen[0], 100, 120, 110, 110);
        expect(&r->seen[1], "GET", "/n", 200, "");
    }
}

static void test_closed_in_flight(void **state)
{
    struct http_counters n;

    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\nGET /c HT");
        server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        n = stop(r, 200);
        assert_int_equal(r->count, 2);
        expect(&r->seen[0], "GET", "/a", 200, "closed");
        expect_times(&r->seen[0], 100, 100, 110, 0);
        assert_int_equal(r->seen[0].resp_body_bytes, 3);
        expect(&r->seen[1], "GET", "/b", 0, "closed");
        assert_int_equal(n.incomplete, 3);
    }
}

static void test_gap_in_body(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01");
        gap(r, FLOW_TO_SERVER, 105, 6);
        client(r, 106, "89");
        server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
        gap(r, FLOW_TO_CLIENT, 115, 3);
        server(r, 120, "fghij");
        client(r, 200, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 210, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        gap(r, FLOW_TO_CLIENT, 215, 4);
        client(r, 300, "GET /c HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 310, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        (void)stop(r, 400);
        assert_int_equal(r->count, 3);
        expect(&r->seen[0], "POST", "/a", 200, "gap");
        expect_times(&r->seen[0], 100, 106, 110, 120);
        assert_int_equal(r->seen[0].req_body_bytes, 10);
        assert_int_equal(r->seen[0].resp_body_bytes, 10);
        expect(&r->seen[1], "GET", "/b", 200, "gap");
        expect_times(&r->seen[1], 200, 200, 210, 0);
        expect(&r->seen[2], "GET", "/c", 200, "");
    }
}

/* A short snaplen: how many bytes were cut and when they passed is known, so nothing is lost that is stored.
 */
static void test_snaplen(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01");
        event(r,
              (struct flow_event){
                  .type = FLOW_GAP, .dir = FLOW_TO_SERVER, .ts_ns = 101, .gap_bytes = 8, .truncated = true});
        server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
        event(r,
              (struct flow_event){
                  .type = FLOW_GAP, .dir = FLOW_TO_CLIENT, .ts_ns = 112, .gap_bytes = 1, .truncated = true});
        (void)stop(r, 400);
        assert_int_equal(r->count, 1);
        expect(&r->seen[0], "POST", "/a", 200, "");
        expect_times(&r->seen[0], 100, 101, 110, 112);
        assert_int_equal(r->seen[0].req_body_bytes, 10);
        assert_int_equal(r->seen[0].resp_body_bytes, 1);
    }
}

/* A gap where the parser cannot step over it: the exchange is given up, the next ones are whole again. */
static void test_gap_in_head_and_chunks(void **state)
{
    static const char *const heads[] = {"HTTP/1.1 200 OK\r\nContent-Le",
                                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc",
                                        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n01234567"};

    (void)state;
    for (size_t h = 0; h < 3; h++)
        EACH_PIECE
        {
            struct run *r = start(pieces[i], false);

            client(r, 100, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            server(r, 110, heads[h]);
            gap(r, FLOW_TO_CLIENT, 115, 40);
            server(r, 120, "rest of it\r\nHTTP/1.1 in the middle\r\n");
            client(r, 200, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
            server(r, 210, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            (void)stop(r, 400);
            assert_int_equal(r->count, 2);
            expect(&r->seen[0], "GET", "/a", 200, "gap");
            expect_times(&r->seen[0], 100, 100, 110, 0);
            expect(&r->seen[1], "GET", "/b", 200, "");
            expect_times(&r->seen[1], 200, 200, 210, 210);
        }
}

static void test_gap_in_request_head(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);
        struct http_counters n;

        client(r, 100, "GET /a HTTP/1.1\r\nHo");
        gap(r, FLOW_TO_SERVER, 105, 6);
        client(r, 106, "x: y\r\n\r\n");
        server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        client(r, 200, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 210, "HTTP/1.1 404 no\r\nContent-Length: 2\r\n\r\nno");
        n = stop(r, 400);
        assert_int_equal(r->count, 2);
        expect(&r->seen[0], "GET", "/a", 0, "gap");
        expect(&r->seen[1], "GET", "/b", 404, "");
        assert_int_equal(n.incomplete, 1);
    }
}

/* With several in flight nobody can tell whose response comes next: nothing is paired, everything is counted.
 */
static void test_gap_while_pipelined(void **state)
{
    (void)state;
    struct run *r = start(0, false);
    struct http_counters n;

    client(r, 100, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    server(r, 110, "HTTP/1.1 200 OK\r\nConte");
    gap(r, FLOW_TO_CLIENT, 115, 40);
    server(r, 120, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    client(r, 200, "GET /c HTTP/1.1\r\nHost: a\r\n\r\n");
    server(r, 210, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    n = stop(r, 400);
    assert_int_equal(r->count, 2);
    expect(&r->seen[0], "GET", "/a", 200, "gap");
    expect(&r->seen[1], "GET", "/b", 0, "gap");
    assert_int_equal(n.incomplete, 3);
}

static void test_mid_stream(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], true);
        struct http_counters n;

        server(r, 90, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxx");
        client(r, 95, "{\"rest\": \"of a body\"}");
        server(r, 96, "and of a response");
        client(r, 100, "DELETE /a/12 HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        n = stop(r, 400);
        assert_int_equal(r->count, 1);
        expect(&r->seen[0], "DELETE", "/a/{id}", 200, "");
        assert_int_equal(n.malformed + n.not_http + n.incomplete, 0);
    }
}

static void test_not_http(void **state)
{
    static const char *const greetings[] = {
        "\x16\x03\x01\x02",      "SSH-2.0-x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "EHLO mail\r\n",         "GET /\r\n",     "GET / FTP/1.1\r\n\r\n",
        "get / HTTP/1.1\r\n\r\n"};

    (void)state;
    for (size_t g = 0; g < sizeof greetings / sizeof greetings[0]; g++)
        EACH_PIECE
        {
            struct run *r = start(pieces[i], false);
            struct http_counters n;

            client(r, 100, greetings[g]);
            server(r, 110, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            client(r, 120, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            n = stop(r, 400);
            assert_int_equal(r->count, 0);
            assert_int_equal(n.not_http, 1);
            assert_int_equal(n.requests + n.malformed, 0);
        }
}

static void test_malformed(void **state)
{
    static const char *const answers[] = {"SIP/2.0 200 OK\r\n\r\n", "HTTP/1.1 2xx OK\r\n\r\n", "\x16\x03\x01",
                                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"};

    (void)state;
    for (size_t a = 0; a < sizeof answers / sizeof answers[0]; a++)
        EACH_PIECE
        {
            struct run *r = start(pieces[i], false);
            struct http_counters n;

            client(r, 100, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            server(r, 110, answers[a]);
            n = stop(r, 400);
            assert_int_equal(r->count, 1);
            assert_string_equal(r->seen[0].note, "malformed");
            assert_false(r->seen[0].complete);
            assert_int_equal(n.malformed, 1);
        }
}

static void test_answers_without_question(void **state)
{
    (void)state;
    EACH_PIECE
    {
        struct run *r = start(pieces[i], false);

        client(r, 100, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        server(r, 500, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
        (void)stop(r, 600);
        assert_int_equal(r->count, 1);
        expect(&r->seen[0], "GET", "/a", 200, "");
    }
}

static void test_level_and_trace(void **state)
{
    static const struct {
        const char *trace, *level, *trace_id;
        bool present;
        int64_t queue_ns;
    } rows[] = {
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "index=2; users=30; start=17; end=19",
         "0af7651916cd43dd8448eb211c80319c", true, 0},
        {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "end=19;start=17;users=30;index=2",
         "0af7651916cd43dd8448eb211c80319c", true, 0},
        {"", "index=2; users=30; start=17; end=19; queue=123456", "", true, 123456},
        {"", "queue=0; index=2; users=30; start=17; end=19", "", true, 0},
        {"", "index=2; users=30; start=17; queue=5", "", false, 0},
        {"", "index=2; users=30; start=17; end=19; queue=3600000000001", "", false, 0},
        {"", "index=2; users=30; start=17; end=19;", "", false, 0},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "index=2; users=30; start=17", "",
         false, 0},
        {"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "index=2; users=30; start=17; end=17", "",
         false, 0},
        {"00-00000000000000000000000000000000-b7ad6b7169203331-01",
         "index=2; users=30; start=17; end=19; x=1", "", false, 0},
        {"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "index=2; index=2; start=17; end=19", "",
         false, 0},
        {"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "index=-2; users=30; start=17; end=19",
         "", false, 0},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
         "index=4294967296; users=30; start=17; end=19", "", false, 0},
        {"", "index=2; users=30; start=17; end=9223372036854775808", "", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run *r = start(0, false);
        char text[512];

        snprintf(text, sizeof text,
                 "GET /a HTTP/1.1\r\nhost: a\r\nTRACEPARENT: %s\r\npoolload-level: %s\r\n\r\n", rows[i].trace,
                 rows[i].level);
        client(r, 100, text);
        server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        (void)stop(r, 600);
        assert_int_equal(r->count, 1);
        assert_string_equal(r->seen[0].trace_id, rows[i].trace_id);
        assert_int_equal(r->seen[0].level.present, rows[i].present);
        if (rows[i].present) {
            assert_int_equal(r->seen[0].level.index, 2);
            assert_int_equal(r->seen[0].level.users, 30);
            assert_int_equal(r->seen[0].level.start_ns, 17);
            assert_int_equal(r->seen[0].level.end_ns, 19);
            assert_int_equal(r->seen[0].level.queue_ns, rows[i].queue_ns);
        }
    }
}

static void test_routes(void **state)
{
    static const char *const rows[][2] = {
        {"/", "/"},
        {"*", "*"},
        {"/a/b/", "/a/b/"},
        {"/users/42", "/users/{id}"},
        {"/users/42/orders/7?x=1", "/users/{id}/orders/{id}"},
        {"/v2/users", "/v2/users"},
        {"/o/123e4567-e89b-12d3-a456-426614174000/x", "/o/{id}/x"},
        {"/o/123E4567-E89B-12D3-A456-426614174000", "/o/{id}"},
        {"/o/123e4567-e89b-12d3-a456-42661417400", "/o/123e4567-e89b-12d3-a456-42661417400"},
        {"/h/0123456789abcdef", "/h/{id}"},
        {"/h/0123456789abcde", "/h/0123456789abcde"},
        {"/h/0123456789abcdeg", "/h/0123456789abcdeg"},
        {"/a?b/1", "/a"},
        {"/a#b", "/a"},
        {"?x", "/"},
        {"http://host:80/p/1?q", "/p/{id}"},
        {"http://host", "/"},
        {"http://host?q=/a", "/"},
        {"/caf\xc3\xa9/\x01", "/caf%C3%A9/%01"},
        {"//1//2", "//{id}//{id}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run *r = start(0, false);
        char text[512];

        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", rows[i][0]);
        client(r, 100, text);
        server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        (void)stop(r, 600);
        assert_int_equal(r->count, 1);
        assert_string_equal(r->seen[0].route, rows[i][1]);
    }
}

static void test_long_route_is_cut(void **state)
{
    (void)state;
    struct run *r = start(0, false);
    char path[1000];
    char text[1200];

    memset(path, '\xff', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    client(r, 100, text);
    server(r, 110, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    (void)stop(r, 600);
    assert_int_equal(r->count, 1);
    assert_int_equal(strlen(r->seen[0].route), 256); /* "/" and 85 whole escapes */
    assert_string_equal(r->seen[0].route + 253, "%FF");
}

/* A connection kept alive for longer than a parser lives. */
static void test_long_keep_alive(void **state)
{
    (void)state;
    struct run *r = start(0, false);
    struct http_counters n;

    for (int i = 0; i < 2050; i++) {
        client(r, 100 + i * 10, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        server(r, 105 + i * 10, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
    n = stop(r, 100000);
    assert_int_equal(r->count, 2050);
    assert_int_equal(n.requests, 2050);
    for (int i = 0; i < 2050; i++)
        expect_times(&r->seen[i], 100 + i * 10, 100 + i * 10, 105 + i * 10, 105 + i * 10);
}

static void test_limits(void **state)
{
    static char line[40000];
    struct http_counters n;
    struct run *r;

    (void)state;
    /* more requests in flight than anybody pipelines */
    r = start(0, false);
    for (int i = 0; i < 1001; i++)
        client(r, 100, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    n = stop(r, 200);
    assert_int_equal(r->count, 1000);
    assert_string_equal(r->seen[0].note, "malformed");
    assert_int_equal(n.malformed, 1);

    /* one endless header line, at two piece sizes */
    memset(line, 'x', sizeof line - 1);
    for (size_t piece = 0; piece < 2000; piece += 1460) {
        r = start(piece, false);
        client(r, 100, "GET /a HTTP/1.1\r\nHost: ");
        client(r, 101, line);
        client(r, 102, line);
        client(r, 103, line);
        client(r, 104, line);
        n = stop(r, 200);
        assert_int_equal(n.malformed, 1);
    }

    /* header lines without end */
    r = start(0, false);
    client(r, 100, "GET /a HTTP/1.1\r\n");
    for (int i = 0; i < 20000; i++)
        client(r, 101, "X: yyyyyyyyyyyy\r\n");
    n = stop(r, 200);
    assert_int_equal(n.malformed, 1);
    assert_int_equal(r->count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_pipelined_times),
        cmocka_unit_test(test_chunked_request),
        cmocka_unit_test(test_interim),
        cmocka_unit_test(test_until_close),
        cmocka_unit_test(test_upgrade_and_connect),
        cmocka_unit_test(test_early_answer),
        cmocka_unit_test(test_closed_in_flight),
        cmocka_unit_test(test_gap_in_body),
        cmocka_unit_test(test_snaplen),
        cmocka_unit_test(test_gap_in_head_and_chunks),
        cmocka_unit_test(test_gap_in_request_head),
        cmocka_unit_test(test_gap_while_pipelined),
        cmocka_unit_test(test_mid_stream),
        cmocka_unit_test(test_not_http),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_answers_without_question),
        cmocka_unit_test(test_level_and_trace),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_long_route_is_cut),
        cmocka_unit_test(test_long_keep_alive),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
