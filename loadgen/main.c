/* summary: poolload: drives an HTTP load ramp and writes its results */
#include "base/log.h"
#include "fdlimit.h"
#include "merge.h"
#include "ready.h"
#include "run.h"

#include <curl/curl.h>
#include <string.h>

/* Everything that needs a checked command line. */
static int load(struct lg_config *c)
{
    struct pp_err err = {.status = PP_OK};
    struct lg_report *rep = NULL;
    struct lg_stop stop = {.fd = -1};
    int code = PP_EXIT_FAILED;
    if (lg_fdlimit_raise(c, &err) == PP_OK && lg_config_resolve(c, &err) == PP_OK &&
        lg_report_new(&rep, c, &err) == PP_OK && lg_stop_init(&stop, &err) == PP_OK)
        code = lg_run_all(c, rep, &stop);
    else
        log_error("%s", err.text);
    lg_stop_fini(&stop);
    lg_report_free(&rep);
    return code;
}

static int load_main(int argc, char **argv)
{
    struct lg_config c;
    struct pp_err err = {.status = PP_OK};
    int code = PP_EXIT_OK;
    enum pp_status st = lg_config_init(&c, argc, argv, &err);
    if (st == PP_OK) {
        code = load(&c);
        lg_config_fini(&c);
    } else if (st != PP_END) {
        log_error("%s", err.text);
        code = st == PP_INVALID ? PP_EXIT_USAGE : PP_EXIT_FAILED;
    }
    return code;
}

int main(int argc, char **argv)
{
    log_set_program("poolload");
    if (argc > 1 && strcmp(argv[1], "merge") == 0)
        return lg_merge_main(argc - 1, argv + 1);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        log_error("cannot set up libcurl");
        return PP_EXIT_FAILED;
    }
    bool ready = argc > 1 && strcmp(argv[1], "ready") == 0;
    int code = ready ? lg_ready_main(argc - 1, argv + 1) : load_main(argc, argv);
    curl_global_cleanup();
    return code;
}
