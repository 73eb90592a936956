# summary: GET /health: says that the application serves, without asking the database
from fastapi import APIRouter

from app.config import settings
from app.schemas import Health

router = APIRouter()


@router.get("/health")
async def health() -> Health:
    return Health(status="ok", framework="fastapi", pool_min=settings.pool_min, pool_max=settings.pool_max)
