# summary: one file of 1,000 bytes written, read back and removed
import json
from pathlib import Path

FILE_BYTES = 1000


def _content(request_id: str, number: int) -> str:
    head = {"request": request_id, "file": number, "data": ""}
    return json.dumps(head | {"data": "x" * (FILE_BYTES - len(json.dumps(head)))})


def round_trip(folder: Path, request_id: str, number: int) -> None:
    """Raises OSError when the disk fails, ValueError when the file holds other bytes than were written."""
    path = folder / f"django-{request_id}-{number}.json"
    content = _content(request_id, number)
    try:
        path.write_text(content)
        if path.read_text() != content:
            raise ValueError(f"{path} holds other bytes than were written")
    finally:
        path.unlink(missing_ok=True)
