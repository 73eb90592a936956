/* summary: private: has the target come up: does its URL answer */
#ifndef EXP_READY_H
#define EXP_READY_H

#include <stdbool.h>

/* True when a GET of the URL is answered with a status below 400 within a second. */
bool exp_ready(const char *url);

#endif
