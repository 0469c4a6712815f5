"""Keeper: takes connections on the home's socket and does the acts that are asked on them.

A connection is one thread's for as long as it lasts; there are as many threads as may be, and
whoever comes after that waits in the system's queue.  An act's outcome is recorded whatever becomes
of the connection.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from bailee import errors
from bailee.act import ACTS, Denial, Principal, answer_of
from bailee.keys.acts import SealKeys
from bailee.run.serve.beside import beside
from bailee.run.serve.open_home import PUBLISH_S, OpenHome
from bailee.run.serve.peer import principal
from bailee.run.wiring.namespace import told_apart
from bailee.secret import Secret
from bailee.wire.asks import ASKS, DENIALS, Ask, Method, ServerState
from bailee.wire.codec import Streamed, coder, malformed, streamed, written_error
from bailee.wire.frames import ASK_BYTES, FrameKind, Frames, Gone, address, value_of

CONNECTIONS_MAX: Final = 64
"""Each is a thread, and a connection of the database."""
SILENT_S: Final = 3_600.0
"""How long one connection may be silent: what comes beside a request may come slowly."""
ITEMS_AT_ONCE: Final = 128
_SOCKET_MODE: Final = 0o666
"""Whoever reaches its folder may ask: who they are, the kernel says."""
_PURPOSES: Final = coder(tuple[str, ...])
_STATE: Final = coder(ServerState)

Asked = Callable[[Principal, Ask, Frames], None]


class Keeper:
    """Keeper: one listening socket, and the threads that serve who connects."""

    def __init__(self, home: OpenHome, place: Path) -> None:
        self._home = home
        self._place = place
        # Looked at once: the namespace of a process does not change for its callers.
        self._strength = told_apart()
        self._listener = _listening(place)
        self._threads = ThreadPoolExecutor(CONNECTIONS_MAX, thread_name_prefix="keeper")
        # Who may still come: taken before a connection is accepted, given back when it ends.
        self._places = threading.Semaphore(CONNECTIONS_MAX)
        # Guards the set of connections with an act under way; held for an instruction.
        self._mutex = threading.Lock()
        self._busy: set[Frames] = set()
        self._stopping = threading.Event()
        home.interrupt = self._interrupt
        self._asked: dict[Method, Asked] = {
            Method.ACT: self._act,
            Method.PURPOSES: self._purposes,
            Method.STATE: self._state,
            Method.UNSEAL: self._unseal,
        }

    def run(self) -> None:
        """Serve until `stop`; then end what is under way, publish, and drop the keys."""
        publisher = threading.Thread(target=self._publish, name="publisher")
        publisher.start()
        try:
            while not self._stopping.is_set():
                self._places.acquire()
                try:
                    connection, _ = self._listener.accept()
                except OSError:  # closed by `stop`
                    break
                self._threads.submit(self._served, connection)
        finally:
            self._stopping.set()
            with suppress(OSError):
                self._place.unlink()
            self._home.seal()
            publisher.join()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Have `run` return; safe in a signal's handler."""
        self._stopping.set()
        with suppress(OSError):  # wakes `accept`; closing alone does not
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _publish(self) -> None:
        while not self._stopping.wait(PUBLISH_S):
            self._home.publish()

    def _interrupt(self) -> None:
        with self._mutex:
            busy = list(self._busy)
        for frames in busy:
            frames.interrupt()

    def _served(self, connection: socket.socket) -> None:
        """Serve one connection to its end."""
        connection.settimeout(SILENT_S)
        frames = Frames(connection, limit=ASK_BYTES)
        with closing(frames), suppress(Gone):
            try:
                self._answer_all(frames, principal(connection, self._strength))
            except errors.BaileeError as error:
                # Of what cannot be read nothing more is read: the next message would begin
                # anywhere.
                frames.send_value(FrameKind.FAILED, written_error(error))
            finally:
                self._places.release()

    def _answer_all(self, frames: Frames, who: Principal) -> None:
        while not self._stopping.is_set():
            kind, body = frames.receive()
            if kind is not FrameKind.ASK:
                raise malformed()
            ask: Ask = ASKS.read(value_of(body))
            with self._mutex:
                self._busy.add(frames)
            try:
                self._asked[ask.method](who, ask, frames)
            except errors.BaileeError as error:
                frames.send_value(FrameKind.FAILED, written_error(error))
            finally:
                with self._mutex:
                    self._busy.discard(frames)

    def _act(self, who: Principal, ask: Ask, frames: Frames) -> None:
        if ask.act not in ACTS:
            raise errors.UsageError("errors_socket.no-act")
        kind: Any = ACTS[ask.act].declared()
        request = coder(kind).read(ask.request)
        with self._home.using() as app:
            caller = app.caller_of(who)
            given = beside(frames, kind, ask.beside)
            answer = caller.call(request) if given is None else caller.send(request, given)
            _deliver(frames, kind, answer)
        # After its answer, and outside of it: sealing waits for the acts under way.
        if kind is SealKeys and not isinstance(answer, Denial):
            with self._mutex:
                self._busy.discard(frames)  # it has been answered: nothing of it is under way
            self._home.seal()

    def _purposes(self, who: Principal, ask: Ask, frames: Frames) -> None:
        label = coder(str | None).read(ask.request)
        if ask.act not in ACTS:
            raise errors.UsageError("errors_socket.no-act")
        with self._home.using() as app:
            found = tuple(map(str, app.purposes_of(who, ask.act, label)))
        frames.send_value(FrameKind.ANSWER, _PURPOSES.write(found))

    def _state(self, who: Principal, ask: Ask, frames: Frames) -> None:
        del who, ask
        state = ServerState(sealed=True)
        with suppress(errors.Sealed), self._home.using() as app:
            state = ServerState(sealed=False, doubts=tuple(app.doubts()))
        frames.send_value(FrameKind.ANSWER, _STATE.write(state))

    def _unseal(self, who: Principal, ask: Ask, frames: Frames) -> None:
        denial = self._home.unseal(Secret(coder(str).read(ask.request)), who)
        if denial is not None:
            frames.send_value(FrameKind.DENIED, DENIALS.write(denial))
        else:
            frames.send_value(FrameKind.ANSWER, None)


