"""A server elsewhere: who is asked, what is verified, what is kept, and what is asked again."""

import http.client
import json
import os
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest
from tests.absence import holds
from tests.answers import done
from tests.house.source import ROOT
from tests.notices.servers import certificate
from tests.patience import HANGS_S
from tests.run.homes import Shell
from tests.serve.served import found, fronted, token_of

from bailee import errors
from bailee.client.remote import TRIES, RemoteCaller, RemoteServer, ServerUrl
from bailee.clients.acts import AddClient, ListClients
from bailee.objects.acts import PutObject
from bailee.run.serve.front import CONNECTIONS
from bailee.secret import Secret
from bailee.wire.asks import ASKS, Ask, Method
from bailee.wire.codec import coder, read_error, written_error
from bailee.wire.frames import MEDIA_TYPE, MESSAGES_PATH, FrameKind, packed, value_of

CLIENT = "acme"
TOKEN = Secret("bailee_nobody")


@dataclass
class There:
    """A server elsewhere, whom a command and a program ask with one token."""

    url: str
    token: str
    shell: Shell
    port: int
    ca: Path


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    place = tmp_path_factory.mktemp("remote")
    found(place)
    tls = certificate(place)
    with fronted(place, tls=tls) as (server, front):
        url = f"https://127.0.0.1:{front.port}"
        # Neither a home nor a passphrase: whatever opened one here would fail.
        shell = Shell(
            place,
            {
                "BAILEE_URL": url,
                "BAILEE_HOME": str(place / "none"),
                "BAILEE_PASSPHRASE_COMMAND": "false",
            },
        )
        yield There(url, token_of(server), shell, front.port, tls.cert)


@contextmanager
def logged_in(there: There) -> Iterator[Shell]:
    there.shell("login", "--ca", str(there.ca), stdin=there.token.encode())
    yield there.shell
    there.shell("logout")


def test_commands_ask_the_server_that_the_url_names(there: There, tmp_path: Path) -> None:
    with logged_in(there) as shell:
        shell("client", "add", CLIENT)
        assert CLIENT in shell("client", "list").text
        (tmp_path / "file").write_bytes(bytes(range(256)) * 9_000)
        shell("object", "put", "--client", CLIENT, str(tmp_path / "file"))
        of = ("--client", CLIENT, "--purpose", "client-request")
        assert shell("object", "get", *of, "file").out == bytes(range(256)) * 9_000
        assert shell("object", "get", "--client", CLIENT, "file", expect=4).err
        line = b"Nov 30 08:00:01 host sshd[1]: user=anna from 192.0.2.1 port 4\n"
        push = ("--client", CLIENT, "--stream", "web", "--origin", "provider-tool")
        shell("log", "push", *push, stdin=line)
        assert shell("log", "search", "--client", CLIENT, "--purpose", "service").text
        shell("ledger", "export", "--client", CLIENT, str(tmp_path / "export"))
        assert (tmp_path / "export" / "checkpoint").read_bytes()


def test_a_login_is_kept_for_its_owner_alone_and_shown_without_the_token(there: There) -> None:
    with logged_in(there) as shell:
        (kept,) = (shell.place / ".config/bailee/logins").iterdir()
        assert kept.stat().st_mode & 0o777 == 0o600
        shown = json.loads(shell("login", "--show", "-o", "json").text)
        assert shown == {"url": there.url, "ca": str(there.ca)}
        table = shell("login", "--show")
        assert there.url in table.text
        assert not holds(table.out, there.token.encode())
        kept.chmod(0o640)
        assert "others may read it" in shell("client", "list", expect=10).err
        kept.chmod(0o600)
    assert list((there.shell.place / ".config/bailee/logins").iterdir()) == []
    assert "nobody is logged in" in there.shell("client", "list", expect=12).err


def test_a_token_that_does_not_stand_is_not_kept(there: There) -> None:
    wrong = b"bailee_" + os.urandom(24).hex().encode()
    said = there.shell("login", "--ca", str(there.ca), stdin=wrong, expect=12)
    assert not holds(said.err.encode() + said.out, wrong)
    there.shell("logout", expect=12)


def test_a_token_is_read_from_a_descriptor(there: There) -> None:
    there.shell("login", "--ca", str(there.ca), "--token-fd", "0", stdin=there.token.encode())
    there.shell("logout")


