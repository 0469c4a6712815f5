"""What the bounds of `bailee.limits` are tried on: whether something so large is taken."""

import fcntl
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.backup.memory import Held as HeldFile
from tests.ledger.conftest import House
from tests.logs.texts import REPLACED, Writing, plain_finds
from tests.monitor.fixture import FOUNDER, founded
from tests.patience import HandTime
from tests.run.homes import make, opened
from tests.tables import make_tables

from bailee import errors, limits
from bailee.accounts.acts import AddToken, ListActors, RaiseBudget
from bailee.act import Principal
from bailee.adapters.kms import passphrase
from bailee.adapters.kms.disk import read_private
from bailee.adapters.kms.places import require_places
from bailee.adapters.objects import ledger as ledger_files
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.reserve import FileReserve
from bailee.adapters.sources.place import places
from bailee.adapters.sources.source import sources_of
from bailee.adapters.sql.rows.accounts import SqlTokenRows
from bailee.backup import form, unpacking
from bailee.backup.model import About, BackupKind
from bailee.clients.acts import AddClient
from bailee.clients.model import check_label as check_client
from bailee.encoding import enc
from bailee.grant import Grant, Ref
from bailee.ids import BackupId, EntryId, InstallId, ObjectId, TokenId
from bailee.keys.recovery import read_share, split
from bailee.keys.shares import subsets
from bailee.ledger.model import EntryDraft
from bailee.ledger.vocabulary import OUTCOME, check_body, check_subject
from bailee.logs.acts import EraseLog, LinesFound, Revealed, RevealLog, SearchLog
from bailee.logs.ingest import counts
from bailee.logs.ingest.batch import Batch
from bailee.logs.ingest.counts import OTHER_DAYS, Counts
from bailee.logs.ingest.kernels.calendar import DAY
from bailee.logs.ingest.times import Timeline
from bailee.logs.model import check_label as check_stream
from bailee.logs.push.acts import PushLines
from bailee.logs.push.gathering import Gathering
from bailee.logs.push.service import require_source
from bailee.logs.search.about import about
from bailee.logs.search.pattern import Pattern
from bailee.logs.store.lines import BlockLines, pieces
from bailee.logs.token import TokenRef
from bailee.monitor.asking import subject_of
from bailee.objects.acts import ObjectPut, PutObject
from bailee.run import config
from bailee.run.config import check_domain
from bailee.run.follow.finding import found_files
from bailee.run.wiring.app import App
from bailee.scan.explain import near
from bailee.scan.own import Own
from bailee.seal.layout import FIRST_BYTES, Nonces, segments_of
from bailee.secret import Secret
from bailee.work import Tx

Row = Callable[[Any, Path], bool]

_REFUSALS = (errors.UsageError, errors.Damaged, errors.Sealed, errors.CannotRecord, ValueError)


def takes(do: Callable[[], object]) -> bool:
    """Tell whether it is done; what else goes wrong goes on."""
    try:
        do()
    except _REFUSALS:
        return False
    return True


def answered(kind: type, answer: object) -> None:
    """Fail when something else was answered: a Denial is not about size."""
    assert isinstance(answer, kind)


@contextmanager
def home(place: Path) -> Iterator[App]:
    """Found a home with a client."""
    if not (place / "home").exists():
        make(place)
        with opened(place) as house:
            house.caller.call(AddClient(label="acme"))
    with opened(place) as house:
        yield house


# --- names and reasons -----------------------------------------------------------------------


def _label(size: int, _: Path) -> bool:
    label = "a" * size
    return takes(lambda: (check_client(label), check_stream(label)))


def _object_name(size: int, place: Path) -> bool:
    with home(place) as house:
        asked = PutObject(client="acme", name="n" * size)
        return takes(lambda: answered(ObjectPut, house.caller.send(asked, [b"x"])))


def _reason(size: int, _: Path) -> bool:
    reason = "r" * size
    return takes(lambda: subject_of(EraseLog(client="acme", about=b"x", reason=reason), None))


def _os_user(size: int, _: Path) -> bool:
    return takes(lambda: Principal(os_user="u" * size))


