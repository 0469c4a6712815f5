"""A head of a request that is too long, or too long in coming, ends its connection."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.answers import done
from tests.front.http import Http
from tests.patience import HANGS_S
from tests.serve.served import found, fronted
from uvicorn.server import ServerState

from bailee.accounts.acts import AddToken, ListActors
from bailee.front.heads import HEAD_BYTES, BoundedHeads

REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\n"


async def _app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # as ASGI has them
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


class Hasty(BoundedHeads):
    within_s = 0.05


def answers(sent: list[bytes], protocol: type[BoundedHeads] = BoundedHeads) -> list[bytes]:
    """Send one after another; give what came after each, nothing where the connection ended."""

    async def asked() -> list[bytes]:
        config = uvicorn.Config(_app, http=protocol, lifespan="off", log_config=None)
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        came = []
        for one in sent:
            try:
                writer.write(one)
                await writer.drain()
                came.append(await asyncio.wait_for(reader.read(4_096), HANGS_S))
            except ConnectionError:
                came.append(b"")
        writer.close()
        server.close()
        return came

    return asyncio.run(asked())


def test_two_requests_have_their_answers() -> None:
    assert all(one.startswith(b"HTTP/1.1 204") for one in answers([REQUEST + b"\r\n"] * 2))


def test_a_head_without_end_ends_its_connection() -> None:
    line = b"a: " + bytes(1_000).replace(b"\0", b"b") + b"\r\n"
    (came,) = answers([REQUEST + line * (HEAD_BYTES // len(line) + 1)])
    assert came == b""


def test_the_second_of_a_connection_is_bounded_as_the_first() -> None:
    line = b"a: " + bytes(1_000).replace(b"\0", b"b") + b"\r\n"
    first, second = answers([REQUEST + b"\r\n", REQUEST + line * (9 * HEAD_BYTES // len(line))])
    assert first.startswith(b"HTTP/1.1 204")
    assert second == b""


def test_who_says_nothing_or_half_a_head_is_ended() -> None:
    assert answers([b""], Hasty) == [b""]
    assert answers([REQUEST], Hasty) == [b""]


def test_a_body_may_be_longer_and_slower() -> None:
    head = REQUEST + b"content-length: %d\r\n\r\n" % (3 * HEAD_BYTES)
    (came,) = answers([head + bytes(3 * HEAD_BYTES)])
    assert came.startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize("said", ["unknown", "010.9.8.1", "<x>", "192.0.2.9, unknown", ""])
def test_what_a_proxy_says_and_is_no_address_is_nobodys_fault(tmp_path: Path, said: str) -> None:
    found(tmp_path)
    with fronted(tmp_path, trusted=("127.0.0.1",)) as (server, front):
        (actor,) = done(server.caller.call(ListActors()))
        add = AddToken(actor=str(actor.actor))
        free = done(server.caller.call(add))
        held = done(server.caller.call(replace(add, networks=("192.0.2.0/24",))))
        for token, status in ((free, 200), (held, 401)):
            http = Http(front.port, token.secret)
            headers = {"X-Forwarded-For": said} if said else {}
            assert http.ask("GET", "/v1/clients", headers=headers).status == status
