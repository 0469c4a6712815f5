"""Flow: chunks as a file that is read forward, for libraries that want one."""

from collections.abc import Iterable


class Flow:
    """Flow: a readable stream over chunks; it seeks nowhere."""

    closed = False

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = memoryview(b"")
        self.size = 0
        """How many bytes were read."""
        self.filled = 0
        """Up to where not all of them are zero."""

    def read(self, size: int = -1) -> bytes:
        """Return as many bytes, fewer only at the end; -1 for all that are left."""
        parts: list[bytes] = []
        while size:
            if not self._held:
                chunk = next(self._chunks, b"")
                if not chunk:
                    break
                self._held = memoryview(chunk)
            part = self._held if size < 0 else self._held[:size]
            parts.append(bytes(part))
            self._held = self._held[len(part) :]
            size -= len(part) if size > 0 else 0
        out = b"".join(parts)
        if filled := len(out.rstrip(b"\0")):
            self.filled = self.size + filled
        self.size += len(out)
        return out

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def close(self) -> None:
        """Nothing is open here."""
