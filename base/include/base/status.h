/* summary: status codes that must be checked, and the one-line error text that goes with a failure */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>

/* How a call that depends on its environment ended. Bad wire bytes are never a status: they are events. */
enum pp_status {
    PP_OK = 0,
    PP_AGAIN,   /* nothing to do now; call again */
    PP_END,     /* end of input */
    PP_NOMEM,   /* an allocation failed */
    PP_LIMIT,   /* a stated limit was reached */
    PP_INVALID, /* the input or an argument is not of the right form */
    PP_DENIED,  /* missing permission */
    PP_NOENT,   /* no such thing */
    PP_IO,      /* the operating system or a library reported an error */
    PP_VERSION, /* a file of another version */
};

#define PP_MUST_CHECK __attribute__((warn_unused_result))

#define PP_ERR_MAX 512

/* One line that says what failed and what to do; embedded in the caller, no ownership. */
struct pp_err {
    enum pp_status status;
    char text[PP_ERR_MAX];
};

/* Sets status and text (printf form; a NULL `err` is allowed); cuts at PP_ERR_MAX; control characters become
 * '?'. Returns `status`, so that `return pp_err_set(...)` reads well. */
enum pp_status pp_err_set(struct pp_err *err, enum pp_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Short English name of a status ("ok", "out of memory", ...). */
const char *pp_status_name(enum pp_status status);

/* Exit statuses of every program (docs/cli.md). */
enum pp_exit {
    PP_EXIT_OK = 0,
    PP_EXIT_FAILED = 1,
    PP_EXIT_USAGE = 2,
    PP_EXIT_LOSS = 3, /* done, but data was lost */
};

#endif
