"""Bytes for a command to read: files, folders, gzip and zstd by their first bytes, standard input.

What cannot be read is remembered and told at the end; the rest is read all the same.
"""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import zstandard

CHUNK_BYTES = 4 * 1024 * 1024
STDIN = "-"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_HEAD_BYTES = 4


def expand(paths: Sequence[str]) -> Iterator[str]:
    """Walk folders in order of names; links to folders are not followed."""
    for path in paths:
        if path != STDIN and Path(path).is_dir():
            yield from sorted(str(page) for page in Path(path).rglob("*") if page.is_file())
        else:
            yield path


def _plain(raw: BinaryIO) -> BinaryIO:
    """Undo the compression that a stream's first bytes tell."""
    head = io.BufferedReader(raw, CHUNK_BYTES)  # type: ignore[type-var]  # typeshed: raw only
    first = head.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    if first.startswith(_GZIP):
        return gzip.GzipFile(fileobj=head)  # type: ignore[return-value]  # reads as one
    if first.startswith(_ZSTD):
        opened = zstandard.ZstdDecompressor()
        return opened.stream_reader(head, read_across_frames=True)
    return head


class Inputs:
    """The inputs of one command."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.names = list(expand(paths))
        self.failed: list[str] = []

    def total_bytes(self) -> int | None:
        """Sum the sizes, or None when one is not known."""
        if STDIN in self.names:
            return None
        return sum(Path(name).stat().st_size for name in self.names if Path(name).is_file())

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read one input; one that fails is noted, and what was read of it stands."""
        try:
            with sys.stdin.buffer if name == STDIN else Path(name).open("rb", buffering=0) as raw:
                plain = _plain(raw)
                while chunk := plain.read(CHUNK_BYTES):
                    yield chunk
        except (OSError, EOFError, zlib.error, zstandard.ZstdError):
            self.failed.append(name)
