"""Lines pushed over HTTP: packed or not, once by their positions, and never lost to a refusal."""

import gzip
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from tests.answers import done
from tests.front.http import Answer, Http
from tests.patience import BEGAN
from tests.serve.served import found, speaking

from bailee.accounts.acts import AddActor, AddToken, RetireActor, RevokeToken
from bailee.client.server import Server
from bailee.clients.acts import AddClient, LockClient
from bailee.limits import PUSH_BYTES
from bailee.logs.acts import ExportLog, LogExported

CLIENT = "acme"
DAY_MS = 86_400_000
LINES = b"from 192.0.2.7\n" * 500


class Shipper:
    """Who pushes lines over HTTP, and the server's own side."""

    def __init__(self, place: Path, server: Server, port: int) -> None:
        self.place = place
        self.server = server
        self.client = str(done(server.caller.call(AddClient(label=CLIENT))).client)
        added = server.caller.call(AddActor(os_user="shipper", role="service"))
        self.actor = str(done(added).actor)
        self.token = done(server.caller.call(AddToken(actor=self.actor)))
        self.http = Http(port, self.token.secret)

    def push(self, lines: bytes, *, query: str = "stream=web", **headers: str) -> Answer:
        """Push lines by the name of a stream."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        where = f"/v1/clients/{self.client}/logs:push?{query}"
        return self.http.ask("POST", where, lines, headers=named)

    def refused(self) -> tuple[int, bool]:
        """Push lines; give the status, and whether it is said when to come again."""
        answer = self.push(LINES)
        return answer.status, "retry-after" in answer.headers

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


def causes(place: Path) -> list[str]:
    """Name the causes of the notices that wait to be sent."""
    rows = sqlite3.connect(f"file:{place}/home/rows.db?mode=ro", uri=True)
    with closing(rows):
        return [one for (one,) in rows.execute("select cause from notice")]


@contextmanager
def told(place: Path) -> Iterator[Shipper]:
    """Serve a home that has somebody to tell what fails, and ship to it."""
    found(place)
    with (place / "home" / "bailee.toml").open("a", encoding="utf-8") as settings:
        settings.write('[[webhook]]\nname = "ops"\nurl = "http://127.0.0.1:9/"\n')
    with speaking(place) as (server, port):
        yield Shipper(place, server, port)


def lock(shipper: Shipper) -> None:
    done(shipper.server.caller.call(LockClient(label=CLIENT, reason="a fault")))


def take_its_role(shipper: Shipper) -> None:
    done(shipper.server.caller.call(RetireActor(os_user="shipper")))


def let_its_term_end(shipper: Shipper) -> None:
    token = shipper.server.caller.call(AddToken(actor=shipper.actor, days=1))
    shipper.http = replace(shipper.http, token=done(token).secret)
    os.environ[BEGAN] = str(int(os.environ[BEGAN]) - 2 * DAY_MS)


def show_elsewhere(shipper: Shipper) -> None:
    token = shipper.server.caller.call(AddToken(actor=shipper.actor, networks=("192.0.2.0/24",)))
    shipper.http = replace(shipper.http, token=done(token).secret)


MENDED: dict[str, Callable[[Shipper], None]] = {
    "its client is locked": lock,
    "its actor is retired": take_its_role,
    "its term is over": let_its_term_end,
    "it comes from another network": show_elsewhere,
    "its stream is not there": lambda _: None,
}


@pytest.mark.parametrize("case", MENDED)
def test_whatever_somebody_can_mend_is_503_and_told_once_a_day(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BEGAN, os.environ[BEGAN])  # put back, whatever the case does to it
    with told(tmp_path) as shipper:
        MENDED[case](shipper)
        for _ in range(2):
            assert shipper.refused() == (503, True)
        assert causes(tmp_path).count("push-refused") == 1


def test_a_full_disk_is_503_and_told(tmp_path: Path) -> None:
    words = ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(tmp_path)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    try:
        with told(tmp_path) as shipper:
            new = "stream=web&origin=infrastructure"
            assert shipper.push(LINES, query=new).status == 200
            with (tmp_path / "filler").open("wb") as file, suppress(OSError):
                while True:
                    file.write(bytes(1 << 20))
            assert shipper.refused() == (503, True)
            (tmp_path / "filler").unlink()
            assert shipper.push(LINES).status == 200
            assert causes(tmp_path).count("push-refused") == 1
    finally:
        # Lazily: what is not collected yet may hold it open.
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_what_somebody_can_mend_is_to_be_sent_again_and_only_a_revoked_token_is_not(
    shipper: Shipper,
) -> None:
    call = shipper.server.caller.call

    assert shipper.refused() == (503, True)  # no such stream
    nobody = replace(shipper.http, token="bailee_none")
    done(call(LockClient(label=CLIENT, reason="a fault")))
    assert shipper.refused() == (503, True)
    done(call(RevokeToken(token=str(shipper.token.token))))
    assert shipper.refused() == (401, False)
    shipper.http = nobody
    assert shipper.refused() == (401, False)
