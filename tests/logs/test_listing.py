"""Streams listed: how much of what, by day, and no value; other clients see nothing of it."""

from collections.abc import Iterator

import pytest
from tests.answers import done
from tests.logs.sources import Held
from tests.run.homes import make, opened

from bailee import errors
from bailee.act import Denial
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import IngestLog, ListStreams, StreamListed
from bailee.logs.search import listing
from bailee.run.wiring.app import App
from bailee.scan.kinds import Kind
from bailee.seal.padding import COARSE_BYTES

DAY = 20_371  # 2025-10-10
LINES = b"""1.2.3.4 - alice [10/Oct/2025:23:59:59 +0000] "GET /?q=bob@example.org HTTP/1.1" 200 5
10.1.2.3 - - [11/Oct/2025:00:00:01 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11)"
user=carol@example.net password=hunter2zebra
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("listing")
    make(folder)
    with opened(folder) as house:
        for label in ("acme", "zebu", "full"):
            house.caller.call(AddClient(label=label))
        for stream, text in (("web", LINES), ("web", LINES + b"x\n"), ("app", b"no one\n")):
            request = IngestLog(client="acme", stream=stream, origin="infrastructure")
            house.caller.send(request, Held(text, address=f"/{stream}"))
        yield house


def listed(house: App, client: str = "acme") -> dict[str, StreamListed]:
    answer = house.caller.call(ListStreams(client=client))
    assert not isinstance(answer, Denial)
    return {one.label: one for one in answer}


def test_each_stream_is_counted_by_day_and_kind(house: App) -> None:
    streams = listed(house)
    assert list(streams) == ["app", "web"]
    web = streams["web"]
    assert (web.batches, web.lines, web.size_bytes) == (2, 4, 2 * COARSE_BYTES)
    assert (web.origin, web.zone, web.ended) == ("infrastructure", "UTC", 0)
    named = {
        day - DAY: {Kind(kind).name if kind else "lines": n for kind, n in kinds.items()}
        for day, kinds in web.days.items()
        if day <= DAY + 1
    }
    assert named == {
        0: {"lines": 1, "IPV4": 1, "USERNAME": 1, "EMAIL": 1},
        1: {"lines": 2, "IPV4": 1, "USER_AGENT": 1, "EMAIL": 1, "SECRET": 1},
    }
    assert streams["app"].days[max(streams["app"].days)] == {0: 1}


def test_another_client_sees_nothing_of_it(house: App) -> None:
    assert listed(house, "zebu") == {}
    with pytest.raises(errors.NotFound):
        listed(house, "nobody")


def test_a_purpose_that_is_not_theirs_lists_nothing(house: App) -> None:
    assert isinstance(house.caller.call(ListStreams(client="acme", purpose="rights")), Denial)


def test_many_batches_are_opened_a_slice_at_a_time(
    house: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        request = IngestLog(client="full", stream="s", origin="infrastructure")
        house.caller.send(request, Held(b"1.2.3.4\n", address=f"/{number}"))
    monkeypatch.setattr(listing, "SLICE_BATCHES", 2)
    (one,) = listed(house, "full").values()
    assert (one.batches, one.lines) == (5, 5)
    shown = done(house.caller.call(ShowEntries(client="full", purpose="security"))).entries
    kinds = [entry.opening.kind for entry in shown]
    assert kinds.count("stream:list") == 3
    told = [e.body for e in shown if e.opening.kind == "outcome" and "streams" in e.body]
    assert [body["batches"] for body in told] == ["2", "2", "1"]
