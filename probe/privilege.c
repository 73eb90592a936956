/* summary: giving up root and capabilities once the capture is open */
#include "privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Of a machine without an entry for it in its user database; the kernel's own number for "nobody". */
#define NOBODY 65534

static void take_user(struct privilege *p, const struct passwd *user)
{
    p->uid = user->pw_uid;
    p->gid = user->pw_gid;
    snprintf(p->name, sizeof p->name, "%s", user->pw_name);
}

/* A number from the environment that sudo sets; false when there is none, or it is root's. */
static bool from_sudo(const char *name, unsigned *id)
{
    const char *text = getenv(name);
    char *end = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *id = (unsigned)value;
    return errno == 0 && *end == '\0' && value > 0 && value < UINT32_MAX;
}

static void default_user(struct privilege *p)
{
    unsigned uid = 0;
    unsigned gid = 0;
    const struct passwd *user;
    if (from_sudo("SUDO_UID", &uid) && from_sudo("SUDO_GID", &gid)) {
        p->owns = true;
        user = getpwuid(uid);
    } else {
        uid = gid = NOBODY;
        user = getpwnam("nobody");
    }
    if (user != NULL) {
        take_user(p, user);
        return;
    }
    p->uid = uid;
    p->gid = gid;
    snprintf(p->name, sizeof p->name, "user %u", uid);
}

enum pp_status privilege_plan(struct privilege *out, const char *user, struct pp_err *err)
{
    *out = (struct privilege){.change = geteuid() == 0};
    if (user == NULL) {
        if (out->change)
            default_user(out);
        return PP_OK;
    }
    if (!out->change)
        return pp_err_set(err, PP_DENIED, "-Z takes root, who can become another user: leave it out");
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL)
        return pp_err_set(err, PP_NOENT, "-Z: there is no user '%s'", user);
    take_user(out, entry);
    out->keep = out->uid == 0;
    out->owns = true;
    return PP_OK;
}

static void keep_capabilities(enum privilege_keep keep)
{
    const capng_type_t both = (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
    capng_clear(CAPNG_SELECT_BOTH);
    if (keep == PRIVILEGE_SIGNAL)
        (void)capng_update(CAPNG_ADD, both, CAP_KILL);
    if (keep == PRIVILEGE_SEE_PROCESSES)
        (void)capng_updatev(CAPNG_ADD, both, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, -1);
}

/* The bounding set can only be cleared with CAP_SETPCAP; no_new_privs holds without. */
static bool may_clear_bounding(void)
{
    return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
}

enum pp_status privilege_seal(const struct privilege *p, struct pp_err *err)
{
    if (!p->keep && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return pp_err_set(err, PP_IO, "cannot give up new privileges: %s", strerror(errno));
    return PP_OK;
}

enum pp_status privilege_drop(const struct privilege *p, enum privilege_keep keep, struct pp_err *err)
{
    if (p->keep)
        return PP_OK;
    bool bounding = may_clear_bounding();
    keep_capabilities(p->change ? keep : PRIVILEGE_NOTHING);
    if (p->change) {
        int flags = CAPNG_DROP_SUPP_GRP | (bounding ? CAPNG_CLEAR_BOUNDING : 0);
        if (capng_change_id((int)p->uid, (int)p->gid, (capng_flags_t)flags) != 0)
            return pp_err_set(err, PP_IO,
                              "cannot become %s to go on without root: start with -Z root to stay root, or "
                              "with another user after -Z",
                              p->name);
    } else if (capng_apply(bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) != 0) {
        return pp_err_set(err, PP_IO, "cannot give up capabilities: %s", strerror(errno));
    }
    /* The server's password is in memory and environment: neither goes into a core file or to a debugger. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return privilege_seal(p, err);
}

void privilege_give_file(const struct privilege *p, const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char full[4096];
    if (p->keep || !p->change || !p->owns)
        return;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        int n = snprintf(full, sizeof full, "%s%s", path, endings[i]);
        /* What is not there needs no owner, and a file that stays root's is written all the same. */
        if (n > 0 && (size_t)n < sizeof full && lchown(full, p->uid, p->gid) != 0)
            continue;
    }
}
