/* summary: a command that runs beside: fork and exec, with a failed exec told as an error */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: never returns. The errno of a failed exec goes through `report_fd`, which a working exec
 * closes. */
_Noreturn static void run_command(const struct child_options *o, int report_fd)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (o->run_path)
        setenv("POOLPROBE_RUN", o->run_path, 1);
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

enum pp_status child_start(struct child *c, const struct child_options *o, struct pp_err *err)
{
    int report[2];
    int error = 0;

    *c = (struct child){0};
    if (pipe2(report, O_CLOEXEC) != 0)
        return pp_err_set(err, PP_IO, "cannot make a pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        run_command(o, report[1]);
    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        return pp_err_set(err, PP_IO, "cannot start a process: %s", strerror(errno));
    }
    ssize_t n;
    do {
        n = read(report[0], &error, sizeof error);
    } while (n < 0 && errno == EINTR);
    close(report[0]);
    if (n == (ssize_t)sizeof error) {
        waitpid(pid, NULL, 0);
        return exec_failed(error, o->argv[0], err);
    }
    c->pid = pid;
    return PP_OK;
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
