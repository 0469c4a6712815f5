"""Create: makes a database and brings it to the newest schema; `init` and upgrades only."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from bailee.failpoint import durable

_MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(path: Path) -> Config:
    """Point Alembic at our migrations and one database file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["path"] = path
    return config


def create(path: Path) -> None:
    """Create the file, readable by its owner alone, and run all migrations."""
    with durable("rows.create"):
        # Before SQLite opens it: SQLite would make it readable by whom the umask lets.
        path.touch(mode=0o600, exist_ok=False)
        command.upgrade(configuration(path), "head")
