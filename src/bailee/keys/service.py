"""Acts on keys: list, turn, rotate, each decided and recorded by the monitor.

Whoever turns next goes on with a turn that was interrupted, under a new entry; its outcome is
recorded in the transaction that calls the deletions final.
"""

from collections.abc import Callable

from bailee.clock import Clock
from bailee.grant import Grant
from bailee.keyring.model import Custody, Phase, State
from bailee.keyring.port import KeyRows, Kms
from bailee.keyring.service import Keyring
from bailee.keys.acts import KeysListed, KeysTurned, ListKeys, RotateRoot, TurnKeys
from bailee.keys.erasure import due_ms, erasure, pending_erasures
from bailee.keys.model import Erasure, KeyReport
from bailee.keys.port import Door, KitPrinter, RowBackup
from bailee.keys.turn import Turn
from bailee.monitor.attempt import recording_outcome, recording_read
from bailee.monitor.model import Denial, Principal
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
        monitor: Door,
        clock: Clock,
        period_ms: int,
        before: Callable[[], object],
    ) -> None:
        """Take the parts; `before` ends what has reached a term, for the turn to make it final."""
        self._work = work
        self._rows = rows
        self._keyring = keyring
        self._kms = kms
        self._backup = backup
        self._printer = printer
        self._monitor = monitor
        self._clock = clock
        self._period_ms = period_ms
        self._before = before

    def list(self, who: Principal, request: ListKeys) -> KeysListed | Denial:
        """Show generation, counts, pending erasures and the register of copies."""
        grant = self._admit(who, request, wait=False)
        if isinstance(grant, Denial):
            return grant
        with recording_read(self._work, self._monitor, grant):
            return KeysListed(report=self.report())

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

    def erasure(self, generation: int) -> Erasure:
        """Return when what is deleted while a generation is written is final; reads no key."""
        turning = self._keyring.turning()
        state, turns = self._work.read(lambda tx: (turning.state(tx), tuple(self._rows.turns(tx))))
        return erasure(
            state, turns, generation, period_ms=self._period_ms, now_ms=self._clock.now_ms()
        )

    def turn(self, who: Principal, request: TurnKeys) -> KeysTurned | Denial:
        """Make a new generation; destroy what the old one could open."""
        return self._turn(who, request, new_root=False)

    def rotate(self, who: Principal, request: RotateRoot) -> KeysTurned | Denial:
        """Turn, with a new root and a new recovery kit."""
        return self._turn(who, request, new_root=True)

    def _turn(
        self, who: Principal, request: TurnKeys | RotateRoot, *, new_root: bool
    ) -> KeysTurned | Denial:
        # Waits for a checkpoint that includes the entry: what a turn destroys never comes back, so
        # the entry that permitted it must not be one that a crash of the signer could lose.
        grant = self._admit(who, request, wait=True)
        if isinstance(grant, Denial):
            return grant

        def record(tx: Tx, turned: KeysTurned) -> None:
            # In the transaction of T4: there is no finished turn without its outcome.
            self._monitor.outcome(tx, grant, "done", turned.facts())

        turn = Turn(
            work=self._work,
            keyring=self._keyring,
            kms=self._kms,
            backup=self._backup,
            printer=self._printer,
            clock=self._clock,
        )
        with recording_outcome(self._work, self._monitor, grant):
            # Only before a turn begins: what is deleted during one is final a turn later, and the
            # outcome would count it as final now.
            if turn.state().phase is Phase.STILL:
                self._before()
            return turn.run(record, new_root=new_root)

    def _admit(
        self, who: Principal, request: ListKeys | TurnKeys | RotateRoot, *, wait: bool
    ) -> Grant | Denial:
        return self._monitor.authorize(
            who,
            act=request.act,
            client=self._keyring.provider,
            purpose=request.purpose,
            # Nothing is opened for anybody: a turn rewraps keys and reads no sealed thing.
            scopes=(),
            count=0,
            body={},
            subject=None,
            wait=wait,
        )
