"""Whether vault rows are what was stored: they open, keep their commitment, and can be found."""

import hmac
from collections.abc import Iterator, Sequence

from bailee import errors
from bailee.keyring.cipher import Plain, VaultCipher, commit
from bailee.keyring.model import ValueRow
from bailee.keyring.port import VaultRows
from bailee.work import Tx


def unsound(
    tx: Tx, rows: VaultRows, cipher: VaultCipher, held: Sequence[ValueRow]
) -> Iterator[bytes]:
    """Yield the tokens of rows that do not open, are not what was committed to, or not found."""
    opened = {row: plain for row in held if (plain := _opened(cipher, row)) is not None}
    yield from (row.token for row in held if row not in opened)
    keys = cipher.keys_of(list(opened), list(opened.values()))
    sound = {key: row.token for key, row in zip(keys, opened, strict=True)}
    there = rows.indexed(tx, cipher.client, cipher.epoch, cipher.version, list(sound))
    for key, token in sound.items():
        if key not in there or _token(cipher, key, there[key]) != token:
            yield token


def _opened(cipher: VaultCipher, row: ValueRow) -> Plain | None:
    kind = row.kind or 0
    try:
        plain = cipher.open_value(row.token, kind, row.sealed or b"")
    except errors.Damaged:
        return None
    made = commit(cipher.client, cipher.epoch, [kind], [plain.raw], plain.r)[0]
    return plain if hmac.compare_digest(made, row.commitment) else None


def _token(cipher: VaultCipher, key: bytes, sealed: bytes) -> bytes | None:
    try:
        return cipher.open_token(key, sealed)
    except errors.Damaged:
        return None
