"""What the README shows is what happens: its commands are run, its outputs compared."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.house.source import ROOT
from tests.patience import HANGS_S
from tests.programs import require

from bailee.scan.vm import cache

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)

VARYING = (
    (re.compile(r"\b[a-z]{2}-[a-z2-7]{26}\b"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"root [A-Za-z0-9+/]{43}="), "root HASH"),
    (re.compile(r"⟨(\w+):[a-z2-7]{6}⟩"), r"⟨\1:TOKEN⟩"),
    (re.compile(r'"token":"[a-z2-7]{16}"'), '"token":"TOKEN"'),
)


def settled(text: str) -> str:
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    return text.strip()


def steps(block: str) -> list[tuple[str, str]]:
    """Split a block into commands, each with what it prints."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_a_newcomer_meets_a_command_at_once() -> None:
    assert len(README.splitlines()) <= 120
    assert len(README.partition("```")[0].split()) <= 60


def test_the_first_block_names_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command, _ in steps(BLOCKS[0]):
        assert f"\n{command.removeprefix('make ')}:" in makefile


PERSON = "awa.kone@example.ci\n"


PORT = "8080"
"""Of the page; another may hold it where the tests run."""


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return str(one.getsockname()[1])


@contextmanager
def in_background(
    command: str, shown: str, place: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """Start what the page leaves running, and see that it says what the page shows."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=place,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stderr is not None
        try:
            said = [started.stderr.readline() for _ in shown.splitlines()]
            assert "".join(said) == shown
            yield
        finally:
            started.terminate()
        assert started.wait(HANGS_S) == 0


def typed(command: str, place: Path, environment: Mapping[str, str]) -> str:
    """Type a command of the page; give what it prints."""
    done = subprocess.run(
        ["bash", "-c", command if "2>" in command else f"{{ {command}; }} 2>&1"],
        cwd=place,
        input=PERSON if "--about -" in command else "",
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 0 or "refused" in done.stdout, command
    return re.sub(r"^compiling the scanner.*\n", "", done.stdout, flags=re.MULTILINE)


def test_what_it_shows_is_what_happens(tmp_path: Path) -> None:
    require("curl")
    # Nothing lies there: each file is made by a command of the page before one that reads it.
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "BAILEE_KERNELS": str(cache.folder().parent),
        "LANG": "C.UTF-8",
        "BAILEE_PASSPHRASE_COMMAND": "echo agouti-baobab-cassave",
    }
    page = "".join(BLOCKS[1:]).replace(f":{PORT}", f":{(port := free_port())}")
    with ExitStack() as running:
        for command, shown in steps(page.replace(f"port {PORT}", f"port {port}")):
            if command.startswith("export PATH"):
                continue
            if command.endswith(" &"):
                started = in_background(command.removesuffix(" &"), shown, tmp_path, environment)
                running.enter_context(started)
                continue
            said = typed(command, tmp_path, environment)
            if not command.startswith("bailee init"):  # prints shares, which no page should show
                assert settled(said) == settled(shown), command


LINKS = re.findall(r"\]\(([^)]+)\)", README)


@pytest.mark.parametrize("target", LINKS)
def test_its_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
SHOWN_BY = re.findall(r"`(tests/[a-z_/]+(?:\.py)?)`", SECURITY)


@pytest.mark.parametrize("path", SHOWN_BY)
def test_each_guarantee_is_shown_by_a_test_that_is_there(path: str) -> None:
    place = ROOT / path
    assert place.is_file() or list(place.glob("test_*.py"))


def test_guarantees_are_numbered_without_a_gap() -> None:
    numbers = [int(number) for number in re.findall(r"^\| G(\d+) \|", SECURITY, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
