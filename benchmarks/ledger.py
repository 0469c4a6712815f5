"""Recorded openings beside bare group commit, and proofs over a million entries.

`nox -s bench -- ledger` (or `-- ledger --seconds 1 --entries 10000` for a glance).

An *opening* is what the monitor does for every act that opens something: decide, record, be
durable, grant; then the opener is taken against the grant.  *Recorded* is the ledger's part of
it alone: an entry sealed, committed to, appended, durable.  All of it goes through the real parts
on a home of its own, while a thread folds and signs the log twice a second.  The yard-stick is
bare group commit: the same engine and the same table, one row of about the same size for each
call and nothing decided, sealed, hashed or granted, by as many threads, in the same round.
*Unanchored* is an opening on a home whose custodians are told nothing of it after the commit, as
a restore composes one: what freshness costs is the ratio of the two, in the same round, and on one
thread what an opening waits longer, beside the time of one synced record on the same disk.
fdatasync is quick on virtual disks; `--delay-ms` adds to each commit what a real disk would.
One process runs Python on one core at a time, whatever the machine has: `cpu µs` is what a call
costs it, folding included, and the bound where the disk is none.
"""

import argparse
import contextlib
import os
import resource
import secrets
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bailee.act import Principal
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.sql import engine
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.clients.acts import AddClient
from bailee.clock import SystemClock
from bailee.grant import Grant, Ref, Scope
from bailee.ids import ActorId, ClientId, EntryId, ObjectId
from bailee.ledger import heads
from bailee.ledger.anchor import RECORD_BYTES
from bailee.ledger.model import EntryDraft, EntryRow
from bailee.ledger.reading import READ_SCOPES
from bailee.ledgers.acts import ProveEntry
from bailee.objects.acts import GetObject
from bailee.proof.export import open_export
from bailee.proof.tree.growing import nodes_from
from bailee.proof.tree.merkle import includes, inclusion_proof
from bailee.proof.verdict import Outcome
from bailee.proof.verify import verify_export, verify_receipt
from bailee.run import config
from bailee.run.wiring.app import App, open_app
from bailee.run.wiring.init import InitOptions, found
from bailee.run.wiring.parts import compose
from bailee.secret import Secret
from bailee.work import Tx

PASSPHRASE = secrets.token_hex(16)
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
WHO, LABEL = Principal(os_user="bench"), "bench"
THREADS = (1, 4, 16)
BODY, LEAF = os.urandom(1_052), os.urandom(32)
TICK_S = 0.5
THINGS = 64
PROOFS = 2_000
PAGE = 50_000
SYNCS = 400
GOAL = 0.6
"""Recorded openings per second over bare group commits per second, in the same round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the command line asked for."""

    seconds: float
    rounds: int
    entries: int
    delay_ms: Sequence[float]
    place: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What some threads managed in some seconds."""

    rate: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def load(threads: int, seconds: float, once: Callable[[], object]) -> Ran:
    """Run `once` over and over on so many threads."""
    took: list[list[float]] = [[] for _ in range(threads)]
    until = time.perf_counter() + seconds

    def work(mine: list[float]) -> None:
        while (began := time.perf_counter()) < until:
            once()
            mine.append(time.perf_counter() - began)

    crew = [threading.Thread(target=work, args=(mine,)) for mine in took]
    cpu_s = cpu_seconds()
    began = time.perf_counter()
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    elapsed_s, cpu_s = time.perf_counter() - began, cpu_seconds() - cpu_s
    all_ms = sorted(second * 1_000 for mine in took for second in mine)
    return Ran(
        rate=len(all_ms) / elapsed_s,
        cpu_us=cpu_s / len(all_ms) * 1e6,
        p50_ms=all_ms[len(all_ms) // 2],
        p99_ms=all_ms[len(all_ms) * 99 // 100],
    )


def cpu_seconds() -> float:
    """Say how long this process has run, on all cores together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def synced_ms(place: Path) -> float:
    """Time one record written and synced where zeros stood: what an anchor takes at the least."""
    took = []
    path = place / "synced"
    path.write_bytes(bytes(SYNCS * RECORD_BYTES))
    handle = os.open(path, os.O_WRONLY | os.O_DSYNC)
    for at in range(SYNCS):
        began = time.perf_counter()
        os.pwrite(handle, BODY[:RECORD_BYTES], at * RECORD_BYTES)
        took.append(time.perf_counter() - began)
    os.close(handle)
    return statistics.median(took) * 1_000


