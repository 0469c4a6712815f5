"""The scanner meets its goals on every part of the labelled sample, or says where it does not."""

import pytest
from tests.scan.labelled.evaluate import USERNAME_TEN, Judgement, judge, shown, table
from tests.scan.labelled.markup import BLIND, HALVES, files
from tests.scan.labelled.scanner import finds_of, system_accounts
from tests.scan.labelled.values import POOLS

GOALS = {
    "ip": 0.99,
    "email": 0.98,
    "mac": 0.99,
    "uuid": 0.99,
    "card": 0.98,
    "iban": 0.98,
    "phone": 0.95,
    "user_agent": 0.95,
    "session_id": 0.90,
    USERNAME_TEN: 0.90,
}
SPARSE_PER_THOUSAND = 1.0
SHORT = {
    ("heldout", "system"): "accounts without their flag",
    ("fresh", "ip"): "F1 below .99",
    ("fresh", "uuid"): "F1 below .99",
}
"""Goals not reached yet, as measured on 2026-11-23 while rules were still being written.

Take a goal out once it is reached; nothing is added.
"""

DOUBTFUL = frozenset({*POOLS["attacked"], *POOLS["services"], *POOLS["fresh_services"]})


@pytest.fixture(scope="module", params=HALVES)
def judgement(request: pytest.FixtureRequest) -> Judgement:
    out = judge(request.param, finds_of)
    print(table(out))  # noqa: T201 - the figures are the point of this test; shown with -s
    return out


def expect_short(request: pytest.FixtureRequest, half: str, name: str) -> None:
    """Mark a goal that is known to be missed."""
    if (half, name) in SHORT:
        request.node.add_marker(pytest.mark.xfail(reason=SHORT[half, name], strict=False))


@pytest.mark.parametrize("name", GOALS)
def test_f1_reaches_its_goal(
    request: pytest.FixtureRequest, judgement: Judgement, name: str
) -> None:
    expect_short(request, judgement.half, name)
    score = judgement.score(name)
    assert score.f1 >= GOALS[name], "\n".join(shown(judgement, [name.split(maxsplit=1)[0]]))


def test_sparse_lines_raise_next_to_no_false_number(
    request: pytest.FixtureRequest, judgement: Judgement
) -> None:
    expect_short(request, judgement.half, "sparse")
    assert judgement.sparse_per_thousand <= SPARSE_PER_THOUSAND, judgement.sparse_false


@pytest.mark.parametrize("half", HALVES)
def test_system_accounts_carry_their_flag_and_people_do_not(
    request: pytest.FixtureRequest, half: str
) -> None:
    expect_short(request, half, "system")
    wrong: list[str] = []
    counted = 0
    for marked in files(half):
        flagged = system_accounts(marked.data)
        found = {(start, end) for start, end, kind in finds_of(marked.data) if kind == "username"}
        for at in marked.labels:
            open_to_doubt = at.value in DOUBTFUL
            known = (at.start, at.end) in found and not open_to_doubt
            counted += known
            if known and ((at.start, at.end) in flagged) != (at.flag == "system"):
                wrong.append("*" if half == BLIND else at.value)
    assert len(wrong) <= counted / 100, wrong
