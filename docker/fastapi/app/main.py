# summary: the application: Tortoise's connections live as long as it does, the routes, errors as JSON
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from tortoise import Tortoise, connections
from tortoise.exceptions import BaseORMException, DBConnectionError

from app.config import TORTOISE_ORM
from app.routes import health, io_intensive, lists

log = logging.getLogger("uvicorn.error")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await Tortoise.init(config=TORTOISE_ORM)
    try:
        # Tortoise makes its pool at the first query. Asked here, a server that is down or refuses ends the start, and
        # the smallest number of connections is open before the first request.
        await connections.get("default").execute_query("SELECT 1")
        yield
    except DBConnectionError as error:
        log.critical("no connection to the database: %s", error.__context__ or error)
        raise
    finally:
        await connections.close_all()


app = FastAPI(title="Published benchmark: FastAPI", lifespan=lifespan)
app.include_router(health.router)
app.include_router(io_intensive.router)
app.include_router(lists.router)


@app.exception_handler(BaseORMException)
async def database_failed(request: Request, error: BaseORMException) -> JSONResponse:
    log.error("%s %s: %s", request.method, request.url.path, error)
    return JSONResponse(status_code=500, content={"error": str(error)})
