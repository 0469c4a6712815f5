"""Nothing is said but through the catalogue: a run in the pseudo-locale shows no bare string."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.absence import holds, mark
from tests.run.homes import Shell

from bailee.run.cli.commands import application

TECHNICAL = re.compile(
    r"(--?[a-z-]+,?|\d+\]|[A-Z@|{}\[\].-]+|bailee|\[x>=1\]|=?\d+|[a-z]+-[a-z2-7]{26}|[a-z0-9-]+)"
)
"""What stays as it is in every language: options, placeholders, names of commands, ids, slugs."""


def paths(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield before
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from paths(command, (*before, name))
        else:
            yield (*before, name)


def all_paths() -> list[tuple[str, ...]]:
    return list(paths(application()))


def bare(text: str, technical: re.Pattern[str] = TECHNICAL) -> list[str]:
    """Return the words that stand outside the brackets and are no technical word."""
    inner = re.compile(r"⟦[^⟦⟧]*⟧")
    while inner.search(text):
        text = inner.sub(" ", text)
    return [word for word in text.split() if not technical.fullmatch(word)]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("home"), {"BAILEE_LANG": "xx"})


HELP = """
from bailee import text
text.speak("xx")
from bailee.run.cli import run
from tests.run.test_language import all_paths
for path in all_paths():
    print("\\f" + " ".join(path))
    run([*path, "--help"])
"""


def test_help_is_said_throughout() -> None:
    """In a process of its own: help is in the language that is set before commands are made."""
    said = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    pages = [page.partition("\n")[::2] for page in said.stdout.split("\f")[1:]]
    assert len(pages) == len(all_paths())
    commands = {name for path in all_paths() for name in path}
    found = {path: [w for w in bare(page) if w not in commands] for path, page in pages}
    assert {path: words for path, words in found.items() if words} == {}


REFUSED: dict[str, tuple[str, ...]] = {
    "no home": ("client", "list"),
    "an unknown command": ("frobnicate",),
    "an unknown option": ("client", "list", "--frobnicate"),
    "a missing option": ("object", "list"),
    "a wrong range": ("object", "get", "--client", "a", "--range", "x", "y"),
    "nothing to verify": ("verify", "/nowhere"),
    "a wrong output": ("version", "-o", "xml"),
    "no such file": ("object", "put", "--client", "a", "/nowhere"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refusals_are_said_throughout(shell: Shell, what: str) -> None:
    done = shell(*REFUSED[what], expect=None)
    assert done.code != 0
    assert "⟦" in done.err
    assert bare(done.err) == []
    assert done.out == b""


def test_what_was_typed_is_never_repeated(shell: Shell) -> None:
    canary = f"{mark()}@example.ci"
    for words in (
        ("frobnicate", canary),
        (canary,),
        ("object", "get", "--range", canary, "--client", canary, canary),
        ("client", "add", canary),
        ("verify", canary, "--key", canary),
        ("object", "put", "--client", canary, f"/nowhere/{canary}"),
        ("actor", "add", "--os-user", canary, "--role", canary),
        ("version", "-o", canary),
        ("--lang", canary, "version"),
    ):
        done = shell(*words, expect=None)
        assert not holds(done.err + done.text, canary)


def test_french_is_chosen_by_the_locale(tmp_path: Path) -> None:
    french = Shell(tmp_path, {"LANG": "fr_CI.UTF-8"})
    english = Shell(tmp_path, {"LANG": "en_GB.UTF-8"})
    assert "pas de répertoire Bailee" in french("client", "list", expect=5).err
    assert "there is no Bailee home" in english("client", "list", expect=5).err
    assert "there is no Bailee home" in french("client", "list", "--lang", "en", expect=5).err


def test_json_is_the_same_in_both_languages(tmp_path: Path) -> None:
    outputs = [
        Shell(tmp_path, {"BAILEE_LANG": lang})("promise", "-o", "json").out for lang in ("en", "fr")
    ]
    assert outputs[0] == outputs[1]
