/* summary: text: connections one by one, capture quality and self-cost, coverage, and why something is
 * missing */
#include "analysis.h"
#include "base/clock.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIELD 13     /* columns of the names */
#define UNSEEN_MAX 8 /* lines of sessions that the wire cannot read; JSON has them all */

const char *view_why_no_statements(const struct ana_report *r)
{
    if (r->capture.packets == 0)
        return "the recording holds no packets. Was there traffic, and is it the right interface or file "
               "(poolprobe doctor)?";
    if (r->capture.tls_connections > 0)
        return "every MySQL connection seen was encrypted (TLS), so no statement can be read. Turn TLS "
               "off between "
               "application and server for the recording, or use --server for the server's own figures.";
    if (r->capture.compressed_connections > 0)
        return "the MySQL connections seen were compressed in a way that passes the probe's limits. Turn "
               "compression "
               "off for the "
               "recording.";
    if (r->capture.x_connections > 0)
        return "the MySQL connections seen speak the X protocol, which the probe only names. Use the classic "
               "protocol (port 3306) for the recording.";
    if (r->connection_count == 0)
        return "no MySQL connection was seen among the packets. Is --mysql-port right?";
    return "connections were seen, but no statement on them while recording.";
}

const char *view_why_no_requests(const struct ana_report *r)
{
    if (r->capture.packets == 0)
        return "the recording holds no packets. Was there traffic, and is it the right interface or file "
               "(poolprobe doctor)?";
    if (r->capture.statements > 0)
        return "statements were seen, but no HTTP request. Is --http-port right, and is the traffic plain "
               "HTTP on "
               "the recorded interface? Without requests there is no latency to explain; the queries and "
               "pools below "
               "still hold.";
    return "no HTTP request was seen among the packets. Is --http-port right, and is the traffic plain HTTP?";
}

/* How a connection ended (myw.c: close_why), in words. */
static const char *end_words(const struct ana_connection *c)
{
    static const struct {
        const char *why, *words;
    } ends[] = {{"quit", "ended by COM_QUIT"},
                {"fin", "closed without COM_QUIT"},
                {"rst", "closed by a TCP reset"},
                {"reused", "gone: its port was used again"},
                {"evicted", "no longer followed: too many connections"},
                {"end", "open at the end"}};
    if (c->close_ns <= 0)
        return "left open";
    for (size_t i = 0; c->close_why && i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(c->close_why, ends[i].why) == 0)
            return ends[i].words;
    return c->close_why && *c->close_why ? c->close_why : "closed";
}

static struct view_str phase(int64_t ns)
{
    return ns < 0 ? (struct view_str){"-"} : view_ms((double)ns, 2);
}

static void connection_row(const struct view_text *t, struct view_table *tab, const struct ana_connection *c,
                           int64_t run_start_ns)
{
    char *note = NULL;
    char offset[48] = "before the recording", error[48] = "";
    if (c->open_ns > 0)
        (void)snprintf(offset, sizeof offset, "at %.3f s",
                       (double)(c->open_ns - run_start_ns) / (double)NS_PER_S);
    if (c->connect_errno)
        (void)snprintf(error, sizeof error, "; refused with error %u", c->connect_errno);
    view_table_cell(tab, view_id(c->id).s);
    view_table_cell(tab, view_id(c->pool_id).s);
    view_table_cell(tab, phase(c->tcp_ns).s);
    view_table_cell(tab, phase(c->greeting_ns).s);
    view_table_cell(tab, phase(c->auth_ns).s);
    view_table_cell(tab, view_ms((double)c->busy_ns, 1).s);
    view_table_cell(tab, view_count(c->statements).s);
    view_table_cell(tab, view_count(c->txns).s);
    view_table_cell(tab, view_count(c->checkouts).s);
    view_table_cell(tab, view_count(c->voided).s);
    int n = asprintf(&note, "%s %s %s, %s@%s, thread %" PRIu32 ", %s; opened %s, %s%s",
                     c->client ? c->client : "?", view_arrow(t), c->server ? c->server : "?",
                     c->user ? c->user : "?", c->db ? c->db : "", c->thread_id,
                     c->visibility ? c->visibility : "?", offset, end_words(c), error);
    if (n < 0) {
        view_out_fail(t->out, PP_NOMEM);
        return;
    }
    view_table_note(tab, note, VIEW_WRAP);
    free(note);
}

void view_text_connections(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"conn", VIEW_RIGHT},      {"pool", VIEW_RIGHT},   {"ms: TCP", VIEW_RIGHT}, {"greeting", VIEW_RIGHT},
        {"auth", VIEW_RIGHT},      {"busy", VIEW_RIGHT},   {"stmts", VIEW_RIGHT},   {"txns", VIEW_RIGHT},
        {"checkouts", VIEW_RIGHT}, {"voided", VIEW_RIGHT},
    };
    view_text_heading(t, "Connections");
    if (r->connection_count == 0) {
        view_text_paraf(t, "  ", "No connections: %s", view_why_no_statements(r));
        return;
    }
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < r->connection_count; i++)
        connection_row(t, tab, &r->connections[i], r->start_ns);
    view_table_print(&tab);
}

