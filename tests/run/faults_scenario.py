"""A day of custody as one program, made to be killed anywhere and to be gone on with.

Each step that was answered is written to `acks.jsonl` beside the home, by one write call: what
stands there was acknowledged to somebody.  Run again with `resume`, it looks before it repeats,
as a careful person does: a step that took effect without an answer is not done twice.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.answers import done
from tests.run import homes

from bailee import failpoint
from bailee.accounts.acts import AddActor, ListActors
from bailee.act import Denial, Principal
from bailee.adapters.objects.reserve import FileReserve
from bailee.backup.acts import CreateBackup, RestoreBackup
from bailee.backup.model import BackupKind
from bailee.backup.writer import ROWS_KEPT
from bailee.clients.acts import AddClient, ListClients
from bailee.ids import ClientId
from bailee.keyring.model import Phase
from bailee.keys.acts import TurnKeys
from bailee.keys.recovery import split
from bailee.ledger.model import EntryDraft
from bailee.ledger.vocabulary import REFUSAL
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.proof.tree.tiles import WIDTH
from bailee.run.private import give
from bailee.run.wiring import restoring
from bailee.run.wiring.app import App
from bailee.run.wiring.backups import writer
from bailee.run.wiring.keys import keys_of
from bailee.secret import Secret
from bailee.work import Tx

ACKS = "acks.jsonl"
RESTORED = "restored"
KEPT = "anchors-kept"
CLIENTS = ("acme", "bota")
LARGE = random.Random(7).randbytes(200_000)  # noqa: S311  # contents of a test
CONTENTS: Mapping[str, bytes] = {
    "small": b"a small one",
    "large": LARGE,
    "again": b"a second version of the small one",
    "gone": b"one that is deleted",
    "late": b"put after the turn",
}

Ack = dict[str, Any]


def run(place: Path, *, resume: bool) -> None:
    """Play all steps that are not done, and acknowledge each."""
    done = acknowledged(place) if resume else {}
    if "init" not in done:
        found(place, done)
    with first_home(place) as house:
        for name, step in STEPS.items():
            if name not in done:
                fact = step(house) or {}
                house.publish()
                acknowledge(place, {"step": name, **fact, **state(house)})
        query = _restoring(house)
    if "restore" not in done:
        _restore(place, query)
        acknowledge(place, {"step": "restore", "logs": {}})


@contextmanager
def first_home(place: Path) -> Iterator[App]:
    """Open the first home, also after the second was made: with the anchors of before that.

    Custodians refuse a home from the moment at which another was restored in its place.  Here both
    are judged, so each has its own.
    """
    kept = place / KEPT
    own = {path: kept / path.parent.name for path in _anchors(place)} if kept.exists() else {}
    others = {path: path.read_bytes() for path in own}
    for path, copy in own.items():
        path.write_bytes(copy.read_bytes())
    with homes.opened(place) as house:
        yield house
    for path, copy in own.items():
        copy.write_bytes(path.read_bytes())
        path.write_bytes(others[path])


def _anchors(place: Path) -> Iterator[Path]:
    return place.glob("home.custodian-*/anchors")


def _keep_anchors(place: Path) -> None:
    if not (place / KEPT).exists():
        made = place / f"{KEPT}.new"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        for path in _anchors(place):
            shutil.copy(path, made / path.parent.name)
        made.rename(place / KEPT)


def found(place: Path, done: Mapping[str, Ack]) -> None:
    """Make the home; after a crash, clear away what the remedy of its error names."""
    home = place / "home"
    if not home.exists() and not (place / "home.custodian-1").exists():
        _leave_remains(place)
    unfinished = place / "home.unfinished"
    if unfinished.exists():
        assert not home.exists()
        for folder in (unfinished, place / "home.custodian-1", place / "home.custodian-2"):
            shutil.rmtree(folder, ignore_errors=True)
    if not home.exists():
        homes.make(place)
    if "init" not in done:
        acknowledge(place, {"step": "init"})


def _leave_remains(place: Path) -> None:
    """Leave with a custodian what an `init` leaves that was killed before it had a keyring."""
    custodian = place / "home.custodian-1"
    custodian.mkdir(mode=0o700)
    for name in ("founding", "turn-1"):
        descriptor = os.open(custodian / name, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, b"unfinished")
        os.close(descriptor)


def _put(name: str, content: str) -> Callable[[App], Ack | None]:
    def step(house: App) -> Ack:
        data = CONTENTS[content]
        if data not in held(house).get(name, []):
            asked = PutObject(client="acme", name=name, reason="taken in")
            done(house.caller.send(asked, _chunks(data)))
        return {"put": [name, hashlib.sha256(data).hexdigest()]}

    return step


def _chunks(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 70_000] for at in range(0, len(data), 70_000))


def _get(house: App) -> None:
    asked = GetObject(client="acme", object="b.bin", purpose="client-request", reason="look")
    given = done(house.caller.call(asked))
    assert b"".join(map(bytes, given.chunks)) == LARGE


def _delete(house: App) -> Ack:
    if "c.txt" in held(house):
        done(house.caller.call(DeleteObject(client="acme", object="c.txt")))
    return {"deleted": "c.txt"}


def _add_client(label: str) -> Callable[[App], Ack | None]:
    def step(house: App) -> None:
        known = done(house.caller.call(ListClients()))
        if label not in [client.label for client in known]:
            done(house.caller.call(AddClient(label=label)))

    return step


def _add_actor(house: App) -> None:
    known = done(house.caller.call(ListActors()))
    if "abena" not in [actor.os_user for actor in known]:
        done(house.caller.call(AddActor(os_user="abena", role="support")))


def _crowd(house: App) -> None:
    """Fill a first tile, so that partial ones are discarded."""
    parts = house.parts
    client = done(house.caller.call(ListClients()))[0].client
    if parts.ledger.row_of(client).count > WIDTH:
        return
    draft = EntryDraft(kind=REFUSAL, body={"act": "object:get"}, t_ms=parts.clock.now_ms())

    def fn(tx: Tx) -> None:
        for _ in range(WIDTH):
            parts.ledger.append(tx, client, draft)

    parts.work.run(client, fn)


def _reserve(house: App) -> None:
    """Give the reserve free, as a full disk would make the ledger do; the next act takes it."""
    parts = house.parts
    FileReserve(parts.home).release()
    provider = parts.keyring.provider
    parts.ledger.require_fresh(provider)


def _turn(house: App) -> None:
    """Make what was deleted final; a custodian holds what an earlier turn did not finish."""
    orphan = house.parts.home.with_name("home.custodian-1") / "turn-2.new"
    report = keys_of(house.parts).report()
    if report.generation == 1 and not orphan.with_name("turn-2").exists():
        descriptor = os.open(orphan, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, b"unfinished")
        os.close(descriptor)
    if report.generation == 1 or report.phase is not Phase.STILL:
        done(house.caller.call(TurnKeys()))


def _backup(house: App) -> None:
    """Make as many row backups as are kept and one more, so that the oldest goes."""
    for _ in range(ROWS_KEPT):
        done(house.caller.call(CreateBackup(rows_only=True)))
    done(house.caller.call(CreateBackup()))


def _restoring(house: App) -> restoring.RestoreOptions:
    """Ask for a second home, from the newest backup of the whole one."""
    place, kms = house.parts.home.parent, house.parts.kms
    whole = next(one for one in writer(house.parts).stored() if one.about.kind is BackupKind.HOME)
    return restoring.RestoreOptions(
        home=place / RESTORED,
        request=RestoreBackup(files=(str(place / "home.backups" / whole.name),)),
        pages=split(kms.root(), install=kms.install, threshold=2, shares=3).pages[:2],
        phrase=Secret(homes.PASSPHRASE),
    )


def _restore(place: Path, query: restoring.RestoreOptions) -> None:
    """Make a second home, as after a lost disk.

    Somebody who may not tries first; then the one who may gives it another passphrase.
    """
    if (place / RESTORED).exists():
        return
    _keep_anchors(place)
    stranger = Principal(os_user="nobody")
    assert isinstance(restoring.restore(query, stranger, unsafe_cost=homes.CHEAP), Denial)
    anew = replace(query, new_phrase=True)
    done(restoring.restore(anew, homes.SOMEONE, unsafe_cost=homes.CHEAP))


def _save(house: App) -> None:
    """Give a file to a path, as `object get --to` does."""
    target = house.parts.home.with_name("given.txt")
    if not target.exists():
        give((b"given",), target)


STEPS: Mapping[str, Callable[[App], Ack | None]] = {
    "client": _add_client("acme"),
    "put small": _put("a.txt", "small"),
    "put large": _put("b.bin", "large"),
    "put again": _put("a.txt", "again"),
    "put gone": _put("c.txt", "gone"),
    "get": _get,
    "actor": _add_actor,
    "delete": _delete,
    "turn": _turn,
    "crowd": _crowd,
    "reserve": _reserve,
    "save": _save,
    "second client": _add_client("bota"),
    "put late": _put("d.txt", "late"),
    "backup": _backup,
}


def held(house: App) -> dict[str, list[bytes]]:
    """Read back every version of every object of the first client, by name."""
    found: dict[str, list[bytes]] = {}
    for listed in done(house.caller.call(ListObjects(client="acme"))):
        asked = GetObject(
            client="acme",
            object=str(listed.object),
            version=listed.version,
            purpose="client-request",
        )
        given = done(house.caller.call(asked))
        content = b"".join(map(bytes, given.chunks))
        found.setdefault(listed.name, []).append(content)
    return found


def state(house: App) -> Ack:
    """Say what each log holds and what it has published: from now on, somebody may rely on it."""
    logs: dict[str, dict[str, object]] = {}
    parts = house.parts
    for client in parts.ledger.clients():
        log = parts.ledger.row_of(client)
        note = parts.files.tiles(log.log).read("checkpoint").decode()
        logs[str(client)] = {"count": log.count, "leaves": leaves(house, client, log.count)}
        logs[str(client)] |= {"checkpoint": note}
    return {"logs": logs}


def leaves(house: App, client: ClientId, count: int) -> str:
    """Return one digest over the first leaves of a log."""
    rows = house.parts.entries
    read = house.parts.work.read(lambda tx: rows.leaves(tx, client, 0, count))
    return hashlib.sha256(b"".join(read)).hexdigest()


def acknowledge(place: Path, ack: Ack) -> None:
    """Write one line, by one call: a process killed after it has answered."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    descriptor = os.open(place / ACKS, flags, 0o600)
    os.write(descriptor, (json.dumps(ack) + "\n").encode())
    os.close(descriptor)


