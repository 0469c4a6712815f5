"""Kernels are compiled before the first test: inside an act, its grant would expire meanwhile."""

import pytest

from bailee.run import warming


@pytest.fixture(autouse=True, scope="session")
def _warm() -> None:
    if not warming.is_warm():
        warming.warm()
