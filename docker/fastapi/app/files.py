# summary: one file of 1,000 bytes written, read back and removed without blocking the event loop
import json
from pathlib import Path

import aiofiles
import aiofiles.os

FILE_BYTES = 1000


def _content(request_id: str, number: int) -> str:
    head = {"request": request_id, "file": number, "data": ""}
    return json.dumps(head | {"data": "x" * (FILE_BYTES - len(json.dumps(head)))})


async def round_trip(folder: Path, request_id: str, number: int) -> None:
    """Raises OSError when the disk fails, ValueError when the file holds other bytes than were written."""
    path = folder / f"fastapi-{request_id}-{number}.json"
    content = _content(request_id, number)
    try:
        async with aiofiles.open(path, "w") as file:
            await file.write(content)
        async with aiofiles.open(path) as file:
            if await file.read() != content:
                raise ValueError(f"{path} holds other bytes than were written")
    finally:
        await aiofiles.os.remove(path)
