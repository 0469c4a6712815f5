"""Sealed, a server holds no key; what was under way is ended, said and recorded."""

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, SOMEONE, make, opened
from tests.serve.served import Running, found, running
from tests.serve.test_attacks import CLIENT, results
from tests.serve.test_callers import Folder, Lines

from bailee import errors
from bailee.act import Denial
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.keys.acts import SealKeys, TurnKeys
from bailee.ledgers.acts import ExportLedger, ShowEntries
from bailee.logs.acts import IngestLog, SearchLog
from bailee.objects.acts import GetObject, ListObjects, PutObject
from bailee.run.serve.tries import FREE, LONGEST_S, Tries
from bailee.secret import Secret

CONTENT = bytes(9_000_000)
GET = GetObject(client=CLIENT, object="a", purpose="client-request")
MEANWHILE = "errors_socket.sealed-meanwhile"
HOLDING = (
    *("bailee.adapters.kms", "bailee.keyring", "bailee.seal", "bailee.vault"),
    *("bailee.run.wiring.parts", "bailee.run.wiring.app", "bailee.adapters.sql.engine"),
)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Running]:
    found(tmp_path)
    with running(tmp_path) as made:
        done(made.server.caller.call(AddClient(label=CLIENT)))
        yield made


def seal(one: Running) -> None:
    done(one.server.caller.call(SealKeys()))


def unsealed(one: Running) -> None:
    assert one.server.unseal(Secret(PASSPHRASE)) is None


def holding() -> list[str]:
    """Name what is alive of the parts that hold keys, or hold those that do."""
    gc.collect()
    return sorted(
        {
            f"{type(thing).__module__}.{type(thing).__name__}"
            for thing in gc.get_objects()
            if str(type(thing).__module__).startswith(HOLDING)
        }
    )


def test_once_it_is_sealed_nothing_that_holds_a_key_is_left(tmp_path: Path) -> None:
    found(tmp_path)
    before = holding()
    with running(tmp_path) as one:
        caller = one.server.caller
        done(caller.call(AddClient(label=CLIENT)))
        done(caller.send(PutObject(client=CLIENT, name="a"), iter([CONTENT])))
        done(caller.call(GET)).chunks.close()
        log = IngestLog(client=CLIENT, stream="web", origin="provider-tool")
        done(caller.send(log, Lines()))
        assert list(done(caller.call(SearchLog(client=CLIENT, purpose="service", lines=9))).lines)
        done(caller.send(ExportLedger(client=CLIENT), Folder()))
        with pytest.raises(errors.BaileeError):
            caller.call(GetObject(client=CLIENT, object="b", purpose="client-request"))
        assert set(holding()) - set(before)
        seal(one)
        assert set(holding()) - set(before) == set()
        unsealed(one)
        assert set(holding()) - set(before)


def test_who_reads_on_while_it_is_sealed_is_told_so(one: Running) -> None:
    done(one.server.caller.send(PutObject(client=CLIENT, name="a"), iter([CONTENT])))
    chunks = done(one.server.caller.call(GET)).chunks
    next(chunks)
    one.home.ending_s = HANGS_S  # on a slow machine, too
    sealing = threading.Thread(target=seal, args=(one,))
    sealing.start()
    while not one.home.sealed:
        pass
    with pytest.raises(errors.Sealed) as raised:
        list(chunks)
    assert raised.value.reason == MEANWHILE
    sealing.join(HANGS_S)
    unsealed(one)
    assert results(one, "object:get", 1) == ["failed"]


def test_who_reads_nothing_keeps_no_key_in_reach(one: Running) -> None:
    """Its pieces stand in the kernel, and more than fits there never comes."""
    done(one.server.caller.send(PutObject(client=CLIENT, name="a"), iter([CONTENT])))
    chunks = done(one.server.caller.call(GET)).chunks
    seal(one)
    assert one.server.state().sealed
    with pytest.raises((errors.Sealed, errors.Unreachable)):
        list(chunks)
    unsealed(one)
    assert results(one, "object:get", 1) == ["failed"]


def waiting(one: Running, do: Callable[[Callable[[], None]], object]) -> list[BaseException]:
    """Do an act whose client gives nothing for a while; seal it meanwhile; give what it raised."""
    asked, over, raised = threading.Event(), threading.Event(), list[BaseException]()

    def pause() -> None:
        asked.set()
        assert over.wait(HANGS_S)

    def act() -> None:
        try:
            do(pause)
        except errors.BaileeError as error:
            raised.append(error)

    thread = threading.Thread(target=act)
    thread.start()
    assert asked.wait(HANGS_S)
    seal(one)  # answered while the client is still silent
    over.set()
    thread.join(HANGS_S)
    return raised


