/* summary: poolprobe top: frames on the screen, on standard output and in a file; keys and signals */
#include "top_run.h"

#include "base/clock.h"
#include "top_screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Of a frame in a file and, where COLUMNS does not say otherwise, of a printed one. */
#define FILE_COLUMNS 160
#define BATCH_COLUMNS 80
#define COLUMNS_MAX 1000
#define NAMES_TRIED 100

static void read_counters(struct top *t)
{
    struct cap_counters c;
    struct pipeline_progress p = {.gaps = 0};

    cap_get_counters(t->cap, &c);
    if (t->pipeline != NULL)
        pipeline_get_progress(t->pipeline, &p);
    t->look.packets = c.packets;
    t->look.drops = c.kernel_drops;
    t->look.gaps = p.gaps;
    t->look.voided = p.voided_statements;
    t->look.unreadable = p.tls_connections;
}

static enum pp_status draw(struct top *t, const struct top_look *look, struct pp_err *err)
{
    buf_clear(&t->page);
    enum pp_status st = top_draw(&t->page, t->frame, look);
    return st == PP_OK ? PP_OK : pp_err_set(err, st, "cannot draw a frame: %s", pp_status_name(st));
}

static bool has_work(const struct top_frame *f)
{
    return f->statements > 0 || f->requests > 0 || f->in_flight_ns > 0 || f->dialling > 0;
}

/* A page without marks, through stdio. */
static bool print_page(const struct buf *page, FILE *out)
{
    for (size_t i = 0; i < page->len; i++)
        if (page->data[i] != TOP_DRAW_TITLE && putc(page->data[i], out) == EOF)
            return false;
    return putc('\n', out) != EOF && fflush(out) == 0;
}

static int batch_columns(void)
{
    const char *text = getenv("COLUMNS");
    long n = text != NULL ? strtol(text, NULL, 10) : 0;

    return n >= BATCH_COLUMNS && n <= COLUMNS_MAX ? (int)n : BATCH_COLUMNS;
}

static enum pp_status print_frame(struct top *t, struct pp_err *err)
{
    struct top_look look = t->look;

    look.columns = batch_columns();
    enum pp_status st = draw(t, &look, err);
    if (st != PP_OK)
        return st;
    if (!t->live && !has_work(t->frame) && buf_add(&t->held, t->page.data, t->page.len) == PP_OK &&
        buf_add_byte(&t->held, '\n') == PP_OK)
        return PP_OK;
    st = top_show_held(t, err);
    t->printed = true;
    if (st == PP_OK && !print_page(&t->page, stdout))
        st = pp_err_set(err, PP_IO, "cannot write to standard output: %s", strerror(errno));
    return st;
}

enum pp_status top_show_held(struct top *t, struct pp_err *err)
{
    bool ok = true;

    for (size_t i = 0; i < t->held.len && ok; i++)
        ok = t->held.data[i] == TOP_DRAW_TITLE || putc(t->held.data[i], stdout) != EOF;
    ok = ok && (t->held.len == 0 || fflush(stdout) == 0);
    buf_clear(&t->held);
    return ok ? PP_OK : pp_err_set(err, PP_IO, "cannot write to standard output: %s", strerror(errno));
}

/* The remainder behind the last whole interval is kept only where it is no mere rest. */
static enum pp_status keep(struct top *t, struct pp_err *err)
{
    if (t->live || t->screen == NULL || !has_work(t->frame) ||
        (t->kept != NULL && t->frame->span_ns < t->opt.interval / 2))
        return PP_OK;
    if (t->kept == NULL && (t->kept = malloc(sizeof *t->kept)) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    *t->kept = *t->frame;
    return PP_OK;
}

enum pp_status top_show_end(struct top *t, struct pp_err *err)
{
    if (t->screen == NULL && !t->printed)
        return top_show_held(t, err); /* all of it was quiet */
    if (t->kept != NULL && !t->look.paused)
        *t->frame = *t->kept;
    return top_show_again(t, err);
}

enum pp_status top_show_again(struct top *t, struct pp_err *err)
{
    struct top_look look = t->look;

