"""Soundness of vault rows: each value opens, is the one committed to, and can be found."""

import hmac
from collections.abc import Iterator, Mapping, Sequence

from bailee import errors
from bailee.keyring.model import ValueRow
from bailee.keyring.port import KeyedVaultRows
from bailee.keyring.vault.chain import Canonical, spellings
from bailee.keyring.vault.cipher import Plain, VaultCipher, commit
from bailee.work import Tx

Spelled = dict[Canonical, set[bytes]]
"""The tokens of other spellings, by canonical token, as the values name them."""


def unsound(
    tx: Tx, rows: KeyedVaultRows, cipher: VaultCipher, held: Sequence[ValueRow], spelled: Spelled
) -> Iterator[bytes]:
    """Yield the tokens of rows that do not open, are not what was committed to, or are not found.

    Adds other spellings to `spelled`, which `unlinked` compares once all rows were seen.
    """
    # A value that opens may still not be the one that was committed to, so the commitment is
    # computed again from what came out.
    opened = {row: plain for row in held if (plain := _opened(cipher, row)) is not None}
    yield from (row.token for row in held if row not in opened)
    for row, plain in opened.items():
        if plain.canonical != row.token:
            spelled.setdefault((row.kind or 0, plain.canonical), set()).add(row.token)
    keys = cipher.keys_of(list(opened), list(opened.values()))
    sound = {key: row.token for key, row in zip(keys, opened, strict=True)}
    there = rows.indexed(tx, cipher.client, cipher.epoch, cipher.version, list(sound))
    for key, token in sound.items():
        if key not in there or _token(cipher, key, there[key]) != token:
            yield token


def unlinked(
    tx: Tx,
    rows: KeyedVaultRows,
    ciphers: Sequence[VaultCipher],
    spelled: Mapping[Canonical, set[bytes]],
) -> Iterator[bytes]:
    """Yield the canonical tokens whose chain does not name exactly the other spellings there are.

    A search that follows a shortened chain misses lines, and an erasure leaves spellings behind.
    """
    for canonical, tokens in spelled.items():
        linked: set[bytes] = set()
        try:
            # Under both keys while a turn moves values: their links together are the chain.
            for cipher in ciphers:
                place = (cipher.client, cipher.epoch)
                linked.update(spellings(tx, rows, place, cipher, canonical).values())
        except errors.Damaged:
            linked.clear()
        place = (ciphers[0].client, ciphers[0].epoch)
        if linked != tokens or canonical[1] not in rows.values(tx, *place, [canonical[1]]):
            yield canonical[1]


def _opened(cipher: VaultCipher, row: ValueRow) -> Plain | None:
    kind = row.kind or 0
    try:
        plain = cipher.open_value(row.token, kind, row.sealed or b"")
    except errors.Damaged:
        return None
    # The commitment stands in ledger entries, which no edit of these rows reaches.
    made = commit(cipher.client, cipher.epoch, [kind], [plain.raw], plain.r)[0]
    return plain if hmac.compare_digest(made, row.commitment) else None


def _token(cipher: VaultCipher, key: bytes, sealed: bytes) -> bytes | None:
    try:
        return cipher.open_token(key, sealed)
    except errors.Damaged:
        return None
