"""Values of the keyring: rows of the key tree, pending deletions, answers of custodians.

A wrapped key may be copied anywhere: it opens nothing once the turn secret above it is destroyed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from bailee.encoding import u64
from bailee.ids import ClientId, InstallId
from bailee.scan.kinds import Kind

TOKEN_BYTES = 10
COMMITMENT_BYTES = 32

VALUE = "value"
"""The noun that a grant's scope names to open values of any kind; ids as `value_id`."""

VAULT = "vault"
NAMES = "names"
TEXT = "text"
"""Nouns of the keys of an epoch: its vault key, and the epoch keys of names and of text.

Vault and names end at the horizon of identifiers, text at the later one of logs.
"""

# The key goes at once, its index rows in several transactions of a turn: meanwhile something has to
# say that they hang on nothing.
INDEX = "index"
"""Noun of a row that stands for the index rows of a replaced vault key; no key has it."""

EPOCH_KEY_OF = {"names": NAMES, "run": NAMES, "link": NAMES, "text": TEXT}
"""Which epoch key stands beside the bucket key above a leaf of these nouns.

names: a batch's identifier map; run: a run of the token index; link: between a token and a contact;
text: a batch's redacted text.  A thing of these nouns has an epoch, one of any other noun has none.
"""

# Stored, and part of every answer about an erasure: neither word is ever renamed.
WrapClass = Literal["hardware", "file"]
"""How sure a destruction is: `file` may survive in an image of the custodian's disk."""


class Phase(StrEnum):
    """Where a turn stands; `keys/state.py` says which may follow which."""

    STILL = "still"
    T0 = "T0"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"


STEPS = tuple(Phase)
"""The order of the phases, by which custodians keep how far turns have come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The one row that says which generation lives and which may be written."""

    install: InstallId
    provider: ClientId
    # From T1 to T4 the two differ: what is written goes under the next generation already, while
    # what was not rewrapped yet still opens under the old one.
    generation: int
    write_gen: int
    phase: Phase
    # Stored, so that whoever goes on with a turn after a crash goes on with a rotation.
    new_root: bool
    began_ms: int
    turned_ms: int

    @property
    def reached(self) -> tuple[int, int]:
        """How far turns have come: generation and step, as custodians keep it."""
        return self.generation, STEPS.index(self.phase)

    @property
    def target(self) -> int:
        """The generation that a turn in progress leads to."""
        return self.generation + 1

    @property
    def living(self) -> int:
        """The generation whose turn secret must be there: from T3 on, the old one is destroyed."""
        return self.write_gen if self.phase in (Phase.T3, Phase.T4) else self.generation


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappingKeyRow:
    """A wrapping key: wrapped directly under the key of a generation.

    `pending_gen` is set while something below it was deleted: the next turn then renews it.
    """

    noun: str
    id: bytes
    gen: int
    version: int
    pending_gen: int | None
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketRow:
    """A bucket key, wrapped under the key of its client in version `parent`."""

    client: ClientId
    bucket: int
    version: int
    # A trigger of the database refuses a row whose parent is not the present client key: a process
    # that slept through a turn cannot leave a bucket under the one that was renewed.
    parent: int
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafRow:
    """A leaf key, wrapped under its bucket key; `kid` names it to custodians when it is deleted."""

    client: ClientId
    bucket: int
    noun: str
    id: bytes
    version: int
    kid: bytes
    epoch: int
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRow:
    """A key of a client's epoch, wrapped under the client key in version `parent`.

    `wrapped` is None once the key was ended or replaced; `pending_gen` then says that what hung on
    it is still to be swept.  On a living vault key it says since which generation erasures wait.
    """

    client: ClientId
    epoch: int
    noun: str
    version: int
    parent: int
    kid: bytes
    # Counts up: with the version it is the vault's stamp, by which every process notices that what
    # it knows of this vault may have been erased.
    erasures: int
    pending_gen: int | None
    wrapped: bytes | None


class ValueRow(NamedTuple):
    """A vault row; an erased one keeps its token and commitment only."""

    token: bytes
    kind: int | None
    version: int
    commitment: bytes
    sealed: bytes | None


