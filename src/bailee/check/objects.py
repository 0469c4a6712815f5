"""Judges one client's objects: every sealed file against its row, every row against the ledger."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from bailee import errors
from bailee.check.entries import RecordedFacts
from bailee.check.model import Finding, FindingKind, found
from bailee.check.openings import CheckOpenings
from bailee.check.port import Blobs, CheckedObjectRows, Openers, Snapshots
from bailee.ids import ClientId
from bailee.objects.acts import put_facts
from bailee.objects.model import LABEL, VersionRow, label_ref, listed
from bailee.seal.layout import Extent
from bailee.seal.row import row_aad

_CHUNK: Final = 1024 * 1024


class ObjectAudit:
    """Judges objects; contents are never opened, their ciphertext is compared."""

    def __init__(
        self, *, work: Snapshots, rows: CheckedObjectRows, blobs: Blobs, keys: Openers
    ) -> None:
        self._work = work
        self._rows = rows
        self._blobs = blobs
        self._keys = keys

    def versions(self, client: ClientId) -> list[VersionRow]:
        """Return the rows of a client's objects as they are now."""
        return list(self._work.read(lambda tx: self._rows.versions(tx, client)))

    def files(self, client: ClientId, *, deep: bool) -> Iterator[Finding]:
        """Compare each sealed file with its row: there, of that size, and deep, those bytes."""
        for row in self.versions(client):
            kind = self._file(row, deep=deep)
            if kind is not None and row in self.versions(client):  # not deleted meanwhile
                yield _about(kind, row)

    def _file(self, row: VersionRow, *, deep: bool) -> FindingKind | None:
        try:
            blob = self._blobs.open(str(row.blob))
        except (errors.NotFound, errors.Damaged):
            return FindingKind.OBJECT_MISSING
        try:
            if blob.size() != row.sealed_bytes:
                return FindingKind.OBJECT_SIZE
            digest, at = sha256(), 0
            while deep and (chunk := blob.read_at(at, _CHUNK)):
                digest.update(chunk)
                at += len(chunk)
        except errors.Damaged:
            return FindingKind.OBJECT_CONTENT
        finally:
            blob.close()
        return FindingKind.OBJECT_CONTENT if deep and digest.digest() != row.digest else None

    def told(self, client: ClientId, told: RecordedFacts) -> Iterator[Finding]:
        """Compare each row with the outcome that put it, and each outcome with the rows."""
        rows = {(str(row.object), row.version): row for row in self.versions(client)}
        for key, row in rows.items():
            if told.puts.get(key) != put_facts(row):
                yield _about(FindingKind.OBJECT_ROW, row)
        for obj, version in told.puts:
            if (obj, version) not in rows and obj not in told.deleted:
                yield found(
                    FindingKind.OBJECT_LOST, client=str(client), object=obj, version=version
                )

    def labels(self, client: ClientId, openings: CheckOpenings) -> Iterator[Finding]:
        """Open each label, and see that the size in it fits the stored one."""
        for row in self.versions(client):
            if not self._label_holds(row, openings) and row in self.versions(client):
                yield _about(FindingKind.OBJECT_LABEL, row)

    def _label_holds(self, row: VersionRow, openings: CheckOpenings) -> bool:
        ref = label_ref(row.client, row.object, row.version)
        try:
            opener = openings.open(
                lambda grant: self._work.read(lambda tx: self._keys.opener(tx, ref, grant))
            )
            aad = row_aad(row.client.raw, LABEL, row.object.raw, "label", row.version)
            about = listed(row, opener.open_row(aad, row.sealed_label))
            fits = Extent.padded(about.size_bytes).sealed_size == row.sealed_bytes
        except (errors.Damaged, errors.NotFound, ValueError):
            return False
        return fits

    def unnamed(self, named: frozenset[str]) -> int:
        """Count files that no row names: harmless, they are ciphertext without a key."""
        return sum(name not in named for name in self._blobs.names())


def _about(kind: FindingKind, row: VersionRow) -> Finding:
    return found(
        kind,
        client=str(row.client),
        object=str(row.object),
        version=row.version,
        file=str(row.blob),
    )
