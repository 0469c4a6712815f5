"""Audit of places: who can read them, which disks they share, what custodians and backups hold.

It reads and changes nothing.  Custodians are compared with each other: they must hold the same turn
secret, or the copy that is there for the day the other is lost would not help.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.kms.disk import private
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.places import shared_disks
from bailee.adapters.objects.directory import DirectoryHandle, DirectoryStore
from bailee.audit import Finding, FindingKind, found
from bailee.backup.archive import CONFIG, KEYRING, LEDGER, OBJECTS, ROWS, Unpacking
from bailee.backup.form import open_stream
from bailee.backup.model import About
from bailee.backup.writer import SUFFIX, Recovery, stored_at

_CHUNK: Final = 1024 * 1024


class Places:
    """Implements `backup.port.Surroundings`."""

    def __init__(
        self,
        home: Path,
        kms: FileKms,
        destinations: Iterable[Path],
        recovery: Callable[[], Recovery],
    ) -> None:
        self._home = home
        self._kms = kms
        self._recovery = recovery
        self._destinations = tuple(destinations)

    def pending(self) -> frozenset[bytes]:
        """Return the deleted key ids that custodians hold."""
        return self._kms.pending()

    def audit(
        self, generation: int, written: Mapping[str, str], *, deep: bool
    ) -> Iterator[Finding]:
        """Audit rights, disks, custodians and backups."""
        yield from self._rights()
        yield from self._disks()
        yield from self._custodians(generation)
        for place in self._destinations:
            yield from self._backups(place, generation, written, deep=deep)

    def _rights(self) -> Iterator[Finding]:
        inside = [self._home / name for name in (ROWS, KEYRING, CONFIG, OBJECTS, LEDGER)]
        # The owner's alone, as they were made: a backup tool or a hurried chmod changes that
        # unseen.
        for place in (self._home, *inside, *self._destinations):
            if place.exists() and not private(place.stat()):
                yield found(FindingKind.OTHERS_CAN_READ, place=str(place))

    def _disks(self) -> Iterator[Finding]:
        folders = [custodian.folder for custodian in self._kms.custodians]
        for shared in shared_disks(self._home, folders, self._destinations):
            cost = shared.cost.removeprefix("keys.")
            yield found(FindingKind.SHARED_DISK, what=cost, one=shared.one, other=shared.other)

    def _custodians(self, generation: int) -> Iterator[Finding]:
        secrets: list[tuple[str, bytes]] = []
        for custodian in self._kms.custodians:
            place = str(custodian.folder)
            if not custodian.answers():
                yield found(FindingKind.CUSTODIAN_SILENT, place=place)
                continue
            secret = _turn(custodian, generation)  # None: absent; empty: damaged
            if secret is None:
                yield found(FindingKind.CUSTODIAN_BEHIND, place=place, generation=generation)
            elif not secret:
                yield found(FindingKind.CUSTODIAN_DAMAGED, place=place, generation=generation)
            else:
                secrets.append((place, secret))
        # Which of two is right nobody can say here: the one that differs from the first is named.
        for place, secret in secrets[1:]:
            if not hmac.compare_digest(secret, secrets[0][1]):
                yield found(FindingKind.CUSTODIAN_DAMAGED, place=place, generation=generation)

    def _backups(
        self, place: Path, generation: int, written: Mapping[str, str], *, deep: bool
    ) -> Iterator[Finding]:
        """Look for a backup of the living generation; deep, verify that each is as written."""
        store, living = DirectoryStore(place), False
        heads = {item.name: item.about for item in stored_at(str(place), store)}
        for name in list(store.names()):
            if not name.endswith(SUFFIX):
                continue
            about, ident = heads.get(name), name.removesuffix(SUFFIX)
            ours = about is not None and about.install == self._kms.install
            # A copy of an older generation opens nothing after the turn, so it does not count.
            living = living or (ours and about is not None and about.generation >= generation)
            if about is None or (deep and not self._sound(store, name, about, written.get(ident))):
                yield found(FindingKind.BACKUP_DAMAGED, place=str(place), backup=ident)
        if not living:
            yield found(FindingKind.BACKUP_LACKING, place=str(place), generation=generation)

    def _sound(self, store: DirectoryStore, name: str, about: About, recorded: str | None) -> bool:
        """Compare with the digest in the ledger; without one, open the file to its end.

        True for what was sealed to the recovery key of an older root, which is not at hand.
        """
        try:
            with closing(store.open(name)) as handle:
                if recorded is not None:
                    return _digest(handle) == recorded
                recovery = self._recovery()
                # Comparing it needs the older root, which no longer lies in the home.
                if about.recovery != recovery.id:
                    return True
                _, reader = open_stream(handle, recovery.open)
                for _ in Unpacking(reader, reader.extent.true_size):
                    pass
        except (errors.Damaged, errors.NotFound):
            return False
        return True


def _turn(custodian: Custodian, generation: int) -> bytes | None:
    try:
        return custodian.read_turn(generation)
    except (errors.Damaged, errors.Sealed):
        return b""


def _digest(handle: DirectoryHandle) -> str:
    digest, at = sha256(), 0
    while chunk := handle.read_at(at, _CHUNK):
        digest.update(chunk)
        at += len(chunk)
    return digest.hexdigest()
