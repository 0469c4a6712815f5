"""Programs that tests drive beside ours: without one, a test fails in CI and is left out elsewhere.

`.ci/run` installs them all.
"""

import os
import shutil
from typing import NoReturn

import pytest


def given_up(why: str) -> NoReturn:
    """Stop a test that lacks something of the machine: failed in CI, left out elsewhere."""
    stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    stop(why)


def require(program: str) -> str:
    """Return where a program lies; stop the test where it is not installed."""
    found = shutil.which(program)
    if found is None:
        given_up(f"{program} is not installed")
    return found
