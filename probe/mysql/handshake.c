/* summary: connection phase: greeting, login, authentication rounds, CHANGE_USER */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* Makes the CONNECT exchange, which stands for the handshake, at the first sign of one. */
void myw_connect_begin(struct myw_conn *c)
{
    if (c->head != NULL)
        return;
    struct myw_cmd_run *r = myw_run_new(c, MYW_CMD_CONNECT, c->flow->open_ns);
    if (r == NULL)
        return;
    r->sent_all = true;
    (void)myw_queue_push(c, r);
}

/* "Protocol::HandshakeV10" after the NUL of the version. */
static bool parse_greeting_v10(struct myw_conn *c, struct rd *r)
{
    c->s.thread_id = rd_u32(r);
    rd_skip(r, 8); /* first part of the challenge */
    if (rd_u8(r) != 0)
        return false;
    c->server_caps = rd_u16(r);
    if (!rd_ok(r))
        return false;
    if (rd_left(r) < 15) /* a server before 4.1 may end here */
        return true;
    rd_skip(r, 3); /* character set, status */
    c->server_caps |= (uint32_t)rd_u16(r) << 16;
    uint8_t challenge = rd_u8(r);
    rd_skip(r, 6);
    uint32_t ext = rd_u32(r); /* zero but for MariaDB */
    if ((c->server_caps & CAP_MYSQL) == 0)
        c->server_ext = ext;
    if (c->server_caps & (CAP_SECURE | CAP_PLUGIN_AUTH)) {
        size_t rest = challenge > 8 ? challenge - 8u : 0;
        rd_skip(r, rest < 13 ? 13 : rest);
    }
    if ((c->server_caps & CAP_PLUGIN_AUTH) && rd_ok(r)) {
        /* Some servers leave out the NUL: the name then ends with the packet. */
        size_t n = rd_left(r);
        const uint8_t *name = rd_bytes(r, n);
        myw_session_set(&c->s.auth_plugin, name, n);
    }
    return true;
}

static bool version_plausible(const uint8_t *v, size_t n, bool strict)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] < 0x20 || v[i] > 0x7e)
            return false;
    return n > 0 && n <= 128 && (!strict || (v[0] >= '0' && v[0] <= '9'));
}

static bool parse_greeting(struct myw_conn *c, const struct myw_packet *p)
{
    struct rd r;
    rd_init(&r, p->head, p->head_bytes);
    uint8_t protocol = rd_u8(&r);
    size_t n = 0;
    const uint8_t *version = rd_cstr(&r, &n);
    if ((protocol != 10 && protocol != 9) || version == NULL ||
        !version_plausible(version, n, c->flow->mid_stream))
        return false;
    if (protocol == 9)
        c->s.thread_id = rd_u32(&r);
    if (protocol == 10 ? !parse_greeting_v10(c, &r) : !rd_ok(&r)) {
        c->s.thread_id = 0;
        return false;
    }
    myw_session_set(&c->s.server_version, version, n);
    c->mode.server_version = myw_digest_version_of(c->s.server_version);
    return true;
}

/* First packet of the server. */
void myw_on_greeting(struct myw_conn *c, const struct myw_packet *p)
{
    if (c->head == NULL) { /* memory was out */
        myw_lose(c, 0);
        return;
    }
    if (myw_is_err(p) && !c->flow->mid_stream) { /* too many connections, host blocked, … */
        c->head->x.first_ns = c->in[FLOW_TO_CLIENT].first_ns;
        c->in[FLOW_TO_CLIENT].stray = false;
        myw_on_err(c, p);
        return;
    }
    if (c->in[FLOW_TO_CLIENT].seq == 0 && myw_x_hello(p->head, p->head_bytes)) {
        myw_x_found(c, p->ts_ns);
        return;
    }
    if (c->in[FLOW_TO_CLIENT].seq != 0 || !parse_greeting(c, p)) {
        struct myw_cmd_run *r = c->head; /* no handshake was seen after all */
        c->head = c->tail = NULL;
        c->queued = 0;
        c->next_cmd = 0;
        myw_run_free(c, &r);
        if (c->flow->mid_stream)
            myw_lose(c, MYW_NOTE_MID_STREAM);
        else
            myw_desync(c, p->ts_ns);
        return;
    }
    myw_frame_reset(&c->in[FLOW_TO_SERVER]); /* what the client said before makes no login */
    c->s.mid_stream = false;
    c->s.greeting_ns = p->ts_ns;
    myw_set_state(c, ST_LOGIN);
}

static void take_attribute(struct myw_conn *c, const uint8_t *key, size_t kn, const uint8_t *value, size_t vn)
{
    static const char pid[] = "_pid", program[] = "program_name", client[] = "_client_name";
    if (kn == sizeof pid - 1 && memcmp(key, pid, kn) == 0)
        myw_session_set(&c->s.attr_pid, value, vn);
    else if (kn == sizeof program - 1 && memcmp(key, program, kn) == 0)
        myw_session_set(&c->s.attr_program_name, value, vn);
    else if (kn == sizeof client - 1 && memcmp(key, client, kn) == 0)
        myw_session_set(&c->s.attr_client_name, value, vn);
}

