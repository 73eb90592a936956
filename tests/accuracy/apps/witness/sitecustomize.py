# summary: on PYTHONPATH of an application: its pool, its requests and its dials are written down as they happen (POOL_WITNESS)
"""Python imports this module at its start. Where POOL_WITNESS names a file and the program is gunicorn, the modules below are
instrumented as soon as the application has imported them; its own code stays as it is. Elsewhere nothing happens."""
import os
import sys


class AfterImport:
    """A finder that calls a function with a module right after its import."""

    def __init__(self, hooks):
        self.hooks = hooks

    def find_spec(self, name, path=None, target=None):
        hook = self.hooks.pop(name, None)
        if hook is None:
            return None
        import importlib.util

        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def run_and_hook(module):
            run(module)
            hook(module)

        spec.loader.exec_module = run_and_hook
        return spec


def _hooks():
    from witness_log import Log

    log = Log(os.environ["POOL_WITNESS"])

    def watch(module, function):
        def hook(imported):
            getattr(__import__(module), function)(imported, log)
        return hook

    return {
        "aiomysql.pool": watch("witness_aiomysql", "watch_pool"),
        "aiomysql.connection": watch("witness_aiomysql", "watch_connection"),
        "uvicorn.protocols.http.httptools_impl": watch("witness_uvicorn", "watch_http"),
        "uvicorn.server": watch("witness_uvicorn", "watch_server"),
        "gunicorn.workers.gthread": watch("witness_django", "watch_worker"),
        "django.db.backends.base.base": watch("witness_django", "watch_connections"),
    }


if os.environ.get("POOL_WITNESS") and any(os.path.basename(word) == "gunicorn" for word in sys.orig_argv):
    sys.meta_path.insert(0, AfterImport(_hooks()))
