"""Which month: rules as tables."""

import pytest

from bailee import errors
from bailee.clock import epoch_of
from bailee.vault.epoch import (
    Horizons,
    Received,
    is_due,
    oldest_live,
    parse,
    plus_months,
    received,
    text_of,
)

MOMENTS = {
    "the first millisecond of 1970": (0, 197001),
    "the last millisecond of a year": (1_798_761_599_999, 202612),
    "the first millisecond of the next": (1_798_761_600_000, 202701),
    "the last of February in a leap year": (1_709_251_199_999, 202402),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_month_is_that_of_utc(moment: str) -> None:
    time_ms, epoch = MOMENTS[moment]
    assert epoch_of(time_ms) == epoch


@pytest.mark.parametrize("text", ["2026-10", "1970-01", "9999-12"])
def test_a_month_is_read_and_written(text: str) -> None:
    assert text_of(parse(text)) == text


NO_MONTH = ["", "2026", "202610", "2026-13", "2026-00", "2026-1", "1969-12", "2026/10", "²026-10"]


@pytest.mark.parametrize("text", [*NO_MONTH, "2026-10-01", "-026-10"])
def test_what_is_no_month_is_refused_unrepeated(text: str) -> None:
    with pytest.raises(errors.UsageError) as refused:
        parse(text)
    assert refused.value.facts == {}


SUMS = {(202610, 0): 202610, (202610, 3): 202701, (202601, -1): 202512, (202612, -24): 202412}


@pytest.mark.parametrize(("epoch", "months"), SUMS)
def test_months_are_counted_over_years(epoch: int, months: int) -> None:
    assert plus_months(epoch, months) == SUMS[epoch, months]
    assert plus_months(SUMS[epoch, months], -months) == epoch


def test_the_horizon_counts_from_an_epochs_last_day() -> None:
    # January 2026 ends on the 31st; twelve months later is the 31st of January 2027.
    assert not is_due(202601, 202701, 12)
    assert is_due(202601, 202702, 12)
    assert oldest_live(202702, 12) == 202602


HORIZONS = Horizons(names_months=12, text_months=36)
RECEIVED = {
    "nothing declared goes to the current month": (None, 202610, True),
    "a month within both horizons is taken": (202605, 202605, True),
    "the oldest month of names keeps its names": (202510, 202510, True),
    "one older keeps its text and drops its names": (202509, 202509, False),
    "the oldest month of text is taken": (202310, 202310, False),
    "one older is held at the oldest with text": (202309, 202310, False),
    "a month long gone is held there as well": (197001, 202310, False),
    "a month to come is held at the current one": (209901, 202610, True),
}


@pytest.mark.parametrize("rule", RECEIVED)
def test_a_declared_month_is_held_within_what_lives(rule: str) -> None:
    declared, epoch, names = RECEIVED[rule]
    assert received(202610, HORIZONS, declared) == Received(epoch=epoch, names=names)


@pytest.mark.parametrize(("names", "text"), [(0, 12), (13, 12), (-1, -1)])
def test_names_end_no_later_than_text(names: int, text: int) -> None:
    with pytest.raises(ValueError, match="names end"):
        Horizons(names_months=names, text_months=text)
