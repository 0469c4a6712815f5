"""Padmé: sizes rounded up so that they say less, at most 12 % more and 0.5 % for large ones.

Who sees the store and may send one request could otherwise learn from a size whether a value
occurs in what was sealed (cryptography.md, finding 31).  PURBs, Nikitin et al. 2019, algorithm 1.
"""


def padme(size: int) -> int:
    """Return the least size ≥ `size` whose mantissa is no longer than its exponent."""
    if size < 2:  # noqa: PLR2004  # the logarithm of a logarithm starts here
        return size
    exponent = size.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << max(low_bits, 0)) - 1
    return (size + mask) & ~mask
