"""spec/invariants.md: sixteen, each shown by tests that are there; and nobody cites another."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from tests.house.source import ROOT

PAGE = (ROOT / "spec" / "invariants.md").read_text("utf-8")
SECTIONS = re.findall(r"^## I(\d+) .+\n((?:(?!## ).*\n)*)", PAGE, re.MULTILINE)
SHOWN_BY = re.findall(r"^- Shown by `(.+?)::(.+?)`", PAGE, re.MULTILINE)

CITED = re.compile(r"invariants\.md (I\d+(?:(?:, | and )I\d+)*)")
BARE = re.compile(r"invariants? I\d")


def citing() -> list[Path]:
    """Return every page and module that could cite one."""
    places = [ROOT / "src", ROOT / "tests", ROOT / "spec", ROOT / "docs", ROOT / "benchmarks"]
    found = [*ROOT.glob("*.md")]
    for place in places:
        found += [path for path in place.rglob("*") if path.suffix in (".py", ".md")]
    return [path for path in found if path != Path(__file__)]


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_there_are_sixteen_in_order() -> None:
    assert [int(number) for number, _ in SECTIONS] == list(range(1, 17))


@pytest.mark.parametrize(("number", "text"), SECTIONS)
def test_each_is_shown_or_says_what_it_waits_for(number: str, text: str) -> None:
    assert re.search(r"^- (Shown by `|Not yet: )", text, re.MULTILINE), number


@pytest.mark.parametrize(("path", "name"), SHOWN_BY)
def test_each_is_shown_by_a_test_that_is_there(path: str, name: str) -> None:
    assert name in functions(path)


def test_each_citation_names_the_page_and_one_that_is_on_it() -> None:
    known = {f"I{number}" for number, _ in SECTIONS}
    wrong = {}
    for path in citing():
        text = path.read_text("utf-8")
        cited = {one for some in CITED.findall(text) for one in re.findall(r"I\d+", some)}
        bad = sorted(cited - known) + BARE.findall(text)
        if bad:
            wrong[str(path.relative_to(ROOT))] = bad
    assert wrong == {}
