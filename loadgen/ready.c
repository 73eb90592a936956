/* summary: waits until a URL answers: for whoever starts a target and then a load */
#include "ready.h"

#include "base/clock.h"
#include "base/log.h"
#include "command.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TRY_LIMIT_MS 1000L /* of one request */
#define PAUSE_NS (50 * NS_PER_MS)

struct ready_options {
    int64_t timeout_ns;
};

static const struct opt_def defs[] = {
    {OPT_TIME, 0, "timeout", "TIME", "60s", "give up after this time",
     offsetof(struct ready_options, timeout_ns)},
};

static const struct opt_table table = {
    .program = "poolload ready",
    .usage = "URL [--timeout TIME]",
    .about = "Waits until a GET of the URL is answered with a status below 400. Exit status 1\n"
             "when that did not happen in time.",
    .defs = defs,
    .count = sizeof defs / sizeof defs[0],
};

static size_t drop(char *data, size_t size, size_t n, void *priv)
{
    (void)data;
    (void)priv;
    return size * n;
}

/* The status of one answer, 0 when there was none; then `why` says what was in the way. */
static long ask(CURL *c, char why[CURL_ERROR_SIZE])
{
    long status = 0;
    why[0] = '\0';
    CURLcode rc = curl_easy_perform(c);
    if (rc == CURLE_OK)
        (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    else if (why[0] == '\0')
        (void)snprintf(why, CURL_ERROR_SIZE, "%s", curl_easy_strerror(rc));
    return status;
}

static int wait_for(const char *url, int64_t timeout_ns)
{
    char why[CURL_ERROR_SIZE] = "";
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    int64_t end_ns = clock_mono_ns() + timeout_ns;
    CURL *c = curl_easy_init();
    long status;
    if (c == NULL) {
        log_error("ready: out of memory");
        return PP_EXIT_FAILED;
    }
    (void)curl_easy_setopt(c, CURLOPT_URL, url);
    (void)curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, TRY_LIMIT_MS);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
    (void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
    while ((status = ask(c, why)) <= 0 || status >= 400) {
        if (clock_mono_ns() >= end_ns)
            break;
        (void)nanosleep(&pause, NULL);
    }
    curl_easy_cleanup(c);
    if (status > 0 && status < 400)
        return PP_EXIT_OK;
    if (status > 0)
        log_error("ready: %s answers with status %ld; is this the right path?", url, status);
    else
        log_error("ready: %s does not answer: %s", url, why);
    return PP_EXIT_FAILED;
}

int lg_ready_main(int argc, char **argv)
{
    struct ready_options options;
    int rest = 0;
    int code = lg_command_begin(&table, argc, argv, &options, &rest);
    if (code >= 0)
        return code;
    if (argc - rest != 1) {
        log_error("ready needs one URL, such as ready http://127.0.0.1:8000/health");
        return PP_EXIT_USAGE;
    }
    return wait_for(argv[rest], options.timeout_ns);
}
