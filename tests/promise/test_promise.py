"""How far each sentence is enforced is computed: take a part away, and it turns."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bailee.act import ACTS
from bailee.policy import Policies
from bailee.policy.service import shipped_policies
from bailee.promise import Kept, Status, report, sentences
from bailee.promise.model import Demand
from bailee.promise.service import PACKAGE, TREE
from bailee.text import catalogue

SPEC = TREE / "spec" / "promise.md"
POLICIES = Policies()
NOW = {kept.sentence: kept for kept in report(POLICIES)}
DEMANDS = [demand for sentence in sentences() for demand in sentence.demands]
MET = [demand for demand in DEMANDS if any(demand.id in kept.met for kept in NOW.values())]


def of(demand: Demand, rows: tuple[Kept, ...]) -> Kept:
    return next(kept for kept in rows if demand.id in (*kept.met, *kept.missing))


def test_the_sentences_are_those_of_the_design_in_order() -> None:
    assert [sentence.id for sentence in sentences()] == [
        *("P1", "P2a", "P2b", "P3a", "P3b", "P3c", "P3d", "P4", "P5a", "P5b", "P6", "P7"),
    ]


STANDING = {
    "P1": "partly",
    "P2a": "not yet",
    "P2b": "not yet",
    "P3a": "enforced",
    "P3b": "not yet",
    "P3c": "not yet",
    "P3d": "not yet",
    "P4": "not yet",
    "P5a": "enforced",
    "P5b": "partly",
    "P6": "not yet",
    "P7": "partly",
}


def test_where_the_promise_stands() -> None:
    assert {name: str(kept.status) for name, kept in NOW.items()} == STANDING


def test_a_kept_sentence_names_what_carries_it_out() -> None:
    for kept in NOW.values():
        if kept.status is Status.NOT_YET:
            assert not any((kept.met, kept.acts, kept.tests, kept.evidence))
            continue
        assert kept.policies
        assert kept.tests
        assert kept.evidence


def test_the_page_the_catalogues_and_the_data_say_the_same() -> None:
    page = SPEC.read_text("utf-8")
    english = catalogue("en")
    for sentence in sentences():
        words = english[f"promise.sentence.{sentence.id}"]
        assert f"## {sentence.id}\n\n{words[0].upper()}{words[1:]}.\n" in page
        assert f"promise.sentence.{sentence.id}" in catalogue("fr")
    for demand in DEMANDS:
        assert f"- `{demand.id}`: {english[f'promise.demand.{demand.id}']}\n" in page
        assert f"promise.demand.{demand.id}" in catalogue("fr")
    assert page.count("\n- `") == len(DEMANDS)


def test_every_policy_serves_a_sentence_that_exists() -> None:
    known = {sentence.id for sentence in sentences()}
    assert {one.sentence for one in POLICIES.statements.values()} <= known


def test_evidence_that_is_a_file_is_there() -> None:
    for kept in NOW.values():
        for evidence in kept.evidence:
            if not evidence.startswith("bailee "):
                assert (TREE / evidence).is_file(), evidence


# --- take a part away ----------------------------------------------------------------------


def without_policy(name: str) -> Policies:
    """Load the policies but one."""
    text = re.sub(r"//[^\n]*", "", shipped_policies())
    kept = [one for one in text.split("@id") if not one.startswith(f'("{name}")')]
    return Policies("@id".join(kept))


def removals() -> Iterator[tuple[str, Demand, str]]:
    for demand in MET:
        for field in ("acts", "policies", "parts", "tests"):
            for thing in getattr(demand, field):
                yield field, demand, thing


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out empty files where the parts and tests are: their being there is what counts."""
    root = tmp_path_factory.mktemp("mirror")
    for demand in MET:
        for part in demand.parts:
            touch(root / "package" / part)
        for pattern in demand.tests:
            for found in TREE.glob(pattern):
                touch(root / "tree" / found.relative_to(TREE))
    return root


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_the_mirror_reads_like_the_house(mirror: Path) -> None:
    assert report(POLICIES, package=mirror / "package", tree=mirror / "tree") == tuple(NOW.values())


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("field", "demand", "thing"),
    list(removals()),
    ids=lambda value: value if isinstance(value, str) else value.id,
)
def test_without_a_part_the_demand_is_missing(
    mirror: Path, field: str, demand: Demand, thing: str
) -> None:
    policies = without_policy(thing) if field == "policies" else POLICIES
    acts = {name: act for name, act in ACTS.items() if (field, name) != ("acts", thing)}
    gone = [mirror / "package" / thing] if field == "parts" else []
    if field == "tests":
        gone = list((mirror / "tree").glob(thing))
        assert gone
    for path in gone:
        path.unlink()
    try:
        rows = report(policies, acts=acts, package=mirror / "package", tree=mirror / "tree")
    finally:
        for path in gone:
            path.touch()
    turned = of(demand, rows)
    assert demand.id in turned.missing
    assert turned.status is not Status.ENFORCED


def test_an_act_that_no_policy_permits_keeps_nothing() -> None:
    permits = without_policy("p7-objects-served")
    rows = {kept.sentence: kept for kept in report(permits)}
    assert "P7.kept" in rows["P7"].missing


def test_a_sentence_without_any_part_is_not_yet(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    rows = report(without_policy("p3a-no-disclosure"), package=tmp_path, tree=tmp_path)
    assert {kept.status for kept in rows} == {Status.NOT_YET}


def test_where_tests_did_not_ship_that_is_said(tmp_path: Path) -> None:
    rows = report(POLICIES, package=PACKAGE, tree=tmp_path)
    assert {kept.tests for kept in rows} == {None}
