"""Whatever is typed at any option of any command: one sentence, no traceback, no echo.

Commands and options come from the tables that the command line itself is derived from, so a new one
is tried as soon as it is declared.  Each option gets one of the values here by a seed that is
printed; the sweep tries all.
"""

import io
import random
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import pytest
from tests.absence import holds, mark
from tests.patience import HANGS_S
from tests.run.homes import CHEAP, PASSPHRASE, make, opened

from bailee.clients.acts import AddClient
from bailee.errors import Unreachable
from bailee.run.cli import frame, run
from bailee.run.cli.commands import commands, made
from bailee.run.wiring import app

MARK = mark()
"""Stands in every value: nothing that is said may repeat it; drawn, so that it is of this run."""
ENDS_MAX = 16
NAMED = {("log scan", "paths"), ("log ingest", "paths"), ("ledger export", "folder")}
"""Of many files those that could not be read are named, and the folder that was written."""
STDIN = b"\xff\xfe\x00\xc3" + MARK.encode() + b"\r\n" + b"[" * 1_000
AT_ONCE = 1
"""Of each option, in the fast tier."""


def values(folder: Path) -> dict[str, str]:
    """Give the values that are thrown; some are files, and name them."""
    files = {
        "a file of zeros": MARK.encode() + b"\0" * 40 + b"\n",
        "a file that is no UTF-8": MARK.encode() + b"\xff\xfe\xc3\n",
        "a file with a mark before it": b"\xef\xbb\xbf" + MARK.encode() + b"\n",
        "a file of CR and newlines": (MARK + "\r\n").encode() * 3,
        "a file of brackets": (MARK + "[" * 100_000).encode(),
        "a file of a megabyte": (MARK + "x" * 1_100_000).encode(),
        "an empty file": b"",
    }
    out = {}
    for number, (said, data) in enumerate(files.items()):
        place = folder / f"hostile-{number}"
        place.write_bytes(data)
        out[said] = f"@{place}"
    return out | {
        "a byte that is no UTF-8": f"{MARK}\udcff",
        "a byte that is no UTF-8, alone": "\udc80",
        "nothing": "",
        "a blank": " ",
        "CR and newline": f"{MARK}\r\nroot",
        "a mark of UTF-8": f"\ufeff{MARK}",
        "an escape": f"\x1b[31m{MARK}\x07",
        "a number without end": "9" * 5_000,
        "a number below nothing": "-9223372036854775809",
        "a number in other digits": "١٢٣",  # meant
        "a hundred thousand letters": MARK + "a" * 100_000,
        "brackets": "[" * 100_000,
        "braces of a format": MARK + "{0.__class__}%s%n",
        "a file that is not there": f"@{folder}/{MARK}",
        "a folder": f"@{folder}",
        "a way out": f"../../{MARK}",
        "a device": "@/dev/null",
        "a moment that never was": "0000-00-00T99:99:99Z",
        "the end of time": "9999-12-31T23:59:59Z",
        "a range": "0-999999999999999999",
        "half a pair": "\ud800",
        "standard input": "-",
    }


@dataclass(frozen=True)
class Place:
    """One option or argument of one command."""

    command: str
    param: str

    def __str__(self) -> str:
        return f"{self.command} {self.param}".strip()

    def words(self, value: str) -> list[str]:
        """Type the command, with the value at this place and something plain at all others."""
        words = self.command.split(" ")
        values: list[str] = []
        for param in made(self.command).params:
            here = param.name == self.param
            if not here and not param.required:
                continue
            given = value if here else PLAIN.get(param.name or "", "1")
            if isinstance(param, click.Argument):
                values.append(given)
            else:
                words.append(f"{param.opts[-1]}={given}" if param.opts[-1][:2] == "--" else given)
        return [*words, "--", *values] if values else words


PLAIN = {"client": "acme", "purpose": "security", "stream": "web", "reason": "a test"}


def places() -> Iterator[Place]:
    """Yield each option of each command, and each command with what it demands alone."""
    # The first is a minute's story that takes no value at all; the others go on until they are
    # ended (tests/serve/test_serve_command.py, tests/run/test_log_follow.py).
    for command in set(commands()) - {"demo", "serve", "log follow"}:
        yield Place(command, "")
        for param in made(command).params:
            if not getattr(param, "is_flag", False):
                yield Place(command, param.name or "")


PLACES = sorted(places(), key=str)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    make(place, who=app.os_principal())  # who types here, so that acts are not refused but done
    with opened(place, who=app.os_principal()) as house:
        house.caller.call(AddClient(label="acme"))
    return place


@pytest.fixture
def typed(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Typed":
    """Give a command line in this process, on a home whose passphrase costs little."""
    monkeypatch.setenv("BAILEE_PASSPHRASE_COMMAND", f"echo '{PASSPHRASE}'")
    monkeypatch.setattr(app, "open_app", partial(app.open_app, unsafe_cost=CHEAP))
    monkeypatch.chdir(tmp_path)
    return Typed(home / "home", tmp_path)


@dataclass
class Typed:
    """Types a command here, and says what came of it."""

    home: Path
    folder: Path

    def __call__(self, words: Sequence[str]) -> tuple[int, str, str]:
        frame.session.home, frame.session.output = self.home, "table"
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(STDIN), "utf-8")
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = run(words)
        finally:
            sys.stdin = stdin
        out.seek(0)
        err.seek(0)
        return code, out.read(), err.read()


