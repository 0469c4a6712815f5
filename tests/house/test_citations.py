"""What a page or a docstring names is there: files, folders, functions, tests, messages.

A name that leads nowhere costs its reader more than none.  Looked at are the pages for people, the
specification, the decisions, and every docstring and comment of `src`, `tests` and `benchmarks`.
"""

import ast
import builtins
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.house.source import ROOT, SOURCE

from bailee.text import catalogue

TOPS = ("src", "tests", "spec", "docs", "benchmarks", "changelog.d", "locale")
ROOTS = (ROOT, ROOT / "src", SOURCE, ROOT / "tests")
"""What a path may be counted from."""

WRITTEN = {
    "bailee.toml": "settings, in each home",
    "openings.jsonl": "in each export of a ledger",
    "bailee-verify.pyz": "built by `nox -s verifier`",
    "acks.jsonl": "beside a home that a test kills",
    "check.py": "given to a stranger by `python -m tests.conformance.port`",
}
"""Files that the program writes, and that therefore lie nowhere here."""

PATH = re.compile(
    r"(?<![\w/.@~*>-])((?:[\w.*<>{},-]+/)*[\w.*<>-]*\w\.(?:py|md|toml|txt|cedar|cedarschema|jsonl|pyz|go))"
    r"(?![\w/])(?:: ([A-Za-z_][\w.]*))?"
)
FOLDER = re.compile(rf"(?<![\w/.@~*>-])((?:{'|'.join(TOPS)})/(?:[\w.*<>-]+/?)*)(?![\w/])")
QUALIFIED = re.compile(r"`([A-Z][A-Za-z]*[a-z][A-Za-z]*)\.([a-z_]\w*)(?:\(\))?`")
HOUSED = re.compile(r"`([a-z_]+)\.([A-Z]\w*)`")
CALLED = re.compile(r"`([a-z_]\w*)\(\)`")
TEST = re.compile(r"\b(test_\w+)(?!\w*\.py)\b")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
MESSAGE = re.compile(r"`(errors_[a-z_]+\.[a-z0-9_-]+)`")


