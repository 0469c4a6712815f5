"""Warming: compiles the kernels once, in two processes, before anyone waits for them.

`python -m bailee.run.warming MODULE …` compiles what those modules hold and prints a line per
kernel; `warm` runs both halves and reports.  A kernel that is not warm compiles itself on first
use, which takes as long.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Lock
from typing import Any

from bailee.scan.vm import cache, cpu
from bailee.scan.vm.machine import Kernel

_REST = (
    *("scan.detect.decode", "scan.detect.known", "scan.vm.rows", "scan.dictionary", "scan.listing"),
    *("logs.store.kernels.lines", "logs.store.kernels.values", "logs.ingest.kernels.moments"),
    *("logs.ingest.kernels.severity", "logs.ingest.kernels.counts"),
    *("logs.store.kernels.leaf", "logs.store.kernels.text", "logs.kernels.hashing"),
)
HALVES = (("scan.vm.planes", "scan.detect.sweep"), _REST)
"""The sweep takes as long as all the others together."""

KERNELS = 24
"""How many kernels there are, for the progress that is shown; a test counts them."""

_KEPT_VERSIONS = 2


def is_warm() -> bool:
    """Tell whether this version's kernels have been compiled here."""
    return (cache.folder() / cache.WARM).exists()


def warm(progress: Callable[[int, int], None] = lambda _done, _all: None) -> None:
    """Compile whatever is not in the cache; `progress` gets kernels done and kernels in all."""
    done = 0
    # To this process's place, which may be one that goes with it.
    place = {**os.environ, cache.PLACE: str(cache.folder().parent)}
    # Held by one thread while it counts a kernel and shows it, never while it waits for a child:
    # `done += 1` of two threads at once would lose one.
    lock = Lock()

    def compile_half(modules: tuple[str, ...]) -> None:
        nonlocal done
        command = [
            sys.executable,
            "-m",
            "bailee.run.warming",
            *(f"bailee.{one}" for one in modules),
        ]
        with subprocess.Popen(  # noqa: S603  # ourselves
            command, stdout=subprocess.PIPE, text=True, env=place
        ) as process:
            for _line in process.stdout or ():
                with lock:
                    done += 1
                    progress(done, KERNELS)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)

    cache.folder().mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(HALVES)) as pool:
        list(pool.map(compile_half, HALVES))
    # Last: a crash before it leaves some kernels compiled, and the next run compiles the others.
    (cache.folder() / cache.WARM).touch()
    _drop_old_versions()


def _drop_old_versions() -> None:
    """Keep the cache of this version and the one before it."""
    versions = sorted(
        (page for page in cache.folder().parent.iterdir() if page.is_dir()),
        key=lambda page: page.stat().st_mtime,
    )
    # The version before stays: two may be installed side by side, and compiling is long.
    for page in versions[:-_KEPT_VERSIONS]:
        if page != cache.folder():
            shutil.rmtree(page, ignore_errors=True)


def kernels(module: str) -> Iterator[Kernel[Any]]:
    """Give the kernels that a module makes."""
    for found in vars(import_module(module)).values():
        if isinstance(found, Kernel) and found.function.__module__ == module:
            yield found


def main() -> None:
    """Compile the kernels of some modules."""
    for module in sys.argv[1:]:
        hashing = module.endswith(".leaf")
        for kernel in () if hashing and not cpu.has("sha") else kernels(module):
            kernel.compile()
            sys.stdout.write(".\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
