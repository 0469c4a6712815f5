"""A search gives the lines that brute force over the received ones gives, and no identifier."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.absence import holds, mark
from tests.answers import done
from tests.logs.sources import Held
from tests.run.homes import make, opened

from bailee import errors, limits
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal, Purpose
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import (
    EraseLog,
    FoundLine,
    IngestLog,
    LinesFound,
    LogErased,
    Revealed,
    RevealLog,
    SearchLog,
)
from bailee.logs.ingest import batch as batches
from bailee.logs.pieces import Placeholder, UndecodedBytes
from bailee.logs.search import service as searching
from bailee.logs.tally import Tally
from bailee.logs.token import TokenRef
from bailee.logs.window import Window
from bailee.run.cli.special.log_search import REVEAL_PURPOSES
from bailee.run.wiring.app import App
from bailee.scan.kinds import Kind

LINES = b"""2026-11-01T00:00:01Z login of user=alice from 10.1.2.3 ok
2026-11-01T00:00:02Z login of user=Alice from 10.1.2.4 failed
2026-11-01T00:00:03Z mail to alice@example.org queued password=hunter2zebra
no time here, stray \xe9 and marker \x1aD end
2026-11-02T00:00:00Z nothing of note
"""
NS = 1_000_000_000
DPO = Principal(os_user="dede")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def house(place: Path) -> Iterator[App]:
    with opened(place) as house, pytest.MonkeyPatch.context() as small:
        small.setattr(batches, "BATCH_LINES", 20)
        small.setattr("bailee.logs.store.lines.BLOCK_LINES", 7)
        small.setattr("bailee.logs.store.segment.GROUP_LINES", 3)
        small.setattr("bailee.logs.store.index.GROUP_LINES", 3)
        for label in ("acme", "zebu"):
            house.caller.call(AddClient(label=label))
        house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))
        yield house


def ingest(house: App, text: bytes, stream: str, **more: object) -> None:
    query: dict[str, Any] = {"client": "acme", "origin": "client-application", "stream": stream}
    house.caller.send(IngestLog(**{**query, **more}), Held(text, address=stream))


def ask(house: App, **more: object) -> tuple[list[FoundLine], Tally]:
    query: dict[str, Any] = {"client": "acme", "purpose": "security", **more}
    found = done(house.caller.call(SearchLog(**query)))
    assert isinstance(found, LinesFound)
    return list(found.lines), found.tally


def reveal(house: App, values: Sequence[TokenRef], **more: object) -> Revealed | Denial:
    query: dict[str, Any] = {"client": "acme", "purpose": "client-request", **more}
    answer: Revealed | Denial = house.caller.call(RevealLog(values=tuple(values), **query))
    return answer


def text_of(line: FoundLine, values: dict[TokenRef, bytes]) -> bytes:
    """Put a line together again; what has no value shows as its kind."""
    out = b""
    for piece in line.body:
        if isinstance(piece, Placeholder):
            ref = TokenRef(epoch=line.epoch, token=piece.token or b"")
            out += values.get(ref, b"<%s>" % piece.kind.name.encode())
        else:
            out += piece.raw if isinstance(piece, UndecodedBytes) else piece.encode()
    return out


# --- the oracle --------------------------------------------------------------------------------

WORDS = ("login", "error", "ok", "slow ", "x1a", "é")
PEOPLE = (b"alice", b"Alice", b"bob", b"carol@example.org", b"Carol@Example.ORG", b"10.1.2.3")
names = count()


@dataclass(frozen=True)
class Drawn:
    """A line with what is known of it by construction."""

    hour: int
    parts: tuple[str | bytes, ...]

    @property
    def stamp(self) -> bytes:
        return b"2026-11-01T%02d:00:00Z" % self.hour

    @property
    def ns(self) -> int:
        return int(datetime(2026, 11, 1, self.hour, tzinfo=UTC).timestamp()) * NS

    @property
    def raw(self) -> bytes:
        return b" ".join([self.stamp, *map(self._said, self.parts)]) + b"."

    @property
    def people(self) -> frozenset[bytes]:
        return frozenset(part.lower() for part in self.parts if isinstance(part, bytes))

    def holds(self, wanted: str) -> bool:
        """Look in what is left between identifiers."""
        return any(wanted in text.decode() for text in re.split(b"|".join(PEOPLE), self.raw))

    def _said(self, part: str | bytes) -> bytes:
        if isinstance(part, str):
            return part.encode()
        return b"user=" + part + b" " if part.isalpha() else part


DRAWN = st.builds(
    Drawn,
    hour=st.integers(0, 23),
    parts=st.lists(st.sampled_from(WORDS + PEOPLE), max_size=5).map(tuple),
)
ASKED = st.fixed_dictionaries(
    {
        "text": st.none() | st.sampled_from(["login", "ok", "user=", "é", "1a", "T0", ". "]),
        "about": st.none() | st.sampled_from([*PEOPLE, b"nobody"]),
        "from_hour": st.none() | st.integers(0, 12),
        "to_hour": st.none() | st.integers(13, 23),
        "lines": st.sampled_from([1, 2, 1000]),
        "order": st.sampled_from(["time", "received"]),
    }
)


def at(hour: int | None) -> int | None:
    return None if hour is None else Drawn(hour=hour, parts=()).ns


@settings(max_examples=40, deadline=None)
@given(st.lists(DRAWN, min_size=1, max_size=45), st.lists(ASKED, min_size=1, max_size=4))
def test_what_is_found_is_what_brute_force_finds(
    house: App, drawn: list[Drawn], asked: list[dict[str, Any]]
) -> None:
    stream = f"oracle-{next(names)}"
    ingest(house, b"".join(line.raw + b"\n" for line in drawn), stream)
    for query in asked:
        window = Window(from_ns=at(query["from_hour"]), to_ns=at(query["to_hour"]))
        # Sorting keeps what happened at one time as it came in.
        ordered = sorted(drawn, key=lambda line: line.ns) if query["order"] == "time" else drawn
        expected = [
            line.raw
            for line in ordered
            if window.holds(line.ns, line.ns)
            and (query["text"] is None or line.holds(query["text"]))
            and (query["about"] is None or query["about"].lower() in line.people)
        ]
        limits_of = {"from_ns": window.from_ns, "to_ns": window.to_ns, "stream": stream}
        limits_of["order"] = query["order"]
        given_lines, tally = ask(
            house, text=query["text"], about=query["about"], lines=query["lines"], **limits_of
        )
        tokens = sorted({ref for line in given_lines for ref in line.tokens})
        opened_values = reveal(house, tokens) if tokens else Revealed(values={})
        assert isinstance(opened_values, Revealed)
        shown = [text_of(line, dict(opened_values.values)) for line in given_lines]
        assert shown == expected[: query["lines"]]
        assert (tally.lines, tally.more) == (len(shown), len(expected) > len(shown))
        _none, counted = ask(
            house, text=query["text"], about=query["about"], count=True, **limits_of
        )
        assert (_none, counted.lines) == ([], len(expected))


# --- lines as structure ------------------------------------------------------------------------


def test_a_line_says_where_it_stands(house: App) -> None:
    ingest(house, LINES, "shape")
    lines, tally = ask(house, stream="shape")
    assert [(line.line, line.stream) for line in lines] == [(k, "shape") for k in range(1, 6)]
    assert (tally.lines, tally.batches, tally.more) == (5, 1, False)
    assert lines[0].time_ns == int(datetime(2026, 11, 1, 0, 0, 1, tzinfo=UTC).timestamp()) * NS
    assert lines[3].time_ns == lines[2].time_ns
    kinds = [piece.kind for piece in lines[2].body if isinstance(piece, Placeholder)]
    assert kinds == [Kind.EMAIL, Kind.SECRET]
    assert lines[3].body == (
        "no time here, stray ",
        UndecodedBytes(raw=b"\xe9"),
        " and marker \x1aD end",
    )


def test_one_person_is_found_under_all_spellings(house: App) -> None:
    ingest(house, LINES, "spelt")
    lines, tally = ask(house, stream="spelt", about=b" ALICE\n")
    assert ([line.line for line in lines], tally.values) == ([1, 2], 1)
    first, second = (line.tokens[0] for line in lines)
    assert first != second


def test_what_a_search_holds_never_says_an_identifier(house: App) -> None:
    ingest(house, LINES, "silent")
    lines, _ = ask(house, stream="silent")
    whole = "".join(piece for line in lines for piece in line.body if isinstance(piece, str))
    assert not re.search(r"alice|10\.1\.2|hunter2", whole, re.IGNORECASE)
    assert not holds(repr(lines), "login of")


# --- what is refused ---------------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, Any], type[errors.BaileeError], str]] = {
    "an address as text": ({"text": "10.1.2.3"}, errors.UsageError, "text-identifier"),
    "a mail address within text": (
        {"text": "to a@b.example"},
        errors.UsageError,
        "text-identifier",
    ),
    "a bare telephone number": ({"text": "671234567"}, errors.UsageError, "text-identifier"),
    "a secret as text": ({"text": "password=hunter2zebra"}, errors.UsageError, "text-secret"),
    "a person for no purpose": (
        {"about": b"alice", "purpose": None},
        errors.UsageError,
        "about-purpose",
    ),
    "no person at all": ({"about": b" "}, errors.UsageError, "nothing"),
    "an end before the beginning": ({"from_ns": 5, "to_ns": 5}, errors.UsageError, "window"),
    "no line": ({"lines": 0}, errors.UsageError, "lines-least"),
    "one line too many": ({"lines": limits.SEARCH_LINES + 1}, errors.LimitExceeded, "lines"),
    "a stream that cannot be one": ({"stream": "No Such"}, errors.UsageError, "stream-label"),
    "a stream that is not there": ({"stream": "absent"}, errors.NotFound, "no-stream"),
    "a client that is not there": ({"client": "nobody"}, errors.NotFound, ""),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_request_that_is_wrong_is_refused(house: App, said: str) -> None:
    query, error, slug = WRONG[said]
    with pytest.raises(error) as caught:
        ask(house, **query)
    assert caught.value.reason.endswith(slug)
    assert set(caught.value.facts) <= {"limit", "kinds", "purposes"}


def test_the_most_lines_that_may_be_asked_for_are(house: App) -> None:
    ingest(house, LINES, "most")
    assert len(ask(house, stream="most", lines=limits.SEARCH_LINES)[0]) == 5


@pytest.mark.parametrize(
    ("act", "offered"), [("log:search", searching.PURPOSES), ("log:reveal", REVEAL_PURPOSES)]
)
def test_each_purpose_that_is_offered_is_one_that_somebody_has(
    act: str, offered: tuple[str, ...]
) -> None:
    """And no other: the sentence that names them must not send anyone to a refusal."""
    matrix = Path("spec/matrix.txt").read_text(encoding="utf-8")
    (part,) = [part for part in matrix.split("\n\n") if part.startswith(act)]
    assert {purpose for purpose in Purpose if re.search(rf"\b{purpose}\b", part)} == set(offered)


def test_a_client_finds_nothing_of_another(house: App) -> None:
    ingest(house, LINES, "mine")
    lines, tally = ask(house, client="zebu", about=b"alice")
    assert (lines, tally) == ([], Tally())
    assert ask(house, about=b"absent@example.org") == ([], Tally())


# --- what is recorded --------------------------------------------------------------------------


def entries(house: App, kind: str) -> list[Any]:
    shown = done(house.caller.call(ShowEntries(client="acme", purpose="security"))).entries
    return [entry for entry in shown if entry.opening.kind == kind]


def last_search(house: App) -> dict[str, str]:
    of = str(entries(house, "log:search")[-1].entry)
    (told,) = [one.body for one in entries(house, "outcome") if one.body["of"] == of]
    return dict(told)


def test_one_entry_and_one_outcome_whatever_was_seen(house: App) -> None:
    name, word = mark(), mark()
    lines = LINES.replace(b"lice", name.encode()).replace(b"login", word.encode())
    ingest(house, lines, "entry")
    before = len(entries(house, "log:search"))
    about = f"A{name}"
    ask(house, stream="entry", about=about.encode(), text=word, reason="ticket 7", from_ns=0)
    searched = entries(house, "log:search")
    assert len(searched) == before + 1
    body = dict(searched[-1].body)
    assert (body["purpose"], body["about"], body["from-ms"]) == ("security", "1", "0")
    assert not any(holds(value, name) or holds(value, word) for value in body.values())
    assert searched[-1].subject == {
        "about": about,
        "text": word,
        "stream": "entry",
        "reason": "ticket 7",
    }
    told = last_search(house)
    assert (told["result"], told["lines"], told["values"]) == ("done", "2", "1")


def test_a_reader_that_goes_away_is_recorded(house: App) -> None:
    ingest(house, LINES, "leaves")
    found = done(house.caller.call(SearchLog(client="acme", stream="leaves")))
    next(found.lines)
    found.lines.close()
    told = last_search(house)
    assert (told["result"], told["lines"]) == ("failed", "1")


def test_an_absent_stream_is_recorded_as_looked_for(house: App) -> None:
    with pytest.raises(errors.NotFound):
        ask(house, stream="who-knows")
    assert last_search(house)["result"] == "failed"


# --- opening -----------------------------------------------------------------------------------


def test_identifiers_open_for_a_purpose_and_each_is_named(house: App) -> None:
    name = mark().encode()
    ingest(house, LINES.replace(b"lice", name), "opens")
    lines, _ = ask(house, stream="opens", about=b"a" + name)
    tokens = sorted({ref for line in lines for ref in line.tokens})
    answer = reveal(house, tokens, reason="ticket 8")
    assert isinstance(answer, Revealed)
    assert set(answer.values.values()) == {b"a" + name, b"A" + name, b"10.1.2.3", b"10.1.2.4"}
    assert not holds(repr(answer), name.decode())
    (entry,) = entries(house, "log:reveal")[-1:]
    assert (entry.body["values"], entry.body["count"]) == ("4", "4")
    assert entry.subject == {"reason": "ticket 8", "values": " ".join(map(str, tokens))}


def test_without_a_purpose_nothing_opens(house: App) -> None:
    ingest(house, LINES, "shut")
    lines, _ = ask(house, stream="shut", about=b"alice")
    assert isinstance(reveal(house, lines[0].tokens, purpose=None), Denial)


def test_a_token_of_another_client_opens_nothing(house: App) -> None:
    ingest(house, LINES, "theirs")
    lines, _ = ask(house, stream="theirs", about=b"alice")
    assert reveal(house, lines[0].tokens, client="zebu") == Revealed(values={})


@pytest.mark.parametrize("extra", [0, 1])
def test_identifiers_opened_at_once_have_a_limit(house: App, extra: int) -> None:
    many = [
        TokenRef(epoch=202611, token=number.to_bytes(10, "big"))
        for number in range(limits.REVEAL_VALUES + extra)
    ]
    if extra:
        with pytest.raises(errors.LimitExceeded):
            reveal(house, many)
    else:
        assert reveal(house, many) == Revealed(values={})


def test_nothing_is_not_opened(house: App) -> None:
    with pytest.raises(errors.UsageError):
        reveal(house, [])


# --- after an end ------------------------------------------------------------------------------


def test_an_erased_person_has_tokens_that_never_open(house: App, place: Path) -> None:
    text = LINES.replace(b"lice", b"dele")
    ingest(house, text, "erased")
    lines, _ = ask(house, stream="erased", about=b"adele")
    assert len(lines) == 2
    tokens = [line.tokens[0] for line in lines]
    with opened(place, who=DPO) as office:
        gone = done(office.caller.call(EraseLog(client="acme", about=b"adele", purpose="rights")))
    assert isinstance(gone, LogErased)
    assert ask(house, stream="erased", about=b"adele") == ([], Tally())
    assert reveal(house, tokens) == Revealed(values={})
    again, _ = ask(house, stream="erased", text="login of")
    assert [line.tokens[0] for line in again] == tokens
    ingest(house, text, "erased-2")
    (first, _second), _ = ask(house, stream="erased-2", about=b"adele")
    assert first.tokens[0] not in set(tokens)
    assert ask(house, stream="erased", about=b"adele")[0] == []


ENDED: dict[str, tuple[bool, int]] = {"names": (False, 5), "text too": (True, 0)}


@pytest.mark.parametrize("said", ENDED)
def test_a_month_whose_end_has_come(house: App, said: str) -> None:
    text, left = ENDED[said]
    stream = f"ended-{int(text)}"
    month = 202609 + int(text)
    ingest(house, LINES, stream, epoch=f"{month // 100}-{month % 100:02d}")
    client = house.parts.find_client(house.caller.who, "acme")
    keys = house.parts.keyring
    house.parts.work.run(client, lambda tx: keys.destroy_epoch(tx, client, month, text=text))
    lines, tally = ask(house, stream=stream)
    assert (len(lines), tally.ended) == (left, int(text))
    assert all(line.tokens == () for line in lines)
    assert ask(house, stream=stream, text="login", count=True)[1].lines == min(left, 2)
    assert ask(house, stream=stream, about=b"alice")[0] == []
    kinds = {piece.kind for line in lines for piece in line.body if isinstance(piece, Placeholder)}
    assert kinds == ({Kind.USERNAME, Kind.IPV4, Kind.EMAIL, Kind.SECRET} if left else set())
