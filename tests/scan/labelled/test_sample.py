"""The sample itself: big, varied, honest, and the same bytes each time it is drawn."""

import re
from collections import Counter
from itertools import combinations

import phonenumbers
import pytest
from tests.scan.labelled.browsers import SHAPES
from tests.scan.labelled.evaluate import TEN_FORMATS, audit
from tests.scan.labelled.generate import lines, templates
from tests.scan.labelled.markup import FOLDER, HALVES, PARTS, files, kinds_of, mark, strip
from tests.scan.labelled.values import POOLS, luhn, mod97

LABELS = [
    (half, marked, label) for half in PARTS for marked in files(half) for label in marked.labels
]
OLD_IVORIAN = re.compile(r"\+225 ?\d\d(?: ?\d\d){3}")
FRESH = "fresh"
FORBIDDEN_ALIKE = ("email", "username", "person_name", "user_agent", "client_host")


def values_of(kind: str, half: str | None = None) -> list[str]:
    return [label.value for at, _, label in LABELS if label.kind == kind and half in {None, at}]


def types_of(half: str) -> set[str]:
    return {path.stem for path in (FOLDER / "templates" / half).glob("*.txt")}


def test_there_are_many_lines_of_many_types() -> None:
    count = sum(marked.data.count(b"\n") for half in HALVES for marked in files(half))
    assert count >= 1_500
    assert len(types_of("dev")) >= 20


def test_dev_and_heldout_hold_the_same_types() -> None:
    assert types_of("dev") == types_of("heldout")


def test_the_fresh_part_is_large_and_holds_the_ten_formats() -> None:
    marked = list(files(FRESH))
    assert sum(at.data.count(b"\n") for at in marked) >= 1_300
    assert sum(len(templates(FRESH, name)) for name in types_of(FRESH)) >= 220
    assert len(types_of(FRESH)) >= 22
    assert types_of(FRESH) >= TEN_FORMATS
    assert audit(FRESH, lambda _: []).sparse_lines >= 1_000


def test_templates_are_many_and_no_part_has_one_of_another() -> None:
    parts = [{line for name in types_of(half) for line in templates(half, name)} for half in PARTS]
    assert len(set().union(*parts)) >= 300
    assert not any(one & other for one, other in combinations(parts, 2))


@pytest.mark.parametrize("name", ["companies", "services", "servers", "providers", "first", "last"])
def test_the_parts_that_nobody_reads_have_their_own_words(name: str) -> None:
    lists = [set(POOLS[f"{front}{name}"]) for front in ("", "fresh_", "blind_")]
    assert not any(one & other for one, other in combinations(lists, 2))


def test_browsers_have_a_shape_in_one_part_only() -> None:
    assert not any(set(SHAPES[a]) & set(SHAPES[b]) for a, b in combinations(PARTS, 2))


@pytest.mark.parametrize("half", HALVES)
def test_no_line_occurs_twice(half: str) -> None:
    counts = Counter(line for marked in files(half) for line in marked.data.split(b"\n") if line)
    assert [line for line, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("half", PARTS)
def test_every_kind_occurs_often_enough_to_be_judged(half: str) -> None:
    counts = Counter(label.kind for at, _, label in LABELS if at == half and not label.neutral)
    assert {kind: counts[kind] for kind in kinds_of(half) if counts[kind] < 30} == {}


@pytest.mark.parametrize("half", PARTS)
def test_committed_files_are_what_the_templates_draw(half: str) -> None:
    for name in types_of(half):
        drawn = "".join(line + "\n" for line in lines(half, name))
        assert (FOLDER / f"{half}_{name}.txt").read_bytes().decode() == drawn, name


@pytest.mark.parametrize("half", PARTS)
def test_markup_goes_off_and_on_again(half: str) -> None:
    for path in FOLDER.glob(f"{half}_*.txt"):
        text = path.read_bytes().decode()
        data, labels = strip(text)
        assert mark(data, labels) == text
        assert "⟦" not in set(data.decode()), path.name
        assert all(data[at.start : at.end].decode() == at.value for at in labels)


def test_kinds_and_flags_are_the_known_ones() -> None:
    for half in PARTS:
        assert {label.kind for at, _, label in LABELS if at == half} <= set(kinds_of(half))
    assert {label.flag for _, _, label in LABELS} <= {"", "system"}


@pytest.mark.parametrize("half", PARTS)
def test_neutral_labels_are_few(half: str) -> None:
    labels = [label for at, _, label in LABELS if at == half]
    assert sum(label.neutral for label in labels) / len(labels) < 0.02


def test_cards_pass_luhn_and_ibans_mod_97() -> None:
    assert all(luhn(re.sub(r"\D", "", value)) for value in values_of("card"))
    assert all(mod97(re.sub(r"\W", "", value)) for value in values_of("iban"))


def test_no_unlabelled_number_could_pass_for_a_card() -> None:
    for half in PARTS:
        for path in FOLDER.glob(f"{half}_*.txt"):
            rest = re.sub("⟦[^⟧]*⟧", "⟦⟧", path.read_bytes().decode())
            for found in re.finditer(r"(?<![\w.-])[3456](?:[ -]?\d){12,18}(?![\w-])", rest):
                assert not luhn(re.sub("[ -]", "", found[0])), (path.name, found[0])


def test_international_telephone_numbers_are_valid() -> None:
    for value in values_of("phone"):
        if value.startswith("+") and "(0)" not in value and not OLD_IVORIAN.fullmatch(value):
            number = phonenumbers.parse(re.sub(r"\D", "", value).join(("+", "")))
            assert phonenumbers.is_valid_number(number), value


@pytest.mark.parametrize("kind", FORBIDDEN_ALIKE)
@pytest.mark.parametrize(("one", "other"), list(combinations(PARTS, 2)))
def test_parts_share_few_values(kind: str, one: str, other: str) -> None:
    ours, theirs = set(values_of(kind, one)), set(values_of(kind, other))
    shared = {value for value in ours & theirs if value.isascii()}
    assert len(shared) / len(theirs) < 0.25, len(shared)
