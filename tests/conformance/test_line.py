"""Our receipts of lines before a judge written from the page alone, in another language."""

import base64
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

import pytest
from tests.conformance.test_sumdb import go
from tests.proof.make_line_vectors import FOLDER, LOG, NAME

from bailee.proof.receipt.line import KINDS
from bailee.proof.tree.note import VerifierKey
from bailee.proof.verdict import Outcome
from bailee.proof.verify_line import verify_line_receipt

SOURCE = Path(__file__).with_name("line.go")
KEY = str(LOG.vkey())
VECTORS = sorted(path.name for path in FOLDER.iterdir())

ALONE = {"key-change": "it knows one key alone"}


class Told(TypedDict):
    """A stretch of a line."""

    kind: int
    raw: str | None
    known: bool


class Answer(TypedDict):
    """What the judge says of one receipt."""

    error: str
    parts: list[Told] | None


Judge = Callable[[Sequence[Path]], list[Answer]]


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Build the judge once; it needs Go and nothing else."""
    if go() is None and os.environ.get("CI") == "true":
        pytest.fail("Go is not installed: in CI this is a failure")
    if go() is None:
        pytest.skip("Go is not installed")
    program = tmp_path_factory.mktemp("judge") / "line"
    surroundings = {**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "CGO_ENABLED": "0"}
    subprocess.run(
        [str(go()), "build", "-o", str(program), str(SOURCE)],
        check=True,
        env={**surroundings, "GOPROXY": "off", "GOTOOLCHAIN": "local"},
    )

    def ask(receipts: Sequence[Path]) -> list[Answer]:
        pairs = [word for path in receipts for word in (KEY, str(path))]
        done = subprocess.run([program, *pairs], stdout=-1, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


def ours(path: Path) -> list[tuple[str, bytes | None]] | None:
    """Give the parts that we show; None when we refuse."""
    verdict = verify_line_receipt(path.read_bytes(), key=VerifierKey.parse(KEY))
    if verdict.outcome is not Outcome.VERIFIED or verdict.line is None:
        return None
    return [(part.kind, part.raw) for part in verdict.line.parts]


def theirs(answer: Answer) -> list[tuple[str, bytes | None]] | None:
    """Give the parts that the other judge shows; None when it refuses."""
    if answer["error"]:
        return None
    found = []
    for part in answer["parts"] or []:
        raw = base64.b64decode(part["raw"] or "") if part["known"] else None
        if part["kind"] or raw:
            found.append((KINDS[part["kind"]] if part["kind"] else "", raw))
    return found


def test_go_and_we_agree_on_every_vector(audit: Judge) -> None:
    paths = [FOLDER / name / NAME for name in VECTORS]
    for name, path, answer in zip(VECTORS, paths, audit(paths), strict=True):
        if name in ALONE:
            assert theirs(answer) is None, name
        else:
            assert theirs(answer) == ours(path), name


def test_go_refuses_a_flipped_bit_in_the_line_its_values_and_their_paths(
    audit: Judge, tmp_path: Path
) -> None:
    blob = (FOLDER / "opened" / NAME).read_bytes()
    own = blob.index(b"\n\n")
    paths = []
    for at in range(0, own, 3):
        paths.append(tmp_path / str(at))
        paths[-1].write_bytes(blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :])
    answers = audit(paths)
    assert [path.name for path, answer in zip(paths, answers, strict=True) if theirs(answer)] == []
