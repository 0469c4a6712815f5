"""A home with a client, on which each test runs commands as a person does."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.run.homes import PASSPHRASE, Shell

from bailee.run import cli


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:  # noqa: ANN401  # JSON has every shape
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Hand:
    """Runs commands in this process, on one home, and writes the files that they are given."""

    place: Path
    files: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str, output: str = "table") -> Said:
        """Run a command."""
        self.capture.readouterr()
        code = cli.run(["--home", str(self.place / "home"), "--output", output, *words])
        seen = self.capture.readouterr()
        return Said(code=code, out=seen.out, err=seen.err)

    def file(self, name: str, content: bytes) -> Path:
        """Write a file."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def ingest(self, *paths: Path | str, stream: str, zone: str | None = None) -> Said:
        """Take files in."""
        given = ["--client", "acme", "--stream", stream, "--origin", "infrastructure"]
        if zone is not None:
            given += ["--tz", zone]
        return self("log", "ingest", *given, *map(str, paths), output="json")

    def search(self, *words: str, output: str = "table") -> Said:
        """Search a client's lines."""
        return self("log", "search", "--client", "acme", *words, output=output)

    def export(self, *words: str) -> bytes:
        """Give received bytes back."""
        target = self.files / f"given-back-{len(list(self.files.iterdir()))}"
        given = ("--client", "acme", "--purpose", "client-request", "--to", str(target))
        said = self("log", "export", *given, *words)
        assert said.code == 0, said.err
        return target.read_bytes()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Found a home with one client."""
    place = tmp_path_factory.mktemp("field")
    shell = Shell(place)
    folders = ("--custodian", str(place / "c1"), "--custodian", str(place / "c2"))
    shell("init", "--provider", "hosting.example", *folders, "--backup", str(place / "b"))
    shell("client", "add", "acme")
    # What is given back here is more than one opens on a day unasked.
    (me,) = json.loads(shell("-o", "json", "actor", "list").out)
    shell("budget", "raise", me["actor"], "--values", "1000000")
    return place


@pytest.fixture
def hand(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Hand:
    """Give a hand on the home."""
    monkeypatch.setenv("BAILEE_PASSPHRASE_COMMAND", f"echo '{PASSPHRASE}'")
    return Hand(place=home, files=tmp_path, capture=capsys)
