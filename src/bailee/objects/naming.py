"""Naming: which object a name leads to, and the lists of a client's objects, page by page.

Each look-up and each page is an act of its own, since it opens what things are called.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from bailee import errors
from bailee.act import Principal
from bailee.grant import Grant, Ref
from bailee.ids import ClientId, ObjectId
from bailee.keyring.model import Pending
from bailee.monitor.authorized import Authorized
from bailee.monitor.service import Monitor
from bailee.names.model import NamedThing, SeenNames, shards_scope
from bailee.names.service import SPARE, FoundNames, Names
from bailee.objects.acts import ListObjects
from bailee.objects.model import (
    LABEL,
    NOUN,
    ObjectListed,
    VersionRow,
    label_ref,
    labels_scope,
    listed,
)
from bailee.objects.port import ObjectKeys, ObjectRows
from bailee.seal.port import Opener
from bailee.seal.row import row_aad
from bailee.work import Tx, Work

PAGE: Final = 4_096
"""Versions of one page, and objects placed at once: 0.6 s of the five that a grant lasts."""

Cursor = tuple[ObjectId, int | None]
"""After what a list goes on: an object, and the number of a version, or all of them."""


class OfClient(Protocol):
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


class ObjectNaming:
    """Object naming: names of objects, looked up and listed."""

    def __init__(self, *, work: Work, rows: ObjectRows, keys: ObjectKeys, monitor: Monitor) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._monitor = monitor
        self.names: Final = Names(noun=NOUN, rows=rows.names, keys=keys, labels=self._name)

    # --- labels ----------------------------------------------------------------------------

    def label(self, tx: Tx, grant: Grant, row: VersionRow) -> ObjectListed:
        """Open the label of a version."""
        opener = self.opener(tx, label_ref(row.client, row.object, row.version), row, grant)
        aad = label_aad(row.client, row.object, row.version)
        return listed(row, opener.open_row(aad, row.sealed_label))

    def named(self, tx: Tx, grant: Grant, newest: VersionRow) -> NamedThing:
        """Return how an object stands in a shard."""
        name = self.label(tx, grant, newest).name
        return NamedThing(name=name, id=newest.object.raw, version=newest.version)

    def opener(self, tx: Tx, ref: Ref, row: VersionRow, grant: Grant) -> Opener:
        """Return what opens a label or a content; Damaged when its key was taken away."""
        try:
            return self._keys.opener(tx, ref, grant)
        except errors.NotFound:
            # Row and keys go in one transaction: a key alone that is gone was taken away.
            if row == self._rows.version(tx, row.client, row.object, row.version):
                raise errors.Damaged("errors_keyring.does-not-open") from None
            raise

    def _name(self, tx: Tx, grant: Grant, client: ClientId, ident: bytes, version: int) -> str:
        row = self._rows.version(tx, client, ObjectId(ident), version)
        if row is None:
            raise errors.NotFound("errors_objects.not-found")
        return self.label(tx, grant, row).name

    def require_newest(self, tx: Tx, grant: Grant, newest: VersionRow, name: str) -> None:
        """Return if this is the newest version that there was; else Damaged."""
        client, obj = newest.client, newest.object
        if not self.names.is_placed(tx, client):
            self._rows.require_whole(tx, client, [obj])
        elif self.names.newest(tx, grant, client, name, obj.raw) != newest.version:
            raise errors.Damaged("errors_sql.rows-differ", table="object_version")

    def scatter(self, tx: Tx, client: ClientId) -> Sequence[Pending]:
        """Give up all shards of a client; the next look-up opens the labels of all its objects."""
        idents = [obj.raw for obj in self._rows.objects(tx, client)]
        return self.names.scatter(tx, client, idents)

    # --- looking up ------------------------------------------------------------------------

    def find(
        self, who: Principal, client: ClientId, request: OfClient, name: str
    ) -> NamedThing | None:
        """Return what has a name, for the purpose of the request that needs to know."""
        self._place(who, client, request)
        seen = self._work.read(lambda tx: self.names.seen(tx, client, name))
        with self._listing(who, client, request, 2 + len(seen.waiting)) as act:

            def look(tx: Tx) -> tuple[SeenNames, FoundNames]:
                # Again under the grant: what others put or deleted meanwhile counts.
                seen = self.names.seen(tx, client, name)
                if not self.names.is_placed(tx, client):
                    raise errors.Conflict("errors_names.unplaced")
                return seen, self.names.find(tx, act.grant, seen, name)

            seen, found = self._work.read(look)
            if found.due:
                self._change(client, lambda tx: self.names.merge(tx, act.grant, seen, found))
            act.facts["names"] = str(len(found.things))
        return found.things[-1] if found.things else None

    def _place(self, who: Principal, client: ClientId, request: OfClient) -> None:
        """Place what is in no shard yet, so many at once as one grant lasts for."""
        first = True
        while some := self._work.read(partial(self.names.unplaced, client=client, limit=PAGE)):
            if first:
                # An object of which no row is left is in no list of what is to be placed either.
                self._work.read(partial(self._rows.require_whole, client=client))
                first = False
            at_most = self._work.read(partial(self.names.opened_at_most, client=client))
            with self._listing(who, client, request, len(some) + at_most) as act:
                things = self._work.read(
                    partial(self._opened, grant=act.grant, client=client, idents=some)
                )
                self._change(
                    client,
                    partial(self.names.take_in, grant=act.grant, client=client, things=things),
                )
                act.facts["names"] = str(len(things))

    def _opened(
        self, tx: Tx, grant: Grant, client: ClientId, idents: Sequence[bytes]
    ) -> dict[bytes, NamedThing | None]:
        # Again, where these lie: a version that is taken away meanwhile would be missed by nobody
        # once its object is in a shard.
        self._rows.require_whole(tx, client, map(ObjectId, idents))
        things: dict[bytes, NamedThing | None] = {}
        for ident in idents:
            row = self._rows.newest(tx, client, ObjectId(ident))
            things[ident] = None if row is None else self.named(tx, grant, row)
        return things

    def _listing(
        self, who: Principal, client: ClientId, request: OfClient, count: int
    ) -> Authorized:
        """Ask to open shards and labels, on the way to what was asked for."""
        # A refusal is of what was asked for, not of the looking up on the way to it.
        return self._monitor.authorize(
            who,
            ListObjects(client=request.client, purpose=request.purpose),
            client,
            scopes=(shards_scope(), labels_scope()),
            count=count + SPARE,
            towards=request.act,
        )

    def _change(self, client: ClientId, change: Callable[[Tx], Sequence[Pending]]) -> None:
        for pending in self._work.run(client, change):
            # A custodian that is away learns of the key at the next start: nothing that somebody
            # deleted hangs on it yet.
            with suppress(errors.Sealed):
                self._keys.announce(pending)

    # --- lists -----------------------------------------------------------------------------

    def pages(
        self, who: Principal, client: ClientId, request: ListObjects
    ) -> Iterator[Sequence[ObjectListed]]:
        """Yield the versions that are asked for, by name, object and number, a page at a time."""
        self._place(who, client, request)
        cursor = parse_cursor(request.after)
        left, last = request.limit, None
        while left is None or left:
            limit = PAGE if left is None else min(PAGE, left)
            at_most = self._work.read(partial(self.names.opened_at_most, client=client))
            with self._listing(who, client, request, limit + 1 + at_most) as act:
                page = _Page(act=act, prefix=request.prefix or "", limit=limit)
                found = self._work.read(partial(self._page, page=page, cursor=cursor, last=last))
                act.facts["versions"] = str(len(found))
            yield found
            if len(found) < limit:
                return
            last, left = found[-1], None if left is None else left - limit

    def _page(
        self, tx: Tx, page: "_Page", cursor: Cursor | None, last: ObjectListed | None
    ) -> Sequence[ObjectListed]:
        grant, client = page.act.grant, page.act.client
        if not self.names.is_placed(tx, client):
            raise errors.Conflict("errors_names.unplaced")
        if last is None and cursor is not None:
            last = self._at(tx, grant, client, cursor)
        since = (b"", b"") if last is None else (last.name.encode(), last.object.raw)
        found: list[ObjectListed] = []
        for thing in self.names.page(
            tx, grant, client, prefix=page.prefix, since=since, limit=page.limit
        ):
            after = last.version if last is not None and last.object.raw == thing.id else 0
            left = page.limit - len(found)
            found += self._versions(tx, grant, client, thing, after=after, limit=left)
            if len(found) == page.limit:
                break
        return found

    def _at(self, tx: Tx, grant: Grant, client: ClientId, cursor: Cursor) -> ObjectListed:
        obj, number = cursor
        newest = self._rows.newest(tx, client, obj)
        row = newest if number is None else self._rows.version(tx, client, obj, number)
        if row is None:
            self._rows.require_whole(tx, client, [obj])
            raise errors.NotFound("errors_objects.not-found")
        return self.label(tx, grant, row)

    def _versions(
        self,
        tx: Tx,
        grant: Grant,
        client: ClientId,
        thing: NamedThing,
        *,
        after: int,
        limit: int,
    ) -> Sequence[ObjectListed]:
        rows = self._rows.versions_after(tx, client, ObjectId(thing.id), after, limit)
        # Numbers go up by one, to that of the newest: any that lacks was taken away.
        due = range(after + 1, min(thing.version, after + limit) + 1)
        if [row.version for row in rows] != list(due):
            raise errors.Damaged("errors_sql.rows-differ", table="object_version")
        return [self.label(tx, grant, row) for row in rows]


def label_aad(client: ClientId, obj: ObjectId, version: int) -> bytes:
    """Return what binds a label to its version."""
    return row_aad(client.raw, LABEL, obj.raw, "label", version)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What one page is of."""

    act: Authorized
    prefix: str
    limit: int


def parse_cursor(text: str | None) -> Cursor | None:
    """Read after what a list goes on: an object, or a version of one; UsageError when neither."""
    if text is None:
        return None
    obj, colon, number = text.partition(":")
    try:
        return ObjectId.parse(obj), int(number) if colon else None
    except ValueError:
        raise errors.UsageError("errors_objects.after") from None
