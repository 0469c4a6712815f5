"""The acts on backups."""

from dataclasses import dataclass
from typing import Annotated

from bailee.act import Facts, Is, Param, Purpose, Request
from bailee.backup.model import About, BackupKind, Mended, Written
from bailee.ids import ApprovalId, BackupId

_RowsOnly = Annotated[bool, Param(kind=Is.FLAG, help="help.backup_rows", option="--rows")]
_Files = Annotated[
    tuple[str, ...],
    Param(kind=Is.PLACE, help="help.backup_file", positional=True, metavar="FILE"),
]
_Rehearse = Annotated[bool, Param(kind=Is.FLAG, help="help.backup_rehearse")]


class CreateBackup(Request[Written], act="backup:create", implied=Purpose.SECURITY):
    """Write a backup to every destination and read it back; `rows_only` leaves objects out."""

    rows_only: _RowsOnly = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestored:
    """Backup restored: what was made: the rows of `rows`, the objects of every file.

    `missing` counts sealed files that the rows name and no file held.
    """

    rows: About
    objects: int
    missing: int
    mended: Mended
    approval: ApprovalId | None = None
    """What a second person has to agree to before the home grants anything; None where one is
    enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRehearsed:
    """Backup rehearsed: what a restore would have made; `damaged` counts what the check found."""

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


_Digest = bytes


class AboutFacts(Facts):
    """About facts: what the ledger holds of a backup, made or restored from."""

    backup: BackupId
    kind: BackupKind
    generation: int
    position: int


class BackupFacts(AboutFacts):
    """Backup facts: what the ledger holds of a backup that was made: digest and counts, no path."""

    bytes: int
    sha256: _Digest
    places: int
    missed: int


class RestoredFacts(AboutFacts):
    """Restored facts: what the ledger holds of a restore, or with `damaged` of its rehearsal."""

    objects: int
    missing: int
    lost: int
    tiles: int
    forgotten: int
    damaged: int | None = None


class TakenUpFacts(Facts):
    """Taken up facts: what each client's ledger holds of a restore: what it goes on from."""

    backup: BackupId
    generation: int


def about_facts(about: About) -> AboutFacts:
    """Give what the ledger holds of the backup that a home is made from."""
    return AboutFacts(
        backup=about.id, kind=about.kind, generation=about.generation, position=about.position
    )


def backup_facts(written: Written) -> BackupFacts:
    """Give what the ledger holds of a backup that was made."""
    about = written.about
    return BackupFacts(
        backup=about.id,
        kind=about.kind,
        generation=about.generation,
        position=about.position,
        bytes=written.size_bytes,
        sha256=written.digest,
        places=len(written.places),
        missed=len(written.missed),
    )
