/* summary: poolprobe top's terminal on ncurses: opened, painted, read, and given back however the program
 * ends */
#include "top_screen.h"

#include "base/buf.h"
#include "base/obj.h"
#include "top_draw.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* <term.h> has macros of these names. */
#undef columns
#undef lines

#define SCREEN_MAGIC 0x746f7053U
#define RESET_MAX 256

struct top_screen {
    uint32_t magic;
    SCREEN *curses;
    FILE *keys; /* /dev/tty, or NULL: standard input */
    int key_fd;
};

/* What a fatal signal needs. The one global: a signal handler has no argument. */
static struct {
    volatile sig_atomic_t on;
    int key_fd;
    struct termios modes;
    char reset[RESET_MAX]; /* ends the alternate screen, shows the cursor */
    size_t reset_bytes;
    int real_stderr; /* -1: stderr was not moved */
    int kept_stderr;
} rescue = {.real_stderr = -1, .kept_stderr = -1};

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* Nothing here but calls that are safe in a signal handler. */
static void give_stderr_back(void)
{
    char part[512];
    ssize_t n;
    off_t at = 0;

    if (rescue.real_stderr < 0)
        return;
    while ((n = pread(rescue.kept_stderr, part, sizeof part, at)) > 0) {
        at += n;
        if (write(rescue.real_stderr, part, (size_t)n) < 0)
            break;
    }
    (void)dup2(rescue.real_stderr, STDERR_FILENO);
    close(rescue.real_stderr);
    close(rescue.kept_stderr);
    rescue.real_stderr = rescue.kept_stderr = -1;
}

static void on_fatal(int sig)
{
    if (rescue.on) {
        rescue.on = 0;
        if (write(STDOUT_FILENO, rescue.reset, rescue.reset_bytes) >= 0)
            (void)tcsetattr(rescue.key_fd, TCSANOW, &rescue.modes);
        give_stderr_back();
    }
    (void)raise(sig); /* SA_RESETHAND: ends the process as it would have ended */
}

static void add_reset(const char *capability)
{
    char name[16];

    snprintf(name, sizeof name, "%s", capability);
    const char *text = tigetstr(name);
    if (text == NULL || text == (const char *)-1)
        return;
    size_t n = strlen(text);
    if (rescue.reset_bytes + n > RESET_MAX)
        return;
    memcpy(rescue.reset + rescue.reset_bytes, text, n);
    rescue.reset_bytes += n;
}

static void arm_rescue(int key_fd)
{
    struct sigaction sa = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};

    rescue.key_fd = key_fd;
    rescue.reset_bytes = 0;
    add_reset("sgr0");
    add_reset("cnorm");
    add_reset("rmkx");
    add_reset("rmcup");
    (void)sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)sigaction(fatal[i], &sa, NULL);
    rescue.on = 1;
}

static void disarm_rescue(void)
{
    rescue.on = 0;
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)signal(fatal[i], SIG_DFL);
}

/* A message in the middle of the screen would stay there and be lost with it. */
static void keep_stderr(void)
{
    if (!isatty(STDERR_FILENO))
        return;
    rescue.kept_stderr = memfd_create("stderr", MFD_CLOEXEC);
    rescue.real_stderr = rescue.kept_stderr < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (rescue.real_stderr < 0) {
        if (rescue.kept_stderr >= 0)
            close(rescue.kept_stderr);
        rescue.kept_stderr = -1;
        return;
    }
    (void)dup2(rescue.kept_stderr, STDERR_FILENO);
}

static void set_locale(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

static enum pp_status open_keys(struct top_screen *s, struct pp_err *err)
{
    s->key_fd = STDIN_FILENO;
    if (isatty(STDIN_FILENO))
        return PP_OK;
    s->keys = fopen("/dev/tty", "re");
    if (s->keys == NULL)
        return pp_err_set(err, PP_IO, "no terminal to read keys from (%s); use -b for plain text",
                          strerror(errno));
    s->key_fd = fileno(s->keys);
    return PP_OK;
}

static enum pp_status open_curses(struct top_screen *s, struct pp_err *err)
{
    const char *term = getenv("TERM");

    if (tcgetattr(s->key_fd, &rescue.modes) != 0)
        return pp_err_set(err, PP_IO, "cannot read the terminal's modes: %s", strerror(errno));
    s->curses = newterm(NULL, stdout, s->keys != NULL ? s->keys : stdin);
    if (s->curses == NULL)
        return pp_err_set(err, PP_IO, "terminal type '%s' is not known; set TERM or use -b for plain text",
                          term != NULL ? term : "");
    arm_rescue(s->key_fd);
    (void)cbreak();
    (void)noecho();
    (void)curs_set(0);
    (void)nodelay(stdscr, TRUE);
    (void)keypad(stdscr, TRUE);
    keep_stderr();
    return PP_OK;
}

enum pp_status top_screen_new(struct top_screen **out, struct pp_err *err)
{
    struct top_screen *s;

    *out = NULL;
    if (OBJ_NEW(s, SCREEN_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    set_locale();
    enum pp_status st = open_keys(s, err);
    if (st == PP_OK)
        st = open_curses(s, err);
    if (st != PP_OK) {
        top_screen_free(&s);
        return st;
    }
    *out = s;
    return PP_OK;
}

void top_screen_free(struct top_screen **sp)
{
    struct top_screen *s = *sp;

    if (s == NULL)
        return;
    OBJ_CHECK(s, SCREEN_MAGIC);
    if (s->curses != NULL) {
        (void)endwin();
        delscreen(s->curses);
        disarm_rescue();
        give_stderr_back();
    }
    if (s->keys != NULL)
        (void)fclose(s->keys);
    OBJ_FREE(s);
    *sp = NULL;
}

void top_screen_size(const struct top_screen *s, int *columns, int *rows)
{
    OBJ_CHECK(s, SCREEN_MAGIC);
    *columns = COLS;
    *rows = LINES;
}

static void paint_line(int y, const char *line, size_t n)
{
    bool title = n > 0 && line[0] == TOP_DRAW_TITLE;

    if (title) {
        line++;
        n--;
        (void)attron(A_REVERSE);
        (void)mvhline(y, 0, ' ', COLS);
    }
    (void)mvaddnstr(y, 0, line, (int)n);
    if (title)
        (void)attroff(A_REVERSE);
}

void top_screen_paint(struct top_screen *s, const struct buf *page)
{
    const char *at = (const char *)page->data;
    const char *end = at + page->len;

    OBJ_CHECK(s, SCREEN_MAGIC);
    (void)erase();
    for (int y = 0; at < end && y < LINES; y++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        paint_line(y, at, (size_t)(stop - at));
        at = stop + 1;
    }
    (void)refresh();
}

static bool is_closed(const struct top_screen *s)
{
    struct pollfd p = {.fd = s->key_fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

int top_screen_key(struct top_screen *s)
{
    OBJ_CHECK(s, SCREEN_MAGIC);
    int key = getch();
    if (key == KEY_RESIZE)
        return TOP_KEY_RESIZE;
    if (key == ERR)
        return is_closed(s) ? TOP_KEY_CLOSED : TOP_KEY_NONE;
    return key;
}

int top_screen_fd(const struct top_screen *s)
{
    OBJ_CHECK(s, SCREEN_MAGIC);
    return s->key_fd;
}
