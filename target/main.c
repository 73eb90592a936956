/* summary: reftarget: start in order, serve until a signal, stop in order */
#include "server.h"

#include "base/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Each pooled connection and each client has a descriptor. */
static void raise_file_limit(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
        l.rlim_cur = l.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &l);
    }
}

/* Blocked before any thread starts, so that main alone takes them, by sigwait. */
static void block_signals(sigset_t *set)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

static int failed(const struct pp_err *err)
{
    log_error("%s", err->text);
    return PP_EXIT_FAILED;
}

/* Serves until a signal. */
static enum pp_status serve(struct app *app, int fd, const sigset_t *signals, struct pp_err *err)
{
    int number = 0;
    struct server *server = server_start(app, fd, err);
    if (server == NULL)
        return PP_IO;
    const struct options *o = app->options;
    bool v6 = strchr(o->listen, ':') != NULL;
    log_info("ready on http://%s%s%s:%u, pool %lld to %lld, %s dialling, %s reuse, MySQL %s", v6 ? "[" : "",
             o->listen, v6 ? "]" : "", app->port, (long long)o->pool_min, (long long)o->pool_max, o->dial,
             o->reuse, app->mysql_version);
    (void)sigwait(signals, &number);
    log_info("stopping on signal %d", number);
    server_stop(&server);
    return PP_OK;
}

/* Takes the socket in every case. */
static int run(struct app *app, int fd, const sigset_t *signals)
{
    struct pp_err err = {PP_OK, ""};
    struct pp_err end_err = {PP_OK, ""};
    enum pp_status st = db_library_init(&err);
    if (st == PP_OK)
        st = app_init(app, &err);
    if (st == PP_OK && fd >= 0)
        st = serve(app, fd, signals, &err);
    else if (fd >= 0)
        (void)close(fd);
    enum pp_status end = app_fini(app, &end_err);
    db_library_end();
    if (st != PP_OK)
        return failed(&err);
    return end == PP_OK ? PP_EXIT_OK : failed(&end_err);
}

/* A taken port is to be told before the database is touched. */
static int bind_and_run(const struct options *options, const struct uri *uri)
{
    struct app app = {.options = options, .uri = *uri};
    struct pp_err err = {PP_OK, ""};
    sigset_t signals;
    int fd = -1;
    block_signals(&signals);
    if (!options->setup_only && server_bind(options, &fd, &app.port, &err) != PP_OK)
        return failed(&err);
    return run(&app, fd, &signals);
}

int main(int argc, char **argv)
{
    struct options options;
    struct opt_result result;
    struct uri uri;
    struct pp_err err = {PP_OK, ""};
    memset(&options, 0, sizeof options);
    log_set_program("reftarget");
    if (options_parse(argc, argv, &options, &result, &err) != PP_OK) {
        log_error("%s", err.text);
        return PP_EXIT_USAGE;
    }
    if (result.help) {
        opt_print_help(&options_table);
        return PP_EXIT_OK;
    }
    if (result.version) {
        printf("reftarget %s\n", POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    if (uri_parse(options.mysql, &uri, &err) != PP_OK) {
        log_error("%s", err.text);
        return PP_EXIT_USAGE;
    }
    raise_file_limit();
    return bind_and_run(&options, &uri);
}
