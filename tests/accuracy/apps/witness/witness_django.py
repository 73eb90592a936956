# summary: gunicorn's threads and Django's connections under watch: queued for a thread, handled, dials of the thread's own connection
import time


def watch_worker(module, log):
    worker = module.ThreadWorker
    enqueue, handle = worker.enqueue_req, worker.handle_request

    def watched_enqueue(self, conn):
        conn.witness_ns = time.monotonic_ns()
        enqueue(self, conn)

    def watched_handle(self, req, conn):
        number = next(log.numbers)
        log.add_at(conn.witness_ns, "request", number, conn.client[1], req.method, req.path)
        log.add("handle", number)
        log.thread.request, log.thread.leased = number, False
        try:
            return handle(self, req, conn)
        finally:
            if log.thread.leased:
                log.add("release", log.thread.leased, True)
            log.thread.request = 0
            log.add("answer", number)

    worker.enqueue_req, worker.handle_request = watched_enqueue, watched_handle


def watch_connections(module, log):
    """A request takes its thread's connection at its first statement; it waits when that has to be dialled."""
    wrapper = module.BaseDatabaseWrapper
    ensure, connect = wrapper.ensure_connection, wrapper.connect

    def watched_ensure(self):
        here = log.thread
        if not getattr(here, "request", 0) or (here.leased and self.connection is not None):
            return ensure(self)
        if here.leased:
            log.add("release", here.leased, False)
        here.leased = number = next(log.numbers)
        log.add("want", number, here.request)
        try:
            ensure(self)
        except BaseException:
            log.add("denied", number)
            here.leased = False
            raise
        log.add("got", number, self.connection.thread_id())

    def watched_connect(self):
        number = getattr(log.thread, "leased", 0) or 0
        log.add("dial", number)
        try:
            connect(self)
        except BaseException as error:
            log.add("dialled", number, 0, error.args[0] if error.args and isinstance(error.args[0], int) else -1)
            raise
        log.add("dialled", number, self.connection.thread_id(), 0)

    wrapper.ensure_connection, wrapper.connect = watched_ensure, watched_connect
