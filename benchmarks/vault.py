"""Interning, finding and opening values, and keying a vault anew: rows per second of one core.

`nox -s bench -- vault` (or `-- vault --values 20000` for a glance).

Everything goes through the real parts on a database of its own: keyed indexes, sealing, one
transaction durable per call.  *New* values are drawn, sealed and inserted; *known* ones are asked
again by the process that remembers them; *cold* ones by a process that remembers nothing.  Figures
are values per second of processor time, system time included, and of the wall clock.  The
yard-stick, in the same run: inserting rows of the same sizes and nothing else.
"""

import argparse
import os
import random
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from tests.vault.strongroom import EPOCH, Strongroom, Text

from bailee.ids import ClientId
from bailee.scan.kinds import Kind
from bailee.vault.service import Vault

NEW_GOAL, KNOWN_GOAL = 70_000, 240_000
INDEX_BYTES, VALUE_BYTES = 38, 156


def mixed(count: int) -> list[Text]:
    """Make half addresses of people, half of hosts, in no order; each once."""
    people = {b"user%d@example.org" % secrets.randbits(60) for _ in range(count // 2)}
    hosts = {b"%d.%d.%d.%d" % tuple(os.urandom(4)) for _ in range(count - count // 2)}
    texts: list[Text] = [(Kind.EMAIL, raw, None) for raw in people]
    texts += [(Kind.IPV4, raw, None) for raw in hosts]
    random.shuffle(texts)
    return texts


def odd(texts: list[Text]) -> list[Text]:
    """Spell each in another way than its canonical form."""
    return [(kind, raw.upper() + b".", raw) for kind, raw, _ in texts]


def measured(name: str, count: int, work: Callable[[], object], goal: int = 0) -> None:
    wall, busy = time.perf_counter(), time.process_time()
    work()
    busy, wall = time.process_time() - busy, time.perf_counter() - wall
    wanted = f"  goal {goal:,}" if goal else ""
    print(
        f"{name:28} {count / busy:12,.0f}/s of CPU  {busy / count * 1e6:6.2f} µs"
        f"  {count / wall:12,.0f}/s by the wall{wanted}"
    )


def parts(texts: list[Text], size: int) -> Iterator[list[Text]]:
    return (texts[at : at + size] for at in range(0, len(texts), size))


def bare(folder: Path, count: int, at_once: int) -> None:
    """Insert rows of the same sizes in the same transactions, by key, and nothing else."""
    statement = "insert into bare values (?, ?, ?)"
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"pragma {pragma}")
        connection.execute("create table bare (a, b, c, primary key (a, b)) without rowid")
        for _ in range(0, count, at_once):
            connection.execute("begin immediate")
            for size in (INDEX_BYTES, VALUE_BYTES):
                rows = [(size, os.urandom(16), bytes(size)) for _ in range(at_once)]
                connection.executemany(statement, sorted(rows))
            connection.execute("commit")


def interning(room: Strongroom, client: ClientId, texts: list[Text], at_once: int) -> None:
    def run(vault: Vault) -> None:
        for some in parts(texts, at_once):
            room.intern(client, *some, vault=vault)

    measured("new values", len(texts), lambda: run(room.vault), NEW_GOAL)
    kept = texts[: min(len(texts), 80_000)]
    room.intern(client, *kept)
    measured("known, remembered", len(kept), lambda: room.intern(client, *kept), KNOWN_GOAL)
    measured("known, cold", len(texts), lambda: run(room.elsewhere()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--values", type=int, default=200_000)
    parser.add_argument("--at-once", type=int, default=50_000)
    chosen = parser.parse_args()
    texts = mixed(chosen.values)
    with tempfile.TemporaryDirectory() as folder:
        room = Strongroom.built(Path(folder))
        client = room.house.new_client()
        measured(
            "bare rows (two each)",
            len(texts),
            lambda: bare(Path(folder), len(texts), chosen.at_once),
        )
        interning(room, client, texts, chosen.at_once)
        other = room.house.new_client()
        spelt = odd(texts[: len(texts) // 2])
        measured("new, in another spelling", len(spelt), lambda: room.intern(other, *spelt))
        tokens = [bytes(token) for token in room.intern(client, *texts[:20_000]).tokens]
        grant = room.grant(client, len(tokens))
        measured(
            "opened under a grant",
            len(tokens),
            lambda: room.house.work.read(
                lambda tx: room.vault.open(tx, grant, client, EPOCH, tokens)
            ),
        )
        measured("found", 1_000, lambda: [room.found(client, text) for text in texts[:1_000]])
        room.erase(client, texts[0])
        turn = room.turning.fresh()
        turn.begin(new_root=False)
        turn.spread()
        measured("keyed anew by a turn", len(texts), turn.rewrap)
        room.house.work.close()


if __name__ == "__main__":
    main()