def _domain(size: int, _: Path) -> bool:
    return takes(lambda: check_domain("d" * size))


def _settings(size: int, place: Path) -> bool:
    text = (
        '[provider]\ndomain = "hosting.example"\n[backup]\ndestinations = []\n[turn]\ndays = 7\n#'
    )
    (place / config.FILE_NAME).write_text(text + "." * (size - len(text)))
    return takes(lambda: config.read(place))


def _turn_days(days: int, place: Path) -> bool:
    (place / config.FILE_NAME).write_text(
        '[provider]\ndomain = "hosting.example"\n[backup]\ndestinations = []\n'
        f"[turn]\ndays = {days}\n"
    )
    return takes(lambda: config.read(place))


def _check_days(days: int, place: Path) -> bool:
    (place / config.FILE_NAME).write_text(
        '[provider]\ndomain = "hosting.example"\n[backup]\ndestinations = []\n'
        f"[turn]\ndays = 7\n[check]\ndays = {days}\n"
    )
    return takes(lambda: config.read(place))


def _way(place: Path, table: str) -> bool:
    (place / config.FILE_NAME).write_text(
        '[provider]\ndomain = "hosting.example"\n[backup]\ndestinations = []\n'
        f"[turn]\ndays = 7\n{table}"
    )
    return takes(lambda: config.read(place))


def _mail(place: Path, recipients: list[str]) -> bool:
    to = ", ".join(f'"{one}"' for one in recipients)
    return _way(place, f'[mail]\nhost = "m.example"\nfrom = "b@a.example"\nto = [{to}]\n')


def _recipients(count: int, place: Path) -> bool:
    return _mail(place, [f"o{number}@a.example" for number in range(count)])


def _mailbox(chars: int, place: Path) -> bool:
    return _mail(place, ["o" * (chars - len("@a.example")) + "@a.example"])


def _webhooks(count: int, place: Path) -> bool:
    one = '[[webhook]]\nname = "n{}"\nurl = "https://a.example/"\n'
    return _way(place, "".join(one.format(number) for number in range(count)))


def _url(chars: int, place: Path) -> bool:
    url = "https://a.example/".ljust(chars, "x")
    return _way(place, f'[[webhook]]\nname = "n"\nurl = "{url}"\n')


def _destinations(count: int, place: Path) -> bool:
    listed = ", ".join(f'"/backups/{number}"' for number in range(count))
    (place / config.FILE_NAME).write_text(
        f'[provider]\ndomain = "hosting.example"\n[backup]\ndestinations = [{listed}]\n'
        "[turn]\ndays = 7\n"
    )
    return takes(lambda: config.read(place))


# --- entries ---------------------------------------------------------------------------------


def _fields(size: int, _: Path) -> bool:
    return takes(lambda: check_body({f"f{number}": "1" for number in range(size)}))


def _field(size: int, _: Path) -> bool:
    name = "f" * size
    return takes(lambda: check_body({name: "1"})) and takes(lambda: check_subject({name: "x"}))


def _subject(size: int, _: Path) -> bool:
    return takes(lambda: check_subject({"reason": "x" * (size - 1), "more": "x"}))


def _grant(seconds: float, place: Path) -> bool:
    """Open something so long after the grant was made."""
    fixture = founded(place)
    client = fixture.client("alpha")
    ref = Ref(client=client, noun="object", id=ObjectId.new().raw, version=1)
    sealer = fixture.keys.sealer(ref)
    fixture.work.run(client, lambda tx: fixture.keys.enrol(tx, sealer))
    blob = sealer.seal_row(b"aad", b"content")
    grant = fixture.get(FOUNDER, client)
    assert isinstance(grant, Grant)
    fixture.clock.running_s += seconds

    def open_it(tx: Tx) -> bytes:
        return fixture.keys.opener(tx, ref, grant).open_row(b"aad", blob)

    done = takes(lambda: fixture.work.read(open_it))
    fixture.close()
    return done


