"""A judgement of a real home, and short ways to look at what it found."""

from bailee.run.wiring.judging import bind
from tests.backup.rooms import recovery
from tests.run.homes import SOMEONE

from bailee.act import Denial, Principal
from bailee.adapters.objects.directory import DirectoryStore
from bailee.check.acts import Checked, RunCheck
from bailee.check.model import Depth, Report
from bailee.run.wiring.app import App


def answer(house: App, depth: Depth = Depth.DEEP, who: Principal = SOMEONE) -> Checked | Denial:
    parts = house.parts
    blobs = DirectoryStore(parts.home / "objects", sharded=True)
    check = bind(parts, blobs, lambda: recovery(parts.kms))
    return check.run(who, RunCheck(depth=depth))


def audit(house: App, depth: Depth = Depth.DEEP) -> Report:
    checked = answer(house, depth)
    assert isinstance(checked, Checked)
    return checked.report


def damage(report: Report) -> list[tuple[str, dict[str, str | int]]]:
    return [(str(item.kind), dict(item.facts)) for item in report.findings if item.is_damage]


def kinds(report: Report) -> set[str]:
    return {str(item.kind) for item in report.findings if item.is_damage}
