"""Destroying: the act of ending keys of months; what ends never comes back, so it takes two people.

Each step stands in the log of the client whose month it is, and what it changes of what is asked
for in the provider's as well.  The monitor keeps who asks and who agrees; `state` says how long
that waits.
"""

from collections.abc import Callable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, final

from bailee import errors
from bailee.act import Principal
from bailee.clock import Clock, Times
from bailee.ids import BlobId, ClientId
from bailee.keyring.model import NAMES, TEXT, Custodied, Pending
from bailee.keys.schedule import Due
from bailee.logs.acts import DestroyEpoch, Ending, EpochDestroyed, EpochDestroyedFacts
from bailee.logs.model import SegmentPart, part_ref
from bailee.logs.port import Finality, MonthKeys, MonthRows
from bailee.logs.state import PARTS, STEPS, Target, from_ms, life, waits
from bailee.logs.steps import EndingStep, Life
from bailee.monitor.approval import Timing
from bailee.monitor.authorized import Authorized, Consents
from bailee.monitor.power import ApprovalRow
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.seal.port import BlobStore
from bailee.vault import epoch as months
from bailee.vault.epoch import Horizons
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault

ALL = -1

_STEPS_RECORDED = 120
"""Ten years of months: a body has room for twice as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """Done: what one transaction did; files and ids are dealt with once it is durable."""

    endings: tuple[Ending, ...]
    pending: tuple[Pending, ...]
    blobs: tuple[BlobId, ...]
    generation: int


@final
class Destroying:
    """Destroying: the act of ending keys of months."""

    def __init__(
        self,
        *,
        work: Work,
        rows: MonthRows,
        keys: MonthKeys,
        blobs: BlobStore,
        vault: "Vault",
        monitor: Monitor,
        find_client: ClientFinder,
        finality: Finality,
        clients: Callable[[], Sequence[ClientId]],
        times: Callable[[], Times],
        clock: Clock,
        horizons: Horizons | None = None,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._blobs = blobs
        self._vault = vault
        self._monitor = monitor
        self._find_client = find_client
        self._finality = finality
        self._clients = clients
        self._times = times
        self._clock = clock
        self._horizons = horizons or Horizons()

    def destroy(self, who: Principal, request: DestroyEpoch) -> EpochDestroyed:
        """Ask for the end of a month's keys, agree to it, or take it back.

        Without a client, for every client with months beyond their horizon; each is an act in that
        client's own log.  UsageError when the request does not say of what; NotFound for a month
        that never had keys; Conflict when there is nothing to take back.
        """
        target = _target(request)
        if request.client is not None:
            clients: tuple[ClientId, ...] = (self._find_client(who, request.client),)
        else:
            clients = (self._keys.provider, *self._with_due())
        endings: list[Ending] = []
        generation = 0
        for client in clients:
            # The first month that ended in this run, whoever's it was: the keys of others wait for
            # the next run.
            month = next((one.epoch for one in endings if one.step is EndingStep.ENDED), None)
            done = self._destroy(who, client, request, target, month)
            endings += done.endings
            generation = done.generation
        return EpochDestroyed(endings=tuple(endings), erasure=self._finality(generation))

    def _with_due(self) -> tuple[ClientId, ...]:
        """Name the other clients that have months beyond their horizon, the oldest month first."""
        # Read before anything is recorded: ids and months alone, to know whom to ask the monitor
        # about.
        others = [client for client in self._clients() if client != self._keys.provider]

        def fn(tx: Tx) -> dict[ClientId, tuple[Target, ...]]:
            now_ms = self._clock.now_ms()
            return {
                client: self._due({one.epoch: one for one in self._keys.epochs(tx, client)}, now_ms)
                for client in others
            }

        due = {client: found for client, found in self._work.read(fn).items() if found}
        return tuple(sorted(due, key=lambda client: due[client][0].epoch))

    def _destroy(
        self,
        who: Principal,
        client: ClientId,
        request: DestroyEpoch,
        target: Target | None,
        month: int | None,
    ) -> _Done:
        body = _body(target, withdraw=request.withdraw)
        with self._monitor.authorize(who, request, client, body=body) as act:
            # Decision and effect in one transaction with the entry: there is no moment at which
            # keys have ended and no entry says so.
            done = self._monitor.change(
                lambda tx: self._done(tx, act, target, month, withdraw=request.withdraw)
            )
        # Only now that the end is durable: an id left sooner could be of a key that lives.
        for pending in done.pending:
            self._keys.announce(pending)
        for blob in done.blobs:  # what a crash leaves here is ciphertext without a key
            self._blobs.delete(str(blob))
        return done

    def _done(
        self,
        tx: Tx,
        act: Authorized,
        target: Target | None,
        month: int | None,
        *,
        withdraw: bool,
    ) -> _Done:
        """Take one step for each target; only keys of `month` end, or of the first when None."""
        client = act.client
        # Read within the transaction: of two who agree at once, one finds what the other did.
        times, consents = self._times(), act.consents(tx)
        # A month whose keys were taken away, or moved to another, would be called ended before.
        self._rows.require_months(tx, client)
        keys = {one.epoch: one for one in self._keys.epochs(tx, client)}
        # Asked again here, since what was due when the command began may have ended meanwhile.
        targets = self._due(keys, times.wall_ms) if target is None else (target,)
        endings: list[Ending] = []
        pending: list[Pending] = []
        blobs: list[BlobId] = []
        for one in targets:
            if withdraw:
                taken, row = self._withdrawn(consents, one, keys.get(one.epoch))
            else:
                due = self._due_of(client, one)
                why = partial(waits, due=due, times=times, month=month)
                taken, row = self._step(consents, one, keys.get(one.epoch), why)
            if taken is EndingStep.ENDED:
                month = one.epoch
                pending.append(self._ended(tx, client, one))
                if one.part == TEXT:
                    pending.append(self._secrets(tx, client, one.epoch, blobs))
            endings.append(self._ending(client, one, taken, row))
        act.record(tx, _facts(endings))
        return _Done(
            endings=tuple(endings),
            pending=tuple(pending),
            blobs=tuple(blobs),
            generation=self._keys.generation(tx),
        )

    def _due(self, keys: Mapping[int, Custodied], now_ms: int) -> tuple[Target, ...]:
        """Name what lives beyond its horizon, the oldest month first; the text takes the names."""
        found: list[Target] = []
        for epoch, held in sorted(keys.items()):
            # The text's keys take the identifiers with them: asking for both would need four
            # agreements.
            for part in (TEXT, NAMES):
                due = Target(epoch=epoch, part=part).due_ms(self._horizons) <= now_ms
                if life(held, part, due=due) is Life.DUE:
                    found.append(Target(epoch=epoch, part=part))
                    break
        return tuple(found)

    def _due_of(self, client: ClientId, target: Target) -> Due:
        month = months.text_of(target.epoch)
        return Due(client=client, month=month, due_ms=target.due_ms(self._horizons))

    @staticmethod
    def _step(
        consents: Consents, target: Target, keys: Custodied | None, why: Timing
    ) -> tuple[EndingStep, ApprovalRow | None]:
        if keys is None:
            raise errors.NotFound("errors_ending.no-month")
        if life(keys, target.part, due=False) is not Life.ALIVE:
            return EndingStep.OVER, None
        consent = consents.take(target.matter(), why)
        return STEPS[consent.taken], consent.row

    @staticmethod
    def _withdrawn(
        consents: Consents, target: Target, keys: Custodied | None
    ) -> tuple[EndingStep, ApprovalRow | None]:
        if keys is None:
            raise errors.NotFound("errors_ending.no-month")
        if not consents.stands(target.matter()):
            raise errors.Conflict("errors_ending.nothing-asked")
        return EndingStep.WITHDRAWN, consents.withdraw(target.matter())

    def _ended(self, tx: Tx, client: ClientId, target: Target) -> Pending:
        pending = self._keys.destroy_epoch(tx, client, target.epoch, text=target.part == TEXT)
        # Tokens that are known in memory must not outlive the key: the next ingest would store a
        # token whose value nothing opens.
        self._vault.clear_cache(client)
        return pending

    def _secrets(
        self, tx: Tx, client: ClientId, epoch: int, blobs: MutableSequence[BlobId]
    ) -> Pending:
        """End what was kept of a month's secrets: their keys are not the month's."""
        # Secrets have a term of their own and leaf keys without an epoch, so the end of the month's
        # keys does not reach them.
        kept = self._rows.parts_of(tx, client, epoch, SegmentPart.SECRETS, ALL)
        blobs.extend(row.sealed.blob for row in kept)
        self._rows.drop_parts(tx, kept)
        return self._keys.destroy(tx, [part_ref(client, row.batch, row.part, 0) for row in kept])

    def _ending(
        self, client: ClientId, target: Target, taken: EndingStep, row: ApprovalRow | None
    ) -> Ending:
        due_ms = target.due_ms(self._horizons)
        ending = Ending(
            client=client, epoch=target.epoch, part=target.part, step=taken, due_ms=due_ms
        )
        # Nothing waits any more: no time at which somebody could agree.
        if row is None or taken in (EndingStep.ENDED, EndingStep.OVER, EndingStep.WITHDRAWN):
            return ending
        return replace(ending, from_ms=from_ms(row, due_ms), until_ms=row.until_ms)


def _target(request: DestroyEpoch) -> Target | None:
    """Read what is to end: one month, or all that is due, which has to be asked for by name."""
    if request.due == (request.epoch is not None):
        raise errors.UsageError("errors_ending.part-needed")
    if request.client is None and request.epoch is not None:
        raise errors.UsageError("errors_ending.client-needed")
    if request.epoch is None:
        if request.part is not None or request.withdraw:
            raise errors.UsageError("errors_ending.month-needed")
        return None
    if request.part not in PARTS:
        raise errors.UsageError("errors_ending.part-needed")
    return Target(epoch=months.parse(request.epoch), part=request.part)


def _body(target: Target | None, *, withdraw: bool) -> Mapping[str, str]:
    if target is None:
        return {"part": "due"}
    return {
        "epoch": str(target.epoch),
        "part": target.part,
        "withdraw": "yes" if withdraw else "no",
    }


def _facts(endings: Sequence[Ending]) -> EpochDestroyedFacts:
    """Give what became of each; of very many months, only of the one that ended."""
    recorded = (
        endings
        if len(endings) <= _STEPS_RECORDED
        else [one for one in endings if one.step is EndingStep.ENDED]
    )
    return EpochDestroyedFacts(
        months=len(endings), steps={(one.epoch, one.part): one.step for one in recorded}
    )
