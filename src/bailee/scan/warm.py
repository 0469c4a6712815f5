"""Compiles the kernels once, in two processes side by side, before anyone waits for them.

`python -m bailee.scan.warm sweep` compiles one half and prints a line per kernel; `warm` runs both
and reports.  A kernel that is not warm compiles itself on first use, which takes as long.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from bailee.scan import cache

HALVES = ("sweep", "rest")
_MARK = "warm"
_KEPT_VERSIONS = 2


def is_warm() -> bool:
    """Tell whether this version's kernels have been compiled here."""
    return (cache.folder() / _MARK).exists()


def warm(progress: Callable[[int, int], None] = lambda _done, _all: None) -> None:
    """Compile whatever is not in the cache; `progress` gets kernels done and kernels in all."""
    done = 0
    lock = Lock()

    def compile_half(half: str) -> None:
        nonlocal done
        command = [sys.executable, "-m", "bailee.scan.warm", half]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # ourselves
            for _line in process.stdout or ():
                with lock:
                    done += 1
                    progress(done, KERNELS)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)

    cache.folder().mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(HALVES)) as pool:
        list(pool.map(compile_half, HALVES))
    (cache.folder() / _MARK).touch()
    _drop_old_versions()


def _drop_old_versions() -> None:
    """Keep the cache of this version and the one before it."""
    versions = sorted(
        (page for page in cache.folder().parent.iterdir() if page.is_dir()),
        key=lambda page: page.stat().st_mtime,
    )
    for page in versions[:-_KEPT_VERSIONS]:
        if page != cache.folder():
            shutil.rmtree(page, ignore_errors=True)


def _kernels(half: str) -> Iterator[tuple[object, int]]:
    """Give the kernels of a half, and how many numbers each takes."""
    if half == "sweep":
        from bailee.scan.sweep import sweep  # noqa: PLC0415  # numba, in this half alone

        yield sweep, 1
        return
    from bailee.scan import decode, dictionary, known, leaf, rows, sha  # noqa: PLC0415  # as above

    yield decode.decode_lines, 3
    yield known.learn, 5
    yield known.look, 8
    yield rows.merge, 5
    yield known.keep, 2
    yield known.forget_counts, 2
    yield dictionary.number_values, 9
    if sha.AVAILABLE:
        yield leaf.hash_leaves, 10
        yield leaf.hash_level, 3


KERNELS = 10
"""At most, over both halves."""


def main() -> None:
    """Compile one half."""
    from bailee.scan import machine  # noqa: PLC0415  # numba, in the halves alone

    for kernel, arguments in _kernels(sys.argv[1]):
        kernel.compile((machine.int64,) * arguments)  # type: ignore[attr-defined]  # numba's dispatcher
        sys.stdout.write(".\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
