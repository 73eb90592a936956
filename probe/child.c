/* summary: a command that runs beside: fork and exec, with a failed exec told as an error */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The path that child_go sends ("" for none), in a block of its own size: other processes may hold the pipe's
 * other end too, so that its end says nothing. False when the command is not to run. */
static bool read_path(int go_fd, char path[PATH_MAX])
{
    ssize_t got;
    do {
        got = read(go_fd, path, PATH_MAX);
    } while (got < 0 && errno == EINTR);
    return got == PATH_MAX;
}

/* In the child: never returns. The errno of a failed exec goes through `report_fd`, which a working exec
 * closes. */
_Noreturn static void run_command(const struct child_options *o, int go_fd, int report_fd)
{
    char run_path[PATH_MAX];
    sigset_t none;

    if (!read_path(go_fd, run_path))
        _exit(0); /* the recording did not begin */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (run_path[0] != '\0')
        setenv("POOLPROBE_RUN", run_path, 1);
    for (const char *const *e = o->environment; e && *e; e++)
        putenv((char *)(uintptr_t)*e); /* it stays: this process is replaced */
    if (o->output_fd > 0) {
        dup2(o->output_fd, STDOUT_FILENO);
        dup2(o->output_fd, STDERR_FILENO);
    }
    execvp(o->argv[0], o->argv);
    int error = errno;
    ssize_t written = write(report_fd, &error, sizeof error);
    (void)written;
    _exit(127);
}

static enum pp_status exec_failed(int error, const char *command, struct pp_err *err)
{
    if (error == ENOENT)
        return pp_err_set(err, PP_NOENT, "cannot run '%s': no such command; check its path", command);
    if (error == EACCES)
        return pp_err_set(err, PP_DENIED, "cannot run '%s': permission denied; is it executable?", command);
    return pp_err_set(err, PP_IO, "cannot run '%s': %s", command, strerror(error));
}

enum pp_status child_prepare(struct child *c, const struct child_options *o, struct pp_err *err)
{
    int go[2];
    int report[2];

    *c = (struct child){.go_fd = -1, .report_fd = -1};
    if (pipe2(go, O_CLOEXEC) != 0)
        return pp_err_set(err, PP_IO, "cannot make a pipe: %s", strerror(errno));
    if (pipe2(report, O_CLOEXEC) != 0) {
        close(go[0]);
        close(go[1]);
        return pp_err_set(err, PP_IO, "cannot make a pipe: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        run_command(o, go[0], report[1]);
    }
    close(go[0]);
    close(report[1]);
    c->go_fd = go[1];
    c->report_fd = report[0];
    c->waiting = pid > 0;
    c->pid = pid > 0 ? pid : 0;
    return pid > 0 ? PP_OK : pp_err_set(err, PP_IO, "cannot start a process: %s", strerror(errno));
}

static void close_pipes(struct child *c)
{
    if (c->go_fd >= 0)
        close(c->go_fd);
    if (c->report_fd >= 0)
        close(c->report_fd);
    c->go_fd = c->report_fd = -1;
    c->waiting = false;
}

enum pp_status child_go(struct child *c, const char *name, const char *run_path, struct pp_err *err)
{
    char path[PATH_MAX] = ""; /* PIPE_BUF: it goes in one piece */
    int error = 0;
    ssize_t n;

    strncpy(path, run_path != NULL ? run_path : "", sizeof path - 1);
    if (write(c->go_fd, path, sizeof path) != (ssize_t)sizeof path)
        return pp_err_set(err, PP_IO, "cannot start '%s': %s", name, strerror(errno));
    close(c->go_fd);
    c->go_fd = -1;
    do {
        n = read(c->report_fd, &error, sizeof error);
    } while (n < 0 && errno == EINTR);
    close_pipes(c);
    if (n != (ssize_t)sizeof error)
        return PP_OK;
    waitpid(c->pid, NULL, 0);
    *c = (struct child){.go_fd = -1, .report_fd = -1};
    return exec_failed(error, name, err);
}

enum pp_status child_start(struct child *c, const struct child_options *o, struct pp_err *err)
{
    enum pp_status st = child_prepare(c, o, err);

    if (st != PP_OK)
        return st;
    st = child_go(c, o->argv[0], o->run_path, err);
    if (st != PP_OK)
        child_end(c);
    return st;
}

bool child_poll(struct child *c)
{
    if (c->pid != 0 && !c->ended && waitpid(c->pid, &c->wait_status, WNOHANG) == c->pid)
        c->ended = true;
    return c->ended;
}

void child_signal(const struct child *c, int sig)
{
    if (c->pid != 0 && !c->ended)
        kill(c->pid, sig);
}

void child_end(struct child *c)
{
    if (c->pid == 0 || c->ended)
        return;
    if (c->waiting)
        close_pipes(c);
    kill(c->pid, SIGKILL);
    if (waitpid(c->pid, &c->wait_status, 0) == c->pid)
        c->ended = true;
}

enum pp_status child_result(const struct child *c, const char *name, struct pp_err *err)
{
    if (c->pid == 0 || (WIFEXITED(c->wait_status) && WEXITSTATUS(c->wait_status) == 0))
        return PP_OK;
    if (WIFEXITED(c->wait_status))
        return pp_err_set(err, PP_IO, "'%s' exited with status %d", name, WEXITSTATUS(c->wait_status));
    return pp_err_set(err, PP_IO, "'%s' was ended by signal %d (%s)", name, WTERMSIG(c->wait_status),
                      strsignal(WTERMSIG(c->wait_status)));
}
