"""Stage: where the demo runs: real commands in child processes, each printed before its answer.

A step that ends otherwise than expected ends the demo with exit 1, so the demo is also a test.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bailee import text
from bailee.text import say

_PASSPHRASE = "agouti baobab cassave"  # noqa: S105  # of a home that lives for a minute
_FLIP = 0x01
_LINES_SHOWN = 18


class Surprised(Exception):  # a step of the demo ended otherwise than expected
    """Surprised: a step ended otherwise than expected."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Stage: a folder that holds the home and what was invented for it."""

    place: Path

    @property
    def file(self) -> Path:
        """The file that is taken into custody."""
        return self.place / "dossier.txt"

    def log(self, client: str) -> Path:
        """Return where a client's log lies before it is taken in."""
        return self.place / f"{client}.log"

    @property
    def export(self) -> Path:
        """Where the client's copy of the ledger goes."""
        return self.place / "export"

    @property
    def key(self) -> Path:
        """The verifier key, as it was handed over."""
        return self.place / "key"

    def run(self, *words: str, expect: int = 0, said: str = "", quiet: bool = False) -> str:
        """Print a command, run it as a child, print what it says, and compare its exit code.

        `said` is what a person types at its prompt; a long answer is cut on the page alone.
        """
        self._show(words)
        if said:
            tell(f"> {said}")
        with _passphrase() as read:
            done = subprocess.run(  # noqa: S603  # our own commands
                [sys.executable, "-m", "bailee", *words],
                env=self._variables(read),
                pass_fds=(read,),
                input=said.encode() + b"\n",
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
        answer = done.stdout.decode(errors="replace").replace(str(self.place), "…")
        if not quiet or done.returncode != expect:
            tell(_cut(answer) if done.returncode == expect else answer.rstrip("\n"))
        if done.returncode:
            tell(say("demo.exit", code=done.returncode))
        if done.returncode != expect:
            raise Surprised
        return answer

    @contextmanager
    def serving(self, *words: str) -> Iterator[None]:
        """Print a server's command, and keep the server meanwhile; it must end well."""
        self._show((*words, "&"))
        with _passphrase() as read:
            server = subprocess.Popen(  # noqa: S603  # our own command
                [sys.executable, "-m", "bailee", *words],
                env=self._variables(read),
                pass_fds=(read,),
                stderr=subprocess.PIPE,
                text=True,
            )
        with server:
            try:
                # What it says first is that it is open: who asks before would open the home itself.
                tell(server.stderr.readline().rstrip("\n") if server.stderr is not None else "")
                yield
            finally:
                server.terminate()
        if server.returncode:
            raise Surprised

    def _show(self, words: Sequence[str]) -> None:
        shown = " ".join(word if word == "&" else shlex.quote(word) for word in words)
        tell(f"\n$ bailee {shown.replace(str(self.place), '…')}")

    def _variables(self, descriptor: int) -> dict[str, str]:
        # None of the caller's settings: a demo must not touch the home of whoever runs it.  Where
        # compiled kernels lie is the machine's affair, and compiling them anew takes a minute.
        kept = {
            name: value
            for name, value in os.environ.items()
            if name == "BAILEE_KERNELS" or not name.startswith("BAILEE_")
        }
        return {
            **kept,
            "BAILEE_HOME": str(self.place / "home"),
            "BAILEE_PASSPHRASE_FD": str(descriptor),
            "BAILEE_LANG": text.language(),
        }


@contextmanager
def _passphrase() -> Iterator[int]:
    # By a descriptor of its own: an argument or a variable would show in the list of processes.
    # A pipe holds more than a passphrase, so writing before anyone reads does not block.
    read, write = os.pipe()
    os.write(write, _PASSPHRASE.encode())
    os.close(write)
    try:
        yield read
    finally:
        os.close(read)


def _cut(answer: str) -> str:
    lines = answer.rstrip("\n").split("\n")
    if len(lines) <= _LINES_SHOWN:
        return "\n".join(lines)
    left = say("demo.more", count=len(lines) - _LINES_SHOWN)
    return "\n".join([*lines[:_LINES_SHOWN], left])


def flip(path: Path, offset: int) -> None:
    """Flip one bit of the byte at an offset of a file; from its end when negative."""
    blob = bytearray(path.read_bytes())
    blob[offset] ^= _FLIP
    path.write_bytes(blob)


def tell(line: str) -> None:
    """Print at once: the children print to the same place."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
