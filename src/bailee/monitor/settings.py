"""Settings: what a home is set to, as the provider's log has it; what became weaker is named there.

Whoever may write the file of settings may make a deletion final later, or have a backup fewer,
within bounds that no program can call wrong.  So what is set is recorded before the first act
under it, with what it was before; that comes from the log, as far as rows were compared with it.
spec/ledger.md, docs/decisions/0021
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from bailee import errors
from bailee.clock import Clock
from bailee.ids import ClientId
from bailee.keyring.port import Macs
from bailee.ledger.model import EntryDraft, EntryShown, Recorded
from bailee.ledger.vocabulary import SETTING_CHANGE
from bailee.monitor.guard import Guard
from bailee.monitor.power import SettingRow
from bailee.work import Tx

WAS, WEAKER = "was.", "weaker."
_HELD = "held"
_NAMED = 16
"""Of a digest in a field's name, which has no room for more: 64 bits, under a key."""


class Weaker(StrEnum):
    """Weaker: which change of a setting makes weaker what rests on it."""

    MORE = "more"
    """A greater number: what it delays happens later."""
    FEWER = "fewer"
    """One of its places less, also where another took its place."""
    OTHER = "other"
    """Any change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetValue:
    """Set value: one setting: a number, or keyed digests of what may say who or where."""

    key: str
    weaker: Weaker
    number: int | None = None
    digests: tuple[str, ...] = ()

    def words(self) -> Sequence[str]:
        """Write it as `name=word`; of several places their number, and each by its digest."""
        if self.number is not None:
            return (f"{self.key}={self.number}",)
        if self.weaker is Weaker.OTHER:
            return tuple(f"{self.key}={digest}" for digest in self.digests)
        each = (f"{self.key}.{digest[:_NAMED]}={_HELD}" for digest in sorted(self.digests))
        return (f"{self.key}={len(self.digests)}", *each)


def is_weaker(way: str, key: str, was: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Tell whether a setting is weaker than it was; no when either does not have it."""
    # A version that brings a setting, or drops one, weakens nothing that anybody chose.
    if key not in was or key not in now:
        return False
    if way == Weaker.MORE:
        return int(now[key]) > int(was[key])
    if way == Weaker.FEWER:
        return bool(_places(key, was) - _places(key, now))
    return was[key] != now[key]


def of_key(key: str, words: Mapping[str, str]) -> Mapping[str, str]:
    """Return what words say of one setting."""
    return {name: word for name, word in words.items() if name == key or _is_place(key, name)}


def _places(key: str, words: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name in words if _is_place(key, name))


def _is_place(key: str, name: str) -> bool:
    return name.startswith(f"{key}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakerSetting:
    """Weaker setting: one that is weaker than it was before the entry at `index` changed it."""

    index: int
    key: str
    was: str
    now: str


class SettingHistory:
    """Setting history: made of the entries that record settings, in the order of the ledger."""

    def __init__(self) -> None:
        self._changes: list[tuple[int, str, str, Mapping[str, str]]] = []
        self._now: Mapping[str, str] = {}

    def take(self, entry: EntryShown) -> None:
        """Take the next entry."""
        body = entry.body
        was = _without(WAS, body)
        self._changes += [
            (entry.index, key, way, was) for key, way in _without(WEAKER, body).items()
        ]
        self._now = body

    def weaker(self) -> Sequence[WeakerSetting]:
        """Return each setting that is weaker than before a change of it, by the first of those."""
        first: dict[str, WeakerSetting] = {}
        for index, key, way, was in self._changes:
            # Against what is set now, not what was set by that change: half a way back is no way
            # back, and all of it is.
            if key not in first and is_weaker(way, key, was, self._now):
                first[key] = WeakerSetting(index=index, key=key, was=was[key], now=self._now[key])
        return tuple(first.values())


def _without(front: str, body: Mapping[str, str]) -> Mapping[str, str]:
    return {name.removeprefix(front): word for name, word in body.items() if name.startswith(front)}


class SettingRows(Protocol):
    """Setting rows: what a home's settings were when they were recorded."""

    def get(self, tx: Tx, provider: ClientId) -> SettingRow | None:
        """Return the row; None in a home whose settings were never recorded."""

    def put(self, tx: Tx, row: SettingRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that is gone."""


class SettingLedger(Protocol):
    """Setting ledger: the part of the ledger that records settings."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append an entry; it is recorded when the unit of work around it is durable."""


class SettingKeeper:
    """Setting keeper: records what a process was started with, where that is not recorded yet."""

    def __init__(
        self,
        *,
        rows: SettingRows,
        keys: Macs,
        ledger: SettingLedger,
        guard: Guard,
        clock: Clock,
        provider: Callable[[], ClientId],
        values: Callable[[], Sequence[SetValue]],
    ) -> None:
        """Take the parts; `values` are what the process was started with."""
        self._rows = rows
        self._keys = keys
        self._ledger = ledger
        self._guard = guard
        self._clock = clock
        self._provider = provider
        self._values = values
        # Valid for the life of the process: it reads its settings once.
        self._recorded = False

    def record(self) -> None:
        """Record them unless they are; only on rows that were just compared with the log.

        CannotRecord when that is not durable: under settings that nobody can look up, nothing is
        done.  Damaged when the row is forged.
        """
        if self._recorded:
            return
        # An older row, once genuine, would tell of a change that never was, and hide the one that
        # is; so whoever comes here has compared it with the log.
        self._guard.change(self._record)
        self._recorded = True

    def begin(self, tx: Tx) -> None:
        """Record them where there is no row yet: at the founding."""
        self._record(tx)

    def _record(self, tx: Tx) -> None:
        before = self._rows.get(tx, self._provider())
        if before is not None and not before.verifies(self._keys):
            raise errors.Damaged("errors_home.settings-row")
        values = self._values()
        held = tuple(sorted(word for one in values for word in one.words()))
        if before is not None and before.held == held:
            return
        self._put(tx, before, held, values)

    def _put(
        self, tx: Tx, before: SettingRow | None, held: tuple[str, ...], values: Sequence[SetValue]
    ) -> None:
        was = _read(() if before is None else before.held)
        now = _read(held)
        changed = [one for one in values if of_key(one.key, was) != of_key(one.key, now)]
        weaker = [one for one in changed if is_weaker(one.weaker, one.key, was, now)]
        row = SettingRow(
            provider=self._provider(),
            held=held,
            was=_written([pair for one in changed for pair in of_key(one.key, was).items()]),
            weaker=_written([(one.key, one.weaker) for one in weaker]),
            version=1 if before is None else before.version + 1,
            log_index=0,
        )
        draft = EntryDraft(kind=SETTING_CHANGE, body=row.projected(), t_ms=self._clock.now_ms())
        recorded = self._ledger.append(tx, row.provider, draft)
        self._rows.put(tx, replace(row, log_index=recorded.index).vouched(self._keys))


def _read(words: Sequence[str]) -> Mapping[str, str]:
    parts = (word.partition("=") for word in words)
    return {name: word for name, _, word in parts}


def _written(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{name}={word}" for name, word in pairs))
