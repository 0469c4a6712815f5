"""Python's logging into custody: never waits, bounded, and each record there once."""

import logging
import os
import re
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from tests.answers import done
from tests.patience import HANGS_S, nothing_sleeps
from tests.run.test_log_push import held
from tests.serve.served import found, serving

from bailee import errors
from bailee.act import Caller, Denial, Download, Request, Upload
from bailee.client.records import RecordPusher
from bailee.client.server import SOCKET, Server
from bailee.clients.acts import AddClient

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINE = 30
A = TypeVar("A")
B = TypeVar("B")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found(tmp_path)
    with serving(tmp_path) as server:
        done(server.caller.call(AddClient(label="acme")))
    return tmp_path


def handler_of(caller: Caller, queue_bytes: int = 1 << 20, exit_s: float = HANGS_S) -> RecordPusher:
    return RecordPusher(
        caller,
        client="acme",
        stream="web",
        origin="client-application",
        queue_bytes=queue_bytes,
        exit_s=exit_s,
    )


def log(handler: logging.Handler, text: object, *given: object) -> None:
    handler.handle(logging.LogRecord("app", logging.INFO, "", 0, text, given, None))


@pytest.mark.parametrize("page", ["shipping.md", "shipping.fr.md"])
def test_the_example_of_the_guide_does_what_it_says(place: Path, page: str) -> None:
    (example,) = EXAMPLE.findall((ROOT / "docs" / page).read_text("utf-8"))
    example = example.replace("/srv/bailee/socket", str(place / "home" / SOCKET))
    example = example.replace('stream="app"', 'stream="web"')
    root = logging.getLogger()
    before = list(root.handlers)
    with serving(place) as server:
        names: dict[str, object] = {}
        exec(compile(example, page, "exec"), names)  # noqa: S102  # what the page shows
        (handler,) = {*root.handlers} - {*before}
        root.removeHandler(handler)
        handler.close()
        assert held(server).endswith(b" WARNING shop: order 7 of awa@example.org failed\n")
        assert isinstance(names["server"], Server)
        names["server"].close()


def test_in_an_outage_it_never_waits_and_says_how_many_were_left_out(place: Path) -> None:
    caller = Server(place / "home" / SOCKET).caller
    with closing(caller), nothing_sleeps():
        handler = handler_of(caller, queue_bytes=100 * LINE)
        for number in range(150):
            log(handler, "%029d", number)
        assert handler.dropped == 50
    with serving(place) as server:
        handler.flush()
        log(handler, "after")
        handler.close()
        lines = held(server).splitlines()
        assert lines[:100] == [b"%029d" % number for number in range(100)]
        assert lines[100:] == [
            b"bailee: 50 log records were left out",
            b"after",
        ]
        caller.close()


def test_what_is_not_durable_at_the_end_counts_as_left_out_and_is_not_waited_for(
    place: Path,
) -> None:
    handler = handler_of(Server(place / "home" / SOCKET).caller, exit_s=0.0)
    for number in range(3):
        log(handler, "%d", number)
    handler.close()
    handler._thread.join(HANGS_S)  # it ends by itself once it is closed
    assert not handler._thread.is_alive()  # as above
    assert handler.dropped == 3


class Unanswered(Caller):
    """A server whose answers are lost, as often as is asked for."""

    def __init__(self, caller: Caller, times: int) -> None:
        self.caller = caller
        self.times = times

    def call(self, request: Request[A] | Download[A]) -> A | Denial:
        return self.caller.call(request)

    def send(self, request: Upload[A, B], beside: B) -> A | Denial:
        answer = self.caller.send(request, beside)
        if self.times:
            self.times -= 1
            raise errors.OutcomeUnknown("errors_socket.gone")
        return answer


def test_what_was_not_answered_is_there_once_and_a_wrong_record_breaks_nothing(
    place: Path,
) -> None:
    with serving(place) as server:
        handler = handler_of(Unanswered(server.caller, 2))
        log(handler, "one of %d", "no number")
        log(handler, "two")
        handler.close()
        assert held(server) == (b"bailee: 1 log records were left out\ntwo\n")


def test_after_a_fork_each_process_pushes_its_own(place: Path) -> None:
    with serving(place) as server:
        handler = handler_of(server.caller)
        log(handler, "parent")
        handler.flush()
        child = os.fork()
        if not child:
            own = handler_of(Server(place / "home" / SOCKET).caller)
            handler._caller = own._caller  # a connection is of one process
            log(handler, "child")
            handler.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        handler.close()
        assert sorted(held(server).splitlines()) == [b"child", b"parent"]
