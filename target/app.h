/* summary: what all requests of reftarget share: options, database, pool, truth log */
#ifndef TARGET_APP_H
#define TARGET_APP_H

#include "db.h"
#include "options.h"
#include "pool.h"
#include "truth.h"
#include "uri.h"

struct app {
    const struct options *options; /* these three are set by main */
    struct uri uri;
    unsigned port;        /* served on */
    const char *password; /* NULL without one */
    struct truth *truth;  /* NULL without a log */
    struct pool *pool;
    struct loop *loop; /* NULL where requests have threads */
    char work_dir[512];
    bool work_dir_is_ours;
    char mysql_version[64];
};

/* Connects once (to set the database up or to see that it is), opens the log and the work folder, fills the
 * pool. app_fini is needed after a failure too. */
PP_MUST_CHECK enum pp_status app_init(struct app *a, struct pp_err *err);
/* Closes every connection and the log. PP_IO when the log lost lines. */
PP_MUST_CHECK enum pp_status app_fini(struct app *a, struct pp_err *err);

/* Runs the statements of an SQL text, each ended by a semicolon at the end of a line; lines that start with
 * "--" are left out. `name` is static. */
PP_MUST_CHECK enum pp_status app_run_script(struct db *d, struct trace *t, const char *name,
                                            const char *script, struct pp_err *err);

#endif
