"""Objects in custody: take in, give back for a purpose, list, delete.

Each act asks the monitor first.  Content is sealed and durable before the row that names it; a
file that no row names never existed, and is swept.  Bytes go out only after their segment
verified, and only after the entry that permits it is durable (spec/invariants.md I3).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from bailee import errors
from bailee.clock import Clock
from bailee.grant import Grant
from bailee.ids import BlobId, ClientId, ObjectId
from bailee.keyring.model import Pending
from bailee.limits import NAME_BYTES, REASON_BYTES
from bailee.monitor.attempt import recording_outcome, recording_read
from bailee.monitor.model import Denial, Principal
from bailee.objects.acts import Deleted, DeleteObject, GetObject, ListObjects, Put, PutObject
from bailee.objects.model import (
    CONTENT,
    LABEL,
    Given,
    ObjectListed,
    VersionRow,
    content_ref,
    content_scope,
    label_ref,
    labels_scope,
    listed,
)
from bailee.objects.port import Blob, BlobStore, ClientFinder, Door, ObjectKeys, ObjectRows
from bailee.seal.layout import Extent
from bailee.seal.port import Chunk
from bailee.seal.row import row_aad
from bailee.seal.stream import OpeningReader, SealingWriter, object_aad
from bailee.work import Tx, Work


class Objects:
    """The acts on objects."""

    def __init__(
        self,
        *,
        work: Work,
        rows: ObjectRows,
        blobs: BlobStore,
        keys: ObjectKeys,
        monitor: Door,
        find_client: ClientFinder,
        final_by_ms: Callable[[], int],
        clock: Clock,
    ) -> None:
        self._work = work
        self._rows = rows
        self._blobs = blobs
        self._keys = keys
        self._monitor = monitor
        self._find_client = find_client
        self._final_by_ms = final_by_ms
        self._clock = clock

    def put(self, who: Principal, request: PutObject, source: Iterable[Chunk]) -> Put | Denial:
        """Take bytes in as the next version of that name; the same content twice is two."""
        if not 0 < len(request.name.encode()) <= NAME_BYTES:
            raise errors.LimitExceeded("errors_objects.name-length", limit=NAME_BYTES)
        client = self._find_client(who, request.client)
        found = self._labels(who, client, request.purpose)
        if isinstance(found, Denial):
            return found
        same = [version for version in found if version.name == request.name]
        obj = _newest(same).object if same else ObjectId.new()
        grant = self._monitor.authorize(
            who,
            act=request.act,
            client=client,
            purpose=request.purpose,
            scopes=(),
            count=0,
            body={"object": str(obj)},
            subject=_subject(request.reason),
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            return self._take_in(grant, obj, request.name, source)

    def _take_in(self, grant: Grant, obj: ObjectId, name: str, source: Iterable[Chunk]) -> Put:
        client = grant.client
        version = self._work.read(lambda tx: self._rows.next_version(tx, client, obj))
        content = self._keys.sealer(content_ref(client, obj, version))
        label = self._keys.sealer(label_ref(client, obj, version))
        writer = SealingWriter(content, object_aad(client.raw, CONTENT, obj.raw, version))
        blob, digest = BlobId.new(), sha256()
        self._blobs.put(str(blob), _digesting(writer.seal(source), digest.update))
        about = ObjectListed(
            object=obj,
            version=version,
            name=name,
            size_bytes=writer.extent.true_size,
            stored_ms=self._clock.now_ms(),
        )
        row = VersionRow(
            client=client,
            object=obj,
            version=version,
            sealed_label=label.seal_row(_label_aad(client, obj, version), about.label()),
            blob=blob,
            sealed_bytes=writer.extent.sealed_size,
            digest=digest.digest(),
            commitment=writer.commitment,
        )

        def keep(tx: Tx) -> None:
            self._keys.enrol(tx, content)
            self._keys.enrol(tx, label)
            self._rows.add(tx, row)
            self._monitor.outcome(tx, grant, "done", _facts(row))

        self._work.run(client, keep)
        return Put(listed=about, digest=row.digest)

    def get(self, who: Principal, request: GetObject) -> Given | Denial:
        """Give a version back, or a range of it; the newest unless one is named."""
        client = self._find_client(who, request.client)
        obj = self._find(who, client, request.object, request.purpose)
        if isinstance(obj, Denial):
            return obj
        grant = self._monitor.authorize(
            who,
            act=request.act,
            client=client,
            purpose=request.purpose,
            scopes=(labels_scope((obj,)), content_scope(obj)),
            count=2,
            body={"object": str(obj)},
            subject=_subject(request.reason),
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            return self._give(grant, obj, request)

    def _give(self, grant: Grant, obj: ObjectId, request: GetObject) -> Given:
        client = grant.client
        versions = self._work.read(lambda tx: self._rows.versions(tx, client, obj))
        wanted = [row for row in versions if request.version in (None, row.version)]
        if not wanted:
            raise errors.NotFound("errors_objects.not-found")
        row = wanted[-1]
        about = self._open_label(grant, row)
        opener = self._work.read(
            lambda tx: self._keys.opener(tx, content_ref(client, obj, row.version), grant)
        )
        blob = self._blobs.open(str(row.blob))
        reader = OpeningReader(
            opener,
            object_aad(client.raw, CONTENT, obj.raw, row.version),
            blob,
            extent=Extent(true_size=about.size_bytes, sealed_size=row.sealed_bytes),
            commitment=row.commitment,
        )
        stop = None if request.length is None else request.start + request.length
        chunks = self._streamed(grant, row, reader.stream(request.start, stop), blob)
        return Given(listed=about, chunks=chunks)

    def _streamed(
        self, grant: Grant, row: VersionRow, chunks: Iterator[memoryview], blob: Blob
    ) -> Iterator[memoryview]:
        """Pass chunks on and record the outcome: a reader that goes away leaves `failed`."""
        given, result = 0, "failed"
        try:
            for chunk in chunks:
                given += len(chunk)
                yield chunk
            result = "done"
        finally:
            blob.close()
            self._close(grant, result, {"version": str(row.version), "bytes": str(given)})

    def list(self, who: Principal, request: ListObjects) -> Sequence[ObjectListed] | Denial:
        """Show all versions of all objects of a client."""
        return self._labels(who, self._find_client(who, request.client), request.purpose)

    def delete(self, who: Principal, request: DeleteObject) -> Deleted | Denial:
        """Destroy the keys of an object; no older copy opens either after the next turn."""
        client = self._find_client(who, request.client)
        obj = self._find(who, client, request.object, request.purpose)
        if isinstance(obj, Denial):
            return obj
        grant = self._monitor.authorize(
            who,
            act=request.act,
            client=client,
            purpose=request.purpose,
            scopes=(),
            count=0,
            body={"object": str(obj)},
            subject=_subject(request.reason),
            wait=True,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            return self._destroy(grant, obj)

    def _destroy(self, grant: Grant, obj: ObjectId) -> Deleted:
        client = grant.client

        def forget(tx: Tx) -> tuple[Sequence[VersionRow], Pending]:
            rows = self._rows.versions(tx, client, obj)
            if not rows:
                raise errors.NotFound("errors_objects.not-found")
            refs = [
                make(client, obj, row.version) for row in rows for make in (label_ref, content_ref)
            ]
            pending = self._keys.destroy(tx, refs)
            self._rows.drop(tx, client, obj)
            self._monitor.outcome(tx, grant, "done", {"versions": str(len(rows))})
            return rows, pending

        rows, pending = self._work.run(client, forget)
        self._keys.announce(pending)
        for row in rows:  # what a crash leaves here is ciphertext without a key, and is swept
            self._blobs.delete(str(row.blob))
        return Deleted(object=obj, versions=len(rows), final_by_ms=self._final_by_ms())

    def _find(
        self, who: Principal, client: ClientId, text: str, purpose: str | None
    ) -> ObjectId | Denial:
        """Take an id as it is; look a name up, which is an act of its own."""
        try:
            return ObjectId.parse(text)
        except ValueError:
            found = self._labels(who, client, purpose)
        if isinstance(found, Denial):
            return found
        same = [version for version in found if version.name == text]
        if not same:
            raise errors.NotFound("errors_objects.not-found")
        return _newest(same).object

    def _labels(
        self, who: Principal, client: ClientId, purpose: str | None
    ) -> Sequence[ObjectListed] | Denial:
        rows = self._work.read(lambda tx: self._rows.versions(tx, client))
        grant = self._monitor.authorize(
            who,
            act=ListObjects.act,
            client=client,
            purpose=purpose,
            scopes=(labels_scope(),),
            count=len(rows),
            body={},
            subject=None,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_read(self._work, self._monitor, grant) as facts:
            found = [self._open_label(grant, row) for row in rows]
            facts["versions"] = str(len(found))
        return found

    def _open_label(self, grant: Grant, row: VersionRow) -> ObjectListed:
        ref = label_ref(row.client, row.object, row.version)
        opener = self._work.read(lambda tx: self._keys.opener(tx, ref, grant))
        aad = _label_aad(row.client, row.object, row.version)
        return listed(row, opener.open_row(aad, row.sealed_label))

    def _close(self, grant: Grant, result: str, body: Mapping[str, str]) -> None:
        self._work.run(grant.client, lambda tx: self._monitor.outcome(tx, grant, result, body))


def _newest(versions: Sequence[ObjectListed]) -> ObjectListed:
    return max(versions, key=lambda version: (version.stored_ms, version.version))


def _subject(reason: str | None) -> Mapping[str, str] | None:
    if reason is None:
        return None
    if len(reason.encode()) > REASON_BYTES:
        raise errors.LimitExceeded("errors_objects.reason-length", limit=REASON_BYTES)
    return {"reason": reason}


def _facts(row: VersionRow) -> Mapping[str, str]:
    """Say what was stored, as the ledger may: sizes of ciphertext and digests, no name."""
    return {
        "object": str(row.object),
        "version": str(row.version),
        "sealed-bytes": str(row.sealed_bytes),
        "sha256": row.digest.hex(),
        "commitment": row.commitment.hex(),
    }


def _label_aad(client: ClientId, obj: ObjectId, version: int) -> bytes:
    return row_aad(client.raw, LABEL, obj.raw, "label", version)


def _digesting(
    chunks: Iterable[memoryview], update: Callable[[memoryview], object]
) -> Iterator[memoryview]:
    for chunk in chunks:
        update(chunk)
        yield chunk