def _unsequenced(seconds: float, place: Path) -> bool:
    """Ask for a grant so long after an entry that nobody could sign for."""
    make_tables(place / "rows.db")
    house = House(place)
    house.sequence()
    house.append()
    house.clock.pass_s(seconds)
    with pytest.MonkeyPatch.context() as patched, (house.folder / "signer.lock").open() as lock:
        patched.setattr(ledger_files, "time", HandTime())
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = takes(lambda: house.ledger.require_fresh(house.client))
    house.work.close()
    return done


def _reserve(size: int, place: Path) -> bool:
    """Tell whether the reserve is one of this size; any other is none."""
    assert FileReserve(place).keep()
    os.truncate(place / "reserve", size)
    return FileReserve(place).held()


# --- keys ------------------------------------------------------------------------------------


def _custodians(size: int, place: Path) -> bool:
    folders = [place / f"c{number}" for number in range(size)]
    return takes(lambda: require_places(place / "home", folders))


def _shares(size: int, _: Path) -> bool:
    return takes(lambda: subsets(3, size))


def _short_passphrase(size: int, _: Path) -> bool:
    return takes(lambda: passphrase.new_passphrase({}, lambda _: "p" * size))


def _long_passphrase(size: int, _: Path) -> bool:
    reading, writing = os.pipe()
    os.write(writing, b"p" * size)
    os.close(writing)
    return takes(lambda: passphrase.passphrase({passphrase.FD: str(reading)}))


def _share_page(size: int, _: Path) -> bool:
    page = split(Secret(bytes(32)), install=InstallId(bytes(16)), threshold=2, shares=3).pages[0]
    return takes(lambda: read_share(page + "\n" * (size - len(page))))


def _key_file(size: int, place: Path) -> bool:
    (place / "file").touch(0o600)
    os.truncate(place / "file", size)
    return takes(lambda: read_private(place / "file"))


def _due_file(size: int, place: Path) -> bool:
    (place / "file").touch(0o600)
    os.truncate(place / "file", size)
    most = limits.DUE_FILE_BYTES
    return takes(lambda: read_private(place / "file", at=max(0, most - 1), most=most))


# --- sealed streams and backups --------------------------------------------------------------


def _segment(size: int, _: Path) -> bool:
    """Tell whether what fills so much of the first segment, tag and header and all, is one."""
    plain = size - (limits.SEGMENT_BYTES - FIRST_BYTES)
    return segments_of(plain) == 1


def _segments(size: int, _: Path) -> bool:
    return takes(lambda: Nonces(bytes(7)).at(size - 1, last=True))


def _backup_head(size: int, _: Path) -> bool:
    said = About(
        id=BackupId.new(),
        install=InstallId(bytes(16)),
        kind=BackupKind.ROWS,
        generation=1,
        position=1,
        made_ms=1,
        recovery=bytes(32),
    ).encode()
    rest = len(enc("backup-file", said, b"", bytes(32)))
    head = enc("backup-file", said, bytes(size - rest), bytes(32))
    file = HeldFile(form.MAGIC + len(head).to_bytes(4, "big") + head)
    return takes(lambda: form.read_head(file)) and len(head) == size


def _archive_head(size: int, _: Path) -> bool:
    return takes(lambda: unpacking._small(size, iter([bytes(size)])))


def _stored(size: int, place: Path) -> bool:
    return takes(lambda: DirectoryStore(place).put("/".join("n" * size), [b"x"]))


# --- logs ------------------------------------------------------------------------------------


def _line(size: int, _: Path) -> bool:
    """Tell whether a line of this size, its newline included, stays one."""
    (block,) = pieces(plain_finds(b"a" * (size - 1) + b"\n"), REPLACED)
    return block.count == 1


def _block(size: int, _: Path) -> bool:
    return len(list(pieces(plain_finds(b"x\n" * size), REPLACED))) == 1


def _small_block() -> BlockLines:
    (block,) = pieces(plain_finds(b"x\n"), REPLACED)
    return block


def _batch(blocks: int = 1) -> Batch:
    codec = Writing().codec
    batch = Batch(batch=bytes(16), stream="web", timeline=Timeline(receipt_ns=1), codec=codec)
    for _ in range(blocks):
        batch.add(_small_block())
    return batch


