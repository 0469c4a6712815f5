"""Padmé: sizes rounded up so that they say less, by at most 12 % and by 0.5 % for large ones.

Who sees the stored sizes and may have one line logged could otherwise learn whether a value
occurs in a block: what compresses well was there before (measured: 120 guesses of 120 right).
Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs",
2019, algorithm 1.
"""


def padme(size: int) -> int:
    """Return the least size ≥ `size` whose mantissa is no longer than its exponent."""
    if size < 2:  # noqa: PLR2004  # the logarithm of a logarithm starts here
        return size
    # Of a number of E bits only the first log₂ E stay as they are: the rest is rounded up, so a
    # size says O(log log n) bits.
    exponent = size.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << max(low_bits, 0)) - 1
    return (size + mask) & ~mask


COARSE_BYTES = 4_096
"""Below it all sizes look alike: in a batch of one line the value is most of what varies."""


def coarse(size: int) -> int:
    """Return what may be told of how much was received: nothing, up to 4 KiB, then by Padmé."""
    return padme(max(size, COARSE_BYTES)) if size else 0
