"""Model of backups: what a backup says of itself, what was written where, what came back.

`about` is in clear at the head of the file and bound to everything after it: edited, nothing
opens.  Order is by generation and position, never by the wall clock, which may have jumped.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from bailee.encoding import dec, enc
from bailee.errors import Damaged
from bailee.ids import BackupId, InstallId

FORMAT = 1
RECOVERY_BYTES = 32


class BackupKind(StrEnum):
    """Backup kind: what a backup holds."""

    HOME = "home"
    ROWS = "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """About: what a backup says of itself, in clear.

    `generation` is the oldest whose turn secret it takes to open every key in its rows;
    `position` counts the entries of all logs in them; `recovery` is the SHA-256 of the
    public key that it is sealed to.
    """

    id: BackupId
    install: InstallId
    kind: BackupKind
    generation: int
    position: int
    made_ms: int
    recovery: bytes

    def encode(self) -> bytes:
        """Encode it: what envelope, commitment and stream are bound to."""
        return enc(
            "backup",
            FORMAT,
            self.id.raw,
            self.install.raw,
            self.kind,
            self.generation,
            self.position,
            self.made_ms,
            self.recovery,
        )

    @classmethod
    def decode(cls, blob: bytes) -> Self:
        """Decode it; Damaged when it is not one of this format."""
        try:
            version, ident, install, kind, *figures, recovery = dec("backup", blob)
            generation, position, made_ms = (int.from_bytes(part, "big") for part in figures)
            found = cls(
                id=BackupId(ident),
                install=InstallId(install),
                kind=BackupKind(kind.decode()),
                generation=generation,
                position=position,
                made_ms=made_ms,
                recovery=recovery,
            )
            # Encoded again and compared: one spelling each, or a head could be edited without what
            # is bound to it changing.
            same = int.from_bytes(version, "big") == FORMAT and found.encode() == blob
        except (ValueError, OverflowError):
            same = False
        if not same or len(recovery) != RECOVERY_BYTES:
            raise Damaged("errors_backup.header")
        return found

    @property
    def age(self) -> tuple[int, int]:
        """Generation and position; of two backups of an installation the larger is the newer."""
        return (self.generation, self.position)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Written: one backup at its destinations, read back at each; `missed` did not take it."""

    about: About
    size_bytes: int
    digest: bytes
    places: tuple[str, ...]
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBackup:
    """Stored backup: found at a destination by its head alone; nothing of it was verified."""

    about: About
    place: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """Mended: what a restore did to the logs and the keys."""

    lost: int
    """Entries of which the backup has the leaf alone."""
    beyond: int
    """Entries that custodians know of and no file of the backup has."""
    tiles: int
    forgotten: int
