/* summary: the folder of an experiment: its specification, run files and logs; what is done already */
#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum pp_status write_spec(const char *path, const struct exp_spec *s, struct pp_err *err)
{
    cJSON *copy = exp_spec_public(s);
    char *text = copy ? cJSON_Print(copy) : NULL;
    cJSON_Delete(copy);
    if (!text)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    FILE *f = fopen(path, "we");
    bool ok = f && fputs(text, f) >= 0 && fputc('\n', f) >= 0;
    ok = f && fclose(f) == 0 && ok;
    free(text);
    return ok ? PP_OK
              : pp_err_set(err, errno == EACCES ? PP_DENIED : PP_IO, "cannot write %s: %s", path,
                           strerror(errno));
}

static enum pp_status check_spec(const char *path, const char *dir, const struct exp_spec *s,
                                 struct pp_err *err)
{
    struct exp_spec *before = NULL;
    enum pp_status st = exp_spec_new(&before, path, err);
    if (st != PP_OK)
        return st;
    if (!exp_spec_same(before, s))
        st = pp_err_set(err, PP_INVALID,
                        "%s holds another experiment (only its number of repeats may change); choose another "
                        "folder with -o",
                        dir);
    exp_spec_free(&before);
    /* the number of repeats of the newest call is the one in force */
    return st == PP_OK ? write_spec(path, s, err) : st;
}

enum pp_status exp_folder_open(const char *dir, const struct exp_spec *s, struct pp_err *err)
{
    char path[PATH_MAX + 32];
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return pp_err_set(err, errno == EACCES ? PP_DENIED : PP_IO, "cannot make the folder %s: %s", dir,
                          strerror(errno));
    (void)snprintf(path, sizeof path, "%s/spec.json", dir);
    if (access(path, F_OK) == 0)
        return check_spec(path, dir, s, err);
    return write_spec(path, s, err);
}

void exp_folder_files(struct exp_files *f, const char *dir, const struct exp_slot *slot)
{
    (void)snprintf(f->run, sizeof f->run, "%s/c%02zu-r%u.run.db", dir, slot->cell + 1, slot->repeat);
    (void)snprintf(f->part, sizeof f->part, "%s/c%02zu-r%u.part.run.db", dir, slot->cell + 1, slot->repeat);
    (void)snprintf(f->log, sizeof f->log, "%s/c%02zu-r%u.log", dir, slot->cell + 1, slot->repeat);
}

bool exp_folder_done(const struct exp_files *f)
{
    return access(f->run, F_OK) == 0;
}