def _listening(place: Path) -> socket.socket:
    """Listen; Conflict where a server answers already."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address(place) as where:
            if _answers(where):
                raise errors.Conflict("errors_socket.served")
            # What a server left that was killed.
            place.unlink(missing_ok=True)
            listener.bind(where)
            os.chmod(where, _SOCKET_MODE)  # noqa: PTH101  # by its address, which may be long
            listener.listen(CONNECTIONS_MAX)
    except OSError:
        listener.close()
        raise errors.CannotRecord("errors_socket.no-place") from None
    return listener


def _answers(where: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        try:
            trial.connect(where)
        except OSError:
            return False
    return True


def _deliver(frames: Frames, kind: Any, answer: Any) -> None:  # noqa: ANN401  # an act and its answer
    """Send an answer, and what streams after it; the stream is closed whatever becomes of it."""
    if isinstance(answer, Denial):
        frames.send_value(FrameKind.DENIED, DENIALS.write(answer))
        return
    write, items = coder(answer_of(kind)).write, streamed(kind)
    if items is None:
        frames.send_value(FrameKind.ANSWER, write(answer))
        return
    with closing(getattr(answer, items.field)) as coming:
        frames.send_value(FrameKind.ANSWER, write(answer))
        _pass_on(frames, items, coming)
        frames.send_value(FrameKind.END, write(answer))


def _pass_on(frames: Frames, items: Streamed, coming: Iterator[Any]) -> None:
    if items.item is bytes:
        for piece in coming:
            frames.send(FrameKind.BYTES, piece)
        return
    write, held = coder(items.item).write, list[Any]()
    for one in coming:
        held.append(write(one))
        if len(held) == ITEMS_AT_ONCE:
            frames.send_value(FrameKind.ITEMS, held)
            held.clear()
    if held:
        frames.send_value(FrameKind.ITEMS, held)
