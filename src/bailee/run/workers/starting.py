"""Workers: starts the program that begins workers, and ends each with its act.

docs/decisions/0028-a-worker-says-where.md
"""

import fcntl
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from bailee import errors
from bailee.scan.vm import cache

ANSWER_S: Final = 60.0
"""How long a worker may take for one answer, which is of a block at most: a tenth of a second when
nothing else runs.  One that takes longer hangs, and holds up everybody's lines."""
_READY_S: Final = 600.0
"""Where kernels are not compiled yet, it compiles them."""
_BEGIN_S: Final = 60.0
_TRIES: Final = 2
"""A program that has ended since is started again, once."""
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
"""Of shared memory: were it made smaller, the keeper's next look at it would end the keeper."""


class ProcessWorkers:
    """Process workers: `parts.Workers` by one program, which is started when first needed."""

    def __init__(self, *, answer_s: float = ANSWER_S) -> None:
        """Take how long a worker may take for one answer."""
        self._answer_s = answer_s
        # Held while one is begun; two acts at once would take each other's.
        self._one = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """The program's process, while one runs."""
        return None if self._program is None else self._program.pid

    @contextmanager
    def begin(self, size_bytes: int) -> Iterator[tuple[socket.socket, mmap.mmap]]:
        """Begin a worker; CannotRecord when none begins."""
        # Whole messages, for none of them is longer than the kernel takes at once.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                shared = os.memfd_create("window", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
                try:
                    os.ftruncate(shared, size_bytes)
                    fcntl.fcntl(shared, fcntl.F_ADD_SEALS, _SEALS)
                    memory = mmap.mmap(shared, size_bytes)
                    worker = self._begun(theirs.fileno(), shared)
                finally:
                    os.close(shared)
            ours.settimeout(self._answer_s)
            try:
                yield ours, memory
            finally:
                # Whatever it is doing: what it was given is nothing to anybody from here on.
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(worker, signal.SIGKILL)
                os.close(worker)

    def stop(self) -> None:
        """End the program; what workers it has ends with it."""
        with self._one:
            self._stopped = True
            self._end()

    def _begun(self, channel: int, memory: int) -> int:
        """Have a worker begun, and return its process as a descriptor."""
        with self._one:
            for _ in range(_TRIES):
                try:
                    return self._asked(channel, memory)
                except OSError:
                    self._end()
        raise errors.CannotRecord("errors_logs.no-worker")

    def _asked(self, channel: int, memory: int) -> int:
        control = self._control or self._started()
        socket.send_fds(control, [b"."], [channel, memory])
        _, found, _, _ = socket.recv_fds(control, 1, 1)
        if not found:
            raise ConnectionResetError
        return found[0]

    def _started(self) -> socket.socket:
        if self._stopped:
            raise errors.CannotRecord("errors_logs.no-worker")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # No word of the person's own environment but where the compiled kernels are.  One thread:
        # a program that splits itself has no others.
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        kept |= {cache.PLACE: str(cache.folder().parent), "OPENBLAS_NUM_THREADS": "1"}
        with theirs:
            self._program = subprocess.Popen(  # this program's own module
                [sys.executable, "-I", "-m", "bailee.run.workers.program"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=kept,
            )
        self._control = ours
        ours.settimeout(_READY_S)
        if not ours.recv(1):
            raise ConnectionResetError
        ours.settimeout(_BEGIN_S)
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._program is not None:
            self._program.kill()
            self._program.wait()
        self._control = self._program = None