@contextlib.contextmanager
def folding(house: App) -> Iterator[None]:
    """Fold and sign in the background, as a server does."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(TICK_S):
            if failed := heads.publish(house.parts.ledger):
                raise RuntimeError(next(iter(failed.values())).reason)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


def openings(house: App, client: ClientId) -> Callable[[], object]:
    """Enrol some keys; each call opens one, permitted and recorded."""
    parts = house.parts
    refs = [Ref(client=client, noun="object", id=ObjectId.new().raw) for _ in range(THINGS)]

    def enrol(tx: Tx) -> None:
        for ref in refs:
            parts.keyring.enrol(tx, parts.keyring.sealer(ref))

    parts.work.run(client, enrol)

    def once() -> object:
        ref = secrets.choice(refs)
        obj = str(ObjectId(ref.id))
        act = parts.monitor.authorize(
            WHO,
            GetObject(client=LABEL, object=obj, purpose="service"),
            client,
            scopes=(Scope(noun=ref.noun, ids=frozenset({ref.id})),),
            count=1,
            body={"object": obj},
        )
        return parts.work.read(lambda tx: parts.keyring.opener(tx, ref, act.grant))

    return once


def bare(place: Path) -> Callable[[], object]:
    """Insert one row each time, on the same engine, in a table of the same shape."""
    path = place / "bare.db"
    shape = "select sql from sqlite_master where tbl_name = 'ledger_entry' and sql is not null"
    with (
        contextlib.closing(sqlite3.connect(place / "home" / "rows.db")) as rows,
        contextlib.closing(sqlite3.connect(path)) as target,
    ):
        for statement in rows.execute(shape).fetchall():
            target.execute(statement[0])
    work, entries, client, number = SqliteWork(path), SqlEntryRows(), ClientId.new(), count()

    def insert(tx: Tx) -> None:
        row = EntryRow(
            index=next(number),
            entry=EntryId.new(),
            leaf=LEAF,
            time_ms=0,
            year=0,
            body=BODY,
            subject=None,
        )
        entries.add(tx, client, row)

    return lambda: work.run(client, insert)


def entries_only(house: App, client: ClientId) -> Callable[[], object]:
    """Append one entry each time: sealed, committed to, durable; nobody asks or opens."""
    ledger = house.parts.ledger
    body = {"actor": str(ActorId.new()), "purpose": "service", "object": str(ObjectId.new())}

    def once() -> object:
        now_ms = house.parts.clock.now_ms()
        return ledger.record(client, EntryDraft(kind="object:get", body=body, t_ms=now_ms))

    return once


@contextlib.contextmanager
def unanchored(place: Path) -> Iterator[App]:
    """Found a home of its own and compose it without anchors."""
    home, phrase = place / "unanchored", Secret(PASSPHRASE)
    found(InitOptions(home=home, domain="bench.example"), phrase, who=WHO, unsafe_cost=CHEAP)
    clock = SystemClock()
    kms = FileKms.open(home, passphrase=phrase, clock=clock, unsafe_cost=CHEAP)
    parts = compose(home, config.read(home), kms, clock, restoring=True)
    yield App(parts, WHO)
    parts.work.close()


def compare(house: App, plain: App, calls: dict[str, Callable[[], object]], chosen: Chosen) -> None:
    """Print each kind of call on each number of threads, medians of interleaved rounds.

    A ratio is of two runs of one round, a second apart: what else the machine does moves both.
    """
    print(
        f"{'threads':>7}  {'':10} {'per s':>7} {'cpu µs':>7} {'p50 ms':>8} {'p99 ms':>8}"
        "   of bare (range)"
    )
    for threads in THREADS:
        ran: dict[str, list[Ran]] = {name: [] for name in calls}
        for _ in range(chosen.rounds):
            with folding(house), folding(plain):
                for name, once in calls.items():
                    ran[name].append(load(threads, chosen.seconds, once))
        print_freshness(threads, list(zip(ran["opening"], ran["unanchored"], strict=True)))
        for name, runs in ran.items():
            pairs = zip(runs, ran["bare"], strict=True)
            ratios = sorted(ours.rate / bare.rate for ours, bare in pairs)
            rate, cpu, p50, p99 = (
                statistics.median(getattr(run, figure) for run in runs)
                for figure in ("rate", "cpu_us", "p50_ms", "p99_ms")
            )
            median = statistics.median(ratios)
            short = "  below the goal" if name == "opening" and median < GOAL else ""
            print(
                f"{threads:7}  {name:10} {rate:7.0f} {cpu:7.0f} {p50:8.2f} {p99:8.2f}"
                f"   {median:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}){short}"
            )


def print_freshness(threads: int, pairs: Sequence[tuple[Ran, Ran]]) -> None:
    """Print what openings lose to their anchors, by round."""
    kept = sorted(ours.rate / other.rate for ours, other in pairs)
    longer_ms, more_us = (
        statistics.median(getattr(ours, figure) - getattr(other, figure) for ours, other in pairs)
        for figure in ("p50_ms", "cpu_us")
    )
    print(
        f"{threads:7}  anchored / unanchored: {statistics.median(kept):.2f}"
        f" ({kept[0]:.2f} to {kept[-1]:.2f}), {longer_ms:+.2f} ms, {more_us:+.0f} cpu µs"
    )


# --- proofs --------------------------------------------------------------------------------


def grow(house: App, client: ClientId, entries: int) -> None:
    """Fill the log with leaves; bodies are left out, for proofs never look at them."""
    parts = house.parts
    now_ms = parts.clock.now_ms()

    def page(count: int) -> Callable[[Tx], None]:
        def add(tx: Tx) -> None:
            for _ in range(count):
                index, _ = parts.entries.take_index(tx, client)
                row = EntryRow(
                    index=index,
                    entry=EntryId.new(),
                    leaf=secrets.token_bytes(32),
                    time_ms=now_ms,
                    year=0,
                    body=None,
                    subject=None,
                )
                parts.entries.add(tx, client, row)

        return add

    while (have := parts.ledger.row_of(client).count) < entries:
        parts.work.run(client, page(min(PAGE, entries - have)))


class Folder:
    """Where the export goes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, data: bytes) -> None:
        """Write a file."""
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def append(self, name: str, data: bytes) -> None:
        """Add to a file."""
        with (self.root / name).open("ab") as file:
            file.write(data)


