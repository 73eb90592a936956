# summary: fills the tables with sql/workload_seed.sql: manage.py seed SEED_FILE
import re
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection


def statements(sql: str) -> list[str]:
    """The file's statements end with a semicolon at the end of a line; comments stand on lines of their own."""
    code = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    return [s.strip() for s in re.split(r";\s*$", code, flags=re.MULTILINE) if s.strip()]


class Command(BaseCommand):
    help = "Empties the workload's tables and fills them."

    def add_arguments(self, parser):
        parser.add_argument("seed_file", type=Path)

    def handle(self, *args, **options):
        try:
            with connection.cursor() as cursor:
                for statement in statements(options["seed_file"].read_text()):
                    cursor.execute(statement)
        except (Error, OSError) as error:
            raise CommandError(f"set-up failed: {error}") from None
