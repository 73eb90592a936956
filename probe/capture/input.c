/* summary: reads a capture through a stdio stream of its own, waiting for pipes together with a wake
 * descriptor */
#include "input.h"

#include "base/obj.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAGIC 0x63617049U
#define INPUT_BUFFER_BYTES ((size_t)256 << 10)

struct cap_input {
    uint32_t magic;
    FILE *file;
    char *name;
    char *buffer;
    int fd;
    int wake_fd;
    bool waits; /* a pipe or the like: reading may block for long */
    bool interrupted;
    uint8_t head[CAP_INPUT_HEAD_BYTES];
    size_t head_bytes;
    size_t head_taken; /* bytes of `head` that the reader has had */
};

/* True when there is something to read (or an error or end to be found by reading). */
static bool wait_readable(struct cap_input *in)
{
    struct pollfd fds[2] = {{.fd = in->fd, .events = POLLIN}, {.fd = in->wake_fd, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return true;
        if (fds[1].revents != 0)
            return false;
        if (fds[0].revents != 0)
            return true;
    }
}

static ssize_t read_fd(struct cap_input *in, void *dst, size_t n)
{
    for (;;) {
        if (in->waits && !wait_readable(in)) {
            in->interrupted = true;
            errno = EINTR;
            return -1;
        }
        ssize_t got = read(in->fd, dst, n);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
    }
}

/* The bytes looked at in cap_input_open come first. */
ssize_t cap_input_read(struct cap_input *in, void *dst, size_t n)
{
    OBJ_CHECK(in, INPUT_MAGIC);
    size_t left = in->head_bytes - in->head_taken;
    if (left == 0)
        return read_fd(in, dst, n);
    if (n > left)
        n = left;
    memcpy(dst, in->head + in->head_taken, n);
    in->head_taken += n;
    return (ssize_t)n;
}

static ssize_t read_stream(void *cookie, char *dst, size_t n)
{
    return cap_input_read(cookie, dst, n);
}

static enum pp_status open_fd(struct cap_input *in, const char *path, struct pp_err *err)
{
    struct stat sb;
    bool is_stdin = strcmp(path, "-") == 0;
    in->fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0 || fstat(in->fd, &sb) != 0) {
        enum pp_status st = errno == ENOENT ? PP_NOENT : errno == EACCES ? PP_DENIED : PP_IO;
        return pp_err_set(err, st, "cannot open %s: %s", in->name, strerror(errno));
    }
    if (S_ISDIR(sb.st_mode))
        return pp_err_set(err, PP_INVALID, "%s is a directory; a pcap or pcapng file is needed", in->name);
    in->waits = !S_ISREG(sb.st_mode);
    return PP_OK;
}

static enum pp_status read_head(struct cap_input *in, struct pp_err *err)
{
    while (in->head_bytes < sizeof in->head) {
        ssize_t got = read_fd(in, in->head + in->head_bytes, sizeof in->head - in->head_bytes);
        if (got < 0)
            return pp_err_set(err, PP_IO, "cannot read %s: %s", in->name, strerror(errno));
        if (got == 0)
            break;
        in->head_bytes += (size_t)got;
    }
    if (in->head_bytes < 4)
        return pp_err_set(err, PP_INVALID, "%s is %s: not a pcap or pcapng file", in->name,
                          in->head_bytes == 0 ? "empty" : "shorter than any capture");
    return PP_OK;
}

enum pp_status cap_input_open(struct cap_input **out, const char *path, int wake_fd, struct pp_err *err)
{
    struct cap_input *in;
    *out = NULL;
    if (OBJ_NEW(in, INPUT_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory while opening %s", path);
    in->fd = -1;
    in->wake_fd = wake_fd;
    in->name = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    enum pp_status st =
        in->name != NULL ? open_fd(in, path, err) : pp_err_set(err, PP_NOMEM, "out of memory");
    if (st == PP_OK)
        st = read_head(in, err);
    if (st != PP_OK) {
        cap_input_free(&in);
        return st;
    }
    *out = in;
    return PP_OK;
}

const uint8_t *cap_input_head(const struct cap_input *in, size_t *bytes)
{
    OBJ_CHECK(in, INPUT_MAGIC);
    *bytes = in->head_bytes;
    return in->head;
}

FILE *cap_input_open_file(struct cap_input *in)
{
    OBJ_CHECK(in, INPUT_MAGIC);
    in->file = fopencookie(in, "r", (cookie_io_functions_t){.read = read_stream});
    in->buffer = malloc(INPUT_BUFFER_BYTES);
    /* Larger reads; a failure only leaves the default buffer. */
    if (in->file != NULL && in->buffer != NULL)
        (void)setvbuf(in->file, in->buffer, _IOFBF, INPUT_BUFFER_BYTES);
    return in->file;
}

FILE *cap_input_file(struct cap_input *in)
{
    OBJ_CHECK(in, INPUT_MAGIC);
    return in->file;
}

FILE *cap_input_release_file(struct cap_input *in)
{
    OBJ_CHECK(in, INPUT_MAGIC);
    FILE *file = in->file;
    in->file = NULL;
    return file;
}

bool cap_input_waits(const struct cap_input *in)
{
    OBJ_CHECK(in, INPUT_MAGIC);
    return in->waits;
}

const char *cap_input_name(const struct cap_input *in)
{
    OBJ_CHECK(in, INPUT_MAGIC);
    return in->name;
}

bool cap_input_interrupted(const struct cap_input *in)
{
    OBJ_CHECK(in, INPUT_MAGIC);
    return in->interrupted;
}

void cap_input_free(struct cap_input **ip)
{
    struct cap_input *in = *ip;
    *ip = NULL;
    if (in == NULL)
        return;
    OBJ_CHECK(in, INPUT_MAGIC);
    if (in->file != NULL)
        (void)fclose(in->file);
    if (in->fd >= 0)
        (void)close(in->fd);
    free(in->name);
    free(in->buffer);
    OBJ_FREE(in);
}
