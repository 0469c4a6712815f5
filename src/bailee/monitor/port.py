"""Ports of the monitor: rows that confer power, a ledger, keys that vouch."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bailee.grant import Grant
from bailee.ids import ActorId, ApprovalId, ClientId, TokenId
from bailee.keyring.port import Macs
from bailee.ledger.model import EntryDraft, EntryShown, Recorded
from bailee.monitor.power import (
    ActorRow,
    ApprovalRow,
    BudgetRow,
    ClientRow,
    ClockRow,
    LockRow,
    PolicyRow,
    SettingRow,
    TokenRow,
)
from bailee.work import Tx


class Vouching(Macs, Protocol):
    """Vouching: the part of the keyring that the monitor uses; it never sees a key."""

    def grant_mac(self, message: bytes) -> bytes:
        """Return the MAC that makes a grant count with openers."""


class RecordingLedger(Protocol):
    """Recording ledger: where an act is recorded before it happens."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Record an entry in this transaction; durable with it."""

    def require_newest(self, tx: Tx, client: ClientId) -> None:
        """Raise Damaged when custodians know of more in a log than its rows have."""

    @property
    def away(self) -> int:
        """How many custodians did not answer then."""

    def require_fresh(self, client: ClientId, *, owed: bool = False) -> None:
        """Raise CannotRecord while an older entry still waits for its checkpoint.

        On a full disk too, unless the act is owed: that one is lent the space kept for it.
        """

    def record_owed(self, client: ClientId, draft: EntryDraft) -> Recorded:
        """Record in a transaction of its own what is owed even on a full disk: a refusal."""

    def await_included(self, client: ClientId, index: int) -> object:
        """Return once a checkpoint includes the entry; CannotRecord when none comes."""


Telling = Callable[[Grant, int], Iterable[EntryShown]]
"""Opens the bodies of a log's entries, in order, from an index on, against a grant for them."""


class ActorGrounds(Protocol):
    """Actor grounds: the rows of actors."""

    def by_os_user(self, tx: Tx, os_user_key: bytes) -> ActorRow | None:
        """Find by the keyed name."""

    def get(self, tx: Tx, actor: ActorId) -> ActorRow | None:
        """Find by id."""

    def all(self, tx: Tx) -> Sequence[ActorRow]:
        """Return every actor, by id."""


class TokenGrounds(Protocol):
    """Token grounds: the rows of API tokens."""

    def get(self, tx: Tx, token: TokenId) -> TokenRow | None:
        """Find by id."""

    def all(self, tx: Tx) -> Sequence[TokenRow]:
        """Return every token, by id."""


class LockGrounds(Protocol):
    """Lock grounds: which clients are locked."""

    def get(self, tx: Tx, client: ClientId) -> LockRow | None:
        """Find by client; None for one that was never locked."""

    def all(self, tx: Tx) -> Sequence[LockRow]:
        """Return every row, by client."""


class BudgetRows(Protocol):
    """Budget rows: how many identifiers each actor opened."""

    def get(self, tx: Tx, actor: ActorId) -> BudgetRow | None:
        """Find by actor; None for one who opened none."""

    def all(self, tx: Tx) -> Sequence[BudgetRow]:
        """Return every row, by actor."""

    def require_whole(self, tx: Tx) -> None:
        """Return if no row is missing; Damaged where it cannot be told."""

    def put(self, tx: Tx, row: BudgetRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""


class ClientGrounds(Protocol):
    """Client grounds: the rows of clients."""

    def get(self, tx: Tx, client: ClientId) -> ClientRow | None:
        """Find by id."""

    def all(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client, the provider included, by id."""

    def require_whole(self, tx: Tx) -> None:
        """Return if no client is missing; Damaged where it cannot be told."""


class ApprovalRows(Protocol):
    """Approval rows: the rows of matters that need two people."""

    def all(self, tx: Tx) -> Sequence[ApprovalRow]:
        """Return every row, by id."""

    def require_whole(self, tx: Tx) -> None:
        """Return if no row is missing; Damaged where it cannot be told."""

    def of_act(self, tx: Tx, client: ClientId, act: str) -> Sequence[ApprovalRow]:
        """Return a client's rows of one act, by id; their MACs are not verified yet."""

    def get(self, tx: Tx, approval: ApprovalId) -> ApprovalRow | None:
        """Find by id; its MAC is not verified yet."""

    def put(self, tx: Tx, row: ApprovalRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that is not stored."""


class ClockGrounds(Protocol):
    """Clock grounds: how much time has passed for certain."""

    def get(self, tx: Tx, provider: ClientId) -> ClockRow | None:
        """Return the row; None in a home of before there was one."""


class SettingGrounds(Protocol):
    """Setting grounds: what a home's settings were when they were recorded."""

    def get(self, tx: Tx, provider: ClientId) -> SettingRow | None:
        """Return the row; None in a home whose settings were never recorded."""


Raw = tuple[Any, ...]
"""Columns as stored: hashable, and equal only where every column, each MAC included, is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundsRead:
    """Grounds read: the rows that one decision rests on, decoded and not verified yet."""

    actor: ActorRow | None
    client: ClientRow | None
    lock: LockRow | None
    policy: PolicyRow | None
    token: TokenRow | None
    by_token: bool


class GroundRows(Protocol):
    """Ground rows: the rows that each decision rests on, read at once."""

    def look(self, tx: Tx, os_user_key: bytes, client: ClientId, provider: ClientId) -> Raw:
        """Return every column of actor, client, lock, policies; None throughout where one lacks."""

    def look_by_token(self, tx: Tx, token: TokenId, client: ClientId, provider: ClientId) -> Raw:
        """Return the same with the token's columns last; the actor is the token's."""

    def read(self, raw: Raw) -> GroundsRead:
        """Decode the rows; Damaged when one does not decode."""


class PolicyRows(Protocol):
    """Policy rows: which policies are in force."""

    def get(self, tx: Tx, provider: ClientId) -> PolicyRow | None:
        """Return the row; None before the installation is founded."""

    def put(self, tx: Tx, row: PolicyRow) -> None:
        """Insert the row, or replace the version before it."""
