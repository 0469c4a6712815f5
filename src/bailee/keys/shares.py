"""Shares: a secret split among n so that any t bring it back and fewer learn nothing.  Pure.

For every subset of t holders the secret is the XOR of t random parts, one for each of them.  Fewer
than t lack at least one part of every subset, and without it the others are random bytes; there is
no field arithmetic to get wrong, as in Shamir's scheme.  Costs C(n-1, t-1) parts a holder, hence
n ≤ 7.  spec/keys.md, "Recovery kit"
"""

import secrets
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import combinations

from bailee import errors
from bailee.ids import Entropy
from bailee.limits import SHARES_MAX

Subset = tuple[int, ...]
Parts = Mapping[Subset, bytes]
"""Parts of one holder, by the subsets that he is in.  Holders count from 1."""


def subsets(threshold: int, holders: int) -> tuple[Subset, ...]:
    """Return the subsets that can bring the secret back; UsageError for impossible figures."""
    if not 1 <= threshold <= holders <= SHARES_MAX:
        raise errors.UsageError("errors_keys.share-figures", most=SHARES_MAX)
    return tuple(combinations(range(1, holders + 1), threshold))


def split_parts(
    secret: bytes, threshold: int, holders: int, entropy: Entropy = secrets.token_bytes
) -> tuple[Parts, ...]:
    """Split a secret; item 0 is holder 1's."""
    held: list[dict[Subset, bytes]] = [{} for _ in range(holders)]
    for subset in subsets(threshold, holders):
        # All but the first at random, the first what makes the XOR come out: whichever part is
        # missing, the others fit every secret equally.
        drawn = [entropy(len(secret)) for _ in subset[1:]]
        parts = (reduce(xor, drawn, secret), *drawn)
        for holder, part in zip(subset, parts, strict=True):
            held[holder - 1][subset] = part
    return tuple(held)


def join_parts(held: Mapping[int, Parts], subset: Subset) -> bytes:
    """Bring the secret back from what the holders of one subset have."""
    return reduce(xor, [held[holder][subset] for holder in subset])


def xor(one: bytes, other: bytes) -> bytes:
    """Combine two parts of one length."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def complete(holders: Sequence[int], threshold: int) -> tuple[Subset, ...]:
    """Return the subsets that these holders fill."""
    return tuple(combinations(sorted(holders), threshold))
