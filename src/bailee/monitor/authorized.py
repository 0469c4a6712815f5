"""Authorized: an act under way: what its entry permits, and the outcome recorded however it ends.

An act with an effect records its outcome in the effect's own transaction, by `record`.  One that
only reads leaves its facts here, and they are recorded as `done` when it ends well.  One that
streams hands its chunks to `streamed`: the outcome follows the last, and a reader that goes away
leaves `failed`.  Of both nobody waits until it is durable (docs/decisions/0026).  An act that
breaks is recorded as `failed`, or `unknown` when nobody knows.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

from bailee import errors
from bailee.act import Facts, Principal
from bailee.grant import Grant
from bailee.ids import ClientId, EntryId
from bailee.ledger.model import Recorded
from bailee.monitor.approval import Approvals, Consent, Matter, Timing
from bailee.monitor.power import ApprovalRow
from bailee.work import Tx, Work

T = TypeVar("T")

DONE, FAILED, UNKNOWN = "done", "failed", "unknown"
WAITING = "waiting"
"""Of an act that was asked for, and that somebody else has to agree to."""
Counted = Callable[[], Mapping[str, str]]


class Outcomes(Protocol):
    """Outcomes: the part of the monitor that records what became of an act."""

    def outcome(
        self,
        tx: Tx,
        client: ClientId,
        of: EntryId,
        result: str,
        *,
        body: Mapping[str, str] | None = None,
        subject: Mapping[str, str] | None = None,
    ) -> Recorded:
        """Append the outcome of an entry to the same ledger."""


class Authorized:
    """Authorized: an act that was decided on, recorded and granted; a context to do it in."""

    def __init__(
        self,
        *,
        work: Work,
        outcomes: Outcomes,
        grant: Grant,
        who: Principal | None = None,
        approvals: Approvals | None = None,
        recorded: bool = True,
    ) -> None:
        self.grant: Final = grant
        self.recorded: Final = recorded
        """False of a home that takes no writes: its grant opens nothing, and nothing says of it."""
        self.client: Final = grant.client
        self.facts: dict[str, str] = {}
        """Facts that the outcome records when a reading act ends well; never personal."""
        self._work = work
        self._outcomes = outcomes
        self._who = who
        self._approvals = approvals
        # Whether the act, of which the policies ask two people for each matter, asked at all.
        self._consulted = approvals is None
        # Whether something else records the outcome: the effect's own transaction, or the stream's
        # end.
        self._settled = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Whatever was marked: an outcome that a transaction recorded was undone with it by the
        # error.
        if error is not None:
            # A commit of which nobody knows whether it is durable is neither done nor failed; to
            # say either would be a claim that the ledger cannot take back.
            unknown = isinstance(error, errors.OutcomeUnknown)
            self._record_alone(UNKNOWN if unknown else FAILED, {})
        elif not self._settled:
            self._record_later(DONE, self.facts)

    def record(
        self,
        tx: Tx,
        facts: Facts | Mapping[str, str],
        subject: Mapping[str, str] | None = None,
        *,
        result: str = DONE,
    ) -> Recorded:
        """Record the outcome in the transaction of the effect: both are durable, or neither."""
        if result == DONE and not self._consulted:
            raise TypeError(self.grant.act)  # a service that forgot to ask, in no state of the rows
        self._settled = True
        # Marked before the append: if the transaction is undone, the error that undid it is
        # recorded instead, by the context.
        body = facts.facts() if isinstance(facts, Facts) else facts
        grant = self.grant
        return self._outcomes.outcome(
            tx, grant.client, grant.entry, result, body=body, subject=subject
        )

    def consents(self, tx: Tx) -> "Consents":
        """Ask, in the effect's transaction, what two people agreed on, matter by matter."""
        if self._approvals is None or self._who is None:
            raise TypeError(self.grant.act)  # the policies do not ask for two people
        self._consulted = True
        return Consents(tx, self.grant, self._who, self._approvals)

    def settle(self, facts: Facts | Mapping[str, str], *, result: str = DONE) -> None:
        """Record the outcome by itself, of an act whose effects were durable piece by piece."""
        self._settled = True
        if not self.recorded:
            return
        self._work.run(self.client, lambda tx: self.record(tx, facts, result=result))

    def streamed(self, items: Iterable[T], counted: Counted) -> Generator[T, None, None]:
        """Pass items on, and record the outcome after the last; `counted` gives its facts then.

        Nothing is recorded at the end of the context: the items outlive it.  Whoever stops early
        closes the iterator, which leaves `failed` with what was counted until then.
        """
        self._settled = True
        return _Streamed(items, lambda result: self._record_later(result, counted()))

    def _record_alone(self, result: str, facts: Mapping[str, str]) -> None:
        if self.recorded:
            self._work.run(self.client, self._ending(result, facts))

    def _record_later(self, result: str, facts: Mapping[str, str]) -> None:
        """Record how an act ended that had no effect: whoever looked does not wait for that."""
        # A crash before it is durable leaves an entry without an outcome, as one a moment sooner
        # does: permitted, and nobody knows what became of it.
        if self.recorded:
            self._work.later(self.client, self._ending(result, facts))

    def _ending(self, result: str, facts: Mapping[str, str]) -> Callable[[Tx], Recorded]:
        grant = self.grant
        return lambda tx: self._outcomes.outcome(tx, grant.client, grant.entry, result, body=facts)


class Consents:
    """Consents: what two people agreed on, asked within one transaction."""

    def __init__(self, tx: Tx, grant: Grant, who: Principal, approvals: Approvals) -> None:
        self._tx = tx
        self._grant = grant
        self._who = who
        self._approvals = approvals

    def take(self, matter: Matter, timing: Timing) -> Consent:
        """Ask for a matter, agree to it, or use up its agreement once its time has come."""
        return self._approvals.take(self._tx, self._grant, self._who, matter, timing)

    def stands(self, matter: Matter) -> bool:
        """Tell whether somebody asks for a matter now."""
        return self._approvals.stands(self._tx, self._grant, matter)

    def withdraw(self, matter: Matter) -> ApprovalRow:
        """Take back what is asked for; Conflict when nothing waits."""
        row = self._approvals.of(self._tx, self._grant, matter)
        return self._approvals.withdraw(self._tx, self._grant, row)


class _Streamed(Generator[T, None, None]):
    """Items of an act on their way out; its outcome is recorded once, whichever way they end.

    Not a generator function: one that is closed before its first item runs nothing, and an act
    that was permitted would have no outcome.
    """

    def __init__(self, items: Iterable[T], end: Callable[[str], None]) -> None:
        self._items = iter(items)
        self._end: Callable[[str], None] | None = end

    def send(self, value: None, /) -> T:  # noqa: ARG002  # items take nothing, as the protocol lets
        """Give the next item; after the last one the outcome is recorded as done."""
        result: str | None = FAILED
        try:
            item = next(self._items)
            result = None
        except StopIteration:
            result = DONE
            raise
        finally:
            # also when an item breaks: what left until then is on record
            if result is not None:
                self._ended(result)
        return item

    def throw(self, typ: Any, val: Any = None, tb: Any = None, /) -> T:  # noqa: ANN401  # as the protocol has it
        """End with an error of the reader's."""
        self.close()
        return super().throw(typ, val, tb)

    def close(self) -> None:
        """End before the last item: whoever is gone in the middle may have seen some of them."""
        close: Callable[[], object] | None = getattr(self._items, "close", None)
        if close is not None:
            close()
        self._ended(FAILED)

    def __del__(self) -> None:
        self.close()

    def _ended(self, result: str) -> None:
        end, self._end = self._end, None
        if end is not None:
            end(result)
