"""Audit of the database itself: its structure, its schema, and the sealed files that it names."""

from collections.abc import Iterator

from bailee.audit import Finding, FindingKind, found
from bailee.check.port import FileNames, SchemaInspection, Snapshots


class RowAudit:
    """Audit of tables and pages, of whatever noun; needs no grant."""

    def __init__(
        self, *, work: Snapshots, inspection: SchemaInspection, files: FileNames, version: str
    ) -> None:
        self._work = work
        self._inspection = inspection
        self._files = files
        self._version = version

    def structure(self) -> Iterator[Finding]:
        """Ask SQLite about its pages; a schema that is not ours was refused at opening."""
        complaints = self._work.check()
        if complaints:  # counted, not quoted: SQLite's own words may say what a row holds
            yield found(FindingKind.ROWS_STRUCTURE, count=len(complaints))
        if self._work.read(self._inspection.schema_version) != self._version:
            yield found(FindingKind.ROWS_VERSION, version=self._version)

    def sets(self) -> Iterator[Finding]:
        """Compare the rows of each client with their digests."""
        for client, name in self._work.read(lambda tx: list(self._inspection.differing(tx))):
            yield found(FindingKind.ROWS_MISSING, client=str(client), set=name)

    def named(self) -> frozenset[str]:
        """Return the files that rows name."""
        return self._work.read(self._inspection.blobs)

    def unnamed(self, named: frozenset[str]) -> Iterator[Finding]:
        """Count files that no row names: harmless, they are ciphertext without a key."""
        count = sum(name not in named for name in self._files.names())
        if count:
            yield found(FindingKind.FILES_UNNAMED, count=count)
