"""Cache of compiled kernels: one folder per version of the kernels and of numba.

Numba looks only at the file of the outermost function to see whether its cache is stale, and a
kernel here spans several files; so the folder's name is a digest of all of them.
"""

import hashlib
import os
from functools import cache
from importlib import metadata, resources
from pathlib import Path

_PACKAGES = (
    *("scan", "scan/detect", "scan/recipes", "scan/vm"),
    *("logs/kernels", "logs/ingest/kernels", "logs/store/kernels"),
)
"""Where kernels and what they are compiled from stand; tests/house/test_kernels.py compares
them with the tree."""

_PAGES = ("limits.py",)
"""Pages elsewhere that they read: a bound that was compiled in would outlive its change."""


@cache
def folder() -> Path:
    """Return the folder for this version of the kernels; BAILEE_KERNELS overrides its parent."""
    # Not beside the source, which may be of another user or read-only, and not in /tmp, where
    # another user could put machine code for this process to load.
    parent = os.environ.get("BAILEE_KERNELS") or _user_cache()
    # Of the source's bytes, not of its times: two installations of one version share a cache, and
    # a file that is put back to what it was is compiled no second time.
    digest = hashlib.sha256(metadata.version("numba").encode())
    house = resources.files("bailee")
    for page in map(house.joinpath, _PAGES):
        digest.update(page.read_bytes())
    for package in _PACKAGES:
        pages = house.joinpath(package).iterdir()
        for page in sorted(pages, key=lambda page: page.name):
            if page.name.endswith(".py"):
                digest.update(page.read_bytes())
    return Path(parent) / digest.hexdigest()[:16]


def _user_cache() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "bailee" / "kernels")
