"""Our verifier beside a second judge, written in another language from the pages alone.

Every vector, and tens of thousands of mutations by the grammars of the pages: the exit codes are
the same, and so is what is shown of a line.  A case that differs is named by its seed and number:
`python -m tests.conformance.mutator SEED NUMBER DIR` writes it.
"""

import base64
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.conformance.corpus import Case, folder_of
from tests.conformance.judge import VERDICT, Answer, ask, build, go, require
from tests.conformance.mutator import case_of, question
from tests.proof.make_line_vectors import FOLDER as LINES
from tests.proof.vectors import LEDGER, MISUSED, answered, decided_by, expected_of

from bailee.proof.receipt.line import KINDS
from bailee.proof.run import Misused, run
from bailee.proof.shown import ShownLine

VECTORS = sorted(path for folder in (LEDGER, LINES) for path in folder.iterdir())
CHUNK, CHUNKS = 1_000, 24
FAST = 400
Parts = list[tuple[str, int | None, bytes | None]]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the judge once; it needs Go and nothing else."""
    require("" if go() else "Go is not installed")
    return build(VERDICT, tmp_path_factory.mktemp("judge") / "verdict")


def shown(line: ShownLine | None) -> Parts:
    """Give the parts that we show."""
    return [] if line is None else [(part.kind, part.ordinal, part.raw) for part in line.parts]


def theirs(answer: Answer) -> Parts:
    """Give the parts that the other judge shows, those of no byte left out as ours are."""
    found: Parts = []
    for part in answer["parts"] or []:
        raw = base64.b64decode(part["raw"] or "") if part["known"] else None
        kind = KINDS.get(part["kind"], str(part["kind"])) if part["kind"] else ""
        if kind or raw:
            found.append((kind, part["ordinal"] if part["ordinal"] >= 0 else None, raw))
    return found


def ours(asked: dict[str, str]) -> tuple[int, str, Parts]:
    """Ask our verifier: exit code, what decides, what is shown."""
    try:
        verdict = run(
            Path(asked["path"]),
            key=asked.get("key"),
            keys=Path(asked["keys"]) if "keys" in asked else None,
            since=Path(asked["since"]) if "since" in asked else None,
        )
    except Misused as slip:
        return MISUSED, f"verify.{slip.reason}", []
    return verdict.outcome.value, decided_by(verdict), shown(verdict.line)


def vector_question(folder: Path) -> dict[str, str]:
    """Ask what a vector asks."""
    asked = {name: str(text) for name, text in expected_of(folder).items()}
    given = {name: str(folder / asked[name]) for name in ("path", "keys", "since") if name in asked}
    return given | ({"key": asked["key"]} if "key" in asked else {})


def test_both_answer_every_vector_as_it_says(program: Path) -> None:
    answers = ask(program, [vector_question(folder) for folder in VECTORS])
    for folder, answer in zip(VECTORS, answers, strict=True):
        code, _, verdict = answered(folder)
        assert answer["exit"] == code == expected_of(folder)["exit"], folder.name
        assert theirs(answer) == shown(verdict.line if verdict else None), folder.name


def test_the_second_judge_answers_a_command_line(program: Path) -> None:
    key = str(expected_of(LEDGER / "valid")["key"])
    export = str(LEDGER / "valid" / "export")
    for words, code in (
        ((export, "--key", key), 0),
        ((export,), 14),
        ((), 2),
        ((export, "--force"), 2),
        ((export, "--key"), 2),
        ((export, export), 2),
    ):
        done = subprocess.run([program, *words], check=False, stdout=-1)
        assert done.returncode == code, words


# --- mutations -------------------------------------------------------------------------------


def compared(program: Path, place: Path, seed: int, numbers: Sequence[int]) -> Counter[str]:
    """Ask both about some cases; fail at the first that differs, and count what decides."""
    cases = [case_of(seed, number) for number in numbers]
    questions = []
    for number, case in zip(numbers, cases, strict=True):
        questions.append(question(case, folder_of(case, place / str(number))))
    answers = ask(program, questions)
    seen: Counter[str] = Counter()
    for number, case, asked, answer in zip(numbers, cases, questions, answers, strict=True):
        code, decides, parts = ours(asked)
        what = f"seed {seed}, number {number}: {' | '.join(case.trail)}"
        assert code == answer["exit"], f"{what}: {code} {decides}, {answer}"
        assert parts == theirs(answer), what
        seen[f"exit {code}"] += 1
        seen[decides] += 1
    shutil.rmtree(place)
    return seen


def slices(start: int, count: int, step: int = 200) -> Iterator[range]:
    """Cut a range, so that few folders lie there at once."""
    for at in range(start, start + count, step):
        yield range(at, min(at + step, start + count))


def tally(program: Path, place: Path, seed: int, start: int, count: int) -> Counter[str]:
    """Compare a range of cases."""
    seen: Counter[str] = Counter()
    for numbers in slices(start, count):
        seen += compared(program, place / "cases", seed, numbers)
    return seen


def test_both_agree_on_some_mutations(program: Path, tmp_path: Path) -> None:
    seen = tally(program, tmp_path, 0, 0, FAST)
    assert {f"exit {code}" for code in (0, 2, 10, 14)} <= seen.keys()
    assert len(seen) > 30  # ids that decide: the mutations reach deep, and not one place alone


@pytest.mark.sweep
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_agree_on_every_mutation(
    program: Path, tmp_path: Path, chunk: int, request: pytest.FixtureRequest
) -> None:
    """Print the seed, which a failure names too; a sample of CI takes some of the chunks."""
    seed = request.config.getoption("--sweep-seed") or 0
    seen = tally(program, tmp_path, seed, chunk * CHUNK, CHUNK)
    codes = {name: count for name, count in seen.items() if name.startswith("exit")}
    sys_out = f"seed {seed}, numbers {chunk * CHUNK} to {(chunk + 1) * CHUNK - 1}: {codes}"
    print(sys_out)  # noqa: T201  # the seed of a sample is shown, so that it can be repeated
    assert sum(codes.values()) == CHUNK


def test_a_case_is_the_same_whenever_it_is_made() -> None:
    for number in range(40):
        one, other = case_of(7, number), case_of(7, number)
        assert isinstance(one, Case)
        assert one == other
