"""What fails too often is not looked at: exact rules, by a clock that the test sets."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.accounts.test_tokens import INSIDE, OUTSIDE, SHIPPER, made, revokes
from tests.keyring.custody import HandClock
from tests.monitor.fixture import MonitorFixture, founded

from bailee import errors
from bailee.accounts.throttle import (
    ALLOWANCES,
    MARKS_REMEMBERED,
    MarkKind,
    Throttle,
    marks_of,
    site_of,
)
from bailee.accounts.token import SecretToken
from bailee.secret import Secret


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[MonitorFixture]:
    found = founded(tmp_path)
    found.actor(SHIPPER, "service")
    yield found
    found.close()


@pytest.mark.parametrize("kind", list(MarkKind))
def test_so_many_at_once_and_then_one_in_so_long(kind: MarkKind) -> None:
    clock = HandClock()
    throttle, marks = Throttle(clock), {kind: b"mark"}
    allowance = ALLOWANCES[kind]
    for _ in range(allowance.most):
        assert throttle.wait_s(marks) == 0
        throttle.failed(marks)
    assert throttle.wait_s(marks) == allowance.each_s
    clock.running_s += allowance.each_s / 2
    assert throttle.wait_s(marks) == allowance.each_s / 2
    clock.running_s += allowance.each_s / 2
    assert throttle.wait_s(marks) == 0
    throttle.failed(marks)
    assert throttle.wait_s(marks) == allowance.each_s
    clock.running_s += allowance.each_s * allowance.most
    for _ in range(allowance.most):
        assert throttle.wait_s(marks) == 0
        throttle.failed(marks)
    assert throttle.wait_s(marks) == allowance.each_s


def test_looking_counts_nothing_and_marks_are_apart() -> None:
    throttle = Throttle(HandClock())
    full = {MarkKind.SPELLING: b"one"}
    for _ in range(ALLOWANCES[MarkKind.SPELLING].most):
        throttle.failed(full)
    for _ in range(1_000):
        assert throttle.wait_s({MarkKind.SPELLING: b"two"}) == 0
        assert throttle.wait_s({MarkKind.ADDRESS: b"one"}) == 0
    assert throttle.wait_s(full | {MarkKind.ADDRESS: b"two"}) > 0


def test_memory_is_bounded_and_what_failed_longest_ago_goes_first() -> None:
    throttle = Throttle(HandClock())
    for number in range(3 * MARKS_REMEMBERED):
        mark = number.to_bytes(8, "big")
        throttle.failed(dict.fromkeys(MarkKind, mark))
        assert throttle.remembered() <= len(MarkKind) * MARKS_REMEMBERED
    assert throttle.remembered() == len(MarkKind) * MARKS_REMEMBERED
    last = {MarkKind.SPELLING: mark}
    for _ in range(ALLOWANCES[MarkKind.SPELLING].most - 1):
        throttle.failed(last)
    assert throttle.wait_s(last) > 0


SPELLINGS = {
    "192.0.2.7": "192.0.2.7",
    "::ffff:192.0.2.7": "192.0.2.7",
    "2001:db8:1:2::1": "2001:db8:1:2::",
    "2001:DB8:1:2:0:0:0:9": "2001:db8:1:2::",
    "2001:db8:1:3::1": "2001:db8:1:3::",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_one_host_is_one_however_its_address_is_written(text: str) -> None:
    assert str(site_of(ip_address(text))) == SPELLINGS[text]


def test_the_same_text_is_looked_at_five_times_from_wherever(fixture: MonitorFixture) -> None:
    token = made(fixture)
    revokes(fixture, token)
    addresses = (ip_address(f"198.51.100.{number}") for number in range(20))
    for _ in range(ALLOWANCES[MarkKind.SPELLING].most):
        assert fixture.admission.principal_of_token(Secret(token.secret), next(addresses)) is None
    with pytest.raises(errors.Throttled) as throttled:
        fixture.admission.principal_of_token(Secret(token.secret), next(addresses))
    assert throttled.value.facts == {"seconds": 10}


def test_an_address_that_guesses_is_not_looked_at_and_others_are(fixture: MonitorFixture) -> None:
    token = made(fixture)
    for _ in range(ALLOWANCES[MarkKind.ADDRESS].most):
        shown = SecretToken.draw().written()
        assert fixture.admission.principal_of_token(shown, OUTSIDE) is None
    with pytest.raises(errors.Throttled):
        fixture.admission.principal_of_token(Secret(token.secret), OUTSIDE)
    assert fixture.admission.principal_of_token(Secret(token.secret), INSIDE) is not None
    fixture.clock.running_s += ALLOWANCES[MarkKind.ADDRESS].each_s
    assert fixture.admission.principal_of_token(Secret(token.secret), OUTSIDE) is not None


def test_guesses_at_one_token_are_counted_from_wherever(fixture: MonitorFixture) -> None:
    token = made(fixture)
    for number in range(ALLOWANCES[MarkKind.TOKEN].most):
        guess = replace(SecretToken.draw(), id=token.token).written()
        address = ip_address(f"2001:db8:0:{number:x}::1")
        assert fixture.admission.principal_of_token(guess, address) is None
    with pytest.raises(errors.Throttled):
        fixture.admission.principal_of_token(Secret(token.secret), INSIDE)
    fixture.clock.running_s += ALLOWANCES[MarkKind.TOKEN].each_s
    assert fixture.admission.principal_of_token(Secret(token.secret), INSIDE) is not None


def test_what_succeeds_counts_nothing(fixture: MonitorFixture) -> None:
    token = made(fixture)
    for _ in range(2 * ALLOWANCES[MarkKind.TOKEN].most):
        assert fixture.admission.principal_of_token(Secret(token.secret), INSIDE) is not None


def test_what_is_no_token_has_no_id_to_count_under(fixture: MonitorFixture) -> None:
    token = made(fixture)
    for number in range(ALLOWANCES[MarkKind.TOKEN].most):
        address = ip_address(f"2001:db8:0:{number:x}::1")
        assert fixture.admission.principal_of_token(Secret(f"{number}"), address) is None
    assert fixture.admission.principal_of_token(Secret(token.secret), INSIDE) is not None
    assert set(marks_of("x", None, None)) == {MarkKind.SPELLING}


def test_the_wall_clock_forgets_nothing(fixture: MonitorFixture) -> None:
    shown = SecretToken.draw().written()
    for _ in range(ALLOWANCES[MarkKind.SPELLING].most):
        fixture.admission.principal_of_token(shown, INSIDE)
    fixture.clock.set_ahead(86_400_000)
    with pytest.raises(errors.Throttled):
        fixture.admission.principal_of_token(shown, INSIDE)
