"""What tests of keys share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.disk import quick


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Give a disk, in memory where there is room: a life syncs it two thousand times."""
    with quick(tmp_path) as folder:
        yield folder
