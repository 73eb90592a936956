# summary: aiomysql's pool under watch: who asks, who dials under the lock, who waits for a release, who is woken
import asyncio


def watch_pool(module, log):
    class Condition(asyncio.Condition):
        """The pool's condition variable; `wait` returns once the lock is held again."""

        async def wait(self):
            acquire = log.acquire.get()
            if not acquire:  # the pool is closing
                return await super().wait()
            log.add("wait", acquire)
            try:
                return await super().wait()
            finally:
                log.add("woken", acquire)

        def notify(self, n=1):
            log.add("notify", n)
            super().notify(n)

    pool = module.Pool
    init, acquire, release, wakeup, connect = pool.__init__, pool._acquire, pool.release, pool._wakeup, module.connect

    def watched_init(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self._cond = Condition()
        log.add("pool", self.minsize, self.maxsize)

    async def watched_acquire(self):
        number = next(log.numbers)
        token = log.acquire.set(number)
        log.add("want", number, log.request.get())
        try:
            connection = await acquire(self)
        except BaseException:
            log.add("denied", number)
            raise
        finally:
            log.acquire.reset(token)
        log.add("got", number, connection.thread_id())
        connection.witness = number
        return connection

    def watched_release(self, connection):
        before = len(self._free)
        out = release(self, connection)
        log.add("release", getattr(connection, "witness", 0), len(self._free) > before)
        return out

    async def watched_wakeup(self):
        await wakeup(self)
        log.add("wakeup")

    async def watched_connect(*args, **kwargs):
        number = log.acquire.get()
        log.add("dial", number)
        try:
            connection = await connect(*args, **kwargs)
        except BaseException as error:
            log.add("dialled", number, 0, error.args[0] if error.args and isinstance(error.args[0], int) else -1)
            raise
        log.add("dialled", number, connection.thread_id(), 0)
        return connection

    pool.__init__, pool._acquire, pool.release, pool._wakeup = watched_init, watched_acquire, watched_release, watched_wakeup
    module.connect = watched_connect


def watch_connection(module, log):
    """The phases of a dial: connected (TCP), greeted, authenticated; what is left are the initial commands."""
    connection = module.Connection
    greeting, authentication = connection._get_server_information, connection._request_authentication

    async def watched_greeting(self):
        log.add("connected", log.acquire.get())
        await greeting(self)
        log.add("greeted", log.acquire.get())

    async def watched_authentication(self):
        await authentication(self)
        log.add("authenticated", log.acquire.get())

    connection._get_server_information, connection._request_authentication = watched_greeting, watched_authentication