    if (t->screen == NULL)
        return PP_OK;
    top_screen_size(t->screen, &look.columns, &look.rows);
    look.keys = true;
    look.ended = t->ended;
    look.message = t->message;
    enum pp_status st = draw(t, &look, err);
    if (st == PP_OK)
        top_screen_paint(t->screen, &t->page);
    return st;
}

enum pp_status top_show_frame(struct top *t, struct pp_err *err)
{
    if (t->look.paused)
        return PP_OK;
    struct top_frame *shown = t->frame;
    t->frame = t->fresh;
    t->fresh = shown;
    t->message[0] = 0;
    read_counters(t);
    if (t->screen == NULL)
        return print_frame(t, err);
    enum pp_status st = keep(t, err);
    return st == PP_OK ? top_show_again(t, err) : st;
}

/* A file that nobody has: in the current folder, else (root's rights are gone, say) in the temporary one. */
static FILE *create_file(const struct top *t, char *path, size_t n)
{
    const char *tmp = getenv("TMPDIR");
    const char *folders[] = {".", tmp != NULL && tmp[0] != 0 ? tmp : "/tmp"};
    time_t at = (time_t)(t->frame->at_ns / NS_PER_S);
    char stamp[32] = "0";
    struct tm tm;

    if (gmtime_r(&at, &tm) != NULL)
        (void)strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &tm);
    for (size_t i = 0; i < 2; i++)
        for (int k = 0; k < NAMES_TRIED; k++) {
            char more[16] = "";
            if (k > 0)
                (void)snprintf(more, sizeof more, "-%d", k);
            if (snprintf(path, n, "%s/poolprobe-top-%s%s.txt", folders[i], stamp, more) >= (int)n)
                break;
            int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
            FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
            if (out != NULL)
                return out;
            if (fd >= 0)
                close(fd);
            if (fd >= 0 || errno != EEXIST)
                break;
        }
    return NULL;
}

static enum pp_status write_frame(struct top *t, struct pp_err *err)
{
    char path[PATH_MAX];
    struct top_look look = t->look;
    FILE *out = create_file(t, path, sizeof path);

    if (out == NULL) {
        snprintf(t->message, sizeof t->message, "no frame written: %s", strerror(errno));
        return top_show_again(t, err);
    }
    look.columns = FILE_COLUMNS;
    look.rows = 0;
    look.help = false;
    enum pp_status st = draw(t, &look, err);
    bool whole = st == PP_OK && print_page(&t->page, out);
    whole = fclose(out) == 0 && whole;
    snprintf(t->message, sizeof t->message, whole ? "frame written to %s" : "frame not whole: %s", path);
    return st == PP_OK ? top_show_again(t, err) : st;
}

static enum pp_status toggle_pause(struct top *t, struct pp_err *err)
{
    t->look.paused = !t->look.paused;
    t->message[0] = 0;
    return top_show_again(t, err);
}

static enum pp_status take_key(struct top *t, int key, struct pp_err *err)
{
    switch (key) {
    case 'q':
    case 'Q':
    case TOP_KEY_CLOSED:
        t->quit = true;
        return PP_OK;
    case ' ':
        return toggle_pause(t, err);
    case 't':
        t->look.sort = TOP_BY_TIME;
        break;
    case 'c':
        t->look.sort = TOP_BY_COUNT;
        break;
    case 'p':
        t->look.sort = TOP_BY_P95;
        break;
    case 'e':
        t->look.sort = TOP_BY_ERRORS;
        break;
    case '?':
    case 'h':
        t->look.help = !t->look.help;
        break;
    case 'w':
        return write_frame(t, err);
    case TOP_KEY_RESIZE:
        break;
    default:
        return PP_OK;
    }
    return top_show_again(t, err);
}

static void take_signals(struct top *t)
{
    struct signalfd_siginfo info;

    if (read(t->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        t->quit = true;
}

enum pp_status top_show_events(struct top *t, int wait_ms, struct pp_err *err)
{
    struct pollfd fds[2] = {{.fd = t->signal_fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
    enum pp_status st = PP_OK;

    if (t->screen != NULL)
        fds[1].fd = top_screen_fd(t->screen);
    (void)poll(fds, 2, wait_ms); /* interrupted by a change of size: the key below says so */
    take_signals(t);
    for (int key; t->screen != NULL && st == PP_OK && !t->quit;) {
        key = top_screen_key(t->screen);
        if (key == TOP_KEY_NONE)
            break;
        st = take_key(t, key, err);
    }
    return st;
}
