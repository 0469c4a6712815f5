"""What all tests share: a sample of the sweeps by seed and time, and no keys left armed."""

import random
import time
from collections.abc import Iterator

import pytest

from bailee import failpoint

_started = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let CI run a part of the sweeps that differs each time and can be repeated."""
    parser.addoption("--sweep-seed", type=int, default=None, help="shuffle the sweeps by this seed")
    parser.addoption("--sweep-seconds", type=float, default=None, help="start none after this long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle by the seed, so that a sample of limited time is a fair one."""
    seed = config.getoption("--sweep-seed")
    if seed is not None:
        random.Random(seed).shuffle(items)  # noqa: S311  # a sample, not a key


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what does not fit the time of the sample."""
    limit = item.config.getoption("--sweep-seconds")
    if limit is not None and time.monotonic() - _started > limit:
        pytest.skip("outside this sample: its time is over")


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """No failpoint outlives its test."""
    yield
    failpoint.arm("")
