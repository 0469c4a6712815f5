"""Objects in custody: take in, give back for a purpose, list, delete.

Each act asks the monitor first.  Content is sealed and durable before the row that names it; a
file that no row names never existed, and is swept.  Bytes go out only after their segment
verified, and only after the entry that permits it is durable (spec/invariants.md I3).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Protocol

from bailee import errors
from bailee.act import Principal
from bailee.clock import Clock
from bailee.grant import Grant, Ref
from bailee.ids import BlobId, ClientId, ObjectId
from bailee.keyring.model import Pending
from bailee.monitor.authorized import Authorized
from bailee.monitor.service import Monitor
from bailee.objects.acts import (
    DeleteObject,
    GetObject,
    ListObjects,
    ObjectDeleted,
    ObjectDeletedFacts,
    ObjectGiven,
    ObjectGivenFacts,
    ObjectPut,
    PutObject,
    put_facts,
)
from bailee.objects.model import (
    CONTENT,
    LABEL,
    ObjectListed,
    VersionRow,
    check_name,
    content_ref,
    content_scope,
    label_ref,
    labels_scope,
    listed,
)
from bailee.objects.port import ObjectKeys, ObjectRows
from bailee.parts import ClientFinder
from bailee.seal.layout import Extent
from bailee.seal.port import Blob, BlobStore, Chunk, Opener
from bailee.seal.row import row_aad
from bailee.seal.stream import OpeningReader, SealingWriter, object_aad
from bailee.work import Tx, Work


class _OfClient(Protocol):
    """Of client: what every request on objects has."""

    @property
    def act(self) -> str:
        """The act's name."""

    @property
    def client(self) -> str:
        """The client's label."""

    @property
    def purpose(self) -> str | None:
        """Why, where it is named."""


