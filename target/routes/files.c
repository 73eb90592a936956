/* summary: one file written, read back and removed */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void make_json(char text[FILES_BYTES + 1], uint64_t request_id, int number)
{
    int head = snprintf(text, FILES_BYTES + 1, "{\"request\":%" PRIu64 ",\"file\":%d,\"data\":\"", request_id,
                        number);
    memset(text + head, 'x', (size_t)(FILES_BYTES - head - 2));
    memcpy(text + FILES_BYTES - 2, "\"}", 3);
}

/* A regular file takes or gives all bytes at once unless the disk is full or a signal came; both count as
 * failures. */
static enum pp_status write_file(const char *path, const char *text, struct pp_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return pp_err_set(err, PP_IO, "cannot create %s: %s", path, strerrordesc_np(errno));
    ssize_t n = write(fd, text, FILES_BYTES);
    if (close(fd) != 0 || n != FILES_BYTES)
        return pp_err_set(err, PP_IO, "cannot write %s", path);
    return PP_OK;
}

static enum pp_status read_file(const char *path, char *text, struct pp_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return pp_err_set(err, PP_IO, "cannot open %s: %s", path, strerrordesc_np(errno));
    ssize_t n = read(fd, text, FILES_BYTES);
    (void)close(fd);
    return n == FILES_BYTES ? PP_OK : pp_err_set(err, PP_IO, "cannot read %s", path);
}

enum pp_status files_round_trip(const char *dir, uint64_t request_id, int number, struct pp_err *err)
{
    char path[640];
    char text[FILES_BYTES + 1];
    char back[FILES_BYTES];
    int n = snprintf(path, sizeof path, "%s/request-%" PRIu64 "-%d.json", dir, request_id, number);
    if (n < 0 || (size_t)n >= sizeof path)
        return pp_err_set(err, PP_INVALID, "the work folder's name is too long");
    make_json(text, request_id, number);
    enum pp_status st = write_file(path, text, err);
    if (st == PP_OK)
        st = read_file(path, back, err);
    if (st == PP_OK && memcmp(text, back, FILES_BYTES) != 0)
        st = pp_err_set(err, PP_IO, "%s holds other bytes than were written", path);
    (void)unlink(path);
    return st;
}
