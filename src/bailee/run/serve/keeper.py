"""Keeper: takes connections on the home's socket and does the acts that are asked on them.

A connection has a thread while something is asked on it (`connections`).  An act's outcome is
recorded whatever becomes of the connection.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

from bailee import errors
from bailee.accounts.admission import NotAdmitted
from bailee.act import ACTS, Denial, Principal, answer_of
from bailee.keys.acts import SealKeys
from bailee.logs.push.acts import PushLines
from bailee.run.serve.beside import beside
from bailee.run.serve.connections import Bounds, Connection, Connections, Fault, report
from bailee.run.serve.core import OneCore
from bailee.run.serve.front import CONNECTIONS, WATCHED
from bailee.run.serve.health import Health, new_measures
from bailee.run.serve.open_home import PUBLISH_S, OpenHome
from bailee.run.serve.peer import principal
from bailee.run.serve.place import Place
from bailee.run.serve.pushing import Pushing
from bailee.run.serve.standing import Standing
from bailee.run.wiring.namespace import told_apart
from bailee.secret import Secret
from bailee.telemetry import metrics
from bailee.telemetry.measures import Measures
from bailee.telemetry.metrics import Result
from bailee.wire.asks import ASKS, DENIALS, Ask, Method, ServerHealth, ServerState
from bailee.wire.codec import Streamed, coder, malformed, streamed, written_error
from bailee.wire.frames import ASK_BYTES, FrameKind, Frames, Gone, value_of

_PASSING: Final = frozenset({NotAdmitted.SUSPENDED, NotAdmitted.NETWORK})
ITEMS_AT_ONCE: Final = 128
LARGE_BYTES: Final = 64 * 1024
"""A request that is larger is read alone: as values it takes sixty times its bytes."""
SHORT_PIECES: Final = 16
"""What has more, of 64 KiB mostly, takes its time: it is not read on the one core."""
_PURPOSES: Final = coder(tuple[str, ...])
_STATE: Final = coder(ServerState)
_HEALTH: Final = coder(ServerHealth)

Asker = Callable[[Ask], Principal]
"""Names who asks."""
Asked = Callable[[Asker, Ask, Frames], None]


class Keeper:
    """Keeper: one listening socket, and the threads that serve who connects."""

    def __init__(
        self,
        home: OpenHome,
        place: Place,
        *,
        fault: Fault,
        bounds: Bounds | None = None,
        health: Health | None = None,
        measures: Measures | None = None,
    ) -> None:
        """Take the parts; without `health` nobody can ask how it is."""
        self._home = home
        self._place = place
        bounds = bounds or Bounds()
        self._linger_s = bounds.linger_s
        # Looked at once: the namespace of a process does not change for its callers.
        self._strength = told_apart()
        self._connections = Connections(place.listener, bounds, self._served, fault)
        self._fault = fault
        self._pushing = Pushing()
        self._health = health
        self._measures = measures or new_measures()
        self._core = OneCore()
        # Of fronts, as many as they are given connections: local callers find room beside them.
        self._fronts = ThreadPoolExecutor(CONNECTIONS + WATCHED, thread_name_prefix="front")
        # Held while one large request is read.
        self._large = threading.Lock()
        # Guards the sets below; held for an instruction.
        self._mutex = threading.Lock()
        # Connections with an act under way, and all those of fronts.
        self._busy: set[Frames] = set()
        self._of_fronts: set[Frames] = set()
        self._stopping = threading.Event()
        home.interrupt = self._interrupt
        self._asked: dict[Method, Asked] = {
            Method.ACT: self._act,
            Method.PURPOSES: self._purposes,
            Method.STATE: self._state,
            Method.UNSEAL: self._unseal,
            Method.HEALTH: self._healthy,
        }

    def run(self) -> None:
        """Serve until `stop`; then end what is under way, publish, and drop the keys."""
        publisher = threading.Thread(target=self._publish, name="publisher")
        publisher.start()
        try:
            self._connections.run()
        finally:
            self._stopping.set()
            self._place.leave()
            self._home.end()
            publisher.join()
            self._connections.join()
            with self._mutex:
                left = list(self._of_fronts)
            for frames in left:  # each waits for the front's next request
                frames.interrupt(wholly=True)
            self._fronts.shutdown()

    def stop(self) -> None:
        """Have `run` return; safe in a signal's handler."""
        self._connections.stop()

    def beat(self) -> int:
        """Return a number that grows between two calls, as long as requests are taken."""
        return self._connections.beat()

    def _publish(self) -> None:
        while not self._stopping.wait(PUBLISH_S):
            self._home.publish()

    def _interrupt(self, wholly: bool) -> None:  # noqa: FBT001  # as `OpenHome` calls it
        with self._mutex:
            busy = list(self._busy)
        for frames in busy:
            frames.interrupt(wholly=wholly)

    def _served(self, one: Connection) -> bool:
        """Answer what comes on a connection; tell whether more may come."""
        try:
            self._answer(one)
            while not (self._connections.crowded or self._stopping.is_set()):
                if not one.frames.comes_within(self._linger_s):
                    break
                self._answer(one)
        except Gone:
            return False
        except errors.BaileeError as error:
            # Of what cannot be read nothing more is read: the next message would begin anywhere.
            with suppress(Gone):
                one.frames.send_value(FrameKind.FAILED, written_error(error))
            return False
        return True

    def _answer(self, one: Connection) -> None:
        """Answer one request; BaileeError where what came is none."""

        def who(_: Ask) -> Principal:
            if one.who is None:
                one.who = principal(one.uid, self._strength)
            return one.who

        self._answer_one(one.frames, who)

    def serve_front(self, connections: Sequence[socket.socket]) -> None:
        """Serve the connections of a front, which asks for whoever shows it a token."""
        self._serve(connections, self._bearer)

    def serve_watch(self, connections: Sequence[socket.socket]) -> None:
        """Serve the connections of a front that shows how the server is, and asks nothing else."""
        self._serve(connections, _nobody)

    def _serve(self, connections: Sequence[socket.socket], who: Asker) -> None:
        for one in connections:
            done = self._fronts.submit(self._served_front, one, who)
            done.add_done_callback(partial(report, self._fault))

    def _served_front(self, connection: socket.socket, who: Asker) -> None:
        frames = Frames(connection, limit=ASK_BYTES)
        with self._mutex:
            self._of_fronts.add(frames)
        try:
            # A front that sends what is no message is ended by it, and started again.
            with closing(frames), suppress(Gone, errors.BaileeError):
                while not self._stopping.is_set():
                    self._answer_one(frames, who)
        finally:
            with self._mutex:
                self._of_fronts.discard(frames)

    def _bearer(self, ask: Ask) -> Principal:
        """Name who shows a token; NotSignedIn whatever is wrong with it."""
        who = None
        if ask.token is not None:
            address = None if ask.address is None else ip_address(ask.address)
            with self._home.using() as app:
                found = app.admission.look(Secret(ask.token), address)
                who = found.principal
                # Whoever pushes lines with a token that may stand again keeps them: told that it is
                # nobody, it would throw them away.  Only who has the secret is told so.
                if ask.act == PushLines.act and found.why in _PASSING:
                    self._pushing.tell(app, None, "", f"token-{found.why}")
                    raise errors.CannotRecord("errors_push.not-now")
        if who is None:
            raise errors.NotSignedIn("errors_rest.no-token")
        return who

    def _answer_one(self, frames: Frames, who: Asker) -> None:
        self._core.stay()
        kind, body = frames.receive()
        if kind is not FrameKind.ASK:
            raise malformed()
        ask = self._read(body)
        with self._mutex:
            self._busy.add(frames)
        try:
            self._asked[ask.method](who, ask, frames)
        except errors.BaileeError as error:
            frames.send_value(FrameKind.FAILED, written_error(error))
        finally:
            with self._mutex:
                self._busy.discard(frames)

    def _read(self, body: bytearray) -> Ask:
        with self._large if len(body) > LARGE_BYTES else nullcontext():
            ask: Ask = ASKS.read(value_of(body))
            if ask.method is Method.ACT and ask.act in ACTS:
                # At once: what it was read from is let go of before another large one is read.
                read = coder(ACTS[ask.act].declared()).read(ask.request)
                return replace(ask, request=read)
        return ask

    def _act(self, who: Asker, ask: Ask, frames: Frames) -> None:
        if ask.act not in ACTS:
            raise errors.UsageError("errors_socket.no-act")
        result = Result.FAILED
        try:
            result = self._done(who, ask, frames)
        finally:
            self._measures.add(metrics.ACTS, act=ask.act, result=result)

    def _done(self, who: Asker, ask: Ask, frames: Frames) -> Result:
        """Do an act and answer; tell what became of it."""
        kind: Any = ACTS[ask.act].declared()
        with self._home.using() as app:
            caller = app.caller_of(who(ask))
            standing = Standing(app, caller.who, ask.request, self._home.require_open)
            given = beside(frames, kind, ask.beside, standing.require)
            if given is not None:  # it brings or takes away more than fits a message
                self._core.roam()
            if kind is PushLines:
                answer = self._pushing.pushed(app, caller, ask.request, given)
            elif given is None:
                answer = caller.call(ask.request)
            else:
                answer = caller.send(ask.request, given)
            if kind is not SealKeys or isinstance(answer, Denial):
                _deliver(frames, kind, answer, standing.require, self._core.roam)
                return Result.REFUSED if isinstance(answer, Denial) else Result.DONE
        # Outside of it, for sealing waits for the acts under way; and before it is answered, so
        # that whoever reads that it is sealed can rely on it.
        with self._mutex:
            self._busy.discard(frames)
        del app, caller, standing, given
        self._home.seal()
        _deliver(frames, kind, answer, lambda: None, self._core.roam)
        return Result.DONE

    def _purposes(self, who: Asker, ask: Ask, frames: Frames) -> None:
        label = coder(str | None).read(ask.request)
        if ask.act not in ACTS:
            raise errors.UsageError("errors_socket.no-act")
        with self._home.using() as app:
            found = tuple(map(str, app.purposes_of(who(ask), ask.act, label)))
        frames.send_value(FrameKind.ANSWER, _PURPOSES.write(found))

    def _state(self, who: Asker, ask: Ask, frames: Frames) -> None:
        state = ServerState(sealed=True)
        with suppress(errors.Sealed), self._home.using() as app:
            if ask.token is not None:  # of who asks from elsewhere nothing is known yet
                who(ask)
            state = ServerState(sealed=False, doubts=tuple(app.doubts()))
        frames.send_value(FrameKind.ANSWER, _STATE.write(state))

    def _healthy(self, who: Asker, ask: Ask, frames: Frames) -> None:
        del ask
        # Of a watching front alone: it reads rows and folders each time, and is nobody's else.
        if who is not _nobody or self._health is None:
            raise errors.UsageError("errors_socket.no-act")
        frames.send_value(FrameKind.ANSWER, _HEALTH.write(self._health.look()))

    def _unseal(self, who: Asker, ask: Ask, frames: Frames) -> None:
        denial = self._home.unseal(Secret(coder(str).read(ask.request)), who(ask))
        if denial is not None:
            frames.send_value(FrameKind.DENIED, DENIALS.write(denial))
        else:
            frames.send_value(FrameKind.ANSWER, None)