class NewValues(NamedTuple):
    """Vault rows to insert, in columns: an object for each row would cost more than the row."""

    version: int
    tokens: Sequence[bytes]
    kinds: Sequence[int]
    commitments: Sequence[bytes]
    sealed: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Custodied:
    """Which keys of one epoch of a client are left."""

    epoch: int
    vault: bool
    names: bool
    text: bool
    made: frozenset[str] = frozenset()
    """Which keys there ever were."""
    ending: frozenset[str] = frozenset()
    """Which of the keys that do not live any more an older copy still opens, until a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyKeyRow:
    """A body key, of a client and year, wrapped under the legal-term key in version `parent`."""

    client: ClientId
    year: int
    kid: bytes
    parent: int
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """All that stands above one leaf, read in one statement to open it."""

    generation: int
    write_gen: int
    wrapping: WrappingKeyRow
    bucket: BucketRow | None
    leaf: LeafRow | None


class HeldBodyKey(NamedTuple):
    """All that stands above one client's ledger bodies of a year, read in one statement.

    Flat, as it is read for every entry: two are equal only where every byte of both rows is.
    """

    client: bytes
    year: int
    generation: int
    write_gen: int
    above_id: bytes
    above_gen: int
    above_version: int
    pending_gen: int | None
    above_wrapped: bytes
    kid: bytes | None
    parent: int | None
    wrapped: bytes | None

    @property
    def wrapping(self) -> WrappingKeyRow:
        """The legal-term key, as a row."""
        return WrappingKeyRow(
            noun="law",
            id=self.above_id,
            gen=self.above_gen,
            version=self.above_version,
            pending_gen=self.pending_gen,
            wrapped=self.above_wrapped,
        )

    @property
    def body(self) -> BodyKeyRow | None:
        """The body key, as a row; None when it was not made yet."""
        if self.kid is None or self.parent is None or self.wrapped is None:
            return None
        return BodyKeyRow(
            client=ClientId(self.client),
            year=self.year,
            kid=self.kid,
            parent=self.parent,
            wrapped=self.wrapped,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Ids of keys that a transaction deleted; final once no key of `generation` opens any more.

    `notes` holds for each id what a custodian keeps beside it, sealed: what stood above the key.
    """

    generation: int
    key_ids: tuple[bytes, ...]
    notes: tuple[bytes, ...] = ()

    def __add__(self, other: "Pending") -> "Pending":
        """Return both as one, of one generation."""
        return Pending(
            generation=max(self.generation, other.generation),
            key_ids=self.key_ids + other.key_ids,
            notes=self.notes + other.notes,
        )


class NamedKey(NamedTuple):
    """A deleted key as a custodian knows it; the note is empty in a list of before notes."""

    generation: int
    kid: bytes
    note: bytes


class NamedKeys(NamedTuple):
    """What one custodian was left with: the list only grows while `era` stays."""

    era: int
    keys: Sequence[NamedKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueKey:
    """A deleted key, and the versions of the keys above it when it was deleted.

    The turn that makes the deletion final leaves none of them: `bucket_version` is that after the
    deletion, and the bucket's least from then on; the others were the living ones, and are
    replaced.  `token` names an erased value, and is empty for keys.
    """

    generation: int
    kid: bytes
    client: ClientId
    noun: str
    bucket: int
    bucket_version: int
    epoch: int
    vault_version: int
    client_version: int
    legal_version: int
    token: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRow:
    """A deletion that the next turn makes final."""

    kid: bytes
    client: ClientId
    noun: str
    gen: int
    requested_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRow:
    """A finished turn: `gen` is the generation whose turn secret was destroyed."""

    gen: int
    new_root: bool
    began_ms: int
    finished_ms: int
    # Later than `finished_ms` with a custody that destroys after a delay, as cloud services do:
    # until then nothing is called erased.
    effective_ms: int
    erased: int
    confirmations: int
    wrap_class: WrapClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Answer of one custodian that was asked to destroy a turn secret.

    `unknown` covers all that is not "looked, and it is absent" (spec/invariants.md I16).
    """

    custodian: str
    answer: Literal["absent", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """Outcome of destroying a turn secret, by custodian."""

    effective_at_ms: int
    confirmations: tuple[Confirmation, ...]
    wrap_class: WrapClass

    @property
    def confirmed(self) -> bool:
        """Return whether every registered copy was read back as absent."""
        answers = [item.answer for item in self.confirmations]
        # Without a custodian nothing was confirmed: `all` of nothing would be true.
        return bool(answers) and all(answer == "absent" for answer in answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """Line of the register of copies: a custodian, and which turn secrets it holds now."""

    custodian: str
    place: str
    answers: bool
    generations: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """How many keys were opened as a test, by level of the tree."""

    wrapping: int
    buckets: int
    bodies: int
    leaves: int
    epochs: int = 0


Clocked = Callable[[], int]
"""Returns wall time in milliseconds."""


def value_id(epoch: int, token: bytes) -> bytes:
    """Return the id by which a grant's scope names one value."""
    # The epoch too: a token is unique within one epoch only, and a grant must not reach another.
    return u64(epoch) + token


def value_noun(kind: int) -> str:
    """Return the noun by which a grant's scope names all values of a kind, as `value:email`."""
    return f"{VALUE}:{Kind(kind).name.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """How far the erasure of something deleted in a generation is."""

    stage: Literal["pending", "erased"]
    effective_ms: int
    wrap_class: WrapClass

    @property
    def sentence(self) -> str:
        """The message id that says it, to be filled with `date`."""
        return f"keys.erasure-{self.stage}"

    @property
    def residual(self) -> str:
        """The message id that says what could still bring it back."""
        return f"keys.residual-{self.wrap_class}"
