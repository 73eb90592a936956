/* summary: private to loadgen: enough file descriptors for all users */
#ifndef LG_FDLIMIT_H
#define LG_FDLIMIT_H

#include "config.h"

/* Raises the soft limit as far as it goes. PP_LIMIT with err when the largest level needs more. */
PP_MUST_CHECK enum pp_status lg_fdlimit_raise(const struct lg_config *c, struct pp_err *err);

#endif
