"""Interning: looking up or drawing the tokens of many values at once.

Index keys of all values are computed first; memory, then the index, give the tokens of those that
are held.  For the others everything is drawn and sealed outside any write transaction, and inserted
in one.  The first writer wins: the other's insertion is undone as a whole, and it looks up again
and reads what the winner wrote.  The same happens when two tokens collide, or when the vault was
rekeyed or something in it erased between reading and writing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar, final

import numpy as np

from bailee import errors
from bailee.ids import ClientId, Entropy
from bailee.keyring.model import COMMITMENT_BYTES, TOKEN_BYTES, NewValues
from bailee.keyring.vault.access import VaultKeys, VaultSealer
from bailee.keyring.vault.chain import Canonical, lengths
from bailee.keyring.vault.cipher import CANON, RAW, commit, cut
from bailee.seal.kdf import KEY_BYTES
from bailee.vault.memory import KnownTokens, Stamp
from bailee.vault.model import Kinds
from bailee.vault.port import VaultRows
from bailee.work import Tx

T = TypeVar("T")

PACKED_BYTES = 2 * TOKEN_BYTES + COMMITMENT_BYTES
"""token ‖ canonical token ‖ commitment."""

Name = tuple[str, int, bytes]
"""Form, kind and bytes: what an index key is computed from."""


class Raced(Exception):
    """Another writer was first: raised to undo the transaction, then all is looked up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The values of one call, and the form under which each is looked up."""

    client: ClientId
    epoch: int
    kinds: Sequence[int]
    raws: Sequence[bytes]
    canons: Sequence[bytes | None]
    forms: Sequence[str]

    @property
    def place(self) -> tuple[ClientId, int]:
        """Which vault."""
        return self.client, self.epoch


def ask(
    place: tuple[ClientId, int],
    kinds: Kinds,
    raws: Sequence[bytes],
    canons: Sequence[bytes | None],
) -> Asked:
    """Return what is looked up: a spelling that is its own canonical form is found as that."""
    forms = [
        CANON if canon is None or canon == raw else RAW
        for raw, canon in zip(raws, canons, strict=True)
    ]
    client, epoch = place
    return Asked(
        client=client,
        epoch=epoch,
        kinds=np.asarray(kinds).tolist(),  # plain numbers, from whatever holds them
        raws=raws,
        canons=canons,
        forms=forms,
    )


@dataclass(slots=True, kw_only=True)
class LookedUp:
    """What a look-up found, by index key."""

    reached: VaultKeys
    known: KnownTokens
    keys: list[bytes]
    packed: list[bytes | None]
    # By key, so that a value which occurs twice in one call gets one token.
    missing: dict[bytes, int] = field(default_factory=dict)
    """Values that are not held, each once, with a position of theirs."""
    over: dict[bytes, bytes] = field(default_factory=dict)
    """Index key of another spelling → that of its canonical form."""
    tokens: dict[bytes, bytes] = field(default_factory=dict)
    lengths: dict[Canonical, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueDraft:
    """Rows to insert, all or none, under the stamp of the vault as it was read."""

    stamp: Stamp
    index: tuple[list[bytes], list[bytes]]
    values: NewValues
    packed: dict[bytes, bytes]


@final
class Interning:
    """Steps of one call of `intern`."""

    def __init__(self, rows: VaultRows, entropy: Entropy) -> None:
        self._rows = rows
        self._entropy = entropy

    # --- looking up ------------------------------------------------------------------------

    def look_up(self, tx: Tx, asked: Asked, reached: VaultKeys, known: KnownTokens) -> LookedUp:
        """Find what is held; the rest is listed as missing."""
        keys = _keys(reached.sealers[0], asked.forms, asked.kinds, asked.raws)
        packed = known.look_up(keys)
        looked = LookedUp(reached=reached, known=known, keys=keys, packed=packed)
        wanted = {key: at for at, key in enumerate(keys) if packed[at] is None}
        if wanted:
            self._fetch(tx, asked, looked, wanted)
        return looked

    def _fetch(self, tx: Tx, asked: Asked, looked: LookedUp, wanted: dict[bytes, int]) -> None:
        names = self._names(asked, looked, wanted)
        looked.tokens = tokens = self._tokens(tx, asked, looked.reached, names)
        held = [key for key in wanted if key in tokens]
        learnt = self._packed(tx, asked, looked, held)
        # Read in a snapshot, so all of it was durable; the stamp that it was read with is the
        # memory's.
        looked.known.learn(learnt)
        looked.packed = [
            learnt.get(key) if packed is None else packed
            for key, packed in zip(looked.keys, looked.packed, strict=True)
        ]
        looked.missing = {key: at for key, at in wanted.items() if key not in tokens}
        above = [
            (names[key][1], tokens[over])
            for key in looked.missing
            if (over := looked.over.get(key)) in tokens
        ]
        if above:
            # Under the newest key alone: new links go there, and a turn moves the others to it.
            sealer = looked.reached.sealers[0]
            looked.lengths = lengths(tx, self._rows, asked.place, sealer, above)

    def _names(self, asked: Asked, looked: LookedUp, wanted: dict[bytes, int]) -> dict[bytes, Name]:
        """Return the wanted values by index key, with the canonical forms of other spellings."""
        kinds, raws, forms = asked.kinds, asked.raws, asked.forms
        names = {key: (forms[at], kinds[at], raws[at]) for key, at in wanted.items()}
        spelled = [key for key, at in wanted.items() if forms[at] is RAW]
        if spelled:
            places = [wanted[key] for key in spelled]
            of_kind = [kinds[at] for at in places]
            canons = [asked.canons[at] or b"" for at in places]
            above = looked.reached.sealers[0].indexes(CANON, of_kind, canons)
            looked.over = dict(zip(spelled, above, strict=True))
            for key, kind, canon in zip(above, of_kind, canons, strict=True):
                names[key] = (CANON, kind, canon)
        return names

    def _tokens(
        self, tx: Tx, asked: Asked, reached: VaultKeys, names: dict[bytes, Name]
    ) -> dict[bytes, bytes]:
        """Return tokens under the newest key and, while a turn replaces it, under the older one."""
        newest, *older = reached.sealers
        tokens = self._under(tx, asked, newest, list(names))
        for sealer in older:
            rest = [key for key in names if key not in tokens]
            forms = [names[key][0] for key in rest]
            kinds, blobs = [names[key][1] for key in rest], [names[key][2] for key in rest]
            was = dict(zip(_keys(sealer, forms, kinds, blobs), rest, strict=True))
            found = self._under(tx, asked, sealer, list(was))
            tokens |= {was[key]: token for key, token in found.items()}
        return tokens

    def _under(
        self, tx: Tx, asked: Asked, sealer: VaultSealer, keys: list[bytes]
    ) -> dict[bytes, bytes]:
        there = self._rows.indexed(tx, asked.client, asked.epoch, sealer.version, keys)
        open_token = sealer.open_token
        return {key: open_token(key, sealed) for key, sealed in there.items()}

    def _packed(
        self, tx: Tx, asked: Asked, looked: LookedUp, held: list[bytes]
    ) -> dict[bytes, bytes]:
        tokens, over = looked.tokens, looked.over
        # Canonical forms too: what has no row yet is linked to them.
        found = self._rows.commitments(tx, *asked.place, [*tokens.values()], held=True)
        packed = {}
        # An index row without its value, or a spelling without its canonical form: both are
        # inserted and erased together, so one of them was taken away or put back.
        if found.keys() != set(tokens.values()):
            raise errors.Damaged("errors_vault.row")
        for key in held:
            token, canonical = tokens[key], tokens.get(over.get(key, key))
            if canonical is None:
                raise errors.Damaged("errors_vault.row")
            packed[key] = token + canonical + found[token]
        return packed

    # --- inserting -------------------------------------------------------------------------

    def draft(self, asked: Asked, looked: LookedUp) -> ValueDraft:
        """Draw and seal what is missing, with the canonical form of each other spelling."""
        # A canonical form gets a token though no line spells it so: the index lists lines under it.
        over, tokens = looked.over, looked.tokens
        places = list(looked.missing.values())
        fresh = dict(
            zip(
                looked.missing,
                zip(_at(asked.kinds, places), _at(asked.raws, places), strict=True),
                strict=True,
            )
        )
        spelled = [key for key in looked.missing if key in over]
        for key in spelled:
            above = over[key]
            if above not in tokens and above not in fresh:
                at = looked.missing[key]
                fresh[above] = (asked.kinds[at], asked.canons[at] or b"")
        # Ten random bytes each.  A collision within the epoch, at 10⁹ tokens one chance in a
        # million, is refused by the primary key, and the whole draft is drawn again.
        mine = cut(self._entropy(TOKEN_BYTES * len(fresh)), TOKEN_BYTES)
        # Most calls bring no other spelling: then each token is its own canonical one.
        if not spelled:
            return self._sealed(asked, looked, fresh, (mine, mine, {}))
        tokens = tokens | dict(zip(fresh, mine, strict=True))
        canonical = [tokens[over.get(key, key)] for key in fresh]
        return self._sealed(
            asked, looked, fresh, (mine, canonical, self._links(looked, spelled, tokens, fresh))
        )

    def _links(
        self,
        looked: LookedUp,
        spelled: list[bytes],
        tokens: dict[bytes, bytes],
        fresh: dict[bytes, tuple[int, bytes]],
    ) -> dict[bytes, bytes]:
        """Append the other spellings to the chains of their canonical tokens: index key → token."""
        sealer, used = looked.reached.sealers[0], dict(looked.lengths)
        links = {}
        for key in spelled:
            canonical = (fresh[key][0], tokens[looked.over[key]])
            number = used.get(canonical, 0)
            links[sealer.link(*canonical, number)] = tokens[key]
            used[canonical] = number + 1
        return links

    def _sealed(
        self,
        asked: Asked,
        looked: LookedUp,
        fresh: dict[bytes, tuple[int, bytes]],
        drawn: tuple[list[bytes], list[bytes], dict[bytes, bytes]],
    ) -> ValueDraft:
        mine, canonical, links = drawn
        sealer = looked.reached.sealers[0]
        kinds, raws = [kind for kind, _ in fresh.values()], [raw for _, raw in fresh.values()]
        rs = self._entropy(KEY_BYTES * len(fresh))
        commitments = commit(asked.client, asked.epoch, kinds, raws, rs)
        plains = list(zip(canonical, cut(rs, KEY_BYTES), raws, strict=True))
        values = sealer.seal_values(mine, kinds, plains, self._entropy)
        found_by = [*fresh, *links]
        sealed = sealer.seal_tokens(found_by, [*mine, *links.values()], self._entropy)
        packed = map(b"".join, zip(mine, canonical, commitments, strict=True))
        return ValueDraft(
            stamp=looked.reached.stamp,
            index=(found_by, sealed),
            values=NewValues(sealer.version, mine, kinds, commitments, values),
            packed=dict(zip(fresh, packed, strict=True)),
        )

    def insert(self, tx: Tx, asked: Asked, draft: ValueDraft, stamp: Stamp | None) -> None:
        """Insert all of a draft, or raise `Raced`, which undoes it."""
        client, epoch = asked.place
        # Read in this transaction: rows sealed under a key that was replaced meanwhile would never
        # open, and a value erased meanwhile would come back.
        if stamp != draft.stamp:
            raise Raced
        version = draft.values.version
        # Keys that were free when they were read may be taken now: counted, then undone as a whole,
        # so that no value is left without its index row or with another's token.
        added = self._rows.add_index(tx, client, epoch, version, draft.index)
        if added != len(draft.index[0]):
            raise Raced
        if self._rows.add_values(tx, client, epoch, draft.values) != len(draft.values.tokens):
            raise Raced


def _at(values: Sequence[T], places: Sequence[int]) -> list[T]:
    return [values[at] for at in places]


def _keys(
    sealer: VaultSealer, forms: Sequence[str], kinds: Sequence[int], blobs: Sequence[bytes]
) -> list[bytes]:
    """Return the index keys of values in both forms, in their order."""
    other = [at for at, form in enumerate(forms) if form is RAW]
    keys = sealer.indexes(CANON, kinds, blobs) if len(other) < len(forms) else [b""] * len(forms)
    spelled = sealer.indexes(RAW, [kinds[at] for at in other], [blobs[at] for at in other])
    for at, key in zip(other, spelled, strict=True):
        keys[at] = key
    return keys