def acknowledged(place: Path) -> dict[str, Ack]:
    """Return the acknowledged steps by name."""
    path = place / ACKS
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {str(ack["step"]): ack for ack in map(json.loads, lines)}


Play = Callable[[Path, bool], None]


def serve(play: Play) -> None:
    """Fork for each case on standard input; a case may kill its process, never this one."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        case = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            os._exit(_case(play, case, writing))
        os.close(writing)
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            if case.get("kill_after_s") is not None and pipe.read(1) == BEGUN:
                time.sleep(case["kill_after_s"])
                os.kill(child, signal.SIGKILL)
            passed = pipe.read().removeprefix(BEGUN)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        answers.write(json.dumps({"code": code, "passed": json.loads(passed or "{}")}) + "\n")
        answers.flush()


BEGUN = b"!"
"""What a child says at its first durable write when it is to be killed by the clock."""


def _case(play: Play, case: Mapping[str, object], writing: int) -> int:
    try:
        failpoint.arm(str(case["failpoints"]))
        clock = _Clock(writing) if "kill_after_s" in case else None
        play(Path(str(case["place"])), bool(case["resume"]))
        passed = clock.passed() if clock else failpoint._armed.passed
        os.write(writing, json.dumps(passed).encode())
    except BaseException:  # noqa: BLE001  # the outermost edge of a child process
        traceback.print_exc()
        return 1
    return 0


class _Clock:
    """Tells when the first durable write comes, and how long after it the last."""

    def __init__(self, writing: int) -> None:
        self._first = self._last = 0.0
        real = failpoint._pass

        def passed(point: str) -> None:
            self._last = time.monotonic()
            if not self._first:
                self._first = self._last
                os.write(writing, BEGUN)
            real(point)

        failpoint._pass = passed

    def passed(self) -> Mapping[str, int]:
        return {"last_us": int((self._last - self._first) * 1e6)}


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(lambda place, resume: run(place, resume=resume))
    else:
        run(Path(sys.argv[1]), resume="--resume" in sys.argv)
