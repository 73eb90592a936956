/* summary: the process that makes a run file whole where its folder is root's and the recorder is not any
 * more */
#include "finisher.h"

#include "base/log.h"
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn static void wait_and_finish(const char *path, int go_fd)
{
    char go = 0;
    struct pp_err err;
    ssize_t n;
    do {
        n = read(go_fd, &go, 1);
    } while (n < 0 && errno == EINTR);
    if (n != 1)
        _exit(0); /* the recorder failed, or was killed: the run stays as it is */
    if (sto_make_whole(path, &err) != PP_OK) {
        log_error("%s", err.text);
        _exit(1);
    }
    _exit(0);
}

enum pp_status finisher_start(struct finisher *f, const char *path, struct pp_err *err)
{
    int go[2];
    *f = (struct finisher){.go_fd = -1};
    if (pipe2(go, O_CLOEXEC) != 0)
        return pp_err_set(err, PP_IO, "cannot make a pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        wait_and_finish(path, go[0]);
    }
    close(go[0]);
    if (pid < 0) {
        close(go[1]);
        return pp_err_set(err, PP_IO, "cannot start a process: %s", strerror(errno));
    }
    f->pid = pid;
    f->go_fd = go[1];
    return PP_OK;
}

enum pp_status finisher_run(struct finisher *f, struct pp_err *err)
{
    int status = 0;
    if (f->pid == 0)
        return PP_OK;
    ssize_t sent = write(f->go_fd, "F", 1);
    close(f->go_fd);
    pid_t ended = waitpid(f->pid, &status, 0);
    *f = (struct finisher){.go_fd = -1};
    if (sent == 1 && ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return PP_OK;
    return pp_err_set(err, PP_IO,
                      "the run file could not be finished: keep its -wal beside it, or start with -Z root");
}

void finisher_end(struct finisher *f)
{
    if (f->pid == 0)
        return;
    close(f->go_fd);
    waitpid(f->pid, NULL, 0);
    *f = (struct finisher){.go_fd = -1};
}
