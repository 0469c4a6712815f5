"""Stand-ins that tests of the keyring share: custody in memory, a clock set by hand."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.tables import make_tables

from bailee import errors
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.clock import Boot
from bailee.grant import Grant, Scope, grant_message
from bailee.ids import ActorId, ClientId, EntryId, InstallId
from bailee.keyring.model import (
    Confirmation,
    Custody,
    Destruction,
    NamedKey,
    NamedKeys,
    Pending,
)
from bailee.keyring.port import Kek
from bailee.keyring.service import Keyring
from bailee.keyring.tree.formulas import kek, unwrap, wrap
from bailee.ledger.model import AnchorList
from bailee.ledger.port import Newest
from bailee.secret import Secret

STARTED_MS = 1_600_000_000_000
"""When the machine of a hand clock was started."""


@dataclass
class HandClock:
    wall_ms: int = 1_790_000_000_000
    running_s: float = 100.0
    set_ms: int = 0
    """By how much somebody set the wall clock ahead, without time having passed."""
    started_ms: int = STARTED_MS
    boot: bytes = b"\x01" * 16

    def now_ms(self) -> int:
        return self.wall_ms

    def since_boot(self) -> Boot:
        return Boot(id=self.boot, up_ms=self.wall_ms - self.started_ms - self.set_ms)

    def set_ahead(self, ms: int) -> None:
        """Set the wall clock, and let no time pass."""
        self.wall_ms += ms
        self.set_ms += ms

    def start_anew(self, off_ms: int) -> None:
        """Start the machine after it was off for that long."""
        self.wall_ms += off_ms
        self.started_ms, self.set_ms = self.wall_ms, 0
        self.boot = secrets.token_bytes(16)

    def monotonic_s(self) -> float:
        return self.running_s


class SoftKek:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def wrap(self, aad: bytes, key: bytes) -> bytes:
        return wrap(self._key, aad, key)

    def unwrap(self, aad: bytes, wrapped: bytes) -> bytes:
        return unwrap(self._key, aad, wrapped)


@dataclass
class UnsafeMemoryKms:
    """Two custodians in memory; `dead` ones do not answer."""

    install: InstallId = field(default_factory=InstallId.new)
    roots: dict[int, bytes] = field(default_factory=lambda: {0: secrets.token_bytes(32)})
    turns: list[dict[int, bytes]] = field(default_factory=lambda: [{}, {}])
    left: list[list[NamedKey]] = field(default_factory=lambda: [[], []])
    dead: set[int] = field(default_factory=set)
    farthest: tuple[int, int] = (0, 0)
    era: int = 0

    def root(self, generation: int | None = None) -> Secret[bytes]:
        serving = [first for first in self.roots if generation is None or first <= generation]
        if not serving:
            raise errors.Sealed("errors_kms.no-turn-secret")
        return Secret(self.roots[max(serving)])

    def add_root(self, first: int) -> None:
        self.roots.setdefault(first, secrets.token_bytes(32))

    def drop_roots(self, before: int) -> None:
        serving = max((first for first in self.roots if first <= before), default=0)
        self.roots = {first: root for first, root in self.roots.items() if first >= serving}

    def make_turn(self, generation: int) -> None:
        if self.dead:
            raise errors.Sealed("errors_kms.custodian-missing")
        known = [held[generation] for held in self.turns if generation in held]
        turn = known[0] if known else secrets.token_bytes(32)
        for held in self.turns:
            held[generation] = turn

    def drop_turns(self, after: int) -> None:
        if self.dead:
            raise errors.Sealed("errors_kms.custodian-missing")
        for held in self.turns:
            for gen in [gen for gen in held if gen > after]:
                del held[gen]

    def kek(self, generation: int) -> Kek:
        serving = [number for number in self.roots if number <= generation]
        for number, held in enumerate(self.turns):
            if serving and number not in self.dead and generation in held:
                root = self.roots[max(serving)]
                return SoftKek(kek(root, held[generation], self.install, generation))
        raise errors.Sealed("errors_kms.no-turn-secret")

    def destroy(self, generation: int) -> Destruction:
        answers = []
        for number, held in enumerate(self.turns):
            if number in self.dead:
                answers.append(Confirmation(custodian=str(number), answer="unknown"))
                continue
            for gen in [gen for gen in held if gen <= generation]:
                del held[gen]
            answers.append(Confirmation(custodian=str(number), answer="absent"))
        return Destruction(effective_at_ms=0, confirmations=tuple(answers), wrap_class="file")

    def mark(self, generation: int, step: int) -> None:
        self.farthest = (generation, step)

    def marked(self) -> tuple[int, int]:
        return self.farthest

    def push(self, pending: Pending) -> bool:
        held = {key.kid: key for key in self._answering() if key.note}
        for number, left in enumerate(self.left):
            if number in self.dead:
                continue
            here = {key.kid for key in left if key.note}
            notes = pending.notes or (b"",) * len(pending.key_ids)
            for kid, note in zip(pending.key_ids, notes, strict=True):
                if kid not in here:
                    left.append(held.get(kid, NamedKey(pending.generation, kid, note)))
        return not self.dead

    def pending(self) -> frozenset[bytes]:
        return frozenset(key.kid for key in self._answering())

    def _answering(self) -> list[NamedKey]:
        if len(self.dead) == len(self.left):
            raise errors.Sealed("errors_kms.custodian-missing")
        return [
            key for number, left in enumerate(self.left) if number not in self.dead for key in left
        ]

    def named(self) -> Sequence[NamedKeys]:
        self._answering()
        return tuple(NamedKeys(era=self.era, keys=left) for left in self.left)

    def forget(self, generation: int) -> None:
        for number, left in enumerate(self.left):
            if number not in self.dead:
                self.left[number] = [key for key in left if key.generation > generation]
                self.era += 1

    def register(self) -> tuple[Custody, ...]:
        return tuple(
            Custody(
                custodian=str(n),
                place=f"/{n}",
                answers=n not in self.dead,
                generations=tuple(sorted(held)),
            )
            for n, held in enumerate(self.turns)
        )


@dataclass
class UnsafeMemoryAnchors:
    """The anchors of two custodians in memory; `dead` ones do not answer.

    Those that `forget` are custodians whose own disks are put back: they know of nothing.
    """

    lists: list[list[bytes]] = field(default_factory=lambda: [[], []])
    dead: set[int] = field(default_factory=set)
    era: int = 0
    forgetful: bool = False

    def forget(self) -> None:
        self.forgetful, self.lists, self.era = True, [[], []], self.era + 1

    def left(self) -> Sequence[AnchorList]:
        self._answering()
        return [
            AnchorList(self.era, records, number not in self.dead)
            for number, records in enumerate(self.lists)
        ]

    def leave(self, records: Sequence[Sequence[bytes]], newest: Newest) -> None:  # noqa: ARG002  # never written anew
        for number in self._answering():
            if not self.forgetful:
                self.lists[number] += records[number]

    def _answering(self) -> list[int]:
        answering = [number for number in range(len(self.lists)) if number not in self.dead]
        if not answering:
            raise errors.Sealed("errors_kms.custodian-missing")
        return answering


@dataclass
class House:
    """A founded installation on a real database."""

    path: Path
    kms: UnsafeMemoryKms
    clock: HandClock
    work: SqliteWork
    rows: SqlKeyRows
    keyring: Keyring
    provider: ClientId

    def reopened(self) -> Keyring:
        """Load the keys again, as another process would."""
        again = Keyring(rows=self.rows, kms=self.kms, clock=self.clock)
        self.work.read(again.load)
        return again

    def new_client(self) -> ClientId:
        client = ClientId.new()
        self.work.run(client, lambda tx: self.keyring.new_client(tx, client))
        return client

    def grant(
        self,
        client: ClientId,
        nouns: Sequence[str] = ("object",),
        *,
        ids: frozenset[bytes] | None = None,
        count: int = 100,
        act: str = "object:get",
    ) -> Grant:
        facts = {
            "entry": EntryId.new(),
            "index": 7,
            "actor": ActorId.new(),
            "act": act,
            "client": client,
            "purpose": "service",
            "scopes": tuple(Scope(noun=noun, ids=ids) for noun in nouns),
            "count": count,
            "expires_s": self.clock.running_s + 5,
        }
        mac = self.keyring.grant_mac(grant_message(**facts))  # type: ignore[arg-type]  # one dict for both calls
        return Grant(**facts, mac=mac)  # type: ignore[arg-type]  # as above


def founded(folder: Path) -> House:
    """Make a database and found the keys on it."""
    path = folder / "rows.db"
    make_tables(path)
    work, rows, kms, clock = SqliteWork(path), SqlKeyRows(), UnsafeMemoryKms(), HandClock()
    kms.make_turn(1)
    keyring = Keyring(rows=rows, kms=kms, clock=clock)
    provider = ClientId.new()
    work.run(provider, lambda tx: keyring.found(tx, provider))
    work.read(keyring.load)
    return House(
        path=path,
        kms=kms,
        clock=clock,
        work=work,
        rows=rows,
        keyring=keyring,
        provider=provider,
    )
