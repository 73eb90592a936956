/* summary: giving up root and capabilities once the capture is open */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include "base/status.h"

#include <stdbool.h>
#include <sys/types.h>

/* As whom a recording goes on. */
struct privilege {
    bool keep;   /* -Z root: everything stays as it is */
    bool change; /* started as root: becomes uid and gid */
    bool owns;   /* the files belong to that user too: -Z, or started through sudo */
    uid_t uid;
    gid_t gid;
    char name[64];
};

/* Who is to be: `user` (-Z) when it is not NULL; else the user behind sudo (SUDO_UID); else nobody. Started
 * without root nothing changes but the capabilities. PP_DENIED (-Z without root), PP_NOENT (no such user). */
PP_MUST_CHECK enum pp_status privilege_plan(struct privilege *out, const char *user, struct pp_err *err);

/* What stays of root's rights. */
enum privilege_keep {
    PRIVILEGE_NOTHING,
    PRIVILEGE_SIGNAL,        /* CAP_KILL: ends a command that was started as root */
    PRIVILEGE_SEE_PROCESSES, /* CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH: which process holds a socket */
};

/* No program that this process starts from now on, and no thread, can gain rights (no_new_privs). PP_IO. */
PP_MUST_CHECK enum pp_status privilege_seal(const struct privilege *p, struct pp_err *err);

/* Becomes the user and drops every capability but those of `keep`. Threads that run already lose root too;
 * start them afterwards where capabilities came from the file (setcap). PP_IO with the remedy. */
PP_MUST_CHECK enum pp_status privilege_drop(const struct privilege *p, enum privilege_keep keep,
                                            struct pp_err *err);

/* Gives a file that root made to the user, with its -wal and -shm; does nothing unless p->owns. */
void privilege_give_file(const struct privilege *p, const char *path);

#endif
