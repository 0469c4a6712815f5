"""Logs through the whole house: what goes in comes back, once, and the ledger commits to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.logs.sources import Held
from tests.people import open_more
from tests.run.homes import make, opened

from bailee import errors, limits
from bailee.act import Denial
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import ExportLog, Ingested, IngestLog, LogExported
from bailee.logs.ingest import batch as batches
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import OBJECTS

LINES = b"""1.2.3.4 - alice [10/Oct/2025:13:55:36 +0000] "GET /?q=bob@example.org HTTP/1.1" 200 5
10.1.2.3 - - [10/Oct/2025:13:55:37 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11)"
no time here, user=carol@example.net password=hunter2zebra
"""
SECRET = b"hunter2zebra"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    make(folder)
    with opened(folder) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.call(AddClient(label="zebu"))
    return folder


@pytest.fixture(scope="module")
def house(place: Path) -> Iterator[App]:
    with opened(place) as house:
        yield house


def ingest(house: App, source: Held, stream: str, **more: object) -> Ingested:
    query: dict[str, Any] = {"client": "acme", "origin": "client-application", "stream": stream}
    answer = done(house.caller.send(IngestLog(**{**query, **more}), source))
    assert isinstance(answer, Ingested)
    return answer


def export(house: App, taken: Ingested, client: str = "acme") -> bytes:
    out = b""
    for batch in taken.batches:
        request = ExportLog(client=client, batch=str(batch), purpose="client-request")
        answer = done(house.caller.call(request))
        assert isinstance(answer, LogExported)
        out += b"".join(map(bytes, answer.chunks))
    return out


TEXTS = {
    "three lines": LINES,
    "without a last newline": LINES.rstrip(b"\n"),
    "with CR and newline": LINES.replace(b"\n", b"\r\n"),
    "with a mark of UTF-8": b"\xef\xbb\xbf" + LINES,
    "UTF-16, little end first": "\ufeff".encode("utf-16-le") + LINES.decode().encode("utf-16-le"),
    "UTF-16, big end first": "\ufeff".encode("utf-16-be") + LINES.decode().encode("utf-16-be"),
    "UTF-16 with half a character at its end": b"\xff\xfe" + "a\nb\n".encode("utf-16-le") + b"x",
    "UTF-16 without a mark": LINES.decode().encode("utf-16-le"),
    "bytes that are no text": bytes(range(256)) * 3,
    "one empty line": b"\n",
}


@pytest.mark.parametrize("said", TEXTS)
def test_what_goes_in_comes_back_byte_for_byte(house: App, said: str) -> None:
    text = TEXTS[said]
    name = f"cmp-{list(TEXTS).index(said)}"
    taken = ingest(house, Held(text), name, keep_secrets=True, reason="a dispute")
    assert export(house, taken) == text
    assert (taken.start, taken.end) == (0, len(text))


def test_a_secret_is_not_kept_unless_it_must_be(house: App) -> None:
    taken = ingest(house, Held(LINES), "plain")
    assert export(house, taken) == LINES.replace(SECRET, b"[secret]")
    assert sum(taken.secrets.values()) == 1


def test_nothing_at_all_makes_no_batch(house: App) -> None:
    taken = ingest(house, Held(b""), "empty")
    assert (taken.batches, taken.lines, taken.end) == ((), 0, 0)


def test_sending_again_has_no_second_effect(house: App) -> None:
    stdin = Held(LINES, address="-", lasting=False)
    first = ingest(house, stdin, "again")
    second = ingest(house, stdin, "again")
    assert (len(first.batches), second.batches, second.repeated) == (1, (), 1)
    assert (first.new_stream, second.new_stream) == (True, False)


def test_a_file_that_grew_is_gone_on_with(house: App) -> None:
    first = ingest(house, Held(LINES), "grows")
    again = ingest(house, Held(LINES), "grows")
    assert (again.start, again.end, again.batches) == (len(LINES), len(LINES), ())
    more = ingest(house, Held(LINES + b"one more\n"), "grows")
    assert (more.start, more.lines) == (len(LINES), 1)
    assert export(house, first) + export(house, more) == (LINES + b"one more\n").replace(
        SECRET, b"[secret]"
    )


def test_a_file_that_starts_otherwise_is_another_source(house: App) -> None:
    ingest(house, Held(LINES), "rotates")
    other = LINES.replace(b"alice", b"xavier")
    taken = ingest(house, Held(other), "rotates")
    assert (taken.start, taken.lines) == (0, 3)
    back = ingest(house, Held(LINES + b"x\n"), "rotates")
    assert (back.start, back.lines) == (len(LINES), 1)


def test_a_large_source_is_a_run_of_batches(house: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_LINES", 100_000)
    rows = (
        b"user=u%d %b %d\n" % (number % 5000, b"x" * (number % 67), number)
        for number in range(230_000)
    )
    text = b"".join(rows)
    source = Held(text, chunk=3_000_000)
    taken = ingest(house, source, "large")
    assert len(text) > 10 << 20
    assert len(taken.batches) == 3
    assert source.told[-1] == len(text)
    assert source.told == sorted(source.told)
    open_more(house)
    assert export(house, taken) == text


def test_each_batch_is_an_entry_that_commits_to_it(house: App) -> None:
    taken = ingest(house, Held(LINES), "entry")
    request = ShowEntries(client="acme", purpose="security")
    answer = done(house.caller.call(request))
    shown = [entry for entry in answer.entries if entry.opening.kind == "log:batch"]
    (body,) = [entry.body for entry in shown if entry.body["batch"] == str(taken.batches[0])]
    assert (body["lines"], body["blocks"], body["b0.lines"]) == ("3", "1", "3")
    assert (body["bytes"], body["offset"]) == ("4096", "0")
    assert len(body["b0.lines-root"]) == len(body["b0.values-root"]) == 64
    assert len(body["text.sha256"]) == len(body["names.commitment"]) == 64
    subject = next(e.subject for e in shown if e.body["batch"] == str(taken.batches[0]))
    assert subject == {"source": "/var/log/web.log"}


def test_history_older_than_the_names_horizon_keeps_no_names(house: App) -> None:
    taken = ingest(house, Held(LINES), "old", epoch="2001-01")
    assert not taken.names
    with pytest.raises(errors.Conflict):
        export(house, taken)


WRONG: dict[str, dict[str, Any]] = {
    "a new stream without origin": {"origin": None},
    "an origin that is none": {"origin": "elsewhere"},
    "a name in capitals": {"stream": "Web"},
    "a zone that is none": {"zone": "Mars/Olympus"},
    "a month that is none": {"epoch": "2025-13"},
    "secrets kept for no reason": {"keep_secrets": True},
}


@pytest.mark.parametrize("said", WRONG)
def test_a_request_that_is_wrong_is_refused(house: App, said: str) -> None:
    with pytest.raises(errors.UsageError):
        ingest(house, Held(LINES), **{"stream": "wrong"} | WRONG[said])


@pytest.mark.parametrize("extra", [0, 1])
def test_a_name_of_a_stream_has_a_limit(house: App, extra: int) -> None:
    name = "s" * (limits.LABEL_CHARS + extra)
    if extra:
        with pytest.raises(errors.LimitExceeded):
            ingest(house, Held(LINES), name)
    else:
        assert ingest(house, Held(LINES), name).lines == 3


def test_a_batch_of_another_client_is_not_there(house: App) -> None:
    taken = ingest(house, Held(LINES), "mine")
    with pytest.raises(errors.NotFound):
        export(house, taken, client="zebu")


def test_without_a_purpose_nothing_is_given_back(house: App) -> None:
    taken = ingest(house, Held(LINES), "purpose")
    answer = house.caller.call(ExportLog(client="acme", batch=str(taken.batches[0])))
    assert isinstance(answer, Denial)


def test_no_personal_byte_lies_on_the_disk(house: App, place: Path) -> None:
    user, mail, secret, source = (mark().encode() for _ in range(4))
    text = b"user=%b mail=%b@example.org from 2001:db8::1234:5678 password=%b\n"
    log = Held(text % (user, mail, secret), address=f"/var/log/{source.decode()}.log")
    ingest(house, log, "canary", keep_secrets=True, reason="a dispute")
    wanted = (user, mail, secret, source)
    for path in (place / "home").rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert [one for one in wanted if holds(held, one)] == [], path


def test_a_flipped_bit_is_found(house: App, place: Path) -> None:
    taken = ingest(house, Held(LINES), "flip")
    files = sorted((place / "home" / OBJECTS).rglob("bl-*"), key=lambda path: path.stat().st_mtime)
    for path in files[-3:]:
        whole = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
    with pytest.raises(errors.Damaged):
        export(house, taken)
