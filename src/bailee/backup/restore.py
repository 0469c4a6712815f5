"""Restore: the act `backup:restore`: a home from backup files, or the rehearsal of one.

In order, in a place beside the home: newest rows, objects, logs mended to the newest head, keys,
what was deleted since deleted again, lost leaves taken back as lost, the act recorded, and then
one rename.  A crash before it leaves nothing but that place, which the next restore clears.
A rehearsal is a clone: it gets no keys, no signatures, no custodians.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from bailee import errors
from bailee.act import Facts, Principal
from bailee.backup.acts import (
    BackupRehearsed,
    BackupRestored,
    RestoreBackup,
    RestoredFacts,
    TakenUpFacts,
    about_facts,
)
from bailee.backup.mending import mend
from bailee.backup.model import About, Mended
from bailee.backup.port import (
    Audit,
    BackedLedgerRows,
    BackupFolder,
    Held,
    NamedBlobs,
    OpenHome,
    StagedHome,
    Staging,
)
from bailee.backup.unpacking import Unpacked, opened, require_newest, unpack
from bailee.backup.writer import Recovery
from bailee.ids import ApprovalId, ClientId, EntryId, ObjectId
from bailee.keyring.model import LeafRow, Pending
from bailee.ledger.model import SUBJECT_NOUN, EntryDraft
from bailee.ledger.service import forgotten
from bailee.ledger.vocabulary import OUTCOME
from bailee.monitor.approval import Matter
from bailee.monitor.authorized import DONE, Authorized
from bailee.monitor.service import Monitor
from bailee.names.model import SHARD
from bailee.objects.acts import DeletedAgainFacts
from bailee.objects.model import CONTENT
from bailee.work import Tx

_NAMED = {CONTENT, SHARD}
"""Nouns of keys whose deletion changed shards of names."""

NAMED_AT_ONCE: Final = 200
"""Deleted objects named in one entry of their client's log; a body has 256 fields."""


class Unpacker:
    """Unpacker: builds a staged home from files; needs no key but the envelope's."""

    def __init__(
        self,
        *,
        store: BackupFolder,
        recovery: Recovery,
        ledgers: BackedLedgerRows,
        objects: NamedBlobs,
    ) -> None:
        self._store = store
        self._recovery = recovery
        self._ledgers = ledgers
        self._objects = objects

    def require_there(self, paths: Sequence[str]) -> None:
        """Raise NotFound for a file that is not there."""
        for path in paths:
            self._store.open(path).close()

    def fill(self, staging: Staging, paths: Sequence[str]) -> tuple[Unpacked, int]:
        """Fill the staging place; return what is in it and how many tiles had to be written."""
        with opened(self._store, paths, self._recovery) as files:
            require_newest(self._store, files[0])
            unpacked = unpack(files, staging, self._recovery, self._objects)
        with staging.rows() as rows:
            return unpacked, mend(staging, rows, self._ledgers, unpacked.heads)


class Restores:
    """Restores: restores a home; its place is empty or not there."""

    def __init__(
        self,
        *,
        unpacker: Unpacker,
        staging: Staging,
        held: Held,
        open_home: OpenHome,
    ) -> None:
        self._unpacker = unpacker
        self._staging = staging
        self._held = held
        self._open_home = open_home

    def restore(self, who: Principal, request: RestoreBackup) -> BackupRestored:
        """Restore a home; who asks needs the right by the register that is restored.

        Sealed when no custodian has the generation of the rows; Conflict when newer backups lie
        beside, or something is in the home's place.
        """
        # First: a path that is mistyped is said as such, whatever lies where the home is to be.
        self._unpacker.require_there(request.files)
        with self._staging as staging:
            unpacked, tiles = self._unpacker.fill(staging, request.files)
            # Before the home is opened: rows of a generation that was destroyed open nothing, and
            # the keyring would call them damaged.
            self._require_living(unpacked.rows.generation)
            # Closed before the move: its ledgers are published in the staging place, and no file of
            # it is open when it gets its name.
            with self._open_home() as home:
                answer = _settled(home, who, request, unpacked, tiles)
            staging.install()
        return answer

    def _require_living(self, generation: int) -> None:
        """Refuse rows that a turn has ended: no key in them, hence nothing else, would open."""
        held = self._held()
        if generation not in held:
            raise errors.Sealed(
                "errors_backup.older-generation",
                generation=generation,
                held=max(held, default=0),
            )


def _settled(
    home: StagedHome, who: Principal, request: RestoreBackup, unpacked: Unpacked, tiles: int
) -> BackupRestored:
    """Settle keys, rows and ledgers of the staged home, and record what was done, by whom."""
    # First of all: until then things live again that were deleted, and nothing may be opened of
    # them.
    gone = _delete_again(home)
    clients = home.work.read(home.ledgers.clients)
    # Before an entry is added: a leaf that somebody has seen a head over keeps its place.
    lost = sum(home.reader.adopt_lost(client) for client in clients)
    # After that: what was taken back is there.  Before an entry is added, which would count as one.
    mended = Mended(lost=lost, beyond=home.beyond(), tiles=tiles, forgotten=len(gone))
    body = about_facts(unpacked.rows).facts()
    # As at any start: of a backup that a version before made, other policies are in force, and by
    # none but its own does a version decide.
    home.monitor.start()
    # By the restored register, and recorded in the restored ledger: there is no other yet.
    with home.monitor.authorize(who, request, home.provider, body=body, wait=True) as act:
        _record_for_clients(home, act, gone)
        taken_up = TakenUpFacts(backup=unpacked.rows.id, generation=unpacked.rows.generation)
        for client in clients:
            # The provider's has the act itself.  A client learns from its own that entries after
            # the backup may be gone, also where none of them was signed.
            if client != home.provider:
                _record_again(home, client, act, taken_up)
        act.facts |= _restored_facts(unpacked, mended).facts()
        return BackupRestored(
            rows=unpacked.rows,
            objects=unpacked.objects,
            missing=unpacked.missing,
            mended=mended,
            approval=_asked(home, act, unpacked.rows),
        )


