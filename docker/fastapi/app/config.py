# summary: settings from the environment, and Tortoise's configuration made of them
import os
from dataclasses import dataclass, field
from pathlib import Path


def _number(name: str, default: int, least: int) -> int:
    text = os.environ.get(name, str(default))
    try:
        value = int(text)
    except ValueError:
        raise SystemExit(f"{name} takes a number, not {text!r}") from None
    if value < least:
        raise SystemExit(f"{name} must be at least {least}, not {value}")
    return value


@dataclass(frozen=True)
class Settings:
    mysql_host: str = field(default_factory=lambda: os.environ.get("MYSQL_HOST", "127.0.0.1"))
    mysql_port: int = field(default_factory=lambda: _number("MYSQL_PORT", 3306, 1))
    mysql_user: str = field(default_factory=lambda: os.environ.get("MYSQL_USER", "benchmark_user"))
    mysql_password: str = field(default_factory=lambda: os.environ.get("MYSQL_PASSWORD", ""), repr=False)
    mysql_database: str = field(default_factory=lambda: os.environ.get("MYSQL_DATABASE", "benchmark_fastapi"))
    pool_min: int = field(default_factory=lambda: _number("POOL_MIN", 20, 1))
    pool_max: int = field(default_factory=lambda: _number("POOL_MAX", 100, 1))
    work_dir: Path = field(default_factory=lambda: Path(os.environ.get("WORK_DIR", "/tmp")))

    def __post_init__(self) -> None:
        if self.pool_min > self.pool_max:
            raise SystemExit(f"POOL_MIN {self.pool_min} is above POOL_MAX {self.pool_max}")


settings = Settings()

TORTOISE_ORM = {
    "connections": {
        "default": {
            "engine": "tortoise.backends.mysql",
            "credentials": {
                "host": settings.mysql_host,
                "port": settings.mysql_port,
                "user": settings.mysql_user,
                "password": settings.mysql_password,
                "database": settings.mysql_database,
                "charset": "utf8mb4",
                "minsize": settings.pool_min,
                "maxsize": settings.pool_max,
            },
        }
    },
    "apps": {"models": {"models": ["app.models"], "default_connection": "default"}},
}
