"""Objects in custody: take in, give back for a purpose, list, delete.

Each act asks the monitor first.  Content is sealed and durable before the row that names it; a
file that no row names never existed, and is swept.  Bytes go out only after their segment
verified, and only after the entry that permits it is durable (spec/invariants.md I3).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import chain
from typing import Final

from bailee import errors
from bailee.act import Principal
from bailee.clock import Clock
from bailee.grant import Grant
from bailee.ids import BlobId, ClientId, ObjectId
from bailee.keyring.model import Pending
from bailee.monitor.authorized import Authorized
from bailee.monitor.service import Monitor
from bailee.names.model import NamedThing, shards_scope
from bailee.names.service import TakenOut
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
    ObjectListed,
    VersionRow,
    check_name,
    content_ref,
    content_scope,
    label_ref,
    labels_scope,
)
from bailee.objects.naming import ObjectNaming, OfClient, label_aad
from bailee.objects.port import ObjectKeys, ObjectRows
from bailee.parts import ClientFinder
from bailee.seal.layout import Extent
from bailee.seal.port import Blob, BlobStore, Chunk, Opener
from bailee.seal.stream import OpeningReader, SealingWriter, object_aad
from bailee.work import Tx, Work

TRIES: Final = 4
"""How often a deletion begins again because others put names into the same shard meanwhile."""


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
        self._naming = ObjectNaming(work=work, rows=rows, keys=keys, monitor=monitor)

    def put(self, who: Principal, request: PutObject, source: Iterable[Chunk]) -> ObjectPut:
        """Take bytes in as the next version of that name; the same content twice is two versions.

        CannotRecord when the disk does not take them: then no version exists.
        """
        check_name(request.name)
        client = self._find_client(who, request.client)
        found = self._naming.find(who, client, request, request.name)
        obj = ObjectId.new() if found is None else ObjectId(found.id)
        with self._monitor.authorize(who, request, client, body={"object": str(obj)}) as act:
            known = 0 if found is None else found.version
            return self._take_in(act, obj, request.name, source, known=known)

    def _take_in(
        self, act: Authorized, obj: ObjectId, name: str, source: Iterable[Chunk], *, known: int
    ) -> ObjectPut:
        client = act.client
        version = self._work.read(lambda tx: self._rows.next_version(tx, client, obj))
        # Of an object that was deleted meanwhile none is left; some are where others were taken
        # away, and a number would be used again.
        if 1 < version <= known:
            raise errors.Damaged("errors_sql.rows-differ", table="object_version")
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
            sealed_label=label.seal_row(label_aad(client, obj, version), about.label()),
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
            self._naming.names.note(tx, client, name, obj.raw, version)
            act.record(tx, put_facts(row))

        self._work.run(client, keep)
        return ObjectPut(
            object=obj,
            version=version,
            name=name,
            size_bytes=about.size_bytes,
            stored_ms=about.stored_ms,
            sealed_sha256=row.digest,
        )

    def get(self, who: Principal, request: GetObject) -> ObjectGiven:
        """Give a version back, or a range of it; the newest unless one is named."""
        client = self._find_client(who, request.client)
        obj = self._find(who, client, request, request.object)
        with self._monitor.authorize(
            who,
            request,
            client,
            scopes=(labels_scope((obj,)), shards_scope(), content_scope(obj)),
            # The label and the content of one version, the shard that says whether it is the
            # newest, and nothing else, whatever the code asks for.
            count=3,
            body={"object": str(obj)},
        ) as act:
            return self._give(act, obj, request)

    def _give(self, act: Authorized, obj: ObjectId, request: GetObject) -> ObjectGiven:
        client = act.client
        # Read after the grant: a version that was deleted meanwhile is not there.
        row, about, opener = self._work.read(
            lambda tx: self._opened(tx, act.grant, client, obj, request.version)
        )
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

    def _opened(
        self, tx: Tx, grant: Grant, client: ClientId, obj: ObjectId, number: int | None
    ) -> tuple[VersionRow, ObjectListed, Opener]:
        """Open the label of a version, and return it with what opens the content."""
        newest = self._rows.newest(tx, client, obj)
        if newest is None:
            self._rows.require_whole(tx, client, [obj])
            raise errors.NotFound("errors_objects.not-found")
        row = newest if number is None else self._rows.version(tx, client, obj, number)
        about = self._naming.label(tx, grant, row or newest)
        self._naming.require_newest(tx, grant, newest, about.name)
        if row is None:
            if number is not None and number < newest.version:  # numbers go up by one
                raise errors.Damaged("errors_sql.rows-differ", table="object_version")
            # Whoever may read it may know which versions there are.
            raise errors.NotFound("errors_objects.no-such-version")
        opener = self._naming.opener(tx, content_ref(client, obj, row.version), row, grant)
        return row, about, opener

    def _blob(self, client: ClientId, row: VersionRow) -> Blob:
        """Open the sealed file of a version; one that is held and not there is Damaged."""
        try:
            return self._blobs.open(str(row.blob))
        except errors.NotFound as missing:
            # Deleted by another process since its row was read: then it is not held any more.
            if row == self._work.read(lambda tx: self._held(tx, client, row)):
                raise errors.Damaged(missing.reason) from None
            raise errors.NotFound("errors_objects.not-found") from None

    def _held(self, tx: Tx, client: ClientId, row: VersionRow) -> VersionRow | None:
        """Return a version as it is held now; Damaged when it was taken away."""
        self._rows.require_whole(tx, client, [row.object])
        return self._rows.version(tx, client, row.object, row.version)

    def list(self, who: Principal, request: ListObjects) -> Sequence[ObjectListed]:
        """Show the versions of objects, by name."""
        client = self._find_client(who, request.client)
        return list(chain.from_iterable(self._naming.pages(who, client, request)))

    def delete(self, who: Principal, request: DeleteObject) -> ObjectDeleted:
        """Destroy the keys of an object; no older copy opens either after the next turn."""
        client = self._find_client(who, request.client)
        obj = self._find(who, client, request, request.object)
        with self._monitor.authorize(
            who,
            request,
            client,
            scopes=(labels_scope((obj,)), shards_scope()),
            count=2 * TRIES,
            body={"object": str(obj)},
            wait=True,
        ) as act:
            return self._destroy(act, obj)

    def _destroy(self, act: Authorized, obj: ObjectId) -> ObjectDeleted:
        for _ in range(TRIES):
            out = self._take_out(act, obj)
            done = self._work.run(act.client, partial(self._drop, act=act, obj=obj, out=out))
            if done is not None:
                break
        else:
            raise errors.Conflict("errors_names.changing")
        rows, gone = done
        # After the commit: an id announced sooner could be of a key that lives.
        for pending in gone:
            self._keys.announce(pending)
        for row in rows:  # what a crash leaves here is ciphertext without a key, and is swept
            self._blobs.delete(str(row.blob))
        return ObjectDeleted(object=obj, versions=len(rows), final_by_ms=self._final_by_ms())

    def _take_out(self, act: Authorized, obj: ObjectId) -> TakenOut | None:
        """Take the name out of its shard; None where label or shard does not open."""
        client, grant = act.client, act.grant

        def named(tx: Tx) -> NamedThing | None:
            row = self._rows.newest(tx, client, obj)
            return None if row is None else self._naming.named(tx, grant, row)

        try:
            thing = self._work.read(named)
            if thing is None:  # nothing to delete, which is said where rows are dropped
                return None
            out, gone = self._work.run(
                client, lambda tx: self._naming.names.take_out(tx, grant, client, thing)
            )
        except errors.Damaged:
            return None
        for pending in gone:
            self._keys.announce(pending)
        return out

    def _drop(
        self, tx: Tx, act: Authorized, obj: ObjectId, out: TakenOut | None
    ) -> tuple[Sequence[VersionRow], Sequence[Pending]] | None:
        """Delete keys and rows of an object; None when its shard was sealed with it meanwhile."""
        client, names = act.client, self._naming.names
        rows = self._rows.versions(tx, client, obj)
        if not rows:
            self._rows.require_whole(tx, client, [obj])
            raise errors.NotFound("errors_objects.not-found")
        if out is not None and not names.is_out(tx, client, out):
            return None
        refs = [make(client, obj, row.version) for row in rows for make in (label_ref, content_ref)]
        # Keys first in meaning, all at once in fact: from the commit on nothing opens here, and
        # older copies until the next turn.
        gone = [self._keys.destroy(tx, refs)]
        self._rows.drop(tx, client, obj)
        if out is None:
            # Where the name stands cannot be told: no shard that may hold it opens any more.
            gone += self._naming.scatter(tx, client)
        names.forget(tx, client, obj.raw, out)
        act.record(tx, ObjectDeletedFacts(versions=len(rows)))
        return rows, gone

    def _find(self, who: Principal, client: ClientId, request: OfClient, thing: str) -> ObjectId:
        """Take an id as it is; look a name up, which is an act of its own."""
        with suppress(ValueError):
            return ObjectId.parse(thing)
        found = self._naming.find(who, client, request, thing)
        if found is None:
            raise errors.NotFound("errors_objects.not-found")
        return ObjectId(found.id)


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


def _digesting(
    chunks: Iterable[memoryview], update: Callable[[memoryview], object]
) -> Iterator[memoryview]:
    for chunk in chunks:
        update(chunk)
        yield chunk
