"""How severe each line says it is."""

import numpy as np
import numpy.typing as npt

from bailee.logs.ingest.kernels.severity import recognise
from bailee.logs.store.lines import BlockLines


def severities(lines: BlockLines) -> npt.NDArray[np.int8]:
    """Give the severity of each line of a block, 0 where none is recognised."""
    found = np.empty(lines.count, np.int8)
    recognise(
        lines.text,
        int(lines.line_starts.ctypes.data),
        lines.count,
        lines.end,
        int(found.ctypes.data),
    )
    return found
