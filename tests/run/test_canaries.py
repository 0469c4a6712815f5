"""No personal byte stands in clear where nobody asked for it (guarantee G9 of SECURITY.md).

Two hundred made-up values go through every command, bad input included: as contents, names,
reasons, labels, users, shares, passphrase and wrong words.  Then everything is searched that is
not an input or an answer that was asked for: the home, custodians, backups, temporary files, both
outputs, and the titles and environments of all processes on the way.
The tests at the end plant a leak of each sort and must find it.  Planted once in the program: what
is read from `@FILE` also written to a temporary file, arguments repeated with an error; both found.
"""

import gzip
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest
from tests.absence import holds
from tests.answers import done
from tests.patience import HANGS_S
from tests.run import canaries, homes
from tests.run.canaries import Find, Search

from bailee.clients.acts import AddClient
from bailee.objects.acts import GetObject, PutObject

ALL = canaries.canaries()
PASSPHRASE = next(one for one in ALL if one.startswith("Pass!"))
LABELS = ("kamga-veronique-xzrtqw", "njoya-7-chretienne-bvnm")
POLL_S = 0.01


@dataclass
class Watch:
    """Looks at the titles and environments of a process and all that it starts, while it runs."""

    root: int
    seen: set[bytes] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(POLL_S):
            for process in _family(self.root):
                for what in ("cmdline", "comm", "environ"):
                    self.seen.add(_read(Path(f"/proc/{process}/{what}")))


def _family(root: int) -> Iterator[int]:
    yield root
    for child in _read(Path(f"/proc/{root}/task/{root}/children")).split():
        yield from _family(int(child))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


@dataclass
class Desk:
    """Runs commands on one home, and searches all that they say and leave."""

    place: Path
    passphrase: str = PASSPHRASE
    search: Search = field(default_factory=lambda: Search((*ALL, *LABELS)))
    found: list[Find] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    inputs: int = 0

    def __post_init__(self) -> None:
        for name in ("in", "out", "tmp"):
            (self.place / name).mkdir()

    def given(self, content: str | bytes) -> str:
        """Put what a person would type into a file of its own, and name it as commands take it."""
        self.inputs += 1
        path = self.place / "in" / str(self.inputs)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return f"@{path}"

    def path(self, content: str | bytes) -> str:
        return self.given(content).removeprefix("@")

    def __call__(
        self,
        *words: str,
        stdin: str | bytes = b"",
        expect: int | None = 0,
        asked: bool = False,
        typed: bool = False,
    ) -> bytes:
        """Run one command; `asked`: its answer is data, `typed`: the person typed data itself."""
        reading, writing = os.pipe()
        os.write(writing, self.passphrase.encode() + b"\n")
        os.close(writing)
        process = subprocess.Popen(
            [sys.executable, "-m", "bailee", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(reading,),
            env=self._environment(reading),
        )
        os.close(reading)
        with Watch(process.pid) as watch:
            data = stdin.encode() if isinstance(stdin, str) else stdin
            out, said = process.communicate(data, timeout=HANGS_S)
        about = " ".join(words[:2])
        self._look(said, f"standard error of {about}")
        if asked:
            self.answered |= {find.canary for find in self.search.data(out, about)}
        else:
            self._look(out, f"standard output of {about}")
        if not typed:
            self._look(b"\n".join(watch.seen), f"a process of {about}")
        self.codes.append(process.returncode)
        assert not holds(said.decode(), "Traceback"), said.decode()
        if expect is not None:
            assert process.returncode == expect, said.decode()
        return out

    def _environment(self, passphrase: int) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place),
            "TMPDIR": str(self.place / "tmp"),
            "LANG": "C.UTF-8",
            "BAILEE_HOME": str(self.place / "home"),
            "BAILEE_PASSPHRASE_FD": str(passphrase),
        }

    def _look(self, data: bytes, where: str) -> None:
        self.found += self.search.data(data, where)

    def look_at_disk(self) -> None:
        """Search every file that is neither an input nor an answer that was asked for."""
        for path in sorted(self.place.iterdir()):
            if path.name not in ("in", "out"):
                self.found += self.search.files(path)


