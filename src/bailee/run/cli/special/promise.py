"""Promise command: `bailee promise` shows each sentence, what enforces it and what is missing."""

from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command
from bailee.text import say

_COLUMNS = ("sentence", "status", "policies", "acts")


def promise() -> Command:
    """Make the command."""
    return command("promise", _promise)


def _promise() -> int:
    from bailee.promise.service import report  # noqa: PLC0415  # loads Cedar: kept off --help

    kept = report()
    if frame.session.output != "table":
        frame.show(
            [
                {
                    "sentence": one.sentence,
                    "status": str(one.status),
                    "policies": list(one.policies),
                    "acts": list(one.acts),
                    "tests": None if one.tests is None else list(one.tests),
                    "evidence": list(one.evidence),
                    "met": list(one.met),
                    "missing": list(one.missing),
                }
                for one in kept
            ],
            columns=_COLUMNS,
        )
        return 0
    for one in kept:
        frame.line(f"{one.sentence}  {say(f'promise.status.{one.status}')}")
        frame.line(f"    {say(f'promise.sentence.{one.sentence}')}")
        for mark, demands in (("+", one.met), ("-", one.missing)):
            for demand in demands:
                frame.line(f"    {mark} {say(f'promise.demand.{demand}')}")
        for name, listed in (("policies", one.policies), ("acts", one.acts)):
            if listed:
                named = say("promise.listed", name=say(f"columns.{name}"))
                frame.line(f"    {named} {' '.join(listed)}")
        if one.tests:
            named = say("promise.listed", name=say("columns.tests"))
            frame.line(f"    {named} {' '.join(one.tests)}")
        frame.line("")
    return 0