static void print_cost(const struct view_text *t, const struct ana_report *r)
{
    const struct ana_capture *c = &r->capture;
    char line[160];
    double seconds = (double)(r->end_ns - r->start_ns) / (double)NS_PER_S;
    if (c->cpu_seconds < 0) {
        view_text_field(t, "own cost", FIELD, "not known (the recorder did not write it down)");
        return;
    }
    int n = snprintf(line, sizeof line, "%.2f s of CPU", c->cpu_seconds);
    if (c->packets && n > 0)
        n += snprintf(line + n, sizeof line - (size_t)n, ", %.2f %ss a packet",
                      c->cpu_seconds * 1e6 / (double)c->packets, view_micro(t));
    if (seconds > 0 && n > 0)
        (void)snprintf(line + n, sizeof line - (size_t)n, ", %s of one core over the recording",
                       view_percent(c->cpu_seconds / seconds).s);
    view_text_field(t, "own cost", FIELD, line);
}

static void print_counters(const struct view_text *t, const struct ana_capture *c)
{
    char text[ANA_COUNTERS_TEXT_MAX];
    bool reached = ana_counters_text(text, sizeof text, c, ANA_LIMIT) > 0;
    view_text_field(t, "limits", FIELD, reached ? text : "none reached");
    if (ana_counters_text(text, sizeof text, c, ANA_WIRE) > 0)
        view_text_field(t, "oddities", FIELD, text);
}

void view_text_capture(const struct view_text *t, const struct ana_report *r)
{
    const struct ana_capture *c = &r->capture;
    char line[400];
    view_text_heading(t, "Capture quality");
    (void)snprintf(line, sizeof line, "%s (%s), %s dropped by the kernel", view_count(c->packets).s,
                   view_bytes(c->bytes).s, view_count(c->kernel_drops).s);
    view_text_field(t, "packets", FIELD, line);
    (void)snprintf(line, sizeof line, "%s, %s missing", view_count(c->gaps).s, view_bytes(c->gap_bytes).s);
    view_text_field(t, "gaps", FIELD, line);
    (void)snprintf(line, sizeof line,
                   "%s statements (of %s), %s transactions; %s requests incomplete; %s dropped "
                   "before the run file",
                   view_count(c->voided_statements).s, view_count(c->statements).s,
                   view_count(c->voided_txns).s, view_count(c->incomplete_requests).s,
                   view_count(c->store_drops).s);
    view_text_field(t, "voided", FIELD, line);
    print_counters(t, c);
    (void)snprintf(line, sizeof line, "%s%s",
                   c->complete ? "recorded to the end" : "the recorder did not end cleanly",
                   c->cut_off ? "; the capture file ends inside a packet" : "");
    view_text_field(t, "end", FIELD, line);
    print_cost(t, r);
}

static void print_compared(const struct view_text *t, const struct ana_coverage *c)
{
    char line[400];
    if (c->connections_compared == 0)
        return;
    (void)snprintf(
        line, sizeof line,
        "%s of %s connections agree with their sessions' counts: %s statements at the last samples, "
        "%s to %s on the wire",
        view_count(c->connections_equal).s, view_count(c->connections_compared).s,
        view_count(c->compared_server).s, view_count(c->compared_low).s, view_count(c->compared_high).s);
    view_text_field(t, "one by one", FIELD, line);
}

/* Sessions that the wire cannot read, those with most statements. */
static void print_unseen(const struct view_text *t, const struct ana_coverage *c)
{
    for (size_t i = 0; i < c->unseen_count && i < UNSEEN_MAX; i++) {
        const struct ana_unseen *u = &c->unseen[i];
        char *line = NULL;
        int n = asprintf(&line, "%s statements (%s) of %s session%s, %s: user %s%s%s%s",
                         view_count(u->statements).s, view_percent(u->share).s, view_count(u->sessions).s,
                         u->sessions == 1 ? "" : "s", u->why, *u->user ? u->user : "?",
                         *u->program_name ? ", program " : "", u->program_name,
                         u->unknown > 0 ? "; not all of them counted" : "");
        if (n < 0) {
            view_out_fail(t->out, PP_NOMEM);
            return;
        }
        view_text_field(t, i == 0 ? "not readable" : "", FIELD, line);
        free(line);
    }
}

void view_text_coverage(const struct view_text *t, const struct ana_report *r)
{
    const struct ana_coverage *c = &r->coverage;
    char line[400];
    view_text_heading(t, "Coverage");
    if (c->server_known)
        (void)snprintf(line, sizeof line, "%s on the wire, %s counted by the server%s%s: %s seen",
                       view_count(c->wire_statements).s, view_count(c->server_statements).s,
                       c->server_missed ? ", which missed " : "",
                       c->server_missed ? view_count(c->server_missed).s : "", view_percent(c->ratio).s);
    else
        (void)snprintf(line, sizeof line, "%s on the wire; how many the server ran is not known",
                       view_count(c->wire_statements).s);
    view_text_field(t, "statements", FIELD, line);
    if (c->why_not && *c->why_not)
        view_text_field(t, "", FIELD, c->why_not);
    (void)snprintf(
        line, sizeof line,
        "%s readable, %s encrypted (TLS), %s compressed, %s X protocol; one by one: --by connection",
        view_count(c->plain).s, view_count(c->tls).s, view_count(c->compressed).s,
        view_count(c->x_protocol).s);
    view_text_field(t, "connections", FIELD, line);
    print_compared(t, c);
    print_unseen(t, c);
    (void)snprintf(line, sizeof line, "%zu recorded: --format json or html; compared by poolprobe diff",
                   r->setting_count);
    view_text_field(t, "settings", FIELD, line);
}