def documents() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "spec").glob("*.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))


def modules() -> Iterator[Path]:
    for top in ("src", "tests", "benchmarks"):
        yield from sorted((ROOT / top).rglob("*.py"))


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Give the lines that a module writes for its reader: docstrings and comments."""
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from enumerate(str(node.value.value).splitlines(), node.lineno)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def said(path: Path) -> Iterator[tuple[int, str]]:
    if path.suffix == ".py":
        yield from prose(path)
    else:
        text = re.sub(
            r"^```.*?^```", blanked, path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        yield from enumerate(text.splitlines(), 1)


def blanked(block: re.Match[str]) -> str:
    """Leave out what a page shows of a session: its files are the reader's."""
    return "\n" * block[0].count("\n")


def globbed(path: str) -> str:
    """Write a path with blanks (`<language>`, `*`) as a pattern."""
    return re.sub(r"<[^>]*>", "*", path).rstrip("/.")


@cache
def files() -> frozenset[str]:
    kept = (path for top in TOPS for path in (ROOT / top).rglob("*"))
    return frozenset(
        path.name for path in (*kept, *ROOT.glob("*"), *ROOT.glob(".*")) if path.is_file()
    )


def found(path: str, beside: Path) -> list[Path]:
    """Find what a path leads to, from the root, from `src/bailee`, or from where it is said."""
    pattern = globbed(path)
    tops = (*ROOTS, beside.parent, *beside.parents[1:3])
    return [hit for top in tops if top.is_relative_to(ROOT) for hit in top.glob(pattern)]


@cache
def definitions(path: Path) -> frozenset[str]:
    """Name what a module defines: classes, their methods behind a dot, functions, constants."""

    def within(body: list[ast.stmt], front: str) -> Iterator[str]:
        for node in body:
            if isinstance(node, ast.ClassDef):
                yield front + node.name
                yield from within(node.body, f"{front}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield front + node.name
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                parts = (part for target in targets for part in ast.walk(target))
                yield from (front + part.id for part in parts if isinstance(part, ast.Name))

    return frozenset(within(ast.parse(path.read_text("utf-8")).body, ""))


@cache
def defined() -> frozenset[str]:
    return frozenset().union(*map(definitions, modules()))


@cache
def last_parts() -> frozenset[str]:
    return frozenset(one.rpartition(".")[2] for one in defined())


def lost_paths(line: str, beside: Path) -> Iterator[str]:
    for path, name in PATH.findall(line):
        hits = found(path, beside)
        if Path(path).name in WRITTEN:
            continue
        if not hits and ("/" in path or path not in files()):
            yield path
        elif name and "`" in line and hits and not any(name in definitions(hit) for hit in hits):
            yield f"{path}: {name}"


def lost_folders(line: str, beside: Path) -> Iterator[str]:
    for path in FOLDER.findall(line):
        if not found(path, beside) and not found(path.rstrip("/.") + "*", beside):
            yield path


def lost_definitions(line: str, _: Path) -> Iterator[str]:
    for owner, name in QUALIFIED.findall(line):
        if not any(f".{one}".endswith(f".{owner}.{name}") for one in defined()):
            yield f"{owner}.{name}"
    for name in CALLED.findall(line):
        if not hasattr(builtins, name) and name not in last_parts():
            yield f"{name}()"


def lost_in_rooms(line: str, _: Path) -> Iterator[str]:
    for room, name in HOUSED.findall(line):
        homes = [path for path in modules() if room in (*path.parts, path.stem)]
        if homes and not any(name in definitions(path) for path in homes):
            yield f"{room}.{name}"


def lost_tests(line: str, _: Path) -> Iterator[str]:
    for name in TEST.findall(line):
        if name not in defined() and f"{name}.py" not in files():
            yield name


def lost_messages(line: str, _: Path) -> Iterator[str]:
    yield from (one for one in MESSAGE.findall(line) if one not in catalogue("en"))


FINDERS = (
    lost_paths,
    lost_folders,
    lost_definitions,
    lost_in_rooms,
    lost_tests,
    lost_messages,
)


def lost(line: str, beside: Path) -> list[str]:
    """Give each name in a line that leads nowhere."""
    return sorted({name for finder in FINDERS for name in finder(line, beside)})


@pytest.mark.parametrize("path", list(documents()), ids=lambda path: path.name)
def test_what_a_page_names_is_there(path: Path) -> None:
    assert [f"{number}: {name}" for number, line in said(path) for name in lost(line, path)] == []


def test_what_a_docstring_or_a_comment_names_is_there() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {name}"
        for path in modules()
        for number, line in said(path)
        for name in lost(line, path)
    ]
    assert wrong == []


NOWHERE = {
    "a test": "tests/house/test_" + "nothing.py tries each",
    "a page": "as spec/" + "nothing.md says",
    "a module of a room": "see `monitor/" + "nothing.py`",
    "a function of a module": "`monitor/service.py: Monitor." + "nothing` decides",
    "a method": "what `Monitor." + "nothing` does",
    "a class of a room": "`monitor." + "Nothing` is a value",
    "a function": "what `nothing_" + "at_all()` gives",
    "a test by name": "test_" + "nothing_of_the_kind says so",
    "a message": "`errors_monitor." + "nothing`",
    "a decision": "docs/decisions/" + "9999 says why",
    "a catalogue": "in `locale/<language>/" + "nothing.toml`",
}


@pytest.mark.parametrize("what", NOWHERE)
def test_each_kind_of_name_that_leads_nowhere_is_found(what: str) -> None:
    assert len(lost(NOWHERE[what], SOURCE / "limits.py")) == 1


THERE = (
    "tests/test_limits.py tries each",
    "`monitor/service.py: Monitor.authorize` decides",
    "docs/decisions/0003 says why",
    "in `locale/<language>/errors_seal.toml`, see `act.Denial`",
    "what `os.rename()` and `vars()` do",
)


@pytest.mark.parametrize("line", THERE)
def test_a_name_that_leads_somewhere_is_left_alone(line: str) -> None:
    assert lost(line, SOURCE / "limits.py") == []


def test_each_adversary_meets_a_test_or_is_said_to_get_it() -> None:
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    table = page.partition("## Against whom")[2].partition("\n## ")[0]
    head, _, *rows = [line for line in table.splitlines() if line.startswith("|")]
    for row in rows:
        _what, *cells = row.strip("|").split("|")
        assert row.count("|") == head.count("|"), row
        for cell in cells:
            told = cell.strip()
            assert told in ("no", "\N{EN DASH}") or (ROOT / told.strip("`")).is_file(), row


def test_each_decision_has_a_number_of_its_own() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(page.name.partition("-")[0]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    for page, number in zip(pages, numbers, strict=True):
        assert page.read_text("utf-8").startswith(f"# {number:04}: "), page.name
