# summary: the io-intensive work: two files, then eight times a transaction that changes users and a count outside it
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from benchmark import files
from benchmark.models import User

FILES = 2
ROUNDS = 8
NEW_USERS = 10
UPDATED_USERS = 5


def change_users(prefix: str) -> None:
    # bulk_create gives no keys back on MySQL: the rows are found again by their unique names.
    names = [f"{prefix}_{i}" for i in range(NEW_USERS)]
    with transaction.atomic():
        User.objects.bulk_create(
            User(username=name, email=f"{name}@example.org", full_name=f"New User {i}") for i, name in enumerate(names)
        )
        User.objects.count()
        for i, name in enumerate(names[:UPDATED_USERS]):
            User.objects.filter(username=name).update(full_name=f"Updated User {i}", active=False)
        User.objects.filter(username__in=names).delete()


def io_intensive() -> dict[str, int]:
    request_id = uuid4().hex
    for number in range(FILES):
        files.round_trip(settings.WORK_DIR, request_id, number)
    users = 0
    for number in range(ROUNDS):
        change_users(f"io_{request_id}_{number}")
        users = User.objects.count()
    return {"files": FILES, "rounds": ROUNDS, "users": users}
