"""Audit of objects: every sealed file against its row, every row against the ledger."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from bailee import errors
from bailee.audit import (
    Audited,
    AuditMaker,
    FileKinds,
    Finding,
    FindingKind,
    NounAudit,
    ReadLedger,
    compare_file,
    found,
)
from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import OUTCOME
from bailee.names.audit import NameAudit
from bailee.names.model import NamedThing, shards_scope
from bailee.objects.acts import (
    DeletedAgainFacts,
    DeleteObject,
    ObjectPutFacts,
    PutObject,
    put_facts,
)
from bailee.objects.model import (
    NOUN,
    ObjectListed,
    VersionRow,
    label_ref,
    labels_scope,
    listed,
)
from bailee.objects.naming import label_aad
from bailee.objects.port import ObjectRows
from bailee.parts import Parts
from bailee.seal.layout import Extent

_FILES: Final = FileKinds(
    missing=FindingKind.OBJECT_MISSING,
    size=FindingKind.OBJECT_SIZE,
    content=FindingKind.OBJECT_CONTENT,
)


class ObjectAudit(NounAudit):
    """Audit of one client's objects; contents are never opened, their ciphertext is compared."""

    part = "objects"
    scopes = (labels_scope(), shards_scope())
    # a restore records its deletions as an outcome of an act in the provider's ledger
    follows = frozenset({PutObject.act, DeleteObject.act, OUTCOME})

    def __init__(self, parts: Parts, rows: ObjectRows, audited: Audited) -> None:
        super().__init__(audited)
        self._parts = parts
        self._rows = rows
        self._puts: dict[tuple[str, int], ObjectPutFacts] = {}
        self._deleted: set[str] = set()

    def _versions(self) -> list[VersionRow]:
        """Return the rows as they are now."""
        client = self.audited.client
        return list(self._parts.work.read(lambda tx: self._rows.versions(tx, client)))

    def stored(self) -> Iterator[Finding]:
        """Compare each sealed file with its row: there, of that size, and deep, those bytes."""
        for row in self._versions():
            kind = compare_file(
                self._parts.blobs,
                str(row.blob),
                _FILES,
                size=row.sealed_bytes,
                digest=row.digest if self.audited.deep else None,
            )
            # Read again: an object that is deleted while files are looked at is no finding.
            if kind is not None and row in self._versions():  # not deleted meanwhile
                yield _about(kind, row)

    def counts(self) -> Mapping[str, int]:
        """Count versions."""
        return {"objects": len(self._versions())}

    def take(self, entry: EntryShown) -> None:
        """Keep what a restore deleted again, and what was to be deleted."""
        if entry.opening.kind == DeleteObject.act:
            # Cut off before its commit it has no outcome, and is made good by the next start.
            self._deleted.add(entry.body.get("object", ""))
        if entry.opening.kind == OUTCOME:
            self._deleted |= {str(obj) for obj in DeletedAgainFacts.parse(entry.body).objects}

    def done(self, act: EntryShown, outcome: EntryShown) -> None:
        """Keep what was put."""
        if act.opening.kind == PutObject.act:
            put = ObjectPutFacts.parse(outcome.body)
            self._puts[(str(put.object), put.version)] = put

    def opened(self, reading: ReadLedger) -> Iterator[Finding]:
        """Compare each row with the outcome that put it, each outcome with the rows, and labels."""
        rows = self._versions()
        # Entries whose bodies do not open cannot say what was put: everything would look lost.
        if not reading.closed:
            yield from self._recorded({(str(row.object), row.version): row for row in rows})
        labels: dict[bytes, NamedThing | None] = {}
        for row in rows:
            about, ident = _label(row, reading), row.object.raw
            # In order of their numbers: the newest is what counts.
            labels[ident] = None if about is None else _named(about)
            if about is None and row in self._versions():
                yield _about(FindingKind.OBJECT_LABEL, row)
        yield from NameAudit(self._parts, self._rows.names, NOUN).differing(
            self.audited.client,
            reading,
            labels,
            # What was put or deleted while labels were opened is no finding.
            unchanged=lambda: rows == self._versions(),
        )

    def _recorded(self, rows: Mapping[tuple[str, int], VersionRow]) -> Iterator[Finding]:
        for key, row in rows.items():
            if self._puts.get(key) != put_facts(row):
                yield _about(FindingKind.OBJECT_ROW, row)
        client = str(self.audited.client)
        for obj, version in self._puts.keys() - rows.keys():
            # A deletion drops the rows; an object that nobody deleted and that has none is lost.
            if obj not in self._deleted:
                yield found(FindingKind.OBJECT_LOST, client=client, object=obj, version=version)


def _label(row: VersionRow, reading: ReadLedger) -> ObjectListed | None:
    """Open a label; None when it does not open, or the size in it is not that of the file."""
    ref = label_ref(row.client, row.object, row.version)
    label = reading.row(ref, label_aad(row.client, row.object, row.version), row.sealed_label)
    if label is None:
        return None
    try:
        about = listed(row, label)
        extent = Extent.padded(about.size_bytes)
    except (errors.Damaged, ValueError):  # what was sealed has another form
        return None
    return about if extent.sealed_size == row.sealed_bytes else None


def _named(about: ObjectListed) -> NamedThing:
    return NamedThing(name=about.name, id=about.object.raw, version=about.version)


def _about(kind: FindingKind, row: VersionRow) -> Finding:
    return found(
        kind,
        client=str(row.client),
        object=str(row.object),
        version=row.version,
        file=str(row.blob),
    )


def audits(parts: Parts, rows: ObjectRows) -> Sequence[AuditMaker]:
    """Give what `check` compares of objects."""
    return (partial(ObjectAudit, parts, rows),)
