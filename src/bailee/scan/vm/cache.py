"""Cache of compiled kernels: one folder per version of the kernels, of numba and of processor.

A kernel spans several files, so the folder's name is a digest of all of them.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import NamedTuple

from bailee.scan.vm import cpu

_PACKAGES = (
    *("scan", "scan/detect", "scan/detect/numbers", "scan/detect/structure"),
    *("scan/recipes", "scan/vm"),
    *("logs/kernels", "logs/ingest/kernels", "logs/store/kernels"),
)
"""Where kernels and what they are compiled from stand; tests/house/test_kernels.py compares
them with the tree."""

SUFFIX = ".code"
PLACE = "BAILEE_KERNELS"
WARM = "warm"
"""The file that says that all kernels of this version are there."""
_PASSING = "bailee-kernels-"
_DIGEST_BYTES = 32

_PAGES = ("limits.py",)
"""Pages elsewhere that they read: a bound that was compiled in would outlive its change."""


class Code(NamedTuple):
    """Machine code of a kernel."""

    entry: str
    """The name of the function that is called."""
    machine: bytes
    """An object file."""


def read(name: str) -> Code | None:
    """Return the code of a kernel; None where there is none that is whole."""
    try:
        page = _page(name).read_bytes()
    except FileNotFoundError:
        return None
    # The linker ends the process where code is cut off; a disk that was full leaves such pages.
    digest, rest = page[:_DIGEST_BYTES], page[_DIGEST_BYTES:]
    if hashlib.sha256(rest).digest() != digest:
        return None
    entry, _, machine = rest.partition(b"\n")
    return Code(entry.decode("ascii"), machine)


def write(name: str, code: Code) -> None:
    """Keep the code of a kernel."""
    rest = code.entry.encode("ascii") + b"\n" + code.machine
    folder().mkdir(parents=True, exist_ok=True)
    # Whole or not at all, and not of two processes that compile the same: moved when written.
    with tempfile.NamedTemporaryFile(dir=folder(), delete=False) as page:
        page.write(hashlib.sha256(rest).digest() + rest)
    Path(page.name).rename(_page(name))


def _page(name: str) -> Path:
    return folder() / f"{name}{SUFFIX}"


@cache
def folder() -> Path:
    """Return the folder for this version of the kernels; BAILEE_KERNELS overrides its parent.

    Where that cannot be written, as for a service without a home, it is one of this process alone.
    """
    # Not beside the source, which may be of another user or read-only, and not in /tmp, where
    # another user could put machine code for this process to load.
    parent = os.environ.get(PLACE) or _user_cache()
    # Of the source's bytes, not of its times: two installations of one version share a cache, and
    # a file that is put back to what it was is compiled no second time.
    digest = hashlib.sha256(metadata.version("numba").encode())
    # A home may be on machines of several kinds: one has not the instructions of another.
    digest.update(f"{cpu.name()} {cpu.features()}".encode())
    house = resources.files("bailee")
    for page in map(house.joinpath, _PAGES):
        digest.update(page.read_bytes())
    for package in _PACKAGES:
        pages = house.joinpath(package).iterdir()
        for page in sorted(pages, key=lambda page: page.name):
            if page.name.endswith(".py"):
                digest.update(page.read_bytes())
    place = Path(parent) / digest.hexdigest()[:16]
    return place if _usable(place) else _passing() / place.name


def lasting() -> bool:
    """Tell whether what is compiled now will be there for the next process."""
    return folder().parent.name[: len(_PASSING)] != _PASSING


def _usable(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    # Whole, it may be of another user and read-only: an administrator compiles once for all.
    return os.access(place, os.W_OK | os.X_OK, effective_ids=True) or (place / WARM).exists()


@cache
def _passing() -> Path:
    """Make a folder that only this user enters, and that goes with the process."""
    made = Path(tempfile.mkdtemp(prefix=_PASSING))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def _user_cache() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "bailee" / "kernels")