def test_a_put_whose_client_is_silent_ends_and_nothing_is_stored(one: Running) -> None:
    def put(pause: Callable[[], None]) -> None:
        def chunks() -> Iterator[bytes]:
            yield b"some"
            pause()
            yield b"more"

        one.server.caller.send(PutObject(client=CLIENT, name="a"), chunks())

    (error,) = waiting(one, put)
    assert isinstance(error, errors.Sealed)
    assert error.reason == MEANWHILE
    unsealed(one)
    assert results(one, "object:put", 1) == ["failed"]
    assert list(done(one.server.caller.call(ListObjects(client=CLIENT)))) == []


def test_an_ingest_whose_client_is_silent_ends_and_is_taken_up_later(one: Running) -> None:
    class Silent(Lines):
        pause: Callable[[], None] = staticmethod(lambda: None)

        def read(self, offset: int) -> Iterator[bytes]:
            yield from super().read(offset)
            self.pause()

    source, log = Silent(), IngestLog(client=CLIENT, stream="web", origin="provider-tool")

    def ingest(pause: Callable[[], None]) -> None:
        source.pause = pause
        one.server.caller.send(log, source)

    (error,) = waiting(one, ingest)
    assert isinstance(error, errors.Sealed)
    unsealed(one)
    assert len(results(one, "log:ingest", 1)) == 1
    done(one.server.caller.send(log, Lines()))


ALONE = [RunCheck(), TurnKeys(), SearchLog(client=CLIENT, purpose="service", lines=9)]


@pytest.mark.parametrize("request_", ALONE, ids=lambda one: one.act)
def test_what_reads_rows_ends_at_its_next_look_at_them(one: Running, request_: object) -> None:
    """An act that speaks to nobody is not ended by its connection."""
    log = IngestLog(client=CLIENT, stream="web", origin="provider-tool")
    done(one.server.caller.send(log, Lines()))
    with one.home.using() as app:
        work, caller = app.parts.work, app.caller
        work.halt(errors.Sealed(MEANWHILE))

        def act() -> None:
            answer = caller.call(request_)  # type: ignore[arg-type]  # a request of any type
            list(getattr(answer, "lines", ()))

        with pytest.raises(errors.Sealed) as raised:
            act()
        assert raised.value.reason == MEANWHILE
        work.resume()


# --- unsealing --------------------------------------------------------------------------------


def test_whoever_the_policies_refuse_opens_nothing_and_is_recorded(tmp_path: Path) -> None:
    make(tmp_path, who=SOMEONE)  # who runs the tests has no role there
    with running(tmp_path, sealed=True) as one:
        denial = one.server.unseal(Secret(PASSPHRASE))
        assert isinstance(denial, Denial)
        assert one.server.state().sealed
        with pytest.raises(errors.Sealed):
            one.server.caller.call(AddClient(label=CLIENT))
    with opened(tmp_path, who=SOMEONE) as app:
        entries = done(app.caller.call(ShowEntries(client="provider"))).entries
    assert [shown.body["act"] for shown in entries if shown.opening.kind == "refusal"] == [
        "key:unseal"
    ]


def test_a_wrong_passphrase_may_be_tried_ever_more_rarely(tmp_path: Path) -> None:
    found(tmp_path)
    with running(tmp_path, sealed=True) as one:
        for _ in range(FREE):
            with pytest.raises(errors.Sealed):
                one.server.unseal(Secret("another one"))
        with pytest.raises(errors.LockedByOther) as raised:
            one.server.unseal(Secret(PASSPHRASE))
        assert raised.value.facts == {"seconds": 1}
        assert one.server.state().sealed


def test_the_wait_doubles_to_five_minutes_and_is_each_persons_own() -> None:
    now, waits = 0.0, list[int]()
    tries = Tries(lambda: now)

    def wrong() -> None:
        with tries.of(SOMEONE):
            raise errors.Sealed("errors_kms.no-passphrase")

    for _ in range(FREE + 10):
        try:
            wrong()
        except errors.LockedByOther as error:
            waits.append(int(error.facts["seconds"]))
            now += int(error.facts["seconds"])
        except errors.Sealed:
            pass
    assert waits == [1, 2, 4, 8, 16]
    for _ in range(40):
        now += LONGEST_S
        with pytest.raises(errors.Sealed):
            wrong()
    with pytest.raises(errors.LockedByOther) as raised:
        wrong()
    assert raised.value.facts == {"seconds": int(LONGEST_S)}
    now += LONGEST_S
    with tries.of(SOMEONE):
        pass
    with pytest.raises(errors.Sealed):
        wrong()  # all is forgotten


def test_two_passphrases_are_not_tried_at_once_by_one_person() -> None:
    tries = Tries()
    with tries.of(SOMEONE), pytest.raises(errors.LockedByOther), tries.of(SOMEONE):
        pass
