"""`home upgrade`: rows of an older form, rehearsed on a copy, backed up, and brought up at last.

The order: lock, rehearse, compare, back up, bring up.  A crash before the last leaves the home as
it was; that one is a transaction, which commits only what is as the rehearsal was.  It opens
nothing that is sealed, so it is no act: the policies that would decide it stand in rows that only
the form of today can read.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from bailee import errors
from bailee.adapters.backup.older import OlderHome
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.ledger import LedgerFiles
from bailee.adapters.objects.reserve import FileReserve
from bailee.adapters.sql.chain import CHAIN, Chain, Step
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.still import StillRows
from bailee.adapters.sql.upgrade import TableCompared, bring_up, counts, older_rows
from bailee.adapters.sql.whole import differing, digest_anew
from bailee.backup.model import BackupKind, Written
from bailee.backup.writer import BackupWriter, Recovery
from bailee.clock import Clock, SystemClock
from bailee.ids import ClientId
from bailee.keyring.sealers import recovery_key
from bailee.keyring.service import Keyring
from bailee.ledger.model import EntryDraft
from bailee.ledger.service import Ledger
from bailee.ledger.vocabulary import HOME_UPGRADE
from bailee.proof.tree.growing import Tree
from bailee.run import config
from bailee.run.wiring.parts import LEDGER, ROWS, anchoring_of
from bailee.secret import Secret
from bailee.work import Tx

T = TypeVar("T")
COPIES: Final = 3
"""Room that an upgrade takes, in sizes of the rows: two copies, and the change itself."""
_AT_ONCE: Final = 4_096
"""Leaves of a ledger that are held at once."""
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeUpgraded:
    """From which form to which, by which steps; `backup` is None when it was only rehearsed."""

    before: str
    after: str
    steps: tuple[Step, ...]
    backup: Written | None = None
    tables: Sequence[TableCompared] = ()
    """What the steps made of each table; empty where there are none."""
    roots: int = 0
    """Ledgers whose root was computed anew from their entries, and is the signed one."""


def upgrade(
    home: Path,
    take_passphrase: Callable[[], Secret[str]],
    *,
    rehearse: bool = False,
    clock: Clock | None = None,
    unsafe_cost: Cost | None = None,
    chain: Chain = CHAIN,
) -> HomeUpgraded:
    """Bring a home to the newest form; `rehearse`: on a copy, without a passphrase or a lock."""
    settings, clock = config.read(home), clock or SystemClock()
    with older_rows(home / ROWS, alone=not rehearse, chain=chain) as rows:
        before, steps = rows.form(), tuple(rows.steps())
        unbacked = HomeUpgraded(before=before, after=chain.newest, steps=steps)
        if not steps:
            return unbacked
        require_room(home)
        files = OlderHome(home, rows.copy_to, partial(bring_up, chain=chain))
        with files.rehearsed() as rehearsed:
            unbacked = replace(unbacked, tables=files.compared(), roots=_roots(rehearsed, home))
            if rehearse:
                return unbacked
            kms = FileKms.open(
                home, passphrase=take_passphrase(), clock=clock, unsafe_cost=unsafe_cost
            )
            writer = BackupWriter(
                files=files,
                destinations={str(place): DirectoryStore(place) for place in settings.backups},
                keys=SqlKeyRows(),
                ledgers=SqlEntryRows(),
                recovery=partial(_recovery, kms, rehearsed),
                clock=clock,
            )
            written = writer.make(BackupKind.ROWS)
        if written.missed:
            raise errors.CannotRecord("errors_backup.missed", missed=len(written.missed))
        rows.bring_up(lambda tx: _digested(tx, home, kms, clock, unbacked))
    return replace(unbacked, backup=written)


def require_room(home: Path, free_bytes: int | None = None) -> None:
    """Return if the disk has room for an upgrade; CannotRecord before anything is written."""
    need = COPIES * sum(one.stat().st_size for one in home.glob(f"{ROWS}*"))
    status = os.statvfs(home)
    free = status.f_bavail * status.f_frsize if free_bytes is None else free_bytes
    if free < need:
        raise errors.CannotRecord(
            "errors_sql.upgrade-room", need=-(-need // _MIB), free=free // _MIB
        )


def _roots(rows: StillRows, home: Path) -> int:
    """Compute each ledger's root anew from its entries; Damaged where it is not the signed one."""
    entries, files = SqlEntryRows(), LedgerFiles(home / LEDGER)
    clients = rows.read(entries.clients)
    for client in clients:
        row = rows.read(partial(entries.row_of, client=client))
        # What was signed last stands outside of the rows too: rows put back to before it show.
        signer = files.signer(row.log).load()
        signed = {row.head.size: row.head.root}
        if signer is not None and signed.setdefault(signer.size, signer.root) != signer.root:
            raise errors.Damaged("errors_sql.upgrade-root")
        tree = Tree()
        for size in sorted(signed):
            while tree.size < size:
                stop = min(tree.size + _AT_ONCE, size)
                leaves = rows.read(
                    partial(entries.leaves, client=client, start=tree.size, stop=stop)
                )
                tree.append(leaves)
            if size and tree.root() != signed[size]:
                raise errors.Damaged("errors_sql.upgrade-root")
    return len(clients)