@pytest.mark.parametrize(
    "words",
    [
        *(("init",), ("serve",), ("doctor",), ("home", "upgrade"), ("job", "run")),
        *(("key", "unseal"), ("backup", "restore", "--rehearse", "a", "b")),
    ],
    ids=lambda words: "-".join(words[:2]),
)
def test_what_needs_the_home_itself_is_refused(there: There, words: tuple[str, ...]) -> None:
    assert "needs the home itself" in there.shell(*words, expect=2).err
    assert not (there.shell.place / "none").exists()


def test_a_certificate_of_an_authority_that_is_not_trusted_ends_it(there: There) -> None:
    with (
        closing(RemoteServer(there.url, Secret(there.token))) as server,
        pytest.raises(errors.Unreachable) as raised,
    ):
        server.caller.call(ListClients())
    assert raised.value.reason == "errors_remote.certificate"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://custody.example", "not-tls"),
        ("http://127.0.0.2", "not-tls"),
        ("https://user:pass@custody.example", "url"),
        ("https://custody.example/?token=1", "url"),
        ("https://custody.example/a b", "url"),
        ("https://custody.example:99999", "url"),
        ("ftp://custody.example", "url"),
        ("custody.example", "url"),
    ],
)
def test_what_is_no_url_of_a_server_is_refused(text: str, reason: str) -> None:
    with pytest.raises(errors.UsageError) as raised:
        ServerUrl.parse(text)
    assert raised.value.reason == f"errors_remote.{reason}"


@pytest.mark.parametrize("text", ["http://127.0.0.1:8000", "http://[::1]:1", "http://localhost"])
def test_this_machine_is_asked_without_tls(text: str) -> None:
    assert not ServerUrl.parse(text).tls


# --- what is asked again ---------------------------------------------------------------------


def answer(status: int, kind: FrameKind | None, value: object = None, **headers: str) -> bytes:
    """Write one answer of a server, as bytes of HTTP."""
    body = b"" if kind is None else packed(kind, msgspec.msgpack.encode(value))
    lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {one}" for name, one in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Scripted:
    """A server that gives one answer after another; an empty one ends the connection."""

    listener: socket.socket
    answers: list[bytes]
    asked: int = 0

    def run(self) -> None:
        while self.answers:
            made, _ = self.listener.accept()
            made.settimeout(HANGS_S)
            with made:
                while self.answers and self._take(made):
                    pass

    def _take(self, made: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            some = made.recv(65_536)
            if not some:
                return False
            head += some
        lines, _, rest = head.partition(b"\r\n\r\n")
        length = next(
            int(one.split(b":")[1]) for one in lines.split(b"\r\n") if b"ontent-Length" in one
        )
        while len(rest) < length:
            rest += made.recv(65_536)
        self.asked += 1
        given = self.answers.pop(0)
        made.sendall(given)
        return bool(given)


@contextmanager
def scripted(*answers: bytes) -> Iterator[tuple[Scripted, RemoteCaller, list[float]]]:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(HANGS_S)
    server = Scripted(listener, list(answers))
    thread = threading.Thread(target=server.run)
    thread.start()
    waits: list[float] = []
    url = ServerUrl.parse(f"http://127.0.0.1:{listener.getsockname()[1]}")
    caller = RemoteCaller(url, TOKEN, pause=waits.append)
    try:
        yield server, caller, waits
    finally:
        caller.close()
        thread.join(HANGS_S)
        listener.close()


BUSY = written_error(errors.LockedByOther("errors_rest.busy"))
NONE = answer(200, FrameKind.ANSWER, [], **{"Content-Type": MEDIA_TYPE})


def busy(**headers: str) -> bytes:
    return answer(423, FrameKind.FAILED, BUSY, **{"Content-Type": MEDIA_TYPE, **headers})


def test_a_server_that_has_no_room_is_asked_again_when_it_says() -> None:
    with scripted(busy(), busy(Retry_After="7"), busy(Retry_After="9000"), NONE) as at:
        server, caller, waits = at
        assert done(caller.call(ListClients())) == ()
    assert server.asked == 4
    assert waits == [0.5, 7.0, 30.0]


def test_it_is_not_asked_without_an_end() -> None:
    with (
        scripted(*[busy()] * TRIES) as (server, caller, waits),
        pytest.raises(errors.LockedByOther),
    ):
        caller.call(AddClient(label=CLIENT))
    assert server.asked == TRIES
    assert waits == [0.5, 1.0, 2.0]


def test_what_changes_something_is_not_asked_again_where_nobody_knows_whether_it_was_done() -> None:
    with scripted(b"") as (server, caller, waits), pytest.raises(errors.OutcomeUnknown):
        caller.call(AddClient(label=CLIENT))
    assert (server.asked, waits) == (1, [])


def test_what_only_looks_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):  # asked by nothing of ours
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with scripted(b"", answer(502, None), NONE) as (server, caller, waits):
        assert done(caller.call(ListClients())) == ()
    assert (server.asked, waits) == (3, [0.5, 1.0])


