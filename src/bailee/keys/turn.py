"""Turn: the steps T0 to T4, each of which may be run again after a crash.

The old turn secret is destroyed only after every key was opened as a test under the new generation
and a row backup was read back at every destination; a deletion is called final only after every
custodian was read back as absent.  T1 gives each vault with erasures a new key, since under the old
one an older copy would still open what was erased.  spec/keys.md, "Turn"
"""

from collections.abc import Callable, Mapping

from bailee import errors
from bailee.clock import Clock
from bailee.keyring.model import Destruction, Phase, State, TurnRow
from bailee.keyring.port import Kms
from bailee.keyring.service import Keyring
from bailee.keys.acts import KeysTurned
from bailee.keys.port import KitPrinter, Newest, Record, RowBackup
from bailee.keys.state import advanced, begun
from bailee.work import Tx, Work


class Turn:
    """Steps of one turn of one installation; no other turn of the home runs beside it."""

    def __init__(
        self,
        *,
        work: Work,
        keyring: Keyring,
        kms: Kms,
        backup: RowBackup,
        printer: KitPrinter,
        clock: Clock,
        newest: Newest,
    ) -> None:
        self._work = work
        self._newest = newest
        self._kms = kms
        self._backup = backup
        self._printer = printer
        self._clock = clock
        self._provider = keyring.provider
        self._turning = keyring.turning()

    def state(self) -> State:
        """Return the stored state, whose phase is the step to be done."""
        return self._work.read(self._turning.state)

    def run(self, record: Record, *, new_root: bool = False) -> KeysTurned:
        """Begin a turn, or go on with the one in progress, to its end."""
        # The phase is read from the rows before each step, never remembered: what a crash or
        # another process has done since counts.
        self.begin(new_root=new_root)
        steps = self.steps()
        while (phase := self.state().phase) is not Phase.T4:
            # Another process ended this turn, or an older row was put back: nothing is left to do.
            if (step := steps.get(phase)) is None:
                raise errors.Conflict("errors_keys.other-phase")
            step()
        return self.close(record)

    def steps(self) -> Mapping[Phase, Callable[[], object]]:
        """Return the step of each phase but the last."""
        return {
            Phase.T0: self.spread,
            Phase.T1: self.rewrap,
            Phase.T2: self.prove,
            Phase.T3: self.destroy,
        }

    def begin(self, *, new_root: bool) -> State:
        """Store that a turn begins.  A crash after it leaves T0 to be done."""
        self._newest()
        marked = self._kms.marked()

        def fn(tx: Tx) -> State:
            before = self._turning.state(tx)
            if before.phase in {Phase.STILL, Phase.T0}:
                self._turning.require_newest(tx, before, marked)
            state = begun(before, self._clock.now_ms(), new_root=new_root)
            self._turning.save(tx, state)
            return state

        state = self._work.run(self._provider, fn)
        self._mark(state)
        return state

    def _mark(self, state: State) -> None:
        """Leave with custodians how far this turn has come, once the row says so."""
        self._kms.mark(*state.reached)

    def spread(self) -> None:
        """T0: the new turn secret, and the new root if any, durable before anything uses them.

        A crash leaves it with some custodians; run again, it is drawn anew.  One that lies there
        already may be of a turn that was under way when the home was lost: that home's disk has
        wraps under it, of things that were deleted since the restore.
        A new root comes with its recovery kit: unrehearsed, it serves nothing.
        """
        state = self._in(Phase.T0)
        # Again, for the rows may have been exchanged since; what follows cannot be undone.
        self._newest()
        marked = self._kms.marked()
        self._work.read(lambda tx: self._turning.require_newest(tx, state, marked))
        # Ids that a crash left after the turn that made them final.
        self._kms.forget(state.generation - 1)
        # Before a new one is made: kept, it would be taken up by `make_turn`, and open what lies on
        # the disk of a home that was lost.
        self._kms.drop_turns(state.generation)
        if state.new_root:
            self._kms.add_root(state.target)
        self._kms.make_turn(state.target)
        if state.new_root and not self._printer.rehearsed(self._kms.root(state.target)):
            raise errors.Conflict("errors_keys.kit-not-rehearsed")
        self._advance(Phase.T0)

    def rewrap(self) -> None:
        """T1: wrap what lives under the new generation, in bounded transactions."""
        while self.rewrap_some():
            pass
        self._advance(Phase.T1)

    def rewrap_some(self) -> bool:
        """Run one transaction of T1; False when nothing was left to do.

        The fence has stood since T0 ended, so that a crash leaves a mix of two generations, both
        of which open, and no writer adds to the older.
        """
        target = self._in(Phase.T1).target
        return self._rewrap(target)

    def _rewrap(self, target: int) -> bool:
        now_ms = self._clock.now_ms()
        return self._work.run(self._provider, lambda tx: self._turning.rewrap(tx, target, now_ms))

    def prove(self) -> None:
        """T2: open everything in one snapshot, then in every backup that was read back.

        A crash leaves backups at the new generation, which is no harm; all is proved again.
        """
        state = self._in(Phase.T2)
        # Rows restored from a backup that was made here may lack what was deleted again since.
        while self._rewrap(state.target):
            pass
        # Before the copies are made: after T3 one of them may be all that is left, and rows of
        # before that are put back for as long as they take would be it.
        require_newest = self._newest()
        self._work.read(lambda tx: self._proved(tx, state))
        copies = self._backup.write(state.target)
        # After T3 every older backup opens nothing: without a new one, the next broken disk would
        # be the end of all data.
        if not copies:
            raise errors.Conflict("errors_keys.no-backup-destination")
        for copy in copies:
            with self._backup.reading(copy) as tx:
                # Its own state, under its MAC: the copy is of this home and of this turn.
                if self._turning.state(tx) != state:
                    raise errors.Damaged("errors_keys.backup-differs")
                require_newest(tx)
                self._proved(tx, state)
        self._advance(Phase.T2)

    def _proved(self, tx: Tx, state: State) -> None:
        self._turning.probe(tx, state.target)
        self._turning.require_fresh(tx, state.target)

    def destroy(self) -> Destruction:
        """T3: destroy the old turn secrets; from here there is no way back.

        A crash leaves some custodians without it.  One that does not answer leaves the outcome
        unknown and the phase at T3, to be run again when it does.
        """
        state = self._in(Phase.T3)
        # Asked again at the last moment, though T1 ended so: what is about to be destroyed is the
        # one thing that could still open such a row.
        self._newest()
        self._work.read(lambda tx: self._last_look(tx, state.target))
        destruction = self._destroyed(state)
        if state.new_root:
            self._kms.drop_roots(state.target)
        self._advance(Phase.T3)
        return destruction

    def _last_look(self, tx: Tx, target: int) -> None:
        self._turning.require_swept(tx, target)
        self._turning.require_fresh(tx, target)

    def _destroyed(self, state: State) -> Destruction:
        destruction = self._kms.destroy(state.generation)
        if not destruction.confirmed:
            # Neither done nor failed: the phase stays, and nobody is told "erased".
            raise errors.OutcomeUnknown("errors_keys.destruction-unknown")
        return destruction

    def close(self, record: Record) -> KeysTurned:
        """T4: record the turn and call its deletions final, in one transaction.

        A crash after it leaves their ids with custodians, which the next turn drops.
        """
        state = self._in(Phase.T4)
        # Again, for a custodian may have been restored from an image since T3.
        destruction = self._destroyed(state)
        now = self._clock.now_ms()

        # All of it or nothing: a crash before the commit leaves T4 to be done, one after it a
        # finished turn.  There is no moment in which deletions are final and no entry says so.
        def fn(tx: Tx) -> KeysTurned:
            row = TurnRow(
                gen=state.generation,
                new_root=state.new_root,
                began_ms=state.began_ms,
                finished_ms=now,
                effective_ms=destruction.effective_at_ms,
                erased=0,
                confirmations=len(destruction.confirmations),
                wrap_class=destruction.wrap_class,
            )
            erased = self._turning.close(tx, row)
            turned = KeysTurned(
                generation=state.target,
                erased=erased,
                confirmations=row.confirmations,
                wrap_class=row.wrap_class,
                effective_ms=row.effective_ms,
                new_root=state.new_root,
            )
            record(tx, turned)
            self._turning.save(tx, advanced(self._turning.state(tx), Phase.T4, now))
            return turned

        turned = self._work.run(self._provider, fn)
        self._mark(self.state())
        # Last of all: until the entry is durable, these ids alone say what it is to count.
        self._kms.forget(state.generation)
        return turned

    def _in(self, phase: Phase) -> State:
        state = self.state()
        if state.phase is not phase:
            raise errors.Conflict("errors_keys.other-phase")
        return state

    def _advance(self, done: Phase) -> None:
        def fn(tx: Tx) -> State:
            # Read in the transaction that writes it: of two processes that did the same step, one
            # moves the phase and the other is told Conflict.
            state = advanced(self._turning.state(tx), done, self._clock.now_ms())
            self._turning.save(tx, state)
            return state

        self._mark(self._work.run(self._provider, fn))
