"""Raw bodies: bytes as they come, or unpacked; bounded by what comes out of them."""

import zlib
from collections import deque
from typing import Final, Protocol

import zstandard

from bailee import errors
from bailee.front.rest.bodies import Body
from bailee.limits import PUSH_BYTES
from bailee.wire.frames import CHUNK_BYTES

_SIP_BYTES: Final = 1_024
"""Packed bytes undone at a time: zstd takes no bound on what comes out, which is 32 MiB of these
at most."""
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
"""By which zlib expects the header of gzip (RFC 1952)."""


class _Undoing(Protocol):
    @property
    def eof(self) -> bool:
        """Whether its end was read."""

    @property
    def unused_data(self) -> bytes:
        """What came after its end."""

    def decompress(self, data: bytes, /) -> bytes:
        """Undo some more."""


class RawBody:
    """Raw body: what is sent with a request, as it is or packed by gzip or zstd."""

    def __init__(self, body: Body, encoding: bytes) -> None:
        """Begin; UsageError for an encoding that is none of these."""
        name = encoding.strip().lower()
        if name not in (b"", b"identity", b"gzip", b"x-gzip", b"zstd"):
            raise errors.UsageError("errors_push.encoding")
        self._body = body
        self._name = name
        self._undoing: _Undoing | None = None
        self._ready: deque[bytes] = deque()
        self._size = 0
        self._ended = False

    async def content(self) -> bytes | None:
        """Read some of it; None when it is over.

        LimitExceeded beyond what one push may have, UsageError for what does not unpack.
        """
        while not self._ready and not self._ended:
            chunk = await self._body.chunk()
            self._ended = not chunk
            if self._name in (b"", b"identity"):
                self._put(chunk)
            elif chunk:
                for at in range(0, len(chunk), _SIP_BYTES):
                    self._undo(chunk[at : at + _SIP_BYTES])
            elif self._undoing is not None and not self._undoing.eof:
                raise errors.UsageError("errors_push.packed")  # it was cut
        return self._ready.popleft() if self._ready else None

    def _undo(self, data: bytes) -> None:
        # Several frames or members may follow one another.
        while data:
            if self._undoing is None or self._undoing.eof:
                self._undoing = self._begun()
            try:
                self._put(self._undoing.decompress(data))
            except (zlib.error, zstandard.ZstdError):
                raise errors.UsageError("errors_push.packed") from None
            data = self._undoing.unused_data if self._undoing.eof else b""

    def _begun(self) -> _Undoing:
        if self._name == b"zstd":
            return zstandard.ZstdDecompressor().decompressobj()
        return zlib.decompressobj(_GZIP_WINDOW)

    def _put(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > PUSH_BYTES:
            raise errors.LimitExceeded("errors_push.long", bytes=PUSH_BYTES)
        for at in range(0, len(data), CHUNK_BYTES):
            self._ready.append(data[at : at + CHUNK_BYTES])
