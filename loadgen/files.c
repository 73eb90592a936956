/* summary: writes result files by way of a temporary file */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum pp_status cannot_write(const char *path, const char *option, int error, struct pp_err *err)
{
    return pp_err_set(err, PP_IO, "cannot write %s: %s; give another place with %s FILE", path,
                      strerror(error), option);
}

static enum pp_status temp_name(char **name, const char *path, struct pp_err *err)
{
    if (asprintf(name, "%s.part", path) < 0)
        *name = NULL;
    return *name != NULL ? PP_OK : pp_err_set(err, PP_NOMEM, "out of memory");
}

enum pp_status lg_file_try(const char *path, const char *option, struct pp_err *err)
{
    char *temp = NULL;
    enum pp_status st = temp_name(&temp, path, err);
    if (temp == NULL)
        return st;
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        st = cannot_write(path, option, errno, err);
    } else {
        (void)close(fd);
        (void)unlink(temp);
    }
    free(temp);
    return st;
}

static int write_temp(const char *temp, const void *data, size_t bytes)
{
    FILE *f = fopen(temp, "we");
    if (f == NULL)
        return errno;
    errno = 0;
    bool ok = fwrite(data, 1, bytes, f) == bytes;
    ok = fflush(f) == 0 && ok;
    ok = fsync(fileno(f)) == 0 && ok;
    int error = errno;
    ok = fclose(f) == 0 && ok;
    return ok ? 0 : error != 0 ? error : EIO;
}

enum pp_status lg_file_write(const char *path, const char *option, const void *data, size_t bytes,
                             struct pp_err *err)
{
    char *temp = NULL;
    enum pp_status st = temp_name(&temp, path, err);
    if (temp == NULL)
        return st;
    int error = write_temp(temp, data, bytes);
    if (error == 0 && rename(temp, path) != 0)
        error = errno;
    if (error != 0) {
        (void)unlink(temp);
        st = cannot_write(path, option, error, err);
    }
    free(temp);
    return st;
}