def upgraded(before: str, clock: Clock) -> EntryDraft:
    """Return the entry of an upgrade: rows were digested as they were, compared with nothing."""
    body = {"before": str(int(before)), "after": str(int(NEWEST)), "digests": "anew"}
    return EntryDraft(kind=HOME_UPGRADE, body=body, t_ms=clock.now_ms())


class _Within:
    """A unit of work within the transaction of an upgrade."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def run(self, client: ClientId, fn: Callable[[Tx], T]) -> T:  # noqa: ARG002  # as work.Work
        """Run `fn` in the transaction; durable when that is."""
        return fn(self._tx)

    def later(self, client: ClientId, fn: Callable[[Tx], object]) -> None:  # noqa: ARG002  # as work.Work
        """Run `fn` in the transaction, at once."""
        fn(self._tx)

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in the transaction."""
        return fn(self._tx)


def _require_same(tx: Tx, rehearsed: HomeUpgraded) -> None:
    """Return if what came out is what the rehearsal made, and what no step touched is as digested.

    Damaged otherwise: digested anew, a row that somebody changed would be one of ours.
    """
    expected = {one.table: one.after for one in rehearsed.tables if one.after is not None}
    if counts(tx) != expected:
        raise errors.Damaged("errors_sql.upgrade-count")
    by_name: Mapping[str, TableCompared] = {one.table: one for one in rehearsed.tables}
    if by_name["row_set"].before is None or by_name["row_head"].before is None:
        return  # a form without digests
    for _, name in differing(tx):
        one = by_name[name.partition("/")[0]]
        if one.same and one.as_declared:
            raise errors.Damaged("errors_sql.rows-differ", table=one.table)


def _digested(tx: Tx, home: Path, kms: FileKms, clock: Clock, rehearsed: HomeUpgraded) -> None:
    """Digest the rows as they are in their new form, and record that it was done."""
    keyring = Keyring(rows=SqlKeyRows(), kms=kms, clock=clock)
    keyring.load(tx)
    _require_same(tx, rehearsed)
    work, files = _Within(tx), LedgerFiles(home / LEDGER)
    ledger = Ledger(
        work=work,
        rows=SqlEntryRows(),
        files=files,
        keys=keyring,
        clock=clock,
        domain=config.read(home).domain,
        reserve=FileReserve(home),
        # Compared like any other: rows of an older form may be of before as well.  What is added is
        # anchored by the first start.
        anchoring=anchoring_of(work, files, kms, keyring),
    )
    ledger.append(tx, keyring.provider, upgraded(rehearsed.before, clock))
    # Last: it is over what the entry brought along too.
    digest_anew(tx)


def _recovery(kms: FileKms, rows: StillRows) -> Recovery:
    """Derive the recovery key as an opened home does, from rows that can be read."""
    generation = rows.read(SqlKeyRows().generations)[1]
    key = recovery_key(kms.root(generation), kms.install)
    return Recovery(public=key.public, open=key.open)
