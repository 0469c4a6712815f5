"""Kernels are compiled before the first test: inside an act, its grant would expire meanwhile."""

from pathlib import Path

import pytest

from bailee.run import warming

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Compile when a test of this folder is about to run; no test's own time is spent on it."""
    ours = any(item.path.is_relative_to(_HERE) for item in items)
    if ours and not config.option.collectonly and not warming.is_warm():
        warming.warm()
