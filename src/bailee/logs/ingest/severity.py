"""How severe each line says it is."""

import numpy as np
import numpy.typing as npt

from bailee.logs.ingest.kernels.severity import recognise
from bailee.logs.store.lines import BlockLines


def severities(lines: BlockLines) -> npt.NDArray[np.int8]:
    """Give the severity of each line of a block, 0 where none is recognised."""
    return severities_at(lines.text, lines.line_starts, lines.end)


def severities_at(text: int, line_starts: npt.NDArray[np.int64], end: int) -> npt.NDArray[np.int8]:
    """Give the severity of each line that starts there, in the text at this address."""
    found = np.empty(len(line_starts), np.int8)
    recognise(text, int(line_starts.ctypes.data), len(line_starts), end, int(found.ctypes.data))
    return found