def _batch_bytes(size: int, _: Path) -> bool:
    batch, block = _batch(), _small_block()
    batch.size = size - block.end
    return batch.fits(block)


def _batch_lines(size: int, _: Path) -> bool:
    batch = _batch()
    batch.lines = size - 1
    return batch.fits(_small_block())


def _batch_blocks(size: int, _: Path) -> bool:
    return _batch(size - 1).fits(_small_block())


def _days(size: int, _: Path) -> bool:
    (block,) = pieces(plain_finds(b"x\n" * size), REPLACED)
    made = Counts()
    made.add(block, np.arange(size) * DAY)
    return OTHER_DAYS not in {day for day, _ in counts.read(made.written())}


def _about(size: int, _: Path) -> bool:
    return takes(lambda: about(b"a" * size))


def _text(size: int, _: Path) -> bool:
    return takes(lambda: Pattern("t" * size))


def _archive_members(size: int, place: Path) -> bool:
    with tarfile.open(place / "a.tar", mode="w") as archive:
        for number in range(size):
            archive.addfile(tarfile.TarInfo(str(number)))
    (found,) = places([str(place / "a.tar")])
    try:
        return len([*sources_of(found, io.BytesIO())]) == size
    except errors.PartlyDone:
        return False


def _folders(size: int, place: Path) -> bool:
    deep = place.joinpath(*["d"] * size)
    deep.mkdir(parents=True)
    (deep / "a.log").write_bytes(b"x\n")
    (found,) = places([str(place)])
    return not found.refused


def _searched(size: int, place: Path) -> bool:
    with home(place) as house:
        asked = SearchLog(client="acme", lines=size)
        return takes(lambda: answered(LinesFound, house.caller.call(asked)))


def _revealed(size: int, place: Path) -> bool:
    values = tuple(TokenRef(epoch=202601, token=n.to_bytes(10, "big")) for n in range(size))
    with home(place) as house:
        asked = RevealLog(client="acme", values=values, purpose="client-request")
        return takes(lambda: answered(Revealed, house.caller.call(asked)))


def _own(size: int, _: Path) -> bool:
    return takes(lambda: Own.of(f"u{number}" for number in range(size)))


def _explained(size: int, _: Path) -> bool:
    """Tell whether the last word of so much of a line is looked at, to its end."""
    text = b"a@b"
    found = list(near(b" " * (size - len(text)) + text, []))
    return [one.end for one in found] == [size]


def _tokens(size: int, place: Path) -> bool:
    """Tell whether so many API tokens may stand; the last is made, those before are written."""
    fixture = founded(place)
    fixture.actor("shipper", "service")
    (row,) = (one for one in fixture.accounts.list(FOUNDER, ListActors()) if "service" in one.roles)
    asked = AddToken(actor=str(row.actor))
    first = fixture.tokens.add(FOUNDER, asked)
    rows = SqlTokenRows()

    def fill(tx: Tx) -> None:
        held = rows.get(tx, first.token)
        assert held is not None
        for _ in range(size - 2):
            row = replace(held, id=TokenId.new())
            body = {"of": str(EntryId.new()), "result": "done", **row.projected()}
            draft = EntryDraft(kind=OUTCOME, body=body, t_ms=fixture.clock.now_ms())
            index = fixture.ledger.append(tx, fixture.provider, draft).index
            rows.add(tx, replace(row, log_index=index).vouched(fixture.keys))

    fixture.work.run(fixture.provider, fill)
    taken = takes(lambda: fixture.tokens.add(FOUNDER, asked))
    fixture.close()
    return taken


def _networks(size: int, place: Path) -> bool:
    fixture = founded(place)
    asked = AddToken(
        actor=str(fixture.accounts.list(FOUNDER, ListActors())[0].actor),
        networks=tuple(f"192.0.2.{number}/32" for number in range(size)),
    )
    taken = takes(lambda: fixture.tokens.add(FOUNDER, asked))
    fixture.close()
    return taken


