"""A judgement of a real home, and short ways to look at what it found."""

from tests.answers import asked, done
from tests.run.homes import SOMEONE

from bailee.act import Denial, Principal
from bailee.audit import Depth
from bailee.check.acts import RunCheck
from bailee.check.model import Report
from bailee.run.wiring.app import App
from bailee.run.wiring.checks import check_of


def answer(house: App, depth: Depth = Depth.DEEP, who: Principal = SOMEONE) -> Report | Denial:
    return asked(check_of(house.parts).run, who, RunCheck(depth=depth))


def audit(house: App, depth: Depth = Depth.DEEP) -> Report:
    return done(answer(house, depth))


def damage(report: Report) -> list[tuple[str, dict[str, str | int]]]:
    return [(str(item.kind), dict(item.facts)) for item in report.findings if item.is_damage]


def kinds(report: Report) -> set[str]:
    return {str(item.kind) for item in report.findings if item.is_damage}
