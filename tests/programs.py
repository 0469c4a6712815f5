"""Programs that tests drive beside ours: without one, a test fails in CI and is left out elsewhere.

`.ci/run` installs them all.
"""

import os
import shutil

import pytest


def require(program: str) -> str:
    """Return where a program lies; stop the test where it is not installed."""
    found = shutil.which(program)
    if found is None:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop(f"{program} is not installed")
    return str(found)
