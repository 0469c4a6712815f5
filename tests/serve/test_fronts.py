"""A front that was broken into asks for whoever shows it a token, and for nobody else."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE
from tests.serve.served import Running, found, running

from bailee import errors
from bailee.accounts.acts import AddToken, ListActors
from bailee.clients.acts import AddClient, ListClients
from bailee.wire.asks import ASKS, Ask, Method
from bailee.wire.codec import coder, read_error
from bailee.wire.frames import ANSWER_BYTES, FrameKind, Frames, value_of

LIST = coder(ListClients).write(ListClients())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found(tmp_path)
    return tmp_path


def front_of(one: Running) -> Frames:
    """Connect as a front is connected."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(HANGS_S)
    one.keeper.serve_front([ours])
    return Frames(theirs, limit=ANSWER_BYTES)


def asked(front: Frames, ask: Ask) -> FrameKind | type[errors.BaileeError]:
    """Ask; give what comes back, or the class of the error."""
    front.send_value(FrameKind.ASK, ASKS.write(ask))
    kind, body = front.receive()
    return type(read_error(value_of(body))) if kind is FrameKind.FAILED else kind


@pytest.fixture
def served(place: Path) -> Iterator[Running]:
    with running(place) as one:
        yield one


def test_without_a_token_it_is_nobody_though_its_user_is_somebody(served: Running) -> None:
    with closing(front_of(served)) as front:
        for token in (None, "", "bailee_nobody"):
            ask = Ask(act=ListClients.act, request=LIST, token=token, address="127.0.0.1")
            assert asked(front, ask) is errors.NotSignedIn
        # The connection stands: what was refused is no fault.
        assert asked(front, Ask(method=Method.STATE)) is FrameKind.ANSWER


def test_with_one_it_does_what_the_token_may(served: Running) -> None:
    call = served.server.caller.call
    done(call(AddClient(label="acme")))
    (actor,) = done(call(ListActors()))
    token = done(call(AddToken(actor=str(actor.actor))))
    with closing(front_of(served)) as front:
        ask = Ask(act=ListClients.act, request=LIST, token=token.secret, address="192.0.2.1")
        assert asked(front, ask) is FrameKind.ANSWER


def test_it_hands_over_no_passphrase(place: Path) -> None:
    with running(place, sealed=True) as one, closing(front_of(one)) as front:
        ask = Ask(method=Method.UNSEAL, request=PASSPHRASE)
        assert asked(front, ask) is errors.NotSignedIn
        assert one.server.state().sealed


def test_what_is_no_message_ends_its_connection_alone(served: Running) -> None:
    with closing(front_of(served)) as front, closing(front_of(served)) as other:
        front.send(FrameKind.ANSWER, b"no ask")
        assert asked(other, Ask(method=Method.STATE)) is FrameKind.ANSWER
