"""The evaluator is judged first: what it says of scanners whose quality is known."""

from collections.abc import Callable

import pytest
from tests.scan.labelled.evaluate import (
    USERNAME_TEN,
    Find,
    Judgement,
    audit,
    by_format,
    classes_of,
    judge_file,
    shown,
)
from tests.scan.labelled.markup import PARTS, UNREAD, Marked, files, strip

ANSWERS = {
    marked.data: [(at.start, at.end, at.kind) for at in marked.labels if not at.neutral]
    for half in PARTS
    for marked in files(half)
}


def judged(text: str, finds: list[Find]) -> Judgement:
    data, labels = strip(text)
    out = Judgement(half="dev")
    judge_file(Marked(name="dev_sshd", data=data, labels=labels), finds, out)
    return out


@pytest.mark.parametrize("half", PARTS)
def test_a_scanner_that_knows_the_labels_is_perfect(half: str) -> None:
    out = audit(half, lambda data: ANSWERS[data])
    classes = classes_of(half)
    assert {name: out.score(name).f1 for name in classes} == dict.fromkeys(classes, 1.0)
    assert {name for name, score in out.formats.items() if score.f1 != 1 or score.leak} == set()
    assert out.leak == 0
    assert out.sparse_per_thousand == 0
    assert out.misses == []


@pytest.mark.parametrize("half", PARTS)
def test_a_scanner_that_finds_nothing_leaks_all(half: str) -> None:
    out = audit(half, lambda _: [])
    classes = classes_of(half)
    assert {name: out.score(name).recall for name in classes} == dict.fromkeys(classes, 0.0)
    assert out.leak == 1


LINE = "de ⟦username|awa⟧ par ⟦ipv4|10.0.0.1⟧ ⟦?email|lot@bailee.example⟧ fin\n"
CASES: dict[str, tuple[list[Find], Callable[[Judgement], object], object]] = {
    "an address of another family is right": (
        [(11, 19, "ipv6")],
        lambda out: out.score("ip").exact,
        1,
    ),
    "a find one byte short is false but not far": (
        [(11, 18, "ipv4")],
        lambda out: (out.score("ip").f1, out.score("ip").lenient, out.score("ip").bytes_leaked),
        (0, 1, 1),
    ),
    "a find of another kind covers and is false": (
        [(3, 6, "person_name")],
        lambda out: (
            out.score("username").leak,
            out.score("username").recall,
            out.score("person_name").precision,
        ),
        (0, 0, 0),
    ),
    "a neutral value found counts for nothing": (
        [(20, 38, "email")],
        lambda out: (out.score("email").finds, len(out.misses)),
        (0, 2),
    ),
    "a neutral value does not excuse a find beyond it": (
        [(11, 38, "ipv4")],
        lambda out: (out.score("ip").finds, out.score("ip").exact),
        (1, 0),
    ),
    "a false phone on a line without phones is counted": (
        [(39, 42, "phone")],
        lambda out: (out.sparse_lines, dict(out.sparse_false)),
        (1, {"phone": 1}),
    ),
    "kinds nobody labelled are left aside": (
        [(39, 42, "geo")],
        lambda out: len(out.misses),
        2,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_counted(case: str) -> None:
    finds, look, expected = CASES[case]
    assert look(judged(LINE, finds)) == expected


def test_formats_are_laid_out_leakiest_first() -> None:
    data, labels = strip(LINE)
    out = Judgement(half="dev")
    judge_file(Marked(name="dev_sshd", data=data, labels=labels), [(3, 6, "username")], out)
    judge_file(Marked(name="dev_cron", data=data, labels=labels), [(3, 6, "mac")], out)
    judge_file(Marked(name="dev_dhcp", data=data, labels=labels), [], out)
    rows = [line.split() for line in by_format(out).splitlines()[1:]]
    assert [row[0] for row in rows] == ["dhcp", "cron", "sshd"]
    assert [row[-1] for row in rows] == ["0", "1", "0"]


@pytest.mark.parametrize(("log_type", "counted"), [("sshd", 1), ("squid", 0)])
def test_usernames_of_the_ten_formats_are_counted_apart(log_type: str, counted: int) -> None:
    data, labels = strip(LINE)
    out = Judgement(half="dev")
    judge_file(Marked(name=f"dev_{log_type}", data=data, labels=labels), [], out)
    assert out.score(USERNAME_TEN).labels == counted


@pytest.mark.parametrize("half", PARTS)
def test_misses_of_unread_parts_are_shown_to_nobody(half: str) -> None:
    out = Judgement(half=half, misses=["missed mac sshd: …", "false ip sshd: …"])
    each = 0 if half in UNREAD else 1
    assert len(shown(out)) == 2 * each
    assert len(shown(out, ["mac"])) == each
