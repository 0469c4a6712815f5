"""File custody: the root under a passphrase in the home, the turn secret on ≥ 2 custodians.

Of class `file`: what is destroyed here is readable again by whoever holds an image of a custodian
from before *and* the passphrase.  Implements `keyring.port.Kms`; spec/keys.md, "File custody".
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, Self, final

from bailee import errors
from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.kms.disk import read_private, write_whole
from bailee.adapters.kms.keyring_file import (
    CEILING,
    CUSTODIAN_ID_BYTES,
    FLOOR,
    SALT_BYTES,
    Cost,
    KeyringFile,
    PassphraseKeys,
    Registered,
    parse,
    render,
    verify,
)
from bailee.adapters.kms.places import require_places
from bailee.clock import Clock
from bailee.ids import Entropy, InstallId
from bailee.keyring.model import (
    Confirmation,
    Custody,
    Destruction,
    NamedKey,
    NamedKeys,
    Pending,
)
from bailee.keyring.port import Kek
from bailee.keyring.tree import formulas as tree
from bailee.limits import PASSPHRASE_CHARS_MIN
from bailee.seal.kdf import KEY_BYTES
from bailee.secret import Secret

FILE_NAME = "keyring"
FIRST_GENERATION = 1


@final
class FileKek:
    """KEK of one generation, in memory; implements `keyring.port.Kek`."""

    __slots__ = ("_entropy", "_key")

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._key = key
        self._entropy = entropy

    def wrap(self, aad: bytes, key: bytes) -> bytes:
        """Wrap a 32-byte key, bound to its place."""
        return tree.wrap(self._key, aad, key, self._entropy)

    def unwrap(self, aad: bytes, wrapped: bytes) -> bytes:
        """Unwrap; Damaged when it was not wrapped under this key for this place."""
        return tree.unwrap(self._key, aad, wrapped)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


@final
class FileKms:
    """Key custody in files; `found` once for a home, `open` at each start."""

    def __init__(
        self,
        home: Path,
        content: KeyringFile,
        keys: PassphraseKeys,
        clock: Clock,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self._path = home / FILE_NAME
        self._content = content
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self.custodians = tuple(
            Custodian(entry.path, entry.id, content.install) for entry in content.custodians
        )

    # --- founding, opening, restoring ------------------------------------------------------

    @classmethod
    def found(
        cls,
        home: Path,
        *,
        install: InstallId,
        passphrase: Secret[str],
        custodians: Sequence[Path],
        clock: Clock,
        unsafe_cost: Cost | None = None,
        entropy: Entropy = secrets.token_bytes,
    ) -> Self:
        """Make root and first turn secret for a new home.

        The keyring file is written last: without it nothing exists, and another `found` clears
        what an interrupted one left with the custodians.
        """
        if (home / FILE_NAME).exists():
            raise errors.Conflict("errors_kms.founded-already")
        if len(passphrase.reveal()) < PASSPHRASE_CHARS_MIN:
            raise errors.UsageError("errors_kms.passphrase-short", chars=PASSPHRASE_CHARS_MIN)
        places = require_places(home, custodians)
        registered = tuple(
            Registered(id=entropy(CUSTODIAN_ID_BYTES).hex(), path=place) for place in places
        )
        root = Secret(entropy(KEY_BYTES))
        kms = cls._with_root(home, install, passphrase, registered, clock, unsafe_cost, entropy)
        with _on_disk():
            for custodian in kms.custodians:
                custodian.found()
        # Custodians first, the keyring file last: what a crash leaves before it is marked as
        # founding and names a key that wrapped nothing.
        kms.make_turn(FIRST_GENERATION)
        kms.put_root(FIRST_GENERATION, root)
        kms.settle()
        return kms

    @classmethod
    def restore(
        cls,
        home: Path,
        *,
        install: InstallId,
        root: Secret[bytes],
        passphrase: Secret[str],
        custodians: Sequence[Path],
        clock: Clock,
        unsafe_cost: Cost | None = None,
        entropy: Entropy = secrets.token_bytes,
    ) -> Self:
        """Make the keyring file of a home anew from a recovered root; custodians keep theirs."""
        if (home / FILE_NAME).exists():
            raise errors.Conflict("errors_kms.founded-already")
        places = require_places(home, custodians)
        registered = tuple(Registered(id=_marked(place, install), path=place) for place in places)
        kms = cls._with_root(home, install, passphrase, registered, clock, unsafe_cost, entropy)
        kms.put_root(FIRST_GENERATION, root)
        return kms

    @classmethod
    def _with_root(  # noqa: PLR0917  # private, and called twice above
        cls,
        home: Path,
        install: InstallId,
        passphrase: Secret[str],
        registered: tuple[Registered, ...],
        clock: Clock,
        unsafe_cost: Cost | None,
        entropy: Entropy,
    ) -> Self:
        cost = unsafe_cost or FLOOR
        salt = entropy(SALT_BYTES)
        content = KeyringFile(
            install=install, cost=cost, salt=salt, custodians=registered, roots=()
        )
        return cls(home, content, PassphraseKeys(passphrase, salt, cost), clock, entropy)

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        passphrase: Secret[str],
        clock: Clock,
        unsafe_cost: Cost | None = None,
        entropy: Entropy = secrets.token_bytes,
    ) -> Self:
        """Unlock: Sealed for a wrong passphrase, Damaged for an edited file."""
        with _on_disk():
            data = read_private(home / FILE_NAME)
        if data is None:
            raise errors.NotFound("errors_kms.no-keyring")
        content = parse(data)
        # Before the passphrase is hashed with it: an edited file could ask for a hash so cheap that
        # guesses cost nothing, or so dear that it stops the machine.
        if not content.cost.at_least(unsafe_cost or FLOOR):
            raise errors.Damaged("errors_kms.cheap-passphrase")
        if not CEILING.at_least(content.cost) or not content.roots:
            raise errors.Damaged("errors_kms.keyring-file")
        keys = PassphraseKeys(passphrase, content.salt, content.cost)
        # Roots before the MAC: a wrong passphrase is told from an edited file by which of them
        # fails.
        for first, wrapped in content.roots:
            keys.open_root(content.install, first, wrapped)
        verify(data, keys)
        require_places(home, [entry.path for entry in content.custodians])
        kms = cls(home, content, keys, clock, entropy)
        kms.settle()
        return kms

    def settle(self) -> None:
        """Mark the custodians as in use, now that the keyring file names them."""
        with _on_disk():
            for custodian in self.custodians:
                custodian.settle()

    # --- root ------------------------------------------------------------------------------

    @property
    def install(self) -> InstallId:
        """The installation whose root this is."""
        return self._content.install

    def root(self, generation: int | None = None) -> Secret[bytes]:
        """Return the root that serves a generation, the newest by default."""
        roots = self._content.roots
        serving = [item for item in roots if generation is None or item[0] <= generation]
        if not serving:
            raise errors.Sealed("errors_kms.no-turn-secret")
        first, wrapped = serving[-1]
        return Secret(self._keys.open_root(self.install, first, wrapped))

    def add_root(self, first: int) -> None:
        """Make a new root durable, for generations from `first` on; keep it when it is there."""
        if all(number < first for number, _ in self._content.roots):
            self.put_root(first, Secret(self._entropy(KEY_BYTES)))

    def put_root(self, first: int, root: Secret[bytes]) -> None:
        """Make a root durable, for generations from `first` on."""
        wrapped = self._keys.wrap_root(self.install, first, root.reveal(), self._entropy)
        self._store(replace(self._content, roots=(*self._content.roots, (first, wrapped))))

    def drop_roots(self, before: int) -> None:
        """Drop each root that wraps no generation `before` or later: no key needs it any more."""
        roots = self._content.roots
        serving = max((first for first, _ in roots if first <= before), default=0)
        kept = tuple(item for item in roots if item[0] >= serving)
        if kept != roots:
            self._store(replace(self._content, roots=kept))

    def _store(self, content: KeyringFile) -> None:
        with _on_disk():
            write_whole(self._path, render(content, self._keys), "kms.keyring-write")
        self._content = content

    # --- turn secrets ----------------------------------------------------------------------

    def make_turn(self, generation: int) -> None:
        """Make the turn secret of a generation durable, the same on every custodian."""
        held = [self._read(custodian, generation) for custodian in self.custodians]
        known = {secret for secret in held if secret}
        # Taken up, not drawn again, when a custodian has it already: called twice, this must not
        # give two secrets for one generation.  Of two that differ nobody could say which is right.
        if len(known) > 1 or (not known and b"" in held):
            raise errors.Damaged("errors_kms.turn-secret")
        secret = known.pop() if known else self._entropy(KEY_BYTES)
        with _on_disk():
            for custodian, had in zip(self.custodians, held, strict=True):
                if had != secret:
                    custodian.write_turn(generation, secret)

    def drop_turns(self, after: int) -> None:
        """Destroy the turn secrets of later generations; Sealed when a custodian is away."""
        with _on_disk():
            for custodian in self.custodians:
                custodian.drop_turns(after)

    def _read(self, custodian: Custodian, generation: int) -> bytes | None:
        """Return a custodian's turn secret: None when absent, empty when it is damaged."""
        custodian.require()
        try:
            return custodian.read_turn(generation)
        except (errors.Damaged, OSError):
            return b""

    def kek(self, generation: int) -> Kek:
        """Return the key of a generation, by the first custodian that has its turn secret whole."""
        root = self.root(generation).reveal()
        for custodian in self.custodians:
            turn = self._read(custodian, generation) if custodian.answers() else None
            if turn:
                return FileKek(tree.kek(root, turn, self.install, generation), self._entropy)
        raise errors.Sealed("errors_kms.no-turn-secret")

    def destroy(self, generation: int) -> Destruction:
        """Destroy the turn secrets up to this generation on each custodian, and read back."""
        # Every one is asked, whatever the others answer: what can be destroyed now should be.
        answers = tuple(
            Confirmation(custodian=custodian.id, answer=custodian.destroy(generation))
            for custodian in self.custodians
        )
        return Destruction(
            effective_at_ms=self._clock.now_ms(), confirmations=answers, wrap_class="file"
        )

    # --- deleted keys, the phase and the register ----------------------------------------------

    def mark(self, generation: int, step: int) -> None:
        """Keep how far turns have come with every custodian that answers; Sealed when none does."""
        answering = self._answering()
        with _on_disk():
            for custodian in answering:
                custodian.mark(generation, step)

    def marked(self) -> tuple[int, int]:
        """Return the farthest (generation, step) that a custodian was left with."""
        with _on_disk():
            return max(custodian.marked() for custodian in self._answering())

    def push(self, pending: Pending) -> bool:
        """Leave deleted keys with every custodian that answers; whether each has them now."""
        notes = pending.notes or (b"",) * len(pending.key_ids)
        new = {
            kid: NamedKey(pending.generation, kid, note)
            for kid, note in zip(pending.key_ids, notes, strict=True)
        }
        # As another custodian has it: one that was away gets the same record, with its note.
        for custodian in self.custodians:
            held = {key.kid: key for key in custodian.named().keys if key.kid in new and key.note}
            new |= held
        # All of them, before the failure of one is reported: one list is enough for a restore.
        took = 0
        for custodian in self.custodians:
            with suppress(OSError, errors.Sealed):
                custodian.require()
                custodian.push(tuple(new.values()))
                took += 1
        if not took:
            raise errors.Sealed("errors_kms.custodian-missing")
        return took == len(self.custodians)

    def pending(self) -> frozenset[bytes]:
        """Return the deleted key ids that any custodian has; Sealed when none answers."""
        # The union: a custodian that was away at one deletion has a shorter list.
        return frozenset().union(*(custodian.pending() for custodian in self._answering()))

    def named(self) -> Sequence[NamedKeys]:
        """Return what each custodian was left with; Sealed when none answers."""
        # Each is asked, whatever another answered; of one that went away what it had said counts.
        answers = [custodian.look() for custodian in self.custodians]
        if not any(answers):
            raise errors.Sealed("errors_kms.custodian-missing")
        return tuple(custodian.taken() for custodian in self.custodians)

    def forget(self, generation: int) -> None:
        """Drop the ids of deletions up to a generation, which are final."""
        with _on_disk():
            for custodian in self.custodians:
                if custodian.answers():  # one that is away keeps them until the next turn
                    custodian.forget(generation)

    def _answering(self) -> list[Custodian]:
        answering = [custodian for custodian in self.custodians if custodian.answers()]
        if not answering:
            raise errors.Sealed("errors_kms.custodian-missing")
        return answering

    def register(self) -> tuple[Custody, ...]:
        """Return the register of copies and what each holds now."""
        return tuple(_custody(custodian) for custodian in self.custodians)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a root does not leave the process")


@contextmanager
def _on_disk() -> Iterator[None]:
    """Turn an error of the disk into CannotRecord; each call here may then be made again."""
    try:
        yield
    except OSError:
        raise errors.CannotRecord("errors_kms.disk") from None


def _custody(custodian: Custodian) -> Custody:
    answers = custodian.answers()
    return Custody(
        custodian=custodian.id,
        place=str(custodian.folder),
        answers=answers,
        generations=custodian.generations() if answers else (),
    )


def _marked(place: Path, install: InstallId) -> str:
    """Return the id that a custodian's marker gives, when it is of this installation."""
    try:
        lines = (read_private(place / "custodian") or b"").decode("ascii").split("\n")
    except (OSError, ValueError):
        lines = []
    if len(lines) < 3 or lines[1] != f"install {install}":  # noqa: PLR2004  # the marker's lines
        raise errors.Sealed("errors_kms.custodian-missing")
    return lines[2].removeprefix("id ")
