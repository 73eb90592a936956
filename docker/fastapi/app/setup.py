# summary: makes the tables and fills them with sql/workload_seed.sql: python -m app.setup SEED_FILE
import re
import sys
from pathlib import Path

from tortoise import Tortoise, connections, run_async
from tortoise.exceptions import BaseORMException

from app.config import TORTOISE_ORM


def statements(sql: str) -> list[str]:
    """The file's statements end with a semicolon at the end of a line; comments stand on lines of their own."""
    code = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    return [s.strip() for s in re.split(r";\s*$", code, flags=re.MULTILINE) if s.strip()]


async def setup(seed: Path) -> None:
    # One connection is enough here, whatever the application's pool is.
    config = TORTOISE_ORM | {"connections": {"default": dict(TORTOISE_ORM["connections"]["default"])}}
    config["connections"]["default"]["credentials"] |= {"minsize": 1, "maxsize": 1}
    await Tortoise.init(config=config)
    try:
        await Tortoise.generate_schemas(safe=True)
        for statement in statements(seed.read_text()):
            # A literal percent sign would be taken for a parameter only if values were given: none are.
            await connections.get("default").execute_script(statement)
    finally:
        await connections.close_all()


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m app.setup SEED_FILE")
    try:
        run_async(setup(Path(sys.argv[1])))
    except (BaseORMException, OSError) as error:
        raise SystemExit(f"set-up failed: {error}") from None


if __name__ == "__main__":
    main()
