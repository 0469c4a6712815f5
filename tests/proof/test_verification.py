"""spec/verification.md beside the program: steps, conditions, exit codes, bounds, example."""

import ast
import inspect
import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest
from tests.proof.make_line_vectors import FOLDER as LINES
from tests.proof.vectors import LEDGER, answered, expected_of

from bailee.proof import export, verify, verify_line
from bailee.proof.receipt import entry, line_receipt, receipt
from bailee.proof.run import report
from bailee.proof.tree import chain as chains
from bailee.proof.tree import merkle, note
from bailee.text import Speaker, catalogue

SPEC = LEDGER.parents[1]
PAGE = (SPEC / "verification.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
VECTORS = sorted(path.parent for path in chain(LEDGER.glob("*/e*"), LINES.glob("*/e*")))
ROOM = Path(verify.__file__).parent

VERIFICATIONS: dict[str, tuple[ModuleType, Callable[..., object], int, Path]] = {
    "An export": (verify, verify._export_steps, 0, LEDGER / "key-change"),
    "A receipt of an entry": (verify, verify._receipt_steps, 1, LEDGER / "receipt-since"),
    "A receipt of a line": (verify_line, verify_line._steps, 0, LINES / "opened"),
}
"""Each heading: the module whose docstring lists the steps, what takes them, which list it is."""

NO_VERDICT = {
    "tile_path": "the log reads names of tiles; a verifier makes them",
    "needs_cryptography": "the program lacks its library, and says so before it starts",
}
NO_VECTOR = {
    "usage_wrong": "tried on the command line: tests/proof/test_command.py",
}


def numbered(text: str) -> list[list[str]]:
    """Give each list of numbered lines, continuations joined, numbers checked."""
    lists: list[list[str]] = []
    for number, words in re.findall(r"^ ?(\d+)\. (.*(?:\n    .*)*)", text, re.MULTILINE):
        if number == "1":
            lists.append([])
        lists[-1].append(" ".join(words.split()))
        assert int(number) == len(lists[-1])
    return lists


def conditions() -> dict[str, set[int]]:
    """Give each id that stands in a table of the page, with its exit codes there."""
    found: dict[str, set[int]] = {}
    lines = re.findall(r"^\| (?:\d+ \| )?((?:`\w+`(?:, )?)+) \| (\d+) \|", PAGE, re.MULTILINE)
    for ids, code in lines:
        for name in re.findall(r"\w+", ids):
            found.setdefault(name, set()).add(int(code))
    return found


def raised() -> set[str]:
    """Give each id that the program can decide by: in Malformed, Misused or a step left open."""
    found: set[str] = set()
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name, first = getattr(node.func, "id", ""), node.args[0]
            if name in {"Malformed", "Misused", "_unjudged"} and isinstance(first, ast.Constant):
                found.add(str(first.value))
            if name in {"unbase64", "read_id"} and isinstance(node.args[-1], ast.Constant):
                found.add(str(node.args[-1].value))
    text = "".join(path.read_text("utf-8") for path in ROOM.rglob("*.py"))
    return found | set(re.findall(r'id="verify\.(\w+)", held=None', text))


@pytest.mark.parametrize("heading", VERIFICATIONS)
def test_the_steps_are_those_of_the_docstring_and_of_the_code(heading: str) -> None:
    module, steps, which, vector = VERIFICATIONS[heading]
    (listed,) = numbered(SECTIONS[heading])
    assert numbered(module.__doc__ or "")[which] == listed
    comments = " ".join(re.findall(r"#(.*)", inspect.getsource(steps)))
    assert [int(one) for one in re.findall(r" (\d+)\. ", comments)] == [*range(1, len(listed) + 1)]
    code, _, verdict = answered(vector)
    assert verdict is not None
    assert (code, len(verdict.steps)) == (0, len(listed))


def test_every_condition_is_on_the_page_and_no_other() -> None:
    ids = {key.removeprefix("verify.") for key in catalogue("en") if key.startswith("verify.")}
    assert raised() <= ids
    assert conditions().keys() == raised() - NO_VERDICT.keys()


def test_every_condition_has_a_vector_and_its_exit_code() -> None:
    tried: dict[str, set[int]] = {}
    for folder in VECTORS:
        asked = expected_of(folder)
        decided = str(asked.get("decided_by", "")).removeprefix("verify.")
        tried.setdefault(decided, set()).add(int(str(asked["exit"])))
    assert tried.pop("") == {0}
    assert tried.keys() == conditions().keys() - NO_VECTOR.keys()
    # where the signer was not checked, a later condition may fail
    assert tried.pop("signer_unchecked") == {10, 14}
    stated = conditions()
    assert {name: codes for name, codes in tried.items() if codes != stated[name]} == {}


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    stated = [
        int(number.replace(",", "")) for number in re.findall(r"\| ([\d,]+)", SECTIONS["Bounds"])
    ]
    assert stated == [
        *(note.NOTE_BYTES_MAX, note.SIGNATURES_MAX, chains.KEYS_BYTES_MAX, export.LINE_BYTES_MAX),
        *(entry.BODY_BYTES_MAX, receipt.RECEIPT_BYTES_MAX, line_receipt.LINE_RECEIPT_BYTES_MAX),
        *(line_receipt.LEAF_BYTES_MAX, line_receipt.RAW_BYTES_MAX, line_receipt.VALUES_MAX),
        merkle.PATH_MAX,
    ]
    in_tables = {int(one.replace(",", "")) for one in re.findall(r"\d+(?:,\d{3})+", PAGE)}
    assert in_tables <= set(stated)


def test_the_example_on_the_page_is_what_the_program_says() -> None:
    _, _, verdict = answered(LEDGER / "key-change")
    assert verdict is not None
    shown = re.findall(r"^    (.*)$", SECTIONS["Worked example"], re.MULTILINE)
    asked = expected_of(LEDGER / "key-change")
    assert shown[0] == f"verify export --key {asked['key']}"
    said = [line for line in report(verdict, Speaker("en")) if line]
    assert shown[1:] == said[: len(shown) - 1]
    assert said[len(shown) - 2].startswith("VERDICT")