def _parted(values: Sequence[str], parts: int) -> list[str]:
    return ["\n".join(values[part::parts]) for part in range(parts)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Let all canaries go through every command."""
    desk = Desk(tmp_path_factory.mktemp("canaries"))
    desk("init", "--provider", "hosting.example")
    _in_order(desk)
    _out_of_order(desk)
    desk("check", "--deep")
    desk.look_at_disk()
    return desk


def _in_order(desk: Desk) -> None:
    """Use every command as it is meant to be."""
    names, mails = ALL[0::14], ALL[2::14]
    all_of_it = "\n".join(ALL)
    desk("client", "add", desk.given(LABELS[0]), asked=True)
    client = ("--client", LABELS[0])
    # `typed`: the label of a client is an argument like any other
    who = ("actor", "add", "--role", "support", "--os-user")
    desk(*who, desk.given(ALL[10]), asked=True)
    desk("actor", "list", asked=True)
    desk("client", "list", asked=True)
    contents = [
        all_of_it.encode(),
        gzip.compress(all_of_it.encode()),
        "\n".join(ALL * 40).encode("utf-16"),
    ]
    words: tuple[str, ...]
    for name, content, mail in zip(names, contents, mails, strict=False):
        words = ("--name", desk.given(name), "--reason", desk.given(f"asked by {mail}"))
        desk("object", "put", *client, desk.path(content), *words, asked=True, typed=True)
    words = ("--name", desk.given(names[0]))
    desk("object", "put", *client, "-", *words, stdin=all_of_it, asked=True, typed=True)
    desk("object", "list", *client, asked=True, typed=True)
    why = ("--purpose", "client-request", "--reason", desk.given(" ".join(ALL[40:60])))
    desk("object", "get", *client, desk.given(names[1]), *why, asked=True, typed=True)
    desk("object", "get", *client, "-", *why, stdin=names[0], asked=True, typed=True)
    ranged = ("--range", "10-99", "--to", str(desk.place / "out" / "part"))
    desk("object", "get", *client, desk.given(names[0]), *why, *ranged, typed=True)
    desk("object", "delete", *client, desk.given(names[2]), *why[2:], typed=True)
    shown = desk("-o", "jsonl", "ledger", "show", *client, asked=True, typed=True)
    entry = next(word for word in shown.decode().split('"') if word.startswith("en-"))
    desk("ledger", "prove", *client, entry, "--to", str(desk.place / "out" / "receipt"), typed=True)
    desk("ledger", "head", *client, typed=True)
    desk("ledger", "export", *client, str(desk.place / "out" / "export"), typed=True)
    key = desk("ledger", "key", *client, typed=True).decode().strip()
    desk("verify", str(desk.place / "out" / "export"), "--key", key)
    for words in (("key", "list"), ("key", "turn"), ("backup", "create"), ("check",)):
        desk(*words)
    desk("backup", "create", "--rows")
    desk("promise")
    desk("version")


def _out_of_order(desk: Desk) -> None:
    """Use every command as it is not meant to be: nothing that was typed comes back."""
    client = ("--client", LABELS[0])
    odd = iter(ALL[60:])
    long = desk.given("".join(ALL[100:160]))
    torn = desk.given("\n".join(ALL[20:40]).encode() + b"\xff\xfe\x00\n")
    for label in (torn, long, desk.given(next(odd)), desk.given(LABELS[0])):
        desk("client", "add", label, expect=None)
    for user in (torn, long):
        desk("actor", "add", "--role", "support", "--os-user", user, expect=None)
    desk(
        "actor",
        "add",
        "--os-user",
        desk.given(next(odd)),
        "--role",
        next(odd),
        expect=None,
        typed=True,
    )
    for name in (torn, long):
        desk("object", "put", *client, desk.path("x"), "--name", name, expect=None, typed=True)
    desk("object", "put", *client, str(desk.place / next(odd)), expect=None, typed=True)
    desk("object", "put", "--client", next(odd), desk.path(next(odd)), expect=None, typed=True)
    desk(
        "object",
        "get",
        *client,
        desk.given(next(odd)),
        "--purpose",
        "client-request",
        expect=None,
        typed=True,
    )
    desk("object", "get", *client, desk.given(ALL[0]), expect=None, typed=True)
    desk(
        "object",
        "get",
        *client,
        desk.given(ALL[0]),
        "--purpose",
        next(odd),
        expect=None,
        typed=True,
    )
    desk("object", "get", *client, next(odd), "--range", next(odd), expect=None, typed=True)
    desk("object", "get", *client, next(odd), "--version", next(odd), expect=None, typed=True)
    desk(
        "object",
        "delete",
        *client,
        desk.given(next(odd)),
        "--reason",
        long,
        expect=None,
        typed=True,
    )
    desk("ledger", "prove", *client, next(odd), expect=None, typed=True)
    desk("ledger", "show", "--client", next(odd), "--purpose", next(odd), expect=None, typed=True)
    desk("ledger", "export", *client, str(desk.place / "in"), expect=None, typed=True)
    desk("verify", str(desk.place / next(odd)), "--key", next(odd), expect=None, typed=True)
    desk("verify", str(desk.place / "out" / "export"), "--key", next(odd), expect=None, typed=True)
    desk("verify", str(desk.place / "in"), expect=None, typed=True)
    desk("key", "rehearse", stdin="\n".join(ALL), expect=None)
    desk(
        "backup",
        "restore",
        "--take-over",
        desk.path("\n".join(ALL)),
        stdin="\n".join(ALL),
        expect=None,
    )
    desk("-o", next(odd), "check", expect=None, typed=True)
    desk("--lang", next(odd), "check", expect=None, typed=True)
    desk(next(odd), expect=None, typed=True)
    desk("object", next(odd), next(odd), expect=None, typed=True)
    desk("object", "list", *client, "--" + next(odd), expect=None, typed=True)
    desk("object", "list", *client, next(odd), expect=None, typed=True)
    desk("--home", str(desk.place / next(odd)), "check", expect=None, typed=True)
    desk.passphrase = next(odd) + "?"
    desk("object", "list", *client, expect=None, typed=True)
    desk.passphrase = PASSPHRASE


def test_nothing_leaks(desk: Desk) -> None:
    assert not desk.found
    # the bad input was refused, and the good input was not
    assert desk.codes.count(0) > 20
    assert sum(code != 0 for code in desk.codes) > 25
    # and the search sees what was given to who asked for it
    assert desk.answered == {*ALL, LABELS[0]}


def test_there_are_enough_canaries_in_enough_spellings() -> None:
    assert len(set(ALL)) == 200
    assert all(len(canaries.spellings(one)) >= 8 for one in ALL)


def test_nothing_leaks_while_it_is_in_use(tmp_path: Path) -> None:
    search = Search(ALL)
    found: list[Find] = []
    homes.make(tmp_path)
    content = "\n".join(ALL * 30).encode()

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(content), 30_000):
            yield content[at : at + 30_000]
        found.extend(search.files(tmp_path))

    with homes.opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        put = PutObject(client="acme", name=ALL[0], reason=ALL[1])
        house.caller.send(put, chunks())
        assert (tmp_path / "home" / "rows.db-wal").stat().st_size
        found.extend(search.files(tmp_path))
        get = GetObject(client="acme", object=ALL[0], purpose="client-request", reason=ALL[2])
        given = done(house.caller.call(get))
        assert bytes(next(given.chunks))
        found.extend(search.files(tmp_path))
        given.chunks.close()
    assert not found


@pytest.mark.parametrize("hidden", canaries.planted(ALL[0]))
def test_a_planted_leak_is_found(hidden: str, tmp_path: Path) -> None:
    missed = []
    for canary in ALL[:28]:
        leak = canaries.planted(canary).get(hidden)
        if leak is not None:
            (tmp_path / "leak").write_bytes(leak)
            found = {find.canary for find in Search(ALL).files(tmp_path)}
            missed += [] if canary in found else [canary]
    assert not missed


def test_noise_holds_no_canary() -> None:
    noise = random.Random(5).randbytes(4 << 20)  # noqa: S311  # noise
    assert not list(Search(ALL).data(noise, "noise"))


@pytest.mark.parametrize("way", ["title", "environment", "child's title"])
def test_a_leak_of_a_process_is_found(way: str) -> None:
    canary = ALL[3]
    wait = "import sys; sys.stdin.read()"
    words = [sys.executable, "-c", wait]
    if way == "child's title":
        words = [sys.executable, "-c", f"import subprocess; subprocess.run({[*words, canary]!r})"]
    elif way == "title":
        words.append(canary)
    environment = {"NAME": canary} if way == "environment" else {}
    process = subprocess.Popen(words, stdin=subprocess.PIPE, env=environment)
    with Watch(process.pid) as watch:
        _until(lambda: bool(_leaks(watch, canary)))
        process.communicate(timeout=HANGS_S)
    assert _leaks(watch, canary)


def _until(seen: Callable[[], bool]) -> None:
    until = time.monotonic() + HANGS_S
    while not seen() and time.monotonic() < until:
        time.sleep(POLL_S)


def _leaks(watch: Watch, canary: str) -> list[Find]:
    return list(Search([canary]).data(b"\n".join(list(watch.seen)), "a process"))