def test_a_redirect_is_not_followed() -> None:
    with (
        scripted(answer(307, None, Location="http://127.0.0.1:9/")) as (server, caller, _),
        pytest.raises(errors.Unreachable) as raised,
    ):
        caller.call(ListClients())
    assert raised.value.reason == "errors_remote.elsewhere"
    assert server.asked == 1


# --- what is sent to it ----------------------------------------------------------------------


def posted(there: There, body: bytes) -> tuple[int, errors.BaileeError]:
    context = ssl.create_default_context(cafile=there.ca)
    made = http.client.HTTPSConnection("127.0.0.1", there.port, timeout=HANGS_S, context=context)
    with closing(made):
        made.request("POST", MESSAGES_PATH, body, {"Authorization": f"Bearer {there.token}"})
        response = made.getresponse()
        plain = response.read()
    assert plain[4] == FrameKind.FAILED
    return response.status, read_error(value_of(plain[5:]))


def asked(ask: Ask) -> bytes:
    return packed(FrameKind.ASK, msgspec.msgpack.encode(ASKS.write(ask)))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "errors_socket.malformed"),
        (b"\xff\xff\xff\xff\x01", "errors_socket.long"),
        (b"\0\0\0\0\x63", "errors_socket.malformed"),
        (packed(FrameKind.GIVEN, b"a"), "errors_socket.malformed"),
        (packed(FrameKind.ASK, b"\xc1"), "errors_socket.malformed"),
        (asked(Ask(act="none:such")), "errors_socket.no-act"),
        (asked(Ask(act="client:list", request=[1])), "errors_socket.malformed"),
        (asked(Ask(act="log:ingest")), "errors_rest.only-there"),
        (asked(Ask(method=Method.UNSEAL, request="a phrase")), "errors_rest.only-there"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_no_request_is_refused(there: There, body: bytes, reason: str) -> None:
    status, error = posted(there, body)
    assert error.reason == reason
    assert status == error.http_status


def test_who_asks_is_never_in_what_is_sent(there: There) -> None:
    # A token that stands, in the message: the one in the header alone counts.
    plain = coder(ListClients).write(ListClients())
    body = asked(Ask(act="client:list", request=plain, token=there.token))
    status, error = posted(replace(there, token="bailee_nobody"), body)
    assert (status, error.reason) == (401, "errors_rest.no-token")


def test_of_the_state_nothing_is_said_to_who_shows_no_token(there: There) -> None:
    status, _ = posted(replace(there, token="bailee_nobody"), asked(Ask(method=Method.STATE)))
    assert status == 401


def test_who_leaves_in_the_middle_of_a_put_takes_no_connection_with_them(tmp_path: Path) -> None:
    found(tmp_path)
    with fronted(tmp_path) as (server, front):
        done(server.caller.call(AddClient(label=CLIENT)))
        token = token_of(server)
        request = coder(PutObject).write(PutObject(client=CLIENT, name="a"))
        first = asked(Ask(act="object:put", request=request))
        first += packed(FrameKind.GIVEN, b"some")
        head = (
            f"POST {MESSAGES_PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Length: {len(first) + 9}\r\n\r\n"
        )
        for _ in range(CONNECTIONS + 1):
            with socket.create_connection(("127.0.0.1", front.port), HANGS_S) as made:
                made.sendall(head.encode() + first)
        with closing(RemoteServer(f"http://127.0.0.1:{front.port}", Secret(token))) as there:
            assert len(done(there.caller.call(ListClients()))) == 1


def test_the_example_of_the_guide_runs(tmp_path: Path) -> None:
    guide = (ROOT / "docs/machines.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    found(tmp_path)
    tls = certificate(tmp_path)
    with fronted(tmp_path, tls=tls) as (server, front):
        done(server.caller.call(AddClient(label=CLIENT)))
        url = f"https://127.0.0.1:{front.port}"
        names: dict[str, object] = {}
        given = {"https://custody.example": url, "/etc/bailee/token": str(tmp_path / "token")}
        (tmp_path / "token").write_text(token_of(server), "ascii")
        for was, now in (given | {"/etc/bailee/authority.pem": str(tls.cert)}).items():
            assert was in example
            example = example.replace(was, now)
        exec(compile(example, "machines.md", "exec"), names)  # noqa: S102  # our own guide
        assert names["content"] == b"some bytes"