class Objects:
    """Objects: the acts on objects."""

    def __init__(
        self,
        *,
        work: Work,
        rows: ObjectRows,
        blobs: BlobStore,
        keys: ObjectKeys,
        monitor: Monitor,
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

    def put(self, who: Principal, request: PutObject, source: Iterable[Chunk]) -> ObjectPut:
        """Take bytes in as the next version of that name; the same content twice is two versions.

        CannotRecord when the disk does not take them: then no version exists.
        """
        check_name(request.name)
        client = self._find_client(who, request.client)
        found = self._labels(who, client, request)
        same = [version for version in found if version.name == request.name]
        obj = _newest(same).object if same else ObjectId.new()
        with self._monitor.authorize(who, request, client, body={"object": str(obj)}) as act:
            return self._take_in(act, obj, request.name, source)

    def _take_in(
        self, act: Authorized, obj: ObjectId, name: str, source: Iterable[Chunk]
    ) -> ObjectPut:
        client = act.client
        version = self._work.read(lambda tx: self._rows.next_version(tx, client, obj))
        content = self._keys.sealer(content_ref(client, obj, version))
        label = self._keys.sealer(label_ref(client, obj, version))
        writer = SealingWriter(content, object_aad(client.raw, CONTENT, obj.raw, version))
        blob, digest = BlobId.new(), sha256()
        # Durable before the row: a crash between leaves a file that no row names and whose key was
        # never stored; the sweep removes it.
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
            # Two keys, so that a list opens no content. Keys, row and outcome in one transaction:
            # from its commit on the object exists.
            self._keys.enrol(tx, content)
            self._keys.enrol(tx, label)
            self._rows.add(tx, row)
            act.record(tx, put_facts(row))

        self._work.run(client, keep)
        return ObjectPut(
            object=obj,
            version=version,
            name=name,
            size_bytes=about.size_bytes,
            stored_ms=about.stored_ms,
            sha256=row.digest,
        )

    def get(self, who: Principal, request: GetObject) -> ObjectGiven:
        """Give a version back, or a range of it; the newest unless one is named."""
        client = self._find_client(who, request.client)
        obj = self._find(who, client, request, request.object)
        with self._monitor.authorize(
            who,
            request,
            client,
            scopes=(labels_scope((obj,)), content_scope(obj)),
            # The label and the content of one version, and nothing else, whatever the code asks
            # for.
            count=2,
            body={"object": str(obj)},
        ) as act:
            return self._give(act, obj, request)

    def _give(self, act: Authorized, obj: ObjectId, request: GetObject) -> ObjectGiven:
        client = act.client
        # Read after the grant: a version that was deleted meanwhile is not there.
        row, label, opener = self._work.read(lambda tx: self._version(tx, act, obj, request))
        about = listed(row, label.open_row(_label_aad(client, obj, row.version), row.sealed_label))
        # Nothing would be an answer too, and look like an object that is empty.
        if request.range.start and request.range.start >= about.size_bytes:
            raise errors.UsageError("errors_objects.range-beyond", size=about.size_bytes)
        blob = self._blob(client, row)
        reader = OpeningReader(
            opener,
            object_aad(client.raw, CONTENT, obj.raw, row.version),
            blob,
            extent=Extent(true_size=about.size_bytes, sealed_size=row.sealed_bytes),
            commitment=row.commitment,
        )
        start, length = request.range.start, request.range.length
        stop = None if length is None else start + length
        # The file is given back by the stream: the context of the act ends before the bytes go out.
        given = _Given(version=row.version)
        chunks = act.streamed(given.counting(reader.stream(start, stop), blob), given.facts)
        size = max(0, about.size_bytes - start)
        return ObjectGiven(
            listed=about, size_bytes=size if length is None else min(length, size), chunks=chunks
        )

    def _version(
        self, tx: Tx, act: Authorized, obj: ObjectId, request: GetObject
    ) -> tuple[VersionRow, Opener, Opener]:
        """Return the version that is asked for, and what opens its label and its content."""
        versions = self._held(tx, act.client, obj)
        wanted = [row for row in versions if request.version in (None, row.version)]
        if not wanted:
            # Whoever may read it may know which versions there are.
            reason = "no-such-version" if versions else "not-found"
            raise errors.NotFound(f"errors_objects.{reason}")
        row = wanted[-1]
        refs = (make(act.client, obj, row.version) for make in (label_ref, content_ref))
        label, content = (self._opener(tx, ref, row, act.grant) for ref in refs)
        return row, label, content

    def _blob(self, client: ClientId, row: VersionRow) -> Blob:
        """Open the sealed file of a version; one that is held and not there is Damaged."""
        try:
            return self._blobs.open(str(row.blob))
        except errors.NotFound as missing:
            # Deleted by another process since its row was read: then it is not held any more.
            if row not in self._work.read(lambda tx: self._held(tx, client, row.object)):
                raise errors.NotFound("errors_objects.not-found") from None
            raise errors.Damaged(missing.reason) from None

    def list(self, who: Principal, request: ListObjects) -> Sequence[ObjectListed]:
        """Show all versions of all objects of a client."""
        return self._labels(who, self._find_client(who, request.client), request)

    def delete(self, who: Principal, request: DeleteObject) -> ObjectDeleted:
        """Destroy the keys of an object; no older copy opens either after the next turn."""
        client = self._find_client(who, request.client)
        obj = self._find(who, client, request, request.object)
        with self._monitor.authorize(
            who, request, client, body={"object": str(obj)}, wait=True
        ) as act:
            return self._destroy(act, obj)

    def _destroy(self, act: Authorized, obj: ObjectId) -> ObjectDeleted:
        client = act.client

        def drop(tx: Tx) -> tuple[Sequence[VersionRow], Pending]:
            rows = self._rows.versions(tx, client, obj)
            if not rows:
                self._rows.require_whole(tx, client)
                raise errors.NotFound("errors_objects.not-found")
            refs = [
                make(client, obj, row.version) for row in rows for make in (label_ref, content_ref)
            ]
            # Keys first in meaning, all at once in fact: from the commit on nothing opens here, and
            # older copies until the next turn.
            pending = self._keys.destroy(tx, refs)
            self._rows.drop(tx, client, obj)
            act.record(tx, ObjectDeletedFacts(versions=len(rows)))
            return rows, pending

        rows, pending = self._work.run(client, drop)
        # After the commit: an id announced sooner could be of a key that lives.
        self._keys.announce(pending)
        for row in rows:  # what a crash leaves here is ciphertext without a key, and is swept
            self._blobs.delete(str(row.blob))
        return ObjectDeleted(object=obj, versions=len(rows), final_by_ms=self._final_by_ms())

    def _find(self, who: Principal, client: ClientId, request: _OfClient, thing: str) -> ObjectId:
        """Take an id as it is; look a name up, which is an act of its own."""
        with suppress(ValueError):
            return ObjectId.parse(thing)
        found = self._labels(who, client, request)
        same = [version for version in found if version.name == thing]
        if not same:
            raise errors.NotFound("errors_objects.not-found")
        return _newest(same).object

    def _labels(
        self, who: Principal, client: ClientId, request: _OfClient
    ) -> Sequence[ObjectListed]:
        """List all versions, for the purpose of the request that needs to know them."""
        listing = ListObjects(client=request.client, purpose=request.purpose)
        rows = self._work.read(lambda tx: self._held(tx, client))
        # A refusal is of what was asked for, not of the looking up on the way to it.
        with self._monitor.authorize(
            who,
            listing,
            client,
            scopes=(labels_scope(),),
            count=len(rows),
            towards=request.act,
        ) as act:
            found = [self._open_label(act.grant, row) for row in rows]
            act.facts["versions"] = str(len(found))
        return found

    def _held(self, tx: Tx, client: ClientId, obj: ObjectId | None = None) -> Sequence[VersionRow]:
        """Return the versions that there are; Damaged when one was taken away."""
        self._rows.require_whole(tx, client)
        return self._rows.versions(tx, client, obj)

    def _opener(self, tx: Tx, ref: Ref, row: VersionRow, grant: Grant) -> Opener:
        try:
            return self._keys.opener(tx, ref, grant)
        except errors.NotFound:
            # Row and keys go in one transaction: a key alone that is gone was taken away.
            if row in self._rows.versions(tx, row.client, row.object):
                raise errors.Damaged("errors_keyring.does-not-open") from None
            raise

    def _open_label(self, grant: Grant, row: VersionRow) -> ObjectListed:
        ref = label_ref(row.client, row.object, row.version)
        opener = self._work.read(lambda tx: self._opener(tx, ref, row, grant))
        aad = _label_aad(row.client, row.object, row.version)
        return listed(row, opener.open_row(aad, row.sealed_label))


class _Given:
    """Given: counts the bytes that go out of a version, and gives its file back at the end."""

    def __init__(self, *, version: int) -> None:
        self._version = version
        self._bytes = 0

    def counting(self, chunks: Iterator[memoryview], blob: Blob) -> Iterator[memoryview]:
        try:
            for chunk in chunks:
                self._bytes += len(chunk)
                yield chunk
        finally:
            blob.close()

    def facts(self) -> Mapping[str, str]:
        return ObjectGivenFacts(version=self._version, bytes=self._bytes).facts()


def _newest(versions: Sequence[ObjectListed]) -> ObjectListed:
    return max(versions, key=lambda version: (version.stored_ms, version.version))


def _label_aad(client: ClientId, obj: ObjectId, version: int) -> bytes:
    return row_aad(client.raw, LABEL, obj.raw, "label", version)


def _digesting(
    chunks: Iterable[memoryview], update: Callable[[memoryview], object]
) -> Iterator[memoryview]:
    for chunk in chunks:
        update(chunk)
        yield chunk
