"""A server that stays sealed tells of it once, and what it writes down of itself is in custody."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.absence import holds
from tests.answers import done
from tests.notices.servers import Certificate, Mailbox, certificate, mail_server
from tests.notices.test_notices import OPS, mail_table
from tests.patience import NovemberClock
from tests.run.homes import PASSPHRASE
from tests.serve.served import Running, found, running

from bailee.keys.acts import SealKeys
from bailee.ledger.vocabulary import NOTICE_SEND
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import ExportLog
from bailee.run import config
from bailee.run.sending import ways
from bailee.run.serve.own_log import EACH_S, FIRST_S, STREAM, OwnLog
from bailee.run.serve.sealed_long import LONG_S, SealedLong
from bailee.run.wiring.app import os_principal
from bailee.secret import Secret
from bailee.telemetry.events import Event, EventLog


class Hand:
    """Time that a test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def tls(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


@pytest.fixture
def box(tls: Certificate) -> Iterator[Mailbox]:
    with mail_server(tls.context()) as found_box:
        yield found_box


@pytest.fixture
def lines() -> list[str]:
    return []


def _place(tmp_path: Path, table: str) -> Path:
    place = tmp_path / "all"
    place.mkdir()
    found(place)
    page = place / "home" / config.FILE_NAME
    page.write_text(page.read_text("utf-8") + "\n" + table, "utf-8")
    return place


def _watch(one: Running, place: Path, hand: Hand, lines: list[str]) -> SealedLong:
    clock = NovemberClock()
    events = EventLog(lines.append, clock.now_ms)
    return SealedLong(one.home, place / "home", clock, events, ways, monotonic_s=hand)


def _sent(one: Running) -> list[dict[str, str]]:
    shown = done(one.server.caller.call(ShowEntries(client="provider", purpose="security")))
    return [dict(entry.body) for entry in shown.entries if entry.opening.kind == NOTICE_SEND]


@pytest.mark.parametrize(
    "told",
    [
        ("en", "Bailee: a server stays sealed"),
        ("fr", "Bailee\u202f: un serveur reste scellé"),
    ],
)
def test_sealed_for_minutes_is_told_once_to_each_address_and_recorded_once_it_is_open(
    tmp_path: Path, tls: Certificate, box: Mailbox, lines: list[str], told: tuple[str, str]
) -> None:
    language, subject = told
    place, hand = _place(tmp_path, mail_table(box, tls, f'language = "{language}"')), Hand()
    with running(place) as one:
        watch = _watch(one, place, hand, lines)
        watch.look()
        done(one.server.caller.call(SealKeys()))
        for hand.now_s in (10.0, 10.0 + LONG_S - 1):
            watch.look()
        assert box.taken == []
        for hand.now_s in (10.0 + LONG_S, 20.0 + LONG_S, 100 * LONG_S):
            watch.look()
        (mail,) = box.taken
        assert mail["Subject"] == subject
        assert not holds(str(mail["Subject"]), OPS)
        assert one.server.unseal(Secret(PASSPHRASE)) is None
        assert _sent(one) == []
        watch.look()
        watch.look()
        (body,) = _sent(one)
        assert (body["cause"], body["medium"]) == ("sealed-long", "mail")
        assert holds(str(mail["Message-ID"]), body["notice"])
        # Sealed anew is another cause.
        done(one.server.caller.call(SealKeys()))
        watch.look()
        hand.now_s += LONG_S
        watch.look()
        assert len(set(box.ids())) == 2
    events = [json.loads(line)["event"] for line in lines]
    assert events == ["sealed-long", "sealed-long"]


def test_a_mail_server_that_does_not_take_it_is_asked_again_under_the_same_id(
    tmp_path: Path, tls: Certificate, box: Mailbox, lines: list[str]
) -> None:
    place, hand = _place(tmp_path, mail_table(box, tls)), Hand()
    tried: list[int] = []
    box.answer, box.on_data = "451 later", lambda: tried.append(1)
    with running(place, sealed=True) as one:
        watch = _watch(one, place, hand, lines)
        watch.look()
        hand.now_s = LONG_S
        watch.look()
        made = watch._messages.copy()
        box.answer = "250 OK"
        watch.look()
        watch.look()
    assert len(tried) == 2
    (message,) = made.values()
    assert [holds(one, str(message.id)) for one in box.ids()] == [True]


def test_what_it_writes_down_of_itself_is_a_stream_of_the_provider(tmp_path: Path) -> None:
    place, hand, shown = tmp_path, Hand(), list[str]()
    found(place)
    events = EventLog(shown.append, NovemberClock().now_ms)
    with running(place) as one:
        log = OwnLog(one.home, os_principal(), events, monotonic_s=hand)
        events.say(Event.STARTED)
        log.look()
        hand.now_s = FIRST_S
        log.look()
        events.say(Event.OPENED)
        log.look()
        done(one.server.caller.call(SealKeys()))
        events.say(Event.SEALED)
        hand.now_s += EACH_S
        log.look()
        assert one.server.unseal(Secret(PASSPHRASE)) is None
        log.look()
        log.look()
        given = done(
            one.server.caller.call(ExportLog(client="provider", stream=STREAM, purpose="service"))
        )
        kept = b"".join(map(bytes, given.chunks)).decode()
    assert kept.splitlines() == shown
    assert [json.loads(line)["event"] for line in shown] == ["started", "opened", "sealed"]
