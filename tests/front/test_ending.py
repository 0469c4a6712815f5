"""What streams ends soon after whoever asked may no more, over HTTP and over the socket."""

import http.client
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.serve.served import found, running, speaking

from bailee import errors
from bailee.accounts.acts import AddActor, AddToken, RetireActor, RevokeToken
from bailee.act import Principal
from bailee.client.server import Server
from bailee.clients.acts import AddClient, LockClient
from bailee.objects.acts import GetObject, PutObject
from bailee.run.serve import standing
from bailee.run.serve.standing import EACH_S, Standing

LARGE_BYTES = 24 << 20
"""More than lies in all buffers on the way."""
PROMISED_S = 5.0


class House:
    """A server with a large object, and a machine that reads it over HTTP."""

    def __init__(self, server: Server, port: int) -> None:
        self.call = server.caller.call
        self.client = str(done(self.call(AddClient(label="acme"))).client)
        data = (os.urandom(1 << 20) for _ in range(LARGE_BYTES >> 20))
        put = server.caller.send(PutObject(client="acme", name="large"), data)
        self.thing = str(done(put).object)
        reader = AddActor(os_user="reader", role="client-user", client="acme")
        actor = done(self.call(reader))
        self.token = done(self.call(AddToken(actor=str(actor.actor))))
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANGS_S)

    def begun(self) -> http.client.HTTPResponse:
        """Begin to read the object, and leave the rest on its way."""
        where = f"/v1/clients/{self.client}/objects/{self.thing}?purpose=client-request"
        self.connection.request(
            "GET", where, headers={"Authorization": f"Bearer {self.token.secret}"}
        )
        answer = self.connection.getresponse()
        assert answer.status == 200
        assert answer.read(1)
        return answer


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    # At each item rather than each second: no test waits for a clock.
    monkeypatch.setattr(standing, "EACH_S", 0.0)
    found(tmp_path)
    with speaking(tmp_path) as (server, port):
        one = House(server, port)
        yield one
        one.connection.close()


ENDS: dict[str, Callable[[House], object]] = {
    "its actor is retired": lambda house: house.call(RetireActor(os_user="reader")),
    "its role is taken away": lambda house: house.call(
        RetireActor(os_user="reader", role="client-user")
    ),
    "its token is revoked": lambda house: house.call(RevokeToken(token=str(house.token.token))),
    "its client is locked": lambda house: house.call(LockClient(label="acme", reason="a fault")),
}


SWEPT = ("its actor is retired", "its role is taken away")
"""Decided by the same rows as the others; each moves a large object."""


@pytest.mark.parametrize(
    "case", [pytest.param(one, marks=pytest.mark.sweep if one in SWEPT else ()) for one in ENDS]
)
def test_a_stream_over_http_ends(house: House, case: str) -> None:
    whole = house.begun()
    assert len(whole.read()) == LARGE_BYTES - 1
    cut = house.begun()
    done(ENDS[case](house))
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        cut.read()


def test_on_the_socket_it_ends_with_the_role_that_it_rested_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "EACH_S", 0.0)
    found(tmp_path)
    paul = Principal(os_user="paul")
    asked = GetObject(client="acme", object="large", purpose="client-request")
    with running(tmp_path) as one:
        call = one.server.caller.call
        done(call(AddClient(label="acme")))
        for role in ("support", "legal"):
            done(call(AddActor(os_user="paul", role=role)))
        with one.home.using() as app:
            his = Standing(app, paul, asked, one.home.require_open)
            his.require()
            done(call(RetireActor(os_user="paul", role="legal")))
            his.require()
            done(call(AddActor(os_user="paul", role="legal")))
            done(call(RetireActor(os_user="paul", role="support")))
            with pytest.raises(errors.Conflict, match="no-more"):
                his.require()


def test_it_is_looked_at_well_within_what_is_promised() -> None:
    assert EACH_S <= PROMISED_S / 2