static void parse_attributes(struct myw_conn *c, struct rd *r)
{
    uint64_t total = myw_rd_lenenc(r);
    size_t n = total < rd_left(r) ? (size_t)total : rd_left(r); /* the head may be cut */
    struct rd a;
    rd_init(&a, rd_bytes(r, n), n);
    while (rd_left(&a) > 0) {
        size_t kn = 0, vn = 0;
        const uint8_t *key = myw_rd_lenstr(&a, &kn);
        const uint8_t *value = key != NULL ? myw_rd_lenstr(&a, &vn) : NULL;
        if (value == NULL)
            return;
        take_attribute(c, key, kn, value, vn);
    }
}

static void skip_auth(struct rd *r, uint32_t caps)
{
    size_t n = 0;
    if (caps & CAP_LENENC_AUTH)
        (void)myw_rd_lenstr(r, &n);
    else if (caps & CAP_SECURE)
        rd_skip(r, rd_u8(r));
    else
        (void)rd_cstr(r, &n);
}

/* "Protocol::HandshakeResponse41" from the user on. */
static void parse_login41(struct myw_conn *c, struct rd *r, uint32_t caps)
{
    size_t n = 0;
    const uint8_t *text = rd_cstr(r, &n);
    if (text == NULL)
        return;
    myw_session_set(&c->s.user, text, n);
    skip_auth(r, caps);
    if (caps & CAP_WITH_DB) {
        if ((text = rd_cstr(r, &n)) == NULL)
            return;
        myw_session_set(&c->s.db, text, n);
    }
    if (!(caps & CAP_PLUGIN_AUTH)) {
        static const char native[] = "mysql_native_password";
        myw_session_set(&c->s.auth_plugin, native, sizeof native - 1);
    } else if ((text = rd_cstr(r, &n)) != NULL) {
        myw_session_set(&c->s.auth_plugin, text, n);
    }
    if ((caps & CAP_CONNECT_ATTRS) && rd_ok(r) && rd_left(r) > 0)
        parse_attributes(c, r);
}

/* "Protocol::HandshakeResponse320": two bytes of capabilities, three of packet size, user, scrambled
 * password. */
static void parse_login320(struct myw_conn *c, struct rd *r, uint32_t caps)
{
    static const char old[] = "mysql_old_password";
    size_t n = 0;
    rd_skip(r, 3);
    const uint8_t *text = rd_cstr(r, &n);
    myw_session_set(&c->s.auth_plugin, old, sizeof old - 1);
    if (text == NULL)
        return;
    myw_session_set(&c->s.user, text, n);
    if (!(caps & CAP_WITH_DB))
        return;
    (void)rd_cstr(r, &n);
    if ((text = rd_cstr(r, &n)) != NULL)
        myw_session_set(&c->s.db, text, n);
}

static void agree(struct myw_conn *c, uint32_t caps, uint32_t ext)
{
    bool greeted = c->s.greeting_ns != 0;
    c->s.capabilities = caps;
    c->caps = greeted ? caps & (c->server_caps | CAP_PROTOCOL_41) : caps;
    c->ext = greeted ? ext & c->server_ext : ext;
    c->caps_known = greeted; /* else it is what the client offers: some offer more than the server knows */
    if (greeted)
        c->eof = (c->caps & CAP_DEPRECATE_EOF) ? EOF_DEPRECATED : EOF_CLASSIC;
}

/* The CONNECT exchange ends here: the login itself goes on encrypted. */
static void on_ssl_request(struct myw_conn *c, int64_t ts_ns)
{
    if (c->head != NULL)
        c->head->x.notes |= MYW_NOTE_TLS;
    myw_session_set(&c->s.auth_plugin, NULL, 0); /* the default of the greeting is not what will be used */
    myw_go_opaque(c, MYW_NOTE_TLS, ts_ns);
}

void myw_on_login(struct myw_conn *c, const struct myw_packet *p)
{
    struct rd r;
    rd_init(&r, p->head, p->head_bytes);
    uint32_t caps = rd_u16(&r);
    if (!rd_ok(&r)) {
        myw_desync(c, p->ts_ns);
        return;
    }
    if (caps & CAP_PROTOCOL_41) {
        caps |= (uint32_t)rd_u16(&r) << 16;
        rd_skip(&r, 4); /* packet size */
        myw_vars_login(c, rd_u8(&r));
        rd_skip(&r, 19); /* filler */
        uint32_t ext = rd_u32(&r);
        if (!rd_ok(&r)) {
            myw_desync(c, p->ts_ns);
            return;
        }
        agree(c, caps, (caps & CAP_MYSQL) == 0 || (c->server_caps & CAP_MYSQL) == 0 ? ext : 0);
        if ((caps & CAP_SSL) && rd_left(&r) == 0) {
            on_ssl_request(c, p->ts_ns);
            return;
        }
        parse_login41(c, &r, caps);
    } else {
        agree(c, caps, 0);
        if ((caps & CAP_SSL) && p->bytes <= 5) {
            on_ssl_request(c, p->ts_ns);
            return;
        }
        parse_login320(c, &r, caps);
    }
    myw_set_state(c, ST_AUTH);
}

