"""What all tests share: a sample of the sweeps by seed and time, warm kernels, nothing left armed.

The order is random (pytest-randomly); its seed is printed, and `-p randomly -p no:xdist
--randomly-seed=SEED` runs the same order again.
"""

import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bailee import failpoint, text
from bailee.run import warming
from bailee.run.cli import frame

_started = time.monotonic()

for _name in [name for name in os.environ if name.startswith("BAILEE_")]:
    if _name not in ("BAILEE_KERNELS", "BAILEE_UPDATE", "BAILEE_TESTS_BEGAN_MS"):
        del os.environ[_name]  # whoever runs the tests may have a home of his own

_COLD = {"accounts", "clients", "house", "ledger", "monitor", "policy", "proof", "seal"}
"""Folders whose tests run no kernel."""

# How fast values are drawn says how fast the machine is, nothing of what is tested.
settings.register_profile("bailee", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bailee")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let CI run a part of the sweeps that differs each time and can be repeated."""
    parser.addoption("--sweep-seed", type=int, default=None, help="shuffle the sweeps by this seed")
    parser.addoption("--sweep-seconds", type=float, default=None, help="start none after this long")


def _take_samples(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Call what the fast tier does not run of sampled tests a sweep; the sweeps run them whole."""
    tier = str(config.option.markexpr)
    if "sweep" not in tier:
        return
    given = getattr(config, "workerinput", {}).get(
        "randomly_seed", config.getoption("randomly_seed", 0)
    )
    rng = random.Random(given if isinstance(given, int) else 0)  # noqa: S311  # a sample, not a key
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("sampled") is not None:
            cases[item.nodeid.partition("[")[0]].append(item)
    for name in sorted(cases):
        mark = cases[name][0].get_closest_marker("sampled")
        assert mark is not None
        drawn = rng.sample(cases[name], k=mark.args[0]) if "not sweep" in tier else []
        for item in cases[name]:
            if item not in drawn:
                item.add_marker(pytest.mark.sweep)


@pytest.hookimpl(tryfirst=True)  # before what is marked as a sweep is left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle by the seed, so that a sample of limited time is a fair one; warm the kernels.

    Compiled inside an act, they would take longer than its grant lasts.
    """
    _take_samples(config, items)
    seed = config.getoption("--sweep-seed")
    if seed is not None:
        random.Random(seed).shuffle(items)  # noqa: S311  # a sample, not a key
    here = Path(__file__).parent
    used = any(item.path.relative_to(here).parts[0] not in _COLD for item in items)
    if used and not config.option.collectonly and not warming.is_warm():
        warming.warm()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what does not fit the time of the sample."""
    limit = item.config.getoption("--sweep-seconds")
    if limit is not None and time.monotonic() - _started > limit:
        pytest.skip("outside this sample: its time is over")


@pytest.fixture(autouse=True)
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no failpoint, language or option of a command outlive its test, or come from outside."""
    text.speak(text.LANGUAGES[0])
    frame.session.home = tmp_path_factory.getbasetemp() / "no-home"
    frame.session.output = frame.FORMATS[0]
    yield
    failpoint.arm("")
