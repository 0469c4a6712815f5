"""The acts on backups: the request's type is the act."""

from dataclasses import dataclass
from typing import ClassVar

from bailee.backup.model import About, Mended, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateBackup:
    """Write a backup to every destination and read it back; `rows_only` leaves objects out."""

    act: ClassVar[str] = "backup:create"
    rows_only: bool = False
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCreated:
    """What was written; the caller says so when a destination missed it."""

    written: Written


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreBackup:
    """Make a home from backup files; which is newest is found out, the order does not matter.

    With `rehearse` nothing is made: the files are opened into a place of their own, judged, and
    removed, without keys, signatures or custodians.
    """

    act: ClassVar[str] = "backup:restore"
    files: tuple[str, ...]
    rehearse: bool = False
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestored:
    """What was made: the rows are those of `rows`, the objects those of every file.

    `missing` counts sealed files that the rows name and no file held.
    """

    rows: About
    objects: int
    missing: int
    mended: Mended


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRehearsed:
    """What a restore would have made; `damaged` counts what the judgement named."""

    rows: About
    objects: int
    missing: int
    damaged: int