static void set_owned(char **field, const uint8_t *text, size_t n)
{
    free(*field);
    *field = NULL;
    if (text != NULL && n <= MYW_NAME_MAX && (*field = malloc(n + 1)) != NULL) {
        memcpy(*field, text, n);
        (*field)[n] = 0;
    }
}

/* COM_CHANGE_USER; its authentication bytes are wiped from the kept text. */
void myw_parse_change_user(struct myw_conn *c, struct myw_cmd_run *run)
{
    struct rd r;
    size_t n = 0;
    rd_init(&r, run->text.data, run->text.len);
    const uint8_t *text = rd_cstr(&r, &n);
    set_owned(&run->new_user, text, n);
    skip_auth(&r,
              (c->caps_known ? c->caps : CAP_SECURE) & ~CAP_LENENC_AUTH); /* this packet has a length byte */
    text = rd_cstr(&r, &n);
    set_owned(&run->new_db, text, n);
    run->new_collation = rd_u16(&r);
    if (rd_ok(&r) && (!c->caps_known || (c->caps & CAP_PLUGIN_AUTH)) && (text = rd_cstr(&r, &n)) != NULL)
        set_owned(&run->new_plugin, text, n);
    if (run->text.len > 0)
        explicit_bzero(run->text.data, run->text.len);
    buf_fini(&run->text);
}

void myw_session_reset(struct myw_conn *c, struct myw_cmd_run *r, int64_t ts_ns)
{
    if (r->code == MYW_CMD_CHANGE_USER) {
        myw_session_set(&c->s.user, r->new_user, r->new_user != NULL ? strlen(r->new_user) : 0);
        myw_session_set(&c->s.db, r->new_db, r->new_db != NULL ? strlen(r->new_db) : 0);
        if (r->new_plugin != NULL)
            myw_session_set(&c->s.auth_plugin, r->new_plugin, strlen(r->new_plugin));
        myw_vars_login(c, r->new_collation);
    }
    /* RESET_CONNECTION: MySQL takes the server's default character set (utf8mb4), MariaDB that of the login.
     */
    bool own_default = r->code == MYW_CMD_RESET_CONNECTION && strstr(c->s.server_version, "MariaDB") == NULL;
    c->mode.flags = 0;
    c->mode.charset = own_default ? MYW_DIGEST_UTF8 : c->login_charset;
    myw_stmts_forget(c);
    c->last_stmt_id = 0;
    struct myw_lifecycle l = {.type = MYW_LIFE_RESET, .ts_ns = ts_ns};
    myw_lifecycle_emit(c, &l);
}

/* "AuthSwitchRequest"; a bare 0xfe asks for the method before 4.1. */
static void on_auth_switch(struct myw_conn *c, const struct myw_packet *p)
{
    static const char old[] = "mysql_old_password";
    const uint8_t *name = (const uint8_t *)old;
    size_t n = sizeof old - 1;
    if (p->bytes > 1) {
        struct rd r;
        rd_init(&r, p->head + 1, p->head_bytes - 1);
        name = rd_cstr(&r, &n);
        if (name == NULL)
            return;
    }
    if (c->head->code == MYW_CMD_CONNECT)
        myw_session_set(&c->s.auth_plugin, name, n);
    else
        set_owned(&c->head->new_plugin, name, n);
}

static void on_auth_ok(struct myw_conn *c, const struct myw_packet *p)
{
    struct myw_cmd_run *r = c->head;
    int64_t ts_ns = p->ts_ns;
    r->x.ok = true;
    if (r->code == MYW_CMD_CONNECT)
        c->s.ready_ns = ts_ns;
    else
        myw_session_reset(c, r, ts_ns);
    (void)myw_take_ok(c, p);
    if (r->code != MYW_CMD_CONNECT) {
        myw_head_done(c, ts_ns);
        return;
    }
    c->m->counters.handshakes++;
    myw_head_done(c, ts_ns);
    myw_become_ready(c, ts_ns);
    if ((c->caps & (CAP_COMPRESS | CAP_ZSTD)) == 0)
        return;
    if (!c->caps_known) { /* what comes next tells whether the server agreed */
        myw_lose(c, c->lost_notes);
        return;
    }
    bool early = c->head != NULL || c->receiving != NULL || !myw_frame_between(&c->in[FLOW_TO_SERVER]);
    if (!myw_zip_start(c))
        myw_go_opaque(c, MYW_NOTE_COMPRESSED, ts_ns);
    else if (early) /* compressed bytes that were captured before this packet were read as plain ones */
        myw_desync(c, ts_ns);
}

/* Anything that is neither OK nor ERR is another round ("AuthMoreData", "AuthNextFactor", or a plugin's own).
 */
void myw_on_auth_reply(struct myw_conn *c, const struct myw_packet *p)
{
    if (p->head_bytes == 0)
        return;
    if (p->head[0] == 0xff)
        myw_on_err(c, p);
    else if (p->head[0] == 0x00)
        on_auth_ok(c, p);
    else if (p->head[0] == 0xfe)
        on_auth_switch(c, p);
}
