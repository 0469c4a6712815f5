"""A judgement bound to a real home, as the wiring does it."""

from collections.abc import Sequence

from tests.backup.rooms import recovery
from tests.run.homes import SOMEONE

from bailee.adapters.check.places import Places
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.sql.rows.accounts import SqlActorRows
from bailee.adapters.sql.rows.clients import SqlClientRows
from bailee.adapters.sql.rows.inspection import SqlInspection
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.check.acts import Checked, RunCheck
from bailee.check.entries import EntryJudge
from bailee.check.logs import LogJudge
from bailee.check.model import Depth, Report
from bailee.check.names import NameJudge
from bailee.check.objects import ObjectJudge
from bailee.check.rows import RowsJudge
from bailee.check.service import Check
from bailee.monitor.model import Denial, Principal
from bailee.monitor.power import ActorRow, ClientRow
from bailee.run.wiring import House
from bailee.work import Tx


class NameRows:
    def actors(self, tx: Tx) -> Sequence[ActorRow]:
        return SqlActorRows().all(tx)

    def clients(self, tx: Tx) -> Sequence[ClientRow]:
        return SqlClientRows().all(tx)


def check_of(house: House) -> Check:
    parts = house.parts
    inspection, keys = SqlInspection(), parts.keyring.inspection()
    return Check(
        work=parts.work,
        recording=parts.work,
        door=parts.monitor,
        provider=parts.keyring.provider,
        rows=RowsJudge(
            work=parts.work,
            inspection=inspection,
            register=parts.register,
            keys=keys,
            state=parts.keyring.turning(),
            key_rows=SqlKeyRows(),
            version="0001",
        ),
        logs=LogJudge(
            work=parts.work,
            rows=parts.entries,
            files=parts.files,
            inspection=inspection,
            keys=keys,
            domain=parts.config.domain,
        ),
        entries=EntryJudge(work=parts.work, rows=parts.entries, keys=parts.keyring),
        objects=ObjectJudge(
            work=parts.work,
            rows=SqlObjectRows(),
            blobs=DirectoryStore(parts.home / "objects", sharded=True),
            keys=parts.keyring,
        ),
        names=NameJudge(work=parts.work, rows=NameRows(), keys=parts.keyring, macs=parts.keyring),
        log_rows=parts.entries,
        surroundings=Places(
            parts.home, parts.kms, parts.config.backups, lambda: recovery(parts.kms)
        ),
    )


def answer(house: House, depth: Depth = Depth.DEEP, who: Principal = SOMEONE) -> Checked | Denial:
    return check_of(house).run(who, RunCheck(depth=depth))


def judge(house: House, depth: Depth = Depth.DEEP) -> Report:
    checked = answer(house, depth)
    assert isinstance(checked, Checked)
    return checked.report


def damage(report: Report) -> list[tuple[str, dict[str, str | int]]]:
    return [(str(item.kind), dict(item.facts)) for item in report.findings if item.is_damage]


def kinds(report: Report) -> set[str]:
    return {str(item.kind) for item in report.findings if item.is_damage}
