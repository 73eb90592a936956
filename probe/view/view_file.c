/* summary: the file that a report goes to: whole or not at all */
#include "base/obj.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAGIC 0x5646494cu

struct view_file {
    uint32_t magic;
    FILE *stream;
    char *path;      /* NULL: standard output */
    char *temporary; /* NULL: written in place */
};

FILE *view_file_stream(struct view_file *f)
{
    OBJ_CHECK(f, FILE_MAGIC);
    return f->stream;
}

bool view_file_is_input(const char *path, const char *input)
{
    struct stat a, b;
    return path && stat(path, &a) == 0 && stat(input, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

bool view_wants_colour(const char *path)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if ((path && strcmp(path, "-") != 0) || (no_color && *no_color))
        return false;
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static enum pp_status fail(struct pp_err *err, const char *what, const char *path, int errnum)
{
    enum pp_status st = errnum == EACCES || errnum == EPERM ? PP_DENIED
                        : errnum == ENOENT                  ? PP_NOENT
                        : errnum == ENOMEM                  ? PP_NOMEM
                                                            : PP_IO;
    return pp_err_set(err, st, "cannot %s %s: %s; choose another place with -o", what, path,
                      strerror(errnum));
}

/* A new file beside the target, with the permissions that a plain open would have given it. */
static enum pp_status open_temporary(struct view_file *f, struct pp_err *err)
{
    if (asprintf(&f->temporary, "%s.XXXXXX", f->path) < 0) {
        f->temporary = NULL;
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    int fd = mkostemp(f->temporary, O_CLOEXEC);
    if (fd < 0) {
        int e = errno;
        free(f->temporary);
        f->temporary = NULL;
        return fail(err, "write", f->path, e);
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    struct stat old;
    mode_t mode = stat(f->path, &old) == 0 ? old.st_mode & 0777 : 0666 & ~mask;
    (void)fchmod(fd, mode); /* a file system without modes is no reason to fail */
    f->stream = fdopen(fd, "w");
    if (f->stream == NULL) {
        int e = errno;
        (void)close(fd);
        return fail(err, "write", f->path, e);
    }
    return PP_OK;
}

static enum pp_status open_path(struct view_file *f, const char *path, struct pp_err *err)
{
    struct stat st;
    bool exists = stat(path, &st) == 0;
    /* the target of a link is replaced, not the link */
    f->path = exists ? realpath(path, NULL) : strdup(path);
    if (f->path == NULL)
        return fail(err, "write", path, errno);
    if (!exists || S_ISREG(st.st_mode))
        return open_temporary(f, err);
    f->stream = fopen(path, "we");
    return f->stream ? PP_OK : fail(err, "write", path, errno);
}

static void release(struct view_file **fp)
{
    struct view_file *f = *fp;
    if (f->temporary)
        (void)unlink(f->temporary);
    free(f->temporary);
    free(f->path);
    OBJ_FREE(*fp);
}

enum pp_status view_file_new(struct view_file **out, const char *path, struct pp_err *err)
{
    struct view_file *f;
    *out = NULL;
    if (OBJ_NEW(f, FILE_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    if (path == NULL || strcmp(path, "-") == 0) {
        f->stream = stdout;
        *out = f;
        return PP_OK;
    }
    enum pp_status st = open_path(f, path, err);
    if (st == PP_OK) {
        *out = f;
    } else {
        release(&f);
    }
    return st;
}

enum pp_status view_file_free(struct view_file **fp, enum pp_status written, struct pp_err *err)
{
    struct view_file *f = *fp;
    enum pp_status st = written;
    if (f == NULL)
        return written;
    OBJ_CHECK(f, FILE_MAGIC);
    if (f->stream && f->stream != stdout && fclose(f->stream) != 0 && st == PP_OK)
        st = fail(err, "write", f->path, errno);
    if (f->temporary && st == PP_OK) {
        if (rename(f->temporary, f->path) != 0) {
            st = fail(err, "write", f->path, errno);
        } else {
            free(f->temporary); /* it has its name: nothing to remove */
            f->temporary = NULL;
        }
    }
    release(fp);
    return st;
}
