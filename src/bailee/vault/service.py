"""Vault service: values in, tokens out; and, against a grant, the way back.

`intern` runs in transactions of its own, durable before it returns: a stored line that names a
token which a crash took back would have lost the value.  A token that no line names does no harm.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import NoReturn, final

import numpy as np

from bailee import errors
from bailee.grant import Grant
from bailee.ids import ClientId, Entropy
from bailee.keyring.model import COMMITMENT_BYTES, TOKEN_BYTES, Pending, ValueRow
from bailee.keyring.service import Keyring
from bailee.keyring.vault.access import VaultKeys
from bailee.keyring.vault.chain import spellings
from bailee.keyring.vault.cipher import CANON, Plain, commit
from bailee.scan.kinds import Kind
from bailee.seal.kdf import KEY_BYTES
from bailee.vault.interning import PACKED_BYTES, Asked, Interning, LookedUp, Raced, ValueDraft, ask
from bailee.vault.memory import ENTRIES_MAX, TokenCache
from bailee.vault.model import Bytes, HeldValue, Interned, Kinds, Sought, Value, ValueOpening
from bailee.vault.port import VaultRows
from bailee.work import Tx, Work

VALUES_AT_ONCE = 50_000
"""Values per transaction: about 0.5 s of the one writer when all are new."""


@final
class Vault:
    """The vaults of all clients and epochs."""

    def __init__(
        self,
        *,
        work: Work,
        keyring: Keyring,
        rows: VaultRows,
        entropy: Entropy = secrets.token_bytes,
        remembered: int = ENTRIES_MAX,
    ) -> None:
        self._work = work
        self._keyring = keyring
        self._rows = rows
        self._entropy = entropy
        self._interning = Interning(rows, entropy)
        self._memory = TokenCache(remembered)

    # --- in --------------------------------------------------------------------------------

    def intern(
        self,
        client: ClientId,
        epoch: int,
        kinds: Kinds,
        raws: Sequence[bytes],
        canons: Sequence[bytes | None],
    ) -> Interned:
        """Look up or draw the tokens of many values, durable when it returns.

        A canonical form of None means that the raw value is it.  Call it before the identifier map
        that names the tokens is sealed, and never within a transaction.  Conflict when the names of
        the epoch were ended.
        """
        packed: list[bytes] = []
        fresh: list[bool] = []
        for at in range(0, len(raws), VALUES_AT_ONCE):
            some = slice(at, at + VALUES_AT_ONCE)
            asked = ask((client, epoch), kinds[some], raws[some], canons[some])
            found, drawn = self._intern(asked)
            packed += found
            fresh += drawn
        table = np.frombuffer(b"".join(packed), np.uint8).reshape(len(raws), PACKED_BYTES)
        return Interned(
            tokens=table[:, :TOKEN_BYTES],
            canonical=table[:, TOKEN_BYTES : 2 * TOKEN_BYTES],
            commitments=table[:, 2 * TOKEN_BYTES :],
            fresh=np.array(fresh, np.bool_),
        )

    def _intern(self, asked: Asked) -> tuple[list[bytes], list[bool]]:
        # Ends: each round either finds all, or inserts, or lost to somebody who inserted.
        while True:
            looked = self._work.read(lambda tx: self._look_up(tx, asked))
            if looked is None:
                self._work.run(
                    asked.client, lambda tx: self._keyring.new_vault(tx, asked.client, asked.epoch)
                )
            elif not looked.missing:
                return [packed or b"" for packed in looked.packed], [False] * len(looked.packed)
            elif (draft := self._inserted(asked, looked)) is not None:
                return self._filled(looked, draft)

    def _look_up(self, tx: Tx, asked: Asked) -> LookedUp | None:
        reached = self._keyring.vault(tx, asked.client, asked.epoch)
        if reached is None:
            return None
        known = self._memory.of(asked.client, asked.epoch, reached.stamp)
        return self._interning.look_up(tx, asked, reached, known)

    def _inserted(self, asked: Asked, looked: LookedUp) -> ValueDraft | None:
        """Insert what is missing; None when another writer was first and all is looked up again."""
        # Drawn and sealed before the transaction: other writers wait for it, not for the sealing.
        draft = self._interning.draft(asked, looked)

        def fn(tx: Tx) -> None:
            stamp = self._keyring.vault_stamp(tx, asked.client, asked.epoch)
            self._interning.insert(tx, asked, draft, stamp)

        try:
            self._work.run(asked.client, fn)
        except Raced:
            return None
        # Only now that it is durable: a token from a transaction that was undone stands for
        # nothing.
        looked.known.learn(draft.packed)
        return draft

    def _filled(self, looked: LookedUp, draft: ValueDraft) -> tuple[list[bytes], list[bool]]:
        packed = [
            draft.packed[key] if found is None else found
            for key, found in zip(looked.keys, looked.packed, strict=True)
        ]
        return packed, [found is None for found in looked.packed]

    def commit_only(
        self, client: ClientId, epoch: int, kinds: Kinds, raws: Sequence[bytes]
    ) -> Bytes:
        """Commit to values that are not kept: (n, 32), each with an r that is thrown away."""
        # r is never stored: the commitment binds the line and can be opened by nobody, ever.
        rs = self._entropy(KEY_BYTES * len(raws))
        commitments = b"".join(commit(client, epoch, np.asarray(kinds).tolist(), raws, rs))
        return np.frombuffer(commitments, np.uint8).reshape(len(raws), COMMITMENT_BYTES)

    # --- finding ---------------------------------------------------------------------------

    def find(
        self, tx: Tx, client: ClientId, sought: Sequence[Sought]
    ) -> Mapping[int, tuple[HeldValue, ...]]:
        """Find values in all living epochs, by epoch; one that is not held is left out."""
        self._rows.require_months(tx, client)
        found = {
            reached.epoch: self._find_in(tx, client, reached, sought)
            for reached in self._keyring.vaults(tx, client)
        }
        return {epoch: held for epoch, held in found.items() if held}

    def _find_in(
        self, tx: Tx, client: ClientId, reached: VaultKeys, sought: Sequence[Sought]
    ) -> tuple[HeldValue, ...]:
        tokens: dict[tuple[Kind, bytes], dict[bytes, None]] = {}
        place = (client, reached.epoch)
        kinds, forms = [item.kind for item in sought], [item.canonical for item in sought]
        canonical: dict[tuple[Kind, bytes], bytes] = {}
        for sealer in reached.sealers:
            keys = sealer.indexes(CANON, kinds, forms)
            there = self._rows.indexed(tx, client, reached.epoch, sealer.version, keys)
            # What is not found may be held all the same, where its row was taken away; what is
            # found may have been erased, where its row was put back.
            self._rows.require_indexed(tx, *place, sealer.version, keys)
            for key, kind, form in zip(keys, kinds, forms, strict=True):
                if key in there:
                    canonical[(kind, form)] = sealer.open_token(key, there[key])
        # Under both keys while a turn moves a chain from one to the other: taken from one alone, a
        # person's other spellings would be missed, by a search and by an erasure.
        for what, token in canonical.items():
            tokens[what] = {token: None}
            for sealer in reached.sealers:
                links = spellings(tx, self._rows, place, sealer, (what[0], token))
                end = sealer.link(what[0], token, len(links))
                self._rows.require_indexed(tx, *place, sealer.version, [*links, end])
                tokens[what] |= dict.fromkeys(links.values())
        return tuple(
            HeldValue(kind=what[0], canonical=token, tokens=tuple(tokens[what]))
            for what, token in canonical.items()
        )

    # --- out -------------------------------------------------------------------------------

    def open(
        self, tx: Tx, grant: Grant, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> tuple[Value | None, ...]:
        """Open values, for one opening of the grant each; None where nothing is held any more.

        The grant's scope names `value` with ids `value_id(epoch, token)`, or `value:<kind>`.
        """
        opened = self._opened(tx, grant, client, epoch, tokens)
        return tuple(
            None
            if (found := opened.get(token)) is None
            else Value(
                token=token,
                kind=Kind(found[0].kind or 0),
                raw=found[1].raw,
                canonical=found[1].canonical,
            )
            for token in tokens
        )

    def openings(
        self, tx: Tx, grant: Grant, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> tuple[ValueOpening | None, ...]:
        """As `open`, with what proves each commitment."""
        opened = self._opened(tx, grant, client, epoch, tokens)
        return tuple(
            None
            if (found := opened.get(token)) is None
            else ValueOpening(
                token=token,
                kind=Kind(found[0].kind or 0),
                commitment=found[0].commitment,
                r=found[1].r,
                raw=found[1].raw,
            )
            for token in tokens
        )

    def _opened(
        self, tx: Tx, grant: Grant, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> dict[bytes, tuple[ValueRow, Plain]]:
        reached = self._keyring.vault(tx, client, epoch)
        living = {sealer.version for sealer in reached.sealers} if reached else set()
        held = self._rows.values(tx, client, epoch, tokens).values()
        rows = [row for row in held if row.sealed is not None and row.version in living]
        stale = sum(row.sealed is not None for row in held) > len(rows)
        if stale and reached and not self._keyring.vault_sweeping(tx, client, epoch):
            # A sealed value under a key that is not living: its row was edited.  Left out, it would
            # be called erased, which is untrue.  While an ended vault is swept, such rows are to
            # be.
            raise errors.Damaged("errors_vault.row")
        # What is left out is called erased, or never held.
        if gone := set(tokens) - {row.token for row in rows}:
            self._rows.require_months(tx, client)
            self._rows.require_gone(tx, client, epoch, gone)
        opener = self._keyring.vault_opener(tx, client, epoch, rows, grant)
        return {row.token: (row, opener.open(row)) for row in rows}

    def commitments(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> tuple[bytes | None, ...]:
        """Return C of each token, which stays when the value was erased; needs no grant."""
        found = self._rows.commitments(tx, client, epoch, tokens)
        return tuple(found.get(token) for token in tokens)

    def erased(self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]) -> bool:
        """Return whether each of these was held and then erased: token and commitment stay."""
        held = self._rows.values(tx, client, epoch, tokens)
        self._rows.require_gone(tx, client, epoch, set(tokens))
        return len(held) == len(set(tokens)) and all(row.sealed is None for row in held.values())

    # --- erasing ---------------------------------------------------------------------------

    def erase(self, tx: Tx, client: ClientId, held: Mapping[int, tuple[HeldValue, ...]]) -> Pending:
        """Erase what `find` found in this transaction, with all spellings; final at the next turn.

        Announce the result (`Keyring.announce`) once the transaction is durable.
        """
        gone = Pending(generation=self._keyring.generation(tx), key_ids=())
        # Found and erased in one transaction: what arrives after it is of somebody who came back,
        # and gets a token of its own.
        for epoch, values in held.items():
            tokens = [token for value in values for token in value.tokens]
            gone += self._keyring.erase_values(tx, client, epoch, tokens)
        # Before the commit: if it is undone the memory fills again, while one cleared after it
        # would be missed by a caller that fails in between.  The erasure also changes the stamp, by
        # which other processes notice it.
        self._memory.clear(client)
        return gone

    # --- ending ----------------------------------------------------------------------------

    def counts(self, tx: Tx, client: ClientId) -> Mapping[int, int]:
        """Count the values that are held, by epoch; needs no grant."""
        return self._rows.counts(tx, client)

    def clear_cache(self, client: ClientId) -> None:
        """Drop the known tokens of a client, once keys of its epochs were ended."""
        self._memory.clear(client)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault does not leave the process")
