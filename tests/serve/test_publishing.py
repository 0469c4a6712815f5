"""An entry is under a signed checkpoint within a second; a server at rest does next to nothing."""

from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import NovemberClock
from tests.run.homes import CHEAP, PASSPHRASE
from tests.serve.served import found

from bailee import errors
from bailee.clients.acts import AddClient, ListClients
from bailee.ledger import heads
from bailee.ledger.sequencer import Sequencer
from bailee.run.serve.open_home import OpenHome
from bailee.run.wiring.app import os_principal
from bailee.secret import Secret


class Later(NovemberClock):
    """A clock that is set forward."""

    ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


@pytest.fixture
def clock() -> Later:
    return Later()


@pytest.fixture
def home(tmp_path: Path, clock: Later) -> OpenHome:
    found(tmp_path)
    made = OpenHome(tmp_path / "home", clock=clock, unsafe_cost=CHEAP)
    made.open(Secret(PASSPHRASE))
    with made.using() as app:
        for label in ("a", "b", "c"):
            done(app.caller.call(AddClient(label=label)))
    made.publish()  # all of them, as it does first
    return made


def waiting(home: OpenHome) -> int:
    """Count entries under no checkpoint."""
    with home.using() as app:
        rows = [app.parts.ledger.row_of(one) for one in app.parts.ledger.clients()]
    return sum(row.count - row.head.size for row in rows)


def test_what_was_recorded_is_published_at_the_next_second(home: OpenHome) -> None:
    with home.using() as app:
        done(app.caller_of(os_principal()).call(ListClients()))
    assert waiting(home)
    home.publish()
    assert waiting(home) == 0
    home.end()


def test_at_rest_it_looks_at_no_ledger(home: OpenHome, monkeypatch: pytest.MonkeyPatch) -> None:
    home.publish()
    home.publish()  # after its own signing, which moved the ledgers
    looked = list[Sequencer]()
    settled = Sequencer.settled

    def counted(self: Sequencer) -> bool:
        looked.append(self)
        return settled(self)

    monkeypatch.setattr(Sequencer, "settled", counted)
    home.publish()
    assert looked == []
    with home.using() as app:
        before = app.parts.work.moved()
    assert before == set()
    home.end()


def test_heads_are_taken_hourly(home: OpenHome, clock: Later) -> None:
    with home.using() as app:
        parts = app.parts
        provider = parts.keyring.provider
        assert heads.take_heads(parts.ledger, parts.work, parts.entries, clock, provider) == 0
        clock.ahead_ms = heads.HOUR_MS
        done(app.caller.call(AddClient(label="d")))
        size = parts.ledger.row_of(provider).count
    home.publish()
    with home.using() as app:
        assert app.parts.ledger.row_of(provider).count == size
    home.upkeep_due()
    home.publish()
    with home.using() as app:
        assert app.parts.ledger.row_of(provider).count > size
    home.end()


def test_a_ledger_that_cannot_be_published_is_said_once_and_tried_again(
    home: OpenHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, tried = list[str](), list[Sequencer]()
    home.behind = lambda client, _: said.append(client)

    def full(self: Sequencer, **_: object) -> None:
        tried.append(self)
        raise errors.CannotRecord("errors_ledger.disk")

    with home.using() as app:
        done(app.caller.call(ListClients()))
    with monkeypatch.context() as broken:
        broken.setattr(Sequencer, "step", full)
        home.publish()
        home.publish()
    assert (len(said), len(tried)) == (1, 2)
    home.publish()
    assert waiting(home) == 0
    home.end()