def judged(place: Place, code: int, out: str, said: str) -> None:
    """Look at what came of it: an answer may be a table, what went wrong is a sentence."""
    assert 0 <= code < ENDS_MAX or code == Unreachable.exit_code
    assert not holds(said, "Traceback")
    if code:
        assert (out + said).strip()
    if (place.command, place.param) not in NAMED:
        assert not holds(said, MARK), said[:300]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_every_option_answers_in_a_sentence(
    place: Place, typed: Typed, request: pytest.FixtureRequest
) -> None:
    seed = request.config.getoption("--sweep-seed") or random.randrange(1 << 32)  # noqa: S311  # no secret
    sys.stdout.write(f"--sweep-seed {seed}\n")
    thrown = values(typed.folder)
    for said in random.Random(f"{seed} {place}").sample(sorted(thrown), AT_ONCE):  # noqa: S311  # as above
        sys.stdout.write(f"{said}\n")
        judged(place, *typed(place.words(thrown[said])))


@pytest.mark.sweep
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_every_option_answers_every_value_in_a_sentence(place: Place, typed: Typed) -> None:
    for said, value in values(typed.folder).items():
        sys.stdout.write(f"{said}\n")
        judged(place, *typed(place.words(value)))


FILES: dict[str, tuple[str, Callable[[str], str]]] = {
    "settings of brackets": ("bailee.toml", lambda _: "[" * 10_000),
    "settings without end": ("bailee.toml", lambda text: text + "#" * 100_000),
    "settings nested in lists": ("bailee.toml", lambda _: "a = " + "[" * 10_000),
    "settings nested in tables": ("bailee.toml", lambda _: "a = " + "{a = " * 3_000),
    "a name of a thousand parts": ("bailee.toml", lambda _: "a." * 5_000 + "a = 1"),
    "a number without end": ("bailee.toml", lambda text: text.replace("7", "9" * 10_000)),
    "true for a number": ("bailee.toml", lambda text: text.replace("days = 7", "days = true")),
    "a part of a number": ("bailee.toml", lambda text: text.replace("days = 7", "days = 7.5")),
    "no day at all": ("bailee.toml", lambda text: text.replace("days = 7", "days = 0")),
    "a year of days": ("bailee.toml", lambda text: text.replace("days = 7", "days = 365")),
    "a destination that is not absolute": (
        "bailee.toml",
        lambda text: re.sub("destinations = .*", 'destinations = ["backups"]', text),
    ),
    "a destination with a zero": (
        "bailee.toml",
        lambda text: re.sub("destinations = .*", r'destinations = ["/a\\u0000b"]', text),
    ),
    "a destination that is a number": (
        "bailee.toml",
        lambda text: re.sub("destinations = .*", "destinations = [1]", text),
    ),
    "settings that are nothing": ("bailee.toml", lambda _: ""),
    "a keyring that asks for 4 GiB": ("keyring", lambda text: cost(text, 4_194_304, 1, 1)),
    "a keyring that asks for 1 TiB": ("keyring", lambda text: cost(text, 1 << 30, 1, 1)),
    "a keyring with a number without end": ("keyring", lambda text: cost(text, int("9" * 4_000))),
    "a keyring of another form": ("keyring", lambda _: "[" * 100_000),
}


def cost(text: str, memory_kib: int, passes: int = 3, lanes: int = 4) -> str:
    return re.sub(r"argon2id \d+ \d+ \d+", f"argon2id {memory_kib} {passes} {lanes}", text)


@pytest.mark.parametrize("said", FILES)
def test_a_home_with_hostile_files_is_refused_in_a_sentence(said: str, typed: Typed) -> None:
    name, change = FILES[said]
    page = typed.home / name
    before = page.read_bytes()
    assert typed(["client", "list"])[0] == 0
    changed = change(before.decode())
    assert changed.encode() != before
    page.write_text(changed, "utf-8")
    try:
        code, out, err = typed(["client", "list"])
    finally:
        page.write_bytes(before)
    assert code not in (0, 1)
    assert not holds(err, "Traceback")
    assert out == ""
    assert len(err.splitlines()) == 2  # the sentence and the remedy


def test_a_machine_without_the_memory_says_so() -> None:
    """Within the ceiling, and more than there is: the answer is a sentence all the same."""
    code = textwrap.dedent("""
        import resource
        from bailee import errors
        from bailee.adapters.kms.keyring_file import CEILING, PassphraseKeys
        from bailee.secret import Secret

        resource.setrlimit(resource.RLIMIT_AS, (800 << 20, 800 << 20))
        try:
            PassphraseKeys(Secret("a"), bytes(16), CEILING)
        except errors.Sealed as error:
            print(error.reason)
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=HANGS_S
    )
    assert done.stdout.split() == ["errors_kms.no-memory"], done.stderr
