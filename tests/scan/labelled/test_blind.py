"""The part `blind` is well formed, of many formats, and out of the sight of who writes rules."""

import re
import tomllib
from collections import Counter

from tests.scan.labelled.generate import HEAD, templates
from tests.scan.labelled.markup import BLIND, FOLDER, HALVES, Marked, files
from tests.scan.labelled.values import luhn

LINES = 1_000
FORMATS = 40
TEMPLATES = FOLDER / "templates" / BLIND
PART = {marked.log_type: marked for marked in files(BLIND)}
ATTRIBUTES = (FOLDER / ".gitattributes").read_text("utf-8")
README = (FOLDER / "README.md").read_text("utf-8")


def labelled_lines(marked: Marked) -> list[int]:
    return sorted({marked.data.count(b"\n", 0, at.start) for at in marked.labels})


def values(kind: str) -> list[str]:
    return [at.value for marked in PART.values() for at in marked.labels if at.kind == kind]


def test_there_are_a_thousand_labelled_lines_of_forty_formats() -> None:
    assert sum(len(labelled_lines(marked)) for marked in PART.values()) >= LINES
    assert len(PART) >= FORMATS


def test_its_formats_are_of_this_part_alone() -> None:
    older = {marked.log_type for half in HALVES for marked in files(half)}
    assert set(PART) & older == set()


def test_labels_are_ordered_apart_and_where_their_text_is() -> None:
    for name, marked in PART.items():
        marked.data.decode()
        at = 0
        for label in marked.labels:
            assert at <= label.start < label.end <= len(marked.data), (name, label.value)
            assert marked.data[label.start : label.end].decode() == label.value, name
            assert label.value == label.value.strip(), (name, label.value)
            assert label.value.splitlines() == [label.value], name
            at = label.end


def test_no_labelled_line_occurs_twice() -> None:
    constant = {
        part.replace("␉", "\t")
        for name in PART
        for record in templates(BLIND, name)
        for part in record.split("␊")
        if "«" not in part
    }
    counts = Counter(
        line
        for path in FOLDER.glob(f"{BLIND}_*.txt")
        for line in path.read_text("utf-8").split("\n")
        if "⟦" in line and line not in constant
    )
    assert [line for line, count in counts.items() if count > 1] == []


def test_each_format_says_where_its_shape_is_documented() -> None:
    groups = tomllib.loads((TEMPLATES / "sources.toml").read_text("utf-8"))
    documented = {name: where for group in groups.values() for name, where in group.items()}
    assert set(documented) == set(PART) == {path.stem for path in TEMPLATES.glob("*.txt")}
    assert min(len(where) for where in documented.values()) > 10


def test_the_head_of_a_log_of_columns_stands_first() -> None:
    for name, marked in PART.items():
        heads = [line[len(HEAD) :] for line in templates(BLIND, name) if line.startswith(HEAD)]
        first = marked.data.decode().split("\n")[: len(heads)]
        for head, line in zip(heads, first, strict=True):
            assert line.startswith(head.split("«")[0].replace("␉", "\t")), name


def test_a_row_has_the_columns_that_its_head_names() -> None:
    for name, marked in PART.items():
        lines = marked.data.decode().split("\n")[:-1]
        head = next((line for line in lines if line.startswith("#fields\t")), None)
        if head:
            columns = head.count("\t")
            rows = [line for line in lines if not line.startswith("#")]
            assert {(name, row.count("\t") + 1) for row in rows} == {(name, columns)}


def test_national_and_device_numbers_have_their_check_digits() -> None:
    numbers = [re.sub(r"[ .-]", "", value) for value in values("national_id")]
    french = [number for number in numbers if re.fullmatch(r"[12]\d{5}[\dAB]\d{8}", number)]
    ours = [number for number in french if int(number[3:5]) <= 12]
    assert len(ours) >= 15
    wrong = [
        number
        for number in ours
        if int(number[:13].replace("2A", "19")) % 97 + int(number[13:]) != 97
    ]
    assert wrong == []
    assert all(
        luhn(value) for value in values("device_id") if re.fullmatch(r"(35|86)\d{13}", value)
    )


def test_rule_writers_are_told_not_to_read_it_and_git_shows_none_of_it() -> None:
    assert f"`{BLIND}_<type>.txt`" in README
    for pattern in (f"{BLIND}_*.txt -diff", f"templates/{BLIND}/*.txt -diff"):
        assert pattern in ATTRIBUTES.splitlines()
