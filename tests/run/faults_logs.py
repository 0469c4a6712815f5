"""Logs taken in, searched, erased from and ended: a program made to be killed anywhere.

What the source was told is durable is acknowledged: it stands in a file beside the home, by one
write call each, from the moment that the batch was committed.  Run again, each step looks before
it repeats only where a person would; taking in is simply asked for again, which is its own law.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.answers import done
from tests.people import open_more
from tests.run import faults_scenario, homes
from tests.run.faults_scenario import acknowledge, acknowledged

from bailee.accounts.acts import AddActor
from bailee.act import Principal
from bailee.clients.acts import AddClient, ListClients
from bailee.logs.acts import DestroyEpoch, EraseLog, IngestLog, LinesFound, RevealLog, SearchLog
from bailee.logs.ingest import batch as batches
from bailee.logs.store import lines
from bailee.run.wiring.app import App
from bailee.scan.scanner import Scanner

LINES = 40
"""Of a batch here: a run of several in a moment."""
WEB = b"".join(
    b"2025-10-10T13:55:%02dZ user=u%d from 10.0.%d.7 mail A%d@Example.org to a%d@example.org\n"
    % (number % 60, number, number % 50, number % 9, number % 9)
    for number in range(5 * LINES)
)
GROWN = WEB + b"password=hunter2zebra for user=late from 10.0.3.7\n" * LINES
PIPED = b"user=piped%d from 192.0.2.9\n" * 2 * LINES % tuple(range(2 * LINES))
HISTORY = b"user=old%d from 198.51.100.3\n" * LINES % tuple(range(LINES))
ERASED = b"a3@example.org"
SEARCHED = b"a4@example.org"
MONTH = "2026-06"
DPO = Principal(os_user="dede")
SOURCES: Mapping[str, tuple[str, bytes]] = {
    "web": ("/var/log/web.log", GROWN),
    "app": ("-", PIPED),
    "old": ("/var/log/old.log", HISTORY),
}
"""What each stream holds in the end."""


@dataclass
class Told:
    """A source that writes down what it is told is durable."""

    place: Path
    name: str
    text: bytes
    address: str
    lasting: bool = True

    def read(self, offset: int) -> Iterator[bytes]:
        """Give it in pieces."""
        for at in range(offset, len(self.text), 1_500):
            yield self.text[at : at + 1_500]

    def taken(self, end: int) -> None:
        """Acknowledge."""
        acknowledge(self.place, {"step": f"taken {self.name}", "end": end})


def prepare(place: Path) -> None:
    """Found a home with a client, once; the cases are killed in copies of it."""
    homes.make(place)
    with homes.opened(place) as house:
        done(house.caller.call(AddClient(label="acme")))
        open_more(house)  # whoever judges a case has all of it given back
        done(house.caller.call(AddActor(os_user=DPO.os_user, role="dpo")))


def _ingest(name: str, text: bytes, **more: str) -> Callable[[App, Path], None]:
    def step(house: App, place: Path) -> None:
        stream = name.partition(" ")[0]
        address, _ = SOURCES[stream]
        source = Told(place, stream, text, address, lasting=address != "-")
        asked = IngestLog(client="acme", stream=stream, origin="infrastructure", **more)  # type: ignore[arg-type]  # words
        done(house.caller.send(asked, source))

    return step


def _search(house: App, _: Path) -> None:
    asked = SearchLog(client="acme", about=SEARCHED, purpose="security")
    found = done(house.caller.call(asked))
    assert isinstance(found, LinesFound)
    lines_found = list(found.lines)
    assert lines_found
    reveal = RevealLog(client="acme", values=lines_found[0].tokens[:1], purpose="service")
    assert done(house.caller.call(reveal)).values


def _erase(house: App, _: Path) -> None:
    caller = App(house.parts, DPO).caller
    done(caller.call(EraseLog(client="acme", about=ERASED, purpose="rights")))


def _ask(house: App, _: Path) -> None:
    asked = DestroyEpoch(client="acme", epoch=MONTH, part="names", purpose="retention")
    done(house.caller.call(asked))


STEPS: Mapping[str, Callable[[App, Path], None]] = {
    "web": _ingest("web", WEB),
    "app": _ingest("app", PIPED),
    "old": _ingest("old", HISTORY, epoch=MONTH),
    "web grown": _ingest("web grown", GROWN),
    "search": _search,
    "erase": _erase,
    "ask": _ask,
}


def run(place: Path, *, resume: bool) -> None:
    """Play all steps that are not done."""
    for module, name in ((batches, "BATCH_LINES"), (lines, "BLOCK_LINES")):
        setattr(module, name, LINES)
    before = acknowledged(place) if resume else {}
    with homes.opened(place) as house:
        assert "acme" in [client.label for client in done(house.caller.call(ListClients()))]
        for name, step in STEPS.items():
            if name not in before:
                step(house, place)
                acknowledge(place, {"step": name})


def _warmed() -> None:
    """Load kernels before the forks: each would take a second for it."""
    for module in (
        "bailee.logs.audit.segments",
        "bailee.logs.ingest.bind",
        "bailee.logs.search.bind",
        "bailee.run.wiring.checks",
        "bailee.run.wiring.retention",
    ):
        importlib.import_module(module)
    Scanner()


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    _warmed()
    if sys.argv[1] == "--serve":
        faults_scenario.serve(lambda place, resume: run(place, resume=resume))
    else:
        run(Path(sys.argv[1]), resume="--resume" in sys.argv)
