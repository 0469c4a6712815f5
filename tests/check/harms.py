"""Harms: what somebody with the files, and without the keys, can do to a home."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.patience import HANGS_S

Harm = Callable[[Path], None]


def sql(statement: str) -> Harm:
    """Edit the rows as a database administrator would."""

    def harm(place: Path) -> None:
        connection = sqlite3.connect(place / "home" / "rows.db", timeout=HANGS_S)
        changed = connection.execute(statement).rowcount
        connection.commit()
        connection.close()
        assert changed, statement

    return harm


def flipped(table: str, column: str, where: str = "true", *, at: int = -1) -> Harm:
    """Flip the lowest bit of one byte of a value in one row."""

    def harm(place: Path) -> None:
        connection = sqlite3.connect(place / "home" / "rows.db", timeout=HANGS_S)
        key, value = connection.execute(
            f"select {_key(table)}, {column} from {table}"  # noqa: S608  # constants
            f" where {where} and {column} is not null limit 1"
        ).fetchone()
        data = bytearray(value)
        data[at] ^= 1
        connection.execute(
            f"update {table} set {column} = ? where {_key(table)} = ?",  # noqa: S608  # constants
            (bytes(data), key),
        )
        connection.commit()
        connection.close()

    return harm


def _key(table: str) -> str:
    keys = {
        "key_leaf": "kid",
        "key_bucket": "hex(client) || bucket",
        "key_trunk": "noun || hex(id)",
        "key_law": "kid",
        "ledger_entry": "entry",
        "ledger": "client",
        "object_version": "hex(object) || version",
        "actor": "id",
        "client": "id",
        "key_state": "one",
        "key_epoch": "hex(client) || epoch || noun || version",
        "vault": "hex(client) || epoch || hex(token)",
        "vault_index": "hex(key)",
        "log_stream": "stream",
        "log_source": "source",
        "log_batch": "batch",
        "log_part": "hex(batch) || part",
        "log_run": "blob",
    }
    return keys[table]


def rewritten(pattern: str, *, at: int) -> Harm:
    """Write another base64 character, so that the file still reads."""

    def harm(place: Path) -> None:
        (path, *_) = sorted(place.glob(pattern))
        data = bytearray(path.read_bytes())
        data[at] = ord("B") if data[at] == ord("A") else ord("A")
        path.write_bytes(data)

    return harm


def tampered(pattern: str, *, at: int = 10) -> Harm:
    """Flip one bit of a file."""

    def harm(place: Path) -> None:
        path = max(
            place.glob(pattern),
            key=lambda path: (int(path.name), path) if path.name.isdecimal() else (0, path),
        )
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)

    return harm


def narrowest(pattern: str) -> Harm:
    """Flip one bit of what is left of an older state of a tile."""

    def harm(place: Path) -> None:
        folder = next(path for path in place.glob(pattern) if len(list(path.iterdir())) > 1)
        path = min(folder.iterdir(), key=lambda path: int(path.name))
        data = bytearray(path.read_bytes())
        data[9] ^= 1
        path.write_bytes(data)

    return harm


def removed(pattern: str) -> Harm:
    def harm(place: Path) -> None:
        min(place.glob(pattern)).unlink()

    return harm


def execute(place: Path, statement: str) -> None:
    """Run a statement that changes no row."""
    connection = sqlite3.connect(place / "home" / "rows.db", timeout=HANGS_S)
    connection.execute(statement)
    connection.commit()
    connection.close()