def _raised(place: Path, values: int = 2_000, days: int = 1) -> bool:
    fixture = founded(place)
    me = str(fixture.accounts.list(FOUNDER, ListActors())[0].actor)
    asked = RaiseBudget(actor=me, values=values, days=days)
    taken = takes(lambda: fixture.budget_acts.raised(FOUNDER, asked))
    fixture.close()
    return taken


def _budget_values(size: int, place: Path) -> bool:
    return _raised(place, values=size)


def _budget_days(size: int, place: Path) -> bool:
    return _raised(place, days=size)


def _push(size: int, _: Path) -> bool:
    gathering: Gathering[int, int] = Gathering(lambda: 0.0)

    def receive() -> None:
        with gathering.receiving([bytes(size)]):
            pass

    return takes(receive)


def _pushes(size: int, _: Path) -> bool:
    gathering: Gathering[int, int] = Gathering(lambda: 0.0)

    def receive() -> None:
        with ExitStack() as held:
            for start in range(0, size, limits.PUSH_BYTES):
                some = bytes(min(limits.PUSH_BYTES, size - start))
                held.enter_context(gathering.receiving([some]))

    return takes(receive)


def _push_source(size: int, _: Path) -> bool:
    asked = PushLines(client="acme", stream="web", source="s" * size)
    return takes(lambda: require_source(asked))


def _followed(count: int, place: Path) -> bool:
    for number in range(count):
        (place / str(number)).touch()
    return takes(lambda: found_files([str(place)], []))


LIMITS: dict[str, Row] = {
    "ABOUT_BYTES": _about,
    "ARCHIVE_HEAD_BYTES": _archive_head,
    "ARCHIVE_MEMBERS": _archive_members,
    "BACKUP_HEAD_BYTES": _backup_head,
    "BATCH_BLOCKS": _batch_blocks,
    "BATCH_BYTES": _batch_bytes,
    "BATCH_LINES": _batch_lines,
    "BLOCK_LINES": _block,
    "BODY_FIELDS": _fields,
    "BUDGET_DAYS_MAX": _budget_days,
    "BUDGET_VALUES_MAX": _budget_values,
    "COUNTED_DAYS": _days,
    "CUSTODIANS_MIN": _custodians,
    "DOMAIN_CHARS": _domain,
    "TURN_DAYS_MAX": _turn_days,
    "CHECK_DAYS_MAX": _check_days,
    "MAIL_RECIPIENTS_MAX": _recipients,
    "MAILBOX_CHARS": _mailbox,
    "WEBHOOKS_MAX": _webhooks,
    "URL_CHARS": _url,
    "DESTINATIONS_MAX": _destinations,
    "DUE_FILE_BYTES": _due_file,
    "EXPLAINED_BYTES": _explained,
    "FIELD_CHARS": _field,
    "FOLDER_DEPTH": _folders,
    "FOLLOWED_FILES": _followed,
    "GRANT_SECONDS": _grant,
    "KEY_FILE_BYTES": _key_file,
    "LABEL_CHARS": _label,
    "LINE_BYTES": _line,
    "NAME_BYTES": _object_name,
    "OS_USER_BYTES": _os_user,
    "OWN_ENTRIES": _own,
    "PASSPHRASE_BYTES": _long_passphrase,
    "PASSPHRASE_CHARS_MIN": _short_passphrase,
    "PUSH_BYTES": _push,
    "PUSHES_HELD_BYTES": _pushes,
    "PUSH_SOURCE_BYTES": _push_source,
    "REASON_BYTES": _reason,
    "RESERVE_BYTES": _reserve,
    "REVEAL_VALUES": _revealed,
    "SEALED_SEGMENTS": _segments,
    "SEARCH_LINES": _searched,
    "SEGMENT_BYTES": _segment,
    "SETTINGS_BYTES": _settings,
    "SHARES_MAX": _shares,
    "SHARE_PAGE_CHARS": _share_page,
    "STORE_DEPTH": _stored,
    "SUBJECT_BYTES": _subject,
    "TEXT_BYTES": _text,
    "TOKENS_MAX": _tokens,
    "TOKEN_NETWORKS": _networks,
    "UNSEQUENCED_SECONDS": _unsequenced,
}
"""By name; where the name ends in `_MIN`, less is refused."""
