"""The columns of finds while they are being put together."""

from typing import Any, cast

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Rows = tuple[
    Numbers,
    Numbers,
    Numbers,
    npt.NDArray[np.uint8],
    npt.NDArray[np.uint16],
    npt.NDArray[np.uint16],
]
"""Start, end, line, kind, rule, flags."""


def merged(one: Rows, other: Rows) -> Rows:
    """Put two passes' finds in order of where they start; they do not overlap."""
    if not len(other[0]):
        return one
    places = np.searchsorted(one[0], other[0])
    pairs: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = list(zip(one, other, strict=True))
    return cast("Rows", tuple(np.insert(left, places, right) for left, right in pairs))
