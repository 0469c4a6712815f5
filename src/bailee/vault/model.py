"""Values of the vault, frozen; raw values never show in a representation."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bailee.keyring.model import COMMITMENT_BYTES, TOKEN_BYTES, value_id, value_noun
from bailee.scan.kinds import Kind

__all__ = [
    "COMMITMENT_BYTES",
    "TOKEN_BYTES",
    "HeldValue",
    "Interned",
    "Kinds",
    "Sought",
    "Value",
    "ValueOpening",
    "value_id",
    "value_noun",
]

Bytes = NDArray[np.uint8]
Kinds = Sequence[int] | NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interned:
    """Tokens and commitments of the values of one call, in the order that they were given."""

    # Columns, not an object for each value: a batch has some 10⁵ of them.
    tokens: Bytes
    """(n, 10): the token of each exact spelling."""
    canonical: Bytes
    """(n, 10): the token of the canonical spelling, under which the token index lists lines."""
    commitments: Bytes
    """(n, 32): the commitment C, which a ledger entry binds (spec/batch.md)."""
    fresh: NDArray[np.bool_]
    """(n,): whether the token was drawn by this call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A value that is looked for: a kind, and the canonical form under that kind."""

    kind: Kind
    canonical: bytes = field(repr=False)
    certain: bool = True
    """False for a form that may be another person's: a telephone number without its country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldValue:
    """A sought value within one epoch: all tokens that may stand for it in a line."""

    kind: Kind
    canonical: bytes
    """The token under which the token index lists lines."""
    # All of them, since a line holds the token of its own spelling: looked for under the canonical
    # one alone, it would be found in the index and then not recognised in the line.
    tokens: tuple[bytes, ...]
    """The canonical token first, then those of the other spellings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One identifier, opened against a grant."""

    token: bytes
    kind: Kind
    raw: bytes = field(repr=False)
    canonical: bytes
    """The token of the canonical spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueOpening:
    """Opening of a commitment: C = HMAC(r, enc("value", client, epoch, kind, raw))."""

    token: bytes
    kind: Kind
    commitment: bytes
    # Whoever has C and r can test a guess, so r shows no more than the value does.
    r: bytes = field(repr=False)
    raw: bytes = field(repr=False)
