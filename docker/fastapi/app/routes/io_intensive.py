# summary: POST /io-intensive: two files, then eight times a transaction that changes users and a count outside it
from uuid import uuid4

from fastapi import APIRouter
from tortoise.transactions import in_transaction

from app import files
from app.config import settings
from app.models import User
from app.schemas import IoResult

FILES = 2
ROUNDS = 8
NEW_USERS = 10
UPDATED_USERS = 5

router = APIRouter()


async def change_users(prefix: str) -> None:
    # bulk_create gives no keys back on MySQL: the rows are found again by their unique names.
    names = [f"{prefix}_{i}" for i in range(NEW_USERS)]
    async with in_transaction() as connection:
        await User.bulk_create(
            [
                User(username=name, email=f"{name}@example.org", full_name=f"New User {i}")
                for i, name in enumerate(names)
            ],
            using_db=connection,
        )
        await User.all().using_db(connection).count()
        for i, name in enumerate(names[:UPDATED_USERS]):
            await User.filter(username=name).using_db(connection).update(full_name=f"Updated User {i}", active=False)
        await User.filter(username__in=names).using_db(connection).delete()


@router.post("/io-intensive")
async def io_intensive() -> IoResult:
    request_id = uuid4().hex
    for number in range(FILES):
        await files.round_trip(settings.work_dir, request_id, number)
    users = 0
    for number in range(ROUNDS):
        await change_users(f"io_{request_id}_{number}")
        users = await User.all().count()
    return IoResult(files=FILES, rounds=ROUNDS, users=users)
