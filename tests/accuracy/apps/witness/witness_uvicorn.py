# summary: uvicorn's requests under watch: headers read, answer handed to the kernel; each task knows its request


def watch_http(module, log):
    cycle = module.RequestResponseCycle
    init, run = cycle.__init__, cycle.run_asgi

    def watched_init(self, scope, *args, **kwargs):
        self.witness = number = next(log.numbers)
        log.add("request", number, (scope["client"] or ("", 0))[1], scope["method"], scope["path"])
        answered = kwargs.pop("on_response")

        def on_response():
            log.add("answer", number)
            answered()

        init(self, scope, *args, on_response=on_response, **kwargs)

    async def watched_run(self, app):
        log.request.set(self.witness)  # run_asgi is a task of its own: nothing to reset
        await run(self, app)

    cycle.__init__, cycle.run_asgi = watched_init, watched_run


def watch_server(module, log):
    """A Uvicorn worker ends by the signal that it was sent, without Python's exit functions."""
    shutdown = module.Server.shutdown

    async def watched_shutdown(self, *args, **kwargs):
        await shutdown(self, *args, **kwargs)
        log.write()

    module.Server.shutdown = watched_shutdown
