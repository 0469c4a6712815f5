"""Guard pages: every array lies against a page that nobody may touch.

Kernels take addresses and look at no bounds: one byte too far ends the process here, where it would
have read or written what lies there.  While `guarded` lasts, each array that NumPy is asked for by
name is mapped by itself, so that its last byte, or its first, touches such a page; so is a copy of
what is handed over as bytes.
"""

import ctypes
import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import finalize

import numpy as np

PAGE = mmap.PAGESIZE
_NOBODY, _BOTH = 0, mmap.PROT_READ | mmap.PROT_WRITE
_PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
)
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


class Guards:
    """Guards: gives arrays; `at_end` says which side of each touches the page."""

    def __init__(self, *, at_end: bool) -> None:
        self.at_end = at_end
        self.given = 0

    def array(self, shape: Any, dtype: Any = float) -> Any:  # noqa: ANN401  # as NumPy has it
        """Return an array of zeros between two pages that nobody may touch."""
        kind = np.dtype(dtype)
        size = int(np.prod(shape)) * kind.itemsize
        # Arrays are addressed by kernels as they lie: what a type needs as alignment it keeps.
        inner = -(-size // PAGE) * PAGE
        base = _libc.mmap(None, inner + 2 * PAGE, _NOBODY, _PRIVATE, -1, 0)
        if base in (None, ctypes.c_void_p(-1).value):
            raise MemoryError
        if inner and _libc.mprotect(base + PAGE, inner, _BOTH):
            raise MemoryError
        self.given += 1
        start = base + PAGE + (inner - size if self.at_end else 0)
        held = (ctypes.c_uint8 * size).from_address(start)
        finalize(held, _libc.munmap, base, inner + 2 * PAGE)
        return _frombuffer(held, kind).reshape(shape) if size else _empty(shape, kind)

    def like(self, made: Any) -> Any:  # noqa: ANN401  # as NumPy has it
        """Return a copy of an array between such pages."""
        if made.dtype.hasobject or not made.flags.c_contiguous:
            return made
        copy = self.array(made.shape, made.dtype)
        copy[...] = made
        return copy


_empty, _frombuffer = np.empty, np.frombuffer
_COPIED = ("array", "ascontiguousarray", "concatenate", "full", "asarray", "frombuffer")
_MADE = ("empty", "zeros")


@contextmanager
def guarded(*, at_end: bool) -> Iterator[Guards]:
    """Have every array made between pages that nobody may touch; within one thread."""
    guards = Guards(at_end=at_end)
    before = {name: getattr(np, name) for name in (*_MADE, *_COPIED)}

    def made(shape: Any, dtype: Any = float, **more: Any) -> Any:  # noqa: ANN401  # as NumPy has it
        assert not more
        return guards.array(shape, dtype)

    def copied(own: Callable[..., Any]) -> Callable[..., Any]:
        def copy(*args: Any, **more: Any) -> Any:  # noqa: ANN401  # as NumPy has it
            found = own(*args, **more)
            # What is written to through two names must stay one thing.
            shared = own is before["frombuffer"] and found.flags.writeable
            return found if shared else guards.like(found)

        return copy

    for name in _MADE:
        setattr(np, name, made)
    for name in _COPIED:
        setattr(np, name, copied(before[name]))
    try:
        yield guards
    finally:
        for name, own in before.items():
            setattr(np, name, own)