def granted(house: App, client: ClientId, count: int) -> Grant:
    """Ask to read the log."""
    request = ProveEntry(client=LABEL, entry="", purpose="verification")
    monitor = house.parts.monitor
    return monitor.authorize(WHO, request, client, scopes=READ_SCOPES, count=count).grant


def timed(what: str, calls: int, call: Callable[[], object]) -> None:
    """Print how long one call takes, the median of all."""
    took = []
    for _ in range(calls):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    took.sort()
    print(f"{what:46} {took[calls // 2] * 1e3:10.3f} ms   p99 {took[calls * 99 // 100] * 1e3:.3f}")


def proofs(house: App, client: ClientId, place: Path, entries: int) -> None:
    """Print what proofs cost in a log of so many entries."""
    parts = house.parts
    began = time.perf_counter()
    grow(house, client, entries)
    grown = time.perf_counter()
    parts.ledger.head_including(client, entries - 1)
    print(f"{entries} rows in {grown - began:.1f} s, folded in {time.perf_counter() - grown:.1f} s")
    ten = 10_000
    grow(house, client, parts.ledger.row_of(client).count + ten)
    timed(f"one step over {ten} new entries", 1, lambda: parts.ledger.sequence(client))
    draft = EntryDraft(kind="object:get", body={"count": "1"}, t_ms=parts.clock.now_ms())

    def step() -> None:
        parts.ledger.record(client, draft)
        parts.ledger.sequence(client)

    timed("one entry recorded, folded, signed, published", 50, step)
    recorded = parts.ledger.record(client, draft)
    head = parts.ledger.head_including(client, recorded.index)
    log = parts.ledger.row_of(client)
    tiles = parts.files.tiles(log.log)
    leaves = {}

    def prove(index: int) -> None:
        node = nodes_from(head.size, lambda tile: tiles.read(tile.path))
        leaves[index] = inclusion_proof(index, head.size, node), node(0, index)

    timed("inclusion proof from tiles on disk", PROOFS, lambda: prove(secrets.randbelow(head.size)))
    known = iter(leaves.items())

    def check() -> None:
        index, (path, leaf) = next(known)
        if not includes(root=head.root, size=head.size, index=index, leaf=leaf, path=path):
            raise RuntimeError("a proof does not hold")

    timed("inclusion verified", len(leaves), check)
    receipts: list[bytes] = []
    grant = granted(house, client, 400)
    parts.ledger.sequence(client)
    timed(
        "receipt: opened, proven, encoded",
        200,
        lambda: receipts.append(parts.reader.prove(grant, recorded.entry)[1]),
    )

    def audit() -> None:
        if verify_receipt(receipts[0], key=log.key).outcome is not Outcome.VERIFIED:
            raise RuntimeError("a receipt does not hold")

    timed("receipt verified, signatures and all", 200, audit)
    sink = Folder(place / "export")
    sink.root.mkdir()
    timed("whole log exported", 1, lambda: parts.reader.export(granted(house, client, 10), sink))

    def judge_all() -> None:
        if verify_export(open_export(sink.root), key=log.key).outcome is not Outcome.VERIFIED:
            raise RuntimeError("an export does not hold")

    timed("whole export verified", 1, judge_all)


