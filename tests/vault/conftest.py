"""A strongroom for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.vault.strongroom import Strongroom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Strongroom]:
    made = Strongroom.built(tmp_path)
    yield made
    made.house.work.close()
