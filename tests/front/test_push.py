"""Lines pushed over HTTP: packed or not, once by their positions, and never lost to a refusal."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from tests.answers import done
from tests.front.http import Answer, Http
from tests.serve.served import found, speaking

from bailee.accounts.acts import AddActor, AddToken, RevokeToken
from bailee.client.server import Server
from bailee.clients.acts import AddClient, LockClient
from bailee.limits import PUSH_BYTES
from bailee.logs.acts import ExportLog, LogExported

CLIENT = "acme"
LINES = b"from 192.0.2.7\n" * 500


class Shipper:
    """Who pushes lines over HTTP, and the server's own side."""

    def __init__(self, place: Path, server: Server, port: int) -> None:
        self.place = place
        self.server = server
        self.client = str(done(server.caller.call(AddClient(label=CLIENT))).client)
        added = server.caller.call(AddActor(os_user="shipper", role="service"))
        self.token = done(server.caller.call(AddToken(actor=str(done(added).actor))))
        self.http = Http(port, self.token.secret)

    def push(self, lines: bytes, *, query: str = "stream=web", **headers: str) -> Answer:
        """Push lines by the name of a stream."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        where = f"/v1/clients/{self.client}/logs:push?{query}"
        return self.http.ask("POST", where, lines, headers=named)

    def held(self) -> bytes:
        """Give all lines in custody."""
        asked = ExportLog(client=CLIENT, stream="web", purpose="service")
        answer = done(self.server.caller.call(asked))
        assert isinstance(answer, LogExported)
        return b"".join(map(bytes, answer.chunks))


@pytest.fixture
def shipper(tmp_path: Path) -> Iterator[Shipper]:
    found(tmp_path)
    with speaking(tmp_path) as (server, port):
        yield Shipper(tmp_path, server, port)


def test_lines_come_as_they_are_or_packed_and_once_by_their_position(shipper: Shipper) -> None:
    new = "stream=web&origin=infrastructure"
    first = shipper.push(LINES, query=new, Bailee_Source="a", Bailee_Position="1")
    assert (first.status, first.json["repeated"], first.json["position"]) == (200, False, 1)
    packed = {"gzip": gzip.compress(LINES), "zstd": zstandard.compress(LINES)}
    for position, (encoding, data) in enumerate(packed.items(), 2):
        named = {"Bailee_Source": "a", "Bailee_Position": str(position)}
        for repeated in (False, True):
            answer = shipper.push(data, Content_Encoding=encoding, **named)
            assert (answer.status, answer.json["repeated"]) == (200, repeated)
    stream = first.json["stream"]
    where = f"/v1/clients/{shipper.client}/streams/{stream}/lines"
    assert shipper.http.ask("POST", where, LINES).status == 200
    assert shipper.held() == LINES * 4
    asked = shipper.push(b"", Bailee_Source="a")
    assert asked.json["position"] == 3


def test_what_is_its_own_fault_is_said_as_it_is(shipper: Shipper) -> None:
    shipper.push(LINES, query="stream=web&origin=infrastructure")
    bomb = gzip.compress(bytes(PUSH_BYTES + 1))
    cases = (
        (bomb, {"Content_Encoding": "gzip"}, (413, "long")),
        (zstandard.compress(bytes(PUSH_BYTES + 1)), {"Content_Encoding": "zstd"}, (413, "long")),
        (LINES, {"Content_Encoding": "gzip"}, (400, "packed")),
        (gzip.compress(LINES)[:-9], {"Content_Encoding": "gzip"}, (400, "packed")),
        (LINES, {"Content_Encoding": "br"}, (400, "encoding")),
        (LINES, {"Bailee_Position": "1"}, (400, "no-source")),
        (LINES, {"Bailee_Source": "a", "Bailee_Position": "one"}, (400, "value")),
    )
    for lines, headers, said in cases:
        answer = shipper.push(lines, **headers)
        assert (answer.status, answer.json["slug"]) == said
    elsewhere = {"Bailee_Source": "a", "Bailee_Start": "5", "Bailee_Position": "9"}
    answer = shipper.push(LINES, **elsewhere)
    assert (answer.status, answer.json["slug"]) == (409, "elsewhere")
    assert shipper.held() == LINES


def test_what_somebody_can_mend_is_to_be_sent_again_and_only_a_revoked_token_is_not(
    shipper: Shipper,
) -> None:
    call = shipper.server.caller.call

    def refused() -> tuple[int, bool]:
        answer = shipper.push(LINES)
        return answer.status, "retry-after" in answer.headers

    assert refused() == (503, True)  # no such stream
    nobody = replace(shipper.http, token="bailee_none")
    done(call(LockClient(label=CLIENT, reason="a fault")))
    assert refused() == (503, True)
    done(call(RevokeToken(token=str(shipper.token.token))))
    assert refused() == (401, False)
    shipper.http = nobody
    assert refused() == (401, False)
