"""Acts on keys: list, turn, rotate, each decided and recorded by the monitor.

Whoever turns next goes on with a turn that was interrupted, under a new entry; its outcome is
recorded in the transaction that calls the deletions final.
"""

from collections.abc import Callable

from bailee.act import Principal
from bailee.clock import Clock
from bailee.keyring.model import Custody, Phase, State
from bailee.keyring.port import KeyRows, Kms
from bailee.keyring.service import Keyring
from bailee.keys.acts import KeysTurned, ListKeys, RotateRoot, TurnKeys, turned_facts
from bailee.keys.erasure import due_ms, pending_erasures
from bailee.keys.model import KeyReport
from bailee.keys.port import KitPrinter, Newest, RowBackup
from bailee.keys.turn import Turn
from bailee.monitor.service import Monitor
from bailee.work import Tx, Work


class Keys:
    """Service of the acts on keys."""

    def __init__(
        self,
        *,
        work: Work,
        rows: KeyRows,
        keyring: Keyring,
        kms: Kms,
        backup: RowBackup,
        printer: KitPrinter,
        monitor: Monitor,
        clock: Clock,
        period_ms: int,
        newest: Newest,
        before: Callable[[], object],
        times: Callable[[], object],
    ) -> None:
        """Take the parts; `before` ends what has reached a term, for the turn to make it final.

        `times` looks at the clocks before the act is recorded: its entry would be the newest.
        """
        self._work = work
        self._rows = rows
        self._keyring = keyring
        self._kms = kms
        self._backup = backup
        self._printer = printer
        self._monitor = monitor
        self._clock = clock
        self._period_ms = period_ms
        self._newest = newest
        self._before = before
        self._times = times

    def list(self, who: Principal, request: ListKeys) -> KeyReport:
        """Show generation, counts, pending erasures and the register of copies."""
        with self._monitor.authorize(who, request, self._keyring.provider):
            return self.report()

    def report(self) -> KeyReport:
        """Gather what a list shows; reads no key."""
        register = self._kms.register()
        turning = self._keyring.turning()
        return self._work.read(lambda tx: self._report(tx, turning.state(tx), register))

    # One snapshot for all figures; the register is read before it, since it is on other disks.
    def _report(self, tx: Tx, state: State, register: tuple[Custody, ...]) -> KeyReport:
        return KeyReport(
            generation=state.generation,
            phase=state.phase,
            counts=dict(self._rows.counts(tx)),
            pending=pending_erasures(state, self._rows.pending(tx), self._period_ms),
            custodians=register,
            # Destroyed there before, so an image of its disk was put back: the next turn destroys
            # it again, and until then what that generation could open is not gone.
            stale_custodians=tuple(
                held.custodian
                for held in register
                if any(gen < state.generation for gen in held.generations)
            ),
            turns=tuple(self._rows.turns(tx)),
            due_ms=due_ms(state, self._period_ms),
        )

    def turn(self, who: Principal, request: TurnKeys) -> KeysTurned:
        """Make a new generation; destroy what the old one could open."""
        return self._turn(who, request, new_root=False)

    def rotate(self, who: Principal, request: RotateRoot) -> KeysTurned:
        """Turn, with a new root and a new recovery kit."""
        return self._turn(who, request, new_root=True)

    def _turn(
        self, who: Principal, request: TurnKeys | RotateRoot, *, new_root: bool
    ) -> KeysTurned:
        self._times()
        turn = Turn(
            work=self._work,
            keyring=self._keyring,
            kms=self._kms,
            backup=self._backup,
            printer=self._printer,
            clock=self._clock,
            newest=self._newest,
        )
        # Waits for a checkpoint that includes the entry: what a turn destroys never comes back, so
        # the entry that permitted it must not be one that a crash of the signer could lose.
        with self._monitor.authorize(who, request, self._keyring.provider, wait=True) as act:
            # Only before a turn begins: what is deleted during one is final a turn later, and the
            # outcome would count it as final now.
            if turn.state().phase is Phase.STILL:
                self._before()
            return turn.run(
                # In the transaction of T4: there is no finished turn without its outcome.
                lambda tx, turned: act.record(tx, turned_facts(turned)),
                new_root=new_root,
            )
