"""What an erased value was cannot be guessed at: no stored tag confirms it, no number measures it.

The attacker has the rows, every file and all keys that live after the turn, and knows all of what
was received but the one value.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

from tests.keyring.custody import HandClock
from tests.logs.sources import Held
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.adapters.sql.schema import tables
from bailee.adapters.sql.table import Type
from bailee.clients.acts import AddClient
from bailee.clock import epoch_of
from bailee.encoding import enc
from bailee.ids import ClientId
from bailee.keyring.vault.cipher import CANON, RAW, SPELLING
from bailee.keys.acts import TurnKeys
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import EraseLog, Ingested, IngestLog, LogErased
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import ROWS
from bailee.scan.kinds import Kind

DPO = Principal(os_user="dede")
VALUE = b"awa.kone@example.org"
LINE = b"2026-09-20T10:00:00Z mail to %b was sent\n"
HOUR_MS = 3_600_000
DOMAINS = ("log-batch", "log-prefix", "log-source", "log-stream", "label", "row", "os-user")


class Scene:
    """A home with one line in one batch of a file, and the same in one of a pipe."""

    def __init__(self, place: Path, value: bytes = VALUE) -> None:
        self.place, self.value, self.clock = place, value, HandClock()
        self.text = LINE % value
        place.mkdir()
        make(place, clock=self.clock)
        with self.opened() as house:
            house.caller.call(AddClient(label="acme"))
            house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))
        self.ingest(self.text)
        self.ingest(self.text, lasting=False, address="-")

    def opened(self, who: Principal = SOMEONE) -> AbstractContextManager[App]:
        return opened(self.place, clock=self.clock, who=who)

    def ingest(self, text: bytes, **more: object) -> Ingested:
        request = IngestLog(client="acme", stream="web", origin="client-application")
        with self.opened() as house:
            answer = house.caller.send(request, Held(text, **more))  # type: ignore[arg-type]  # its own fields
        assert isinstance(answer, Ingested)
        return answer

    def erase(self) -> None:
        with self.opened(DPO) as house:
            request = EraseLog(client="acme", about=self.value, purpose="rights")
            assert isinstance(house.caller.call(request), LogErased)

    def turn(self) -> None:
        self.clock.wall_ms += HOUR_MS
        with self.opened() as house:
            assert not isinstance(house.caller.call(TurnKeys()), Denial)

    def columns(self, wanted: Type) -> Iterator[tuple[str, str, object]]:
        """Yield every stored value of a type, with table and column, as the schema has them."""
        with closing(sqlite3.connect(self.place / "home" / ROWS)) as rows:
            for table in tables():
                for column in table.columns:
                    if column.type is wanted:
                        found = rows.execute(f'select "{column.name}" from {table.name}')  # noqa: S608  # our own names
                        for (value,) in sorted(found, key=repr):
                            yield table.name, column.name, value

    def held(self) -> int:
        """Count the values that are held."""
        return sum(
            (table, name) == ("vault", "sealed") and value is not None
            for table, name, value in self.columns(Type.BLOB)
        )


def whose(scene: Scene) -> ClientId:
    found = {value for table, name, value in scene.columns(Type.BLOB) if name == "client"}
    logs = {value for table, name, value in scene.columns(Type.BLOB) if table == "log_batch"}
    (client,) = found & logs
    assert isinstance(client, bytes)
    return ClientId(client)


def tries(scene: Scene, house: App, guess: bytes) -> set[bytes]:
    """Compute all that a guess of the value gives under the keys that live."""
    raw, client = LINE % guess, whose(scene)
    digest = hashlib.sha256(raw).digest()
    keys = house.parts.keyring
    epoch = epoch_of(scene.clock.now_ms())
    addresses = [
        value
        for table, name, value in scene.columns(Type.BLOB)
        if table == "log_source" and name == "address_key" and isinstance(value, bytes)
    ]
    work = house.parts.work
    streams = [
        value for t, n, value in scene.columns(Type.BLOB) if (t, n) == ("log_stream", "stream")
    ]
    for stream in streams:
        message = enc("log-source", client.raw, stream, "-")  # type: ignore[arg-type]  # bytes, as the schema has it
        addresses.append(keys.mac("log-source", message))
    messages = [raw, raw.rstrip(), guess, digest]
    messages += [enc("log-batch", client.raw, one, epoch, 0, digest) for one in addresses]
    out = {digest, hashlib.sha256(guess).digest()}
    for domain in DOMAINS:
        macs = {keys.mac(domain, message) for message in messages}
        chained = {keys.mac("log-prefix", enc("log-prefix", bytes(32), mac)) for mac in macs}
        out |= macs | chained
    for reached in work.read(lambda tx: keys.vaults(tx, client)):
        for sealer in reached.sealers:
            for kind in Kind:
                for form in (CANON, RAW, SPELLING):
                    out |= set(sealer.indexes(form, [kind] * 2, [guess, guess.lower()]))
            if hasattr(sealer, "tag"):
                out |= {sealer.tag(message) for message in messages}
            for table, _, value in scene.columns(Type.BLOB):
                if table == "log_batch" and isinstance(value, bytes):
                    out |= opens(scene, sealer, value, digest)
    return out


def opens(scene: Scene, sealer: object, value: bytes, digest: bytes) -> set[bytes]:
    """Give a sealed place back when it opens to the digest of the guess."""
    for table, name, batch in scene.columns(Type.BLOB):
        if (table, name) == ("log_batch", "batch") and hasattr(sealer, "open_place"):
            try:
                if digest in sealer.open_place(batch, value):
                    return {value}
            except errors.Damaged:
                continue
    return set()


def confirmed(scene: Scene) -> set[tuple[str, str]]:
    """Name the columns that hold what a right guess gives, and a wrong one does not."""
    with scene.opened() as house:
        right = tries(scene, house, scene.value)
        wrong = tries(scene, house, b"bob.diop@example.org")
    return {
        (table, name)
        for table, name, value in scene.columns(Type.BLOB)
        if value in right and value not in wrong
    }


def test_no_stored_column_confirms_a_guess_after_erasure_and_turn(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "scene")
    # The attack works while the value is held: else the test would show nothing.
    assert {("vault_index", "key"), ("log_batch", "identity")} <= confirmed(scene)
    scene.erase()
    scene.turn()
    assert confirmed(scene) == set()


LENGTHS = (b"a@example.org", b"awa.aminata.kone.dit.la.petite.de.treichville@example.org")


def test_no_clear_number_tells_the_length_of_an_erased_value(tmp_path: Path) -> None:
    seen = []
    for number, value in enumerate(LENGTHS):
        scene = Scene(tmp_path / f"scene-{number}", value)
        scene.erase()
        scene.turn()
        # Further lines: a place that follows tells as much as a length.
        scene.ingest(scene.text + b"2026-09-21T10:00:00Z nothing of anybody\n")
        numbers = sorted(
            (table, name, value)
            for table, name, value in scene.columns(Type.INTEGER)
            if (table, name) not in RANDOM and isinstance(value, int)
        )
        with scene.opened() as house:
            answer = house.caller.call(ShowEntries(client="acme", purpose="security"))
        assert not isinstance(answer, Denial)
        facts = [
            (entry.opening.kind, name, fact)
            for entry in answer.entries
            for name, fact in sorted(entry.body.items())
            if fact.isdigit()
        ]
        seen.append((numbers, facts))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == seen[1][1]


RANDOM = {("key_bucket", "bucket"), ("key_leaf", "bucket")}
"""Bits of random ids."""
