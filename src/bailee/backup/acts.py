"""The acts on backups."""

from dataclasses import dataclass
from typing import Annotated

from bailee.act import Is, Param, Purpose, Request
from bailee.backup.model import About, Mended, Written

_RowsOnly = Annotated[bool, Param(kind=Is.FLAG, help="help.backup_rows", option="--rows")]
_Files = Annotated[
    tuple[str, ...],
    Param(kind=Is.PLACE, help="help.backup_file", positional=True, metavar="FILE"),
]
_Rehearse = Annotated[bool, Param(kind=Is.FLAG, help="help.backup_rehearse", typed=False)]


class CreateBackup(Request[Written], act="backup:create", implied=Purpose.SECURITY):
    """Write a backup to every destination and read it back; `rows_only` leaves objects out."""

    rows_only: _RowsOnly = False


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


class RestoreBackup(
    Request[BackupRestored | BackupRehearsed],
    act="backup:restore",
    implied=Purpose.SECURITY,
    waits=True,
):
    """Make a home from backup files; which is newest is found out, the order does not matter.

    With `rehearse` nothing is made: the files are opened into a place of their own, audited, and
    removed, without keys, signatures or custodians.
    """

    files: _Files
    rehearse: _Rehearse = False
