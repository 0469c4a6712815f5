"""Worker program: parses received bytes for a keeper, without a key, a file or a connection.

`python -m bailee.run.workers.program` with a socket of the keeper's as standard input.  It loads
what parsing needs, gives up files and connections, and then begins each worker by splitting itself:
it never reads a received byte, so that a worker has what nobody else's bytes have touched.
"""

import ctypes
import gc
import mmap
import os
import resource
import signal
import socket
from contextlib import suppress
from itertools import chain
from typing import Final

from bailee.front.confine import confine, seclude
from bailee.logs.ingest.parsing.answering import Answering
from bailee.logs.ingest.parsing.window import WINDOW_BYTES
from bailee.logs.ingest.zones import read_all
from bailee.run.warming import HALVES, kernels
from bailee.scan.scanner import Scanner

_MEMORY_BYTES: Final = 4 << 30
"""Of addresses, of which most are never touched: buffers are for the worst text there can be."""
_PR_SET_DUMPABLE, _PR_SET_PDEATHSIG = 4, 1
_HASHING: Final = "logs.store.kernels.leaf"
"""Of the keeper, which hashes what it stores."""


def main() -> None:
    """Begin workers until the keeper is gone."""
    control = socket.socket(fileno=0)
    scanner = _loaded()
    # A person's Ctrl-C ends the keeper, which ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confine([])
    control.send(b".")  # ready
    while True:
        words, (channel, *rest), _, _ = _received(control)
        if not words:
            return
        _reap()
        process = os.fork()
        if process == 0:
            _work(channel, rest[0], scanner)
        _give(control, process)
        for one in (channel, *rest):
            os.close(one)


def _reap() -> None:
    """Let go of the workers that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _loaded() -> Scanner:
    """Load all that parsing may ever need: later no file can be read."""
    for module in chain(*HALVES):
        if module != _HASHING:
            for kernel in kernels(f"bailee.{module}"):
                kernel.load()
    read_all()
    scanner = Scanner()
    # Its buffers are mapped, and written where a worker writes: only those pages are its own.
    scanner.take_back(scanner.lend())
    # A collection would write to every object there is, and each worker would copy them.
    gc.freeze()
    return scanner


def _received(control: socket.socket) -> tuple[bytes, list[int], int, object]:
    words, found, flags, address = socket.recv_fds(control, 1, 2)
    return words, found or [-1], flags, address


def _give(control: socket.socket, process: int) -> None:
    """Give the keeper the worker itself, by which it is ended whatever it does."""
    # Nobody else can have its number: it is let go of when the next one begins.
    made = os.pidfd_open(process)
    socket.send_fds(control, [b"."], [made])
    os.close(made)


def _work(channel: int, memory: int, scanner: Scanner) -> None:
    """Be a worker: with its channel and its memory and nothing else; it does not return."""
    try:
        window = mmap.mmap(memory, WINDOW_BYTES)
        os.dup2(channel, 0, inheritable=False)
        os.closerange(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        # If the program that it was split off from is killed, it must not go on.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        answering = Answering(socket.socket(fileno=0), window, scanner)
        seclude()
        answering.run()
    finally:
        # At once: what an exception says may be what was received.
        os._exit(0)


if __name__ == "__main__":
    main()
