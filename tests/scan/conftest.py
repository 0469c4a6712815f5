"""One scanner for all tests of the scanner: its kernels compile once a session."""

from functools import cache

import pytest

from bailee.scan import Finds, Kind, Scanner


@cache
def the_scanner() -> Scanner:
    return Scanner()


@pytest.fixture
def scanner() -> Scanner:
    return the_scanner()


def told(finds: Finds) -> list[str]:
    """Say each find as `kind value`."""
    return [
        f"{Kind(int(kind)).name.lower()} {finds.value(index).decode(errors='replace')}"
        for index, kind in enumerate(finds.kind)
    ]
