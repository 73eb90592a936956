/* summary: mysql://user@host:port/database into its parts */
#ifndef TARGET_URI_H
#define TARGET_URI_H

#include "base/status.h"

#include <stdint.h>

/* MySQL's limits: a user name has at most 32 characters, a database name 64 (of up to 4 bytes). */
struct uri {
    char user[129];
    char host[256];
    char database[257];
    uint16_t port; /* 3306 when the URI names none */
};

/* User and database are percent-decoded; an IPv6 address stands in brackets. PP_INVALID with one line in err,
 * also for a password in the URI: command lines can be read by every user of a machine. */
PP_MUST_CHECK enum pp_status uri_parse(const char *text, struct uri *u, struct pp_err *err);

#endif