@contextlib.contextmanager
def slower(delay_ms: float) -> Iterator[None]:
    """Let each commit take so much longer."""
    seam = vars(engine)
    quick = seam["durable"]

    @contextlib.contextmanager
    def slow(name: str) -> Iterator[None]:
        with quick(name):
            yield
        if name == "rows.commit":
            time.sleep(delay_ms / 1_000)

    seam["durable"] = slow
    yield
    seam["durable"] = quick


def main() -> None:
    """Found a home in a temporary folder and measure on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--delay-ms", type=float, nargs="*", default=(0.0, 2.0, 5.0, 10.0))
    parser.add_argument("--place", type=Path, default=None, help="a folder on the disk to measure")
    chosen = Chosen(**vars(parser.parse_args()))
    place = Path(tempfile.mkdtemp(prefix="bailee-bench-", dir=chosen.place))
    try:
        found(
            InitOptions(home=place / "home", domain="bench.example"),
            Secret(PASSPHRASE),
            who=WHO,
            unsafe_cost=CHEAP,
        )
        phrase = Secret(PASSPHRASE)
        with (
            open_app(
                place / "home", who=WHO, take_passphrase=lambda: phrase, unsafe_cost=CHEAP
            ) as house,
            unanchored(place) as plain,
        ):
            house.caller.call(AddClient(label=LABEL))
            plain.caller.call(AddClient(label=LABEL))
            client = house.parts.find_client(WHO, LABEL)
            calls = {
                "opening": openings(house, client),
                "unanchored": openings(plain, plain.parts.find_client(WHO, LABEL)),
                "recorded": entries_only(house, client),
                "bare": bare(place),
            }
            for once in calls.values():
                load(4, 0.3, once)
            cores, (load_1m, *_) = len(os.sched_getaffinity(0)), os.getloadavg()
            print(f"{cores} cores, load {load_1m:.1f}; goal: opening at least {GOAL} of bare")
            print(f"one synced record: {synced_ms(place):.2f} ms")
            for delay_ms in chosen.delay_ms:
                print(f"each commit {delay_ms} ms longer")
                with slower(delay_ms):
                    compare(house, plain, calls, chosen)
            if chosen.entries:
                proofs(house, client, place, chosen.entries)
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
