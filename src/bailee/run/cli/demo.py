"""`bailee demo`: the promise shown on an invented client, by the real commands in child processes.

Each command is printed before what it says.  A step that does not end as told ends the demo with
exit 1, so the demo is also a test of the whole.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bailee import text
from bailee.run.cli import frame
from bailee.text import say

_PASSPHRASE = "agouti baobab cassave"  # noqa: S105  # of a home that lives for a minute
_FLIP = 0x01

Step = Callable[["Stage"], None]


class Surprised(Exception):  # a step of the demo went otherwise than told
    """A step did not end as it was told to."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays: a folder that holds the home and the invented file."""

    place: Path

    @property
    def file(self) -> Path:
        """The file that is taken into custody."""
        return self.place / "dossier.txt"

    @property
    def export(self) -> Path:
        """Where the client's copy of the ledger goes."""
        return self.place / "export"

    @property
    def key(self) -> Path:
        """The verifier key, as it was handed over."""
        return self.place / "key"

    def run(self, *words: str, expect: int = 0, quiet: bool = False) -> str:
        """Print a command, run it as a child, print what it says, and compare its exit code."""
        shown = shlex.join(words).replace(str(self.place), "…")
        _print(f"\n$ bailee {shown}")
        read, write = os.pipe()
        os.write(write, _PASSPHRASE.encode())
        os.close(write)
        try:
            done = subprocess.run(  # noqa: S603  # our own commands
                [sys.executable, "-m", "bailee", *words],
                env=self._variables(read),
                pass_fds=(read,),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
        finally:
            os.close(read)
        said = done.stdout.decode(errors="replace").replace(str(self.place), "…")
        if not quiet or done.returncode != expect:
            _print(said.rstrip("\n"))
        if done.returncode:
            _print(say("demo.exit", code=done.returncode))
        if done.returncode != expect:
            raise Surprised
        return said

    def _variables(self, descriptor: int) -> dict[str, str]:
        ours = {name: v for name, v in os.environ.items() if not name.startswith("BAILEE_")}
        return {
            **ours,
            "BAILEE_HOME": str(self.place / "home"),
            "BAILEE_PASSPHRASE_FD": str(descriptor),
            "BAILEE_LANG": text.language(),
        }


def demo(
    *,
    keep: Annotated[bool, typer.Option("--keep", help=say("help.demo_keep"))] = False,
) -> int:
    """Show all of it."""
    place = Path(tempfile.mkdtemp(prefix="bailee-demo-"))
    stage = Stage(place)
    stage.file.write_text(say("demo.content") + "\n", "utf-8")
    try:
        for name, step in _STORY.items():
            _print("\n" + say(f"demo.{name}"))
            step(stage)
    except Surprised:
        frame.tell("demo.surprised")
        return 1
    finally:
        if keep:
            frame.tell("demo.kept", place=str(place))
        else:
            shutil.rmtree(place)
    _print("\n" + say("demo.end"))
    return 0


def _begin(stage: Stage) -> None:
    stage.run("init", "--provider", "hosting.example", quiet=True)
    stage.run("client", "add", "acme")
    vkey = stage.run("ledger", "key", "--client", "acme").strip()
    stage.key.write_text(vkey, "utf-8")


def _take_in(stage: Stage) -> None:
    stage.run("object", "put", "--client", "acme", str(stage.file))


def _refuse(stage: Stage) -> None:
    stage.run("object", "get", "--client", "acme", "dossier.txt", expect=4)


def _give(stage: Stage) -> None:
    stage.run(
        *("object", "get", "--client", "acme", "--purpose", "client-request"),
        *("--reason", say("demo.reason"), "dossier.txt"),
    )


def _show(stage: Stage) -> None:
    stage.run("ledger", "show", "--client", "acme")


def _verify(stage: Stage) -> None:
    stage.run("ledger", "export", "--client", "acme", str(stage.export))
    stage.run("verify", str(stage.export), "--key", stage.key.read_text("utf-8"))


def _bend(stage: Stage) -> None:
    _flip(stage.export / "openings.jsonl", -100)
    stage.run("verify", str(stage.export), "--key", stage.key.read_text("utf-8"), expect=10)


def _damage(stage: Stage) -> None:
    (sealed,) = (p for p in (stage.place / "home" / "objects").rglob("bl-*") if p.is_file())
    _flip(sealed, sealed.stat().st_size // 2)
    _print(say("demo.flipped", file=sealed.name))
    stage.run(
        *("object", "get", "--client", "acme", "--purpose", "client-request", "dossier.txt"),
        expect=10,
    )
    stage.run("check", "--deep", expect=10)


_STORY: dict[str, Step] = {
    "begin": _begin,
    "take_in": _take_in,
    "refuse": _refuse,
    "give": _give,
    "show": _show,
    "verify": _verify,
    "bend": _bend,
    "damage": _damage,
}


def _flip(path: Path, offset: int) -> None:
    blob = bytearray(path.read_bytes())
    blob[offset] ^= _FLIP
    path.write_bytes(blob)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
