"""The second judge, built once by Go and asked by the thousand."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import pytest

GOPATH = Path("/usr/share/gocode")
VERDICT = Path(__file__).with_name("verdict")


class Part(TypedDict):
    """A stretch of a line."""

    kind: int
    ordinal: int
    raw: str | None
    known: bool


class Answer(TypedDict):
    """What the second judge says of one question."""

    exit: int
    why: str
    parts: list[Part] | None


def go() -> str | None:
    """Find Go where Debian or its own archive puts it."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")


def require(lack: str) -> None:
    """Skip where something is missing; where CI=true that is a failure."""
    if lack and os.environ.get("CI") == "true":
        pytest.fail(f"{lack}: in CI this is a failure")
    if lack:
        pytest.skip(lack)


def build(source: Path, target: Path) -> Path:
    """Build a program that needs no module but Debian's, and fetch nothing."""
    surroundings = {
        **os.environ,
        "GOPATH": str(GOPATH),
        "GO111MODULE": "off",
        "GOPROXY": "off",
        "GOFLAGS": "",
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
    }
    sources = sorted(source.glob("*.go")) if source.is_dir() else [source]
    subprocess.run([str(go()), "build", "-o", target, *sources], check=True, env=surroundings)
    return target


def ask(program: Path, questions: Sequence[dict[str, str]]) -> list[Answer]:
    """Ask many questions at once."""
    lines = "".join(f"{json.dumps(question)}\n" for question in questions)
    done = subprocess.run([program, "-"], input=lines.encode(), stdout=-1, check=True)
    answers: list[Answer] = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions)
    return answers