def _asked(home: StagedHome, act: Authorized, about: About) -> ApprovalId | None:
    """Ask for a second person in the restored home itself; None where one is enough."""
    # With the entry of this very restore: an agreement to another, which the backup brings along,
    # is none to this one.
    matter = Matter(what={"backup": str(about.id), "entry": str(act.grant.entry)})
    consent = home.monitor.change(lambda tx: act.consents(tx).take(matter, lambda _, __: None))
    return None if consent.row is None else consent.row.id


def _delete_again(home: StagedHome) -> Sequence[LeafRow]:
    """Delete what custodians name as deleted, keys and rows in one transaction."""
    key_ids = home.deleted()

    def fn(tx: Tx) -> Sequence[LeafRow]:
        gone = home.keys.leaves_by_kid(tx, key_ids)
        # In one transaction with the rows: a key without its row, or a row without its key, would
        # be damage.
        pending[:] = [home.settle(tx)]
        for leaf in gone:
            if leaf.noun == CONTENT:
                home.objects.drop(tx, leaf.client, ObjectId(leaf.id))
            elif leaf.noun == SUBJECT_NOUN:
                home.ledgers.drop_subject(tx, leaf.client, EntryId(leaf.id))
        # Rows of before have names in shards whose keys were deleted since; and in which shard a
        # name is that was deleted since, nobody may look up here.
        for client in sorted({leaf.client for leaf in gone if leaf.noun in _NAMED}, key=str):
            pending.extend(home.scatter(tx, client))
        return gone

    # Begun anew by each run: the transaction may be run again.
    pending: list[Pending] = []
    gone = home.work.run(home.provider, fn)
    for one in pending:  # after it is durable
        home.announce(one)
    return gone


def _record_for_clients(home: StagedHome, act: Authorized, gone: Sequence[LeafRow]) -> None:
    """Record in each client's log what was deleted again, since that entry was lost."""
    by_client: defaultdict[ClientId, set[str]] = defaultdict(set)
    for leaf in gone:
        if leaf.noun == CONTENT:
            by_client[leaf.client].add(str(ObjectId(leaf.id)))
        elif leaf.noun == SUBJECT_NOUN:
            _record(home, leaf.client, forgotten(EntryId(leaf.id), home.clock.now_ms()))
    for client, texts in by_client.items():
        objects = tuple(ObjectId.parse(text) for text in sorted(texts))
        for at in range(0, len(objects), NAMED_AT_ONCE):
            again = DeletedAgainFacts(objects=objects[at : at + NAMED_AT_ONCE])
            _record_again(home, client, act, again)


def _record_again(home: StagedHome, client: ClientId, act: Authorized, facts: Facts) -> None:
    # an outcome of the provider's entry, in another ledger than that entry: no act is its client's
    body = {"of": str(act.grant.entry), "result": DONE, **facts.facts()}
    draft = EntryDraft(kind=OUTCOME, body=body, t_ms=home.clock.now_ms())
    _record(home, client, draft)


def _record(home: StagedHome, client: ClientId, draft: EntryDraft) -> None:
    home.work.run(client, lambda tx: home.ledger.append(tx, client, draft))


def _restored_facts(
    unpacked: Unpacked, mended: Mended, *, damaged: int | None = None
) -> RestoredFacts:
    about = unpacked.rows
    return RestoredFacts(
        backup=about.id,
        kind=about.kind,
        generation=about.generation,
        position=about.position,
        objects=unpacked.objects,
        missing=unpacked.missing,
        lost=mended.lost,
        tiles=mended.tiles,
        forgotten=mended.forgotten,
        damaged=damaged,
    )


class Rehearsals:
    """Rehearsals: rehearses a restore beside a living home, which records that it was done."""

    def __init__(
        self,
        *,
        unpacker: Unpacker,
        staging: Staging,
        audit: Audit,
        monitor: Monitor,
        provider: ClientId,
    ) -> None:
        self._unpacker = unpacker
        self._staging = staging
        self._audit = audit
        self._monitor = monitor
        self._provider = provider

    def rehearse(self, who: Principal, request: RestoreBackup) -> BackupRehearsed:
        """Unpack, mend, audit, remove."""
        with (
            self._monitor.authorize(who, request, self._provider, body={"rehearsal": "yes"}) as act,
            self._staging as staging,
        ):
            unpacked, tiles = self._unpacker.fill(staging, request.files)
            damaged = self._audit()
            done = Mended(lost=0, beyond=0, tiles=tiles, forgotten=0)
            act.facts |= _restored_facts(unpacked, done, damaged=damaged).facts()
        return BackupRehearsed(
            rows=unpacked.rows,
            objects=unpacked.objects,
            missing=unpacked.missing,
            damaged=damaged,
        )
