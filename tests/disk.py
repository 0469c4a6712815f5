"""A disk in memory where there is room: some tests sync it thousands of times."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  # only as fast, a folder of our own is made in it
_ROOM = 1 << 30
"""Bytes free there that make it the disk of these homes."""


@contextmanager
def quick(other: Path) -> Iterator[Path]:
    """Give a folder in memory, or the other one."""
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM:
        yield other
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        yield Path(folder)