def _nobody(ask: Ask) -> Principal:
    """Name nobody: who watches a server does no act."""
    del ask
    raise errors.NotSignedIn("errors_rest.no-token")


def _deliver(
    frames: Frames,
    kind: Any,  # noqa: ANN401  # an act
    answer: Any,  # noqa: ANN401  # its answer
    require: Callable[[], None],
    roam: Callable[[], None],
) -> None:
    """Send an answer, and what streams after it; the stream is closed whatever becomes of it."""
    if isinstance(answer, Denial):
        frames.send_value(FrameKind.DENIED, DENIALS.write(answer))
        return
    write, items = coder(answer_of(kind)).write, streamed(kind)
    if items is None:
        frames.send_value(FrameKind.ANSWER, write(answer))
        return
    with closing(getattr(answer, items.field)) as coming:
        # Bytes come at once, and the answer with the first of them; items may take their time.
        tell = frames.hold_value if items.item is bytes else frames.send_value
        tell(FrameKind.ANSWER, write(answer))
        _pass_on(frames, items, _while(coming, require), roam)
        frames.send_value(FrameKind.END, write(answer))


def _while(coming: Iterator[Any], require: Callable[[], None]) -> Iterator[Any]:
    for one in coming:
        # Whoever reads on while it is sealed, or may no more, is told so, and gets no more.
        require()
        yield one


def _pass_on(
    frames: Frames, items: Streamed, coming: Iterator[Any], roam: Callable[[], None]
) -> None:
    if items.item is bytes:
        for number, piece in enumerate(coming):
            if number == SHORT_PIECES:
                roam()
            _require_wanted(frames)
            frames.send(FrameKind.BYTES, piece)
        return
    write, held = coder(items.item).write, list[Any]()
    for one in coming:
        held.append(write(one))
        if len(held) == ITEMS_AT_ONCE:
            _require_wanted(frames)
            frames.send_value(FrameKind.ITEMS, held)
            held.clear()
    if held:
        frames.send_value(FrameKind.ITEMS, held)


def _require_wanted(frames: Frames) -> None:
    """Raise where whoever asked has enough: the act is ended, and its outcome says how far."""
    if frames.has_more():
        kind, _ = frames.receive()
        if kind is not FrameKind.STOP:
            raise malformed()
        raise errors.PartlyDone("errors_socket.stopped")
