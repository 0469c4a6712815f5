"""`bailee check`: judges everything stored; names what is damaged; changes nothing."""

from typing import Annotated

import typer

from bailee.check.acts import RunCheck
from bailee.check.model import Depth, Finding, FindingKind, Report
from bailee.run.cli import frame, option
from bailee.text import say


def check(
    *,
    deep: Annotated[bool, typer.Option("--deep", help=say("help.check_deep"))] = False,
    quick: Annotated[bool, typer.Option("--quick", help=say("help.check_quick"))] = False,
    purpose: option.Purpose = None,
) -> int:
    """Judge everything stored; changes nothing."""
    depth = Depth.DEEP if deep and not quick else Depth.QUICK
    with frame.opened() as house:
        answer = house.caller.call(RunCheck(depth=depth, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    report: Report = answer.report
    if frame.session.output == "table":
        _say(report)
    else:
        frame.show_one(
            {
                "verdict": "clean" if report.clean else "damaged",
                "depth": str(report.depth),
                "counts": dict(report.counts),
                "findings": [_record(finding) for finding in report.findings],
            }
        )
    return report.exit_code


def _say(report: Report) -> None:
    for finding in report.findings:
        mark = say("cli.mark_damage" if finding.is_damage else "cli.mark_warning")
        frame.line(f"{mark}  {_sentence(finding)}")
    if report.findings:
        frame.line("")
    counted = " ".join(f"{name}={count}" for name, count in sorted(report.counts.items()))
    frame.line(say("cli.verdict_clean" if report.clean else "cli.verdict_damaged", counts=counted))


def _sentence(finding: Finding) -> str:
    facts = {name: _fact(value) for name, value in finding.facts.items()}
    if finding.kind is FindingKind.SHARED_DISK:
        return say(f"keys.{facts['what']}", one=facts["one"], other=facts["other"])
    return say(finding.message, **facts)


def _fact(value: str | int) -> str | int:
    return frame.printable(value) if isinstance(value, str) else value


def _record(finding: Finding) -> frame.Record:
    return {
        "kind": str(finding.kind),
        "damage": finding.is_damage,
        **finding.facts,
    }
