"""Epoch: which month of custody something belongs to, and how long its keys live.  Pure.

An epoch is the UTC month of *receipt*, as the number YYYYMM.  The time written in a line never
chooses a key: a forged one would pick a month whose keys are gone, or one that never ends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from bailee.errors import UsageError

EPOCH_CHARS = len("2026-10")
_FIRST = 197001
_LAST = 999912


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizons:
    """Horizons: for how many months after an epoch's last day its keys live."""

    names_months: int = 12
    text_months: int = 36

    def __post_init__(self) -> None:
        if not 1 <= self.names_months <= self.text_months:
            # The other way round, identifiers would outlive the lines that they were found in.
            raise ValueError("names end no later than text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Where something received now goes: its epoch, and whether its identifiers may be kept."""

    epoch: int
    names: bool


def parse(text: str) -> int:
    """Read `YYYY-MM`; UsageError, without the text, when it is no month."""
    # ASCII first: `isdigit` and `int` take the digits of every script.
    year, dash, month = text.partition("-")
    if len(text) != EPOCH_CHARS or dash != "-" or not (year + month).isascii():
        raise UsageError("errors_vault.not-a-month")
    if not (year.isdigit() and month.isdigit()) or not is_epoch(int(year + month)):
        raise UsageError("errors_vault.not-a-month")
    return int(year + month)


def text_of(epoch: int) -> str:
    """Write an epoch as `YYYY-MM`."""
    return f"{epoch // 100:04d}-{epoch % 100:02d}"


def is_epoch(number: int) -> bool:
    """Return whether a number is YYYYMM."""
    return _FIRST <= number <= _LAST and 1 <= number % 100 <= 12  # noqa: PLR2004  # months


def plus_months(epoch: int, months: int) -> int:
    """Return the epoch that many months later, or earlier when negative."""
    count = epoch // 100 * 12 + epoch % 100 - 1 + months
    return count // 12 * 100 + count % 12 + 1


def oldest_live(current: int, months: int) -> int:
    """Return the oldest epoch whose keys live: the horizon counts from an epoch's last day."""
    return plus_months(current, -months)


def is_due(epoch: int, current: int, months: int) -> bool:
    """Return whether an epoch's keys have reached their horizon."""
    return epoch < oldest_live(current, months)


def ends_ms(epoch: int, months: int) -> int:
    """Return the moment from which an epoch's keys have reached their horizon."""
    first = plus_months(epoch, months + 1)
    return int(datetime(first // 100, first % 100, 1, tzinfo=UTC).timestamp()) * 1_000


def received(current: int, horizons: Horizons, declared: int | None = None) -> Received:
    """Return where something received now goes; imported history may declare an older month.

    Identifiers of a month whose horizon has passed are dropped at once.
    """
    named = current if declared is None else declared
    names = not is_due(named, current, horizons.names_months)
    # Held within the oldest month with living text and the current one: an older month has no key
    # any more, and one in the future would never come to its horizon.
    oldest = oldest_live(current, horizons.text_months)
    return Received(epoch=min(max(named, oldest), current), names=names)
