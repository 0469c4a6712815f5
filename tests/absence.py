"""Looking for what must not be there: a value in a file, a row, an archive, a message.

A short value turns up by chance: three letters in 300 KB of ciphertext in some 3 runs of 100.  So
what is looked for has eight bytes at least, and stands for one run only: `mark` draws it.
tests/house/test_absence.py finds a search that goes another way.
"""

import secrets
import string
from typing import AnyStr

MARK_BYTES = 8
"""The least that is looked for: 64 bits, so that chance finds it in no run that anyone will see."""


def mark() -> str:
    """Draw twelve small letters: they stand in a name, an address or a password as they are."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))


def holds(data: AnyStr, value: AnyStr) -> bool:
    """Tell whether a value stands in what was stored or said; ValueError for a short value."""
    if len(value) < MARK_BYTES:
        raise ValueError(f"{value!r} may turn up by chance: draw a mark")
    return value in data
