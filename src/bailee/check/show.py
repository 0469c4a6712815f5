"""How a check is shown: a sentence for each finding, then the verdict."""

from bailee.act.show import Record, Show, Shows, printable
from bailee.audit import Finding, FindingKind
from bailee.check.acts import RunCheck
from bailee.check.model import Report
from bailee.text import say


def _text(report: Report) -> str:
    lines = []
    for finding in report.findings:
        mark = say("cli.mark_damage" if finding.is_damage else "cli.mark_warning")
        lines.append(f"{mark}  {_sentence(finding)}")
    if report.findings:
        lines.append("")
    counted = " ".join(f"{name}={count}" for name, count in sorted(report.counts.items()))
    lines.append(
        say("cli.verdict_clean" if report.clean else "cli.verdict_damaged", counts=counted)
    )
    return "".join(f"{line}\n" for line in lines)


def _sentence(finding: Finding) -> str:
    facts = {
        name: printable(value) if isinstance(value, str) else value
        for name, value in finding.facts.items()
    }
    if finding.kind is FindingKind.SHARED_DISK:
        return say(f"keys.{facts['what']}", one=facts["one"], other=facts["other"])
    return say(finding.message, **facts)


def _record(report: Report) -> Record:
    return {
        "verdict": "clean" if report.clean else "damaged",
        "depth": str(report.depth),
        "counts": dict(report.counts),
        "findings": [
            {"kind": str(one.kind), "damage": one.is_damage, **one.facts} for one in report.findings
        ],
    }


def _exit_code(report: Report) -> int:
    return report.exit_code


SHOWS: Shows = {RunCheck: Show(text=_text, record=_record, exit_code=_exit_code)}
