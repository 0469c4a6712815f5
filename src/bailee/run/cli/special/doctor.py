"""Doctor command: `bailee doctor` names what is wrong around a home, and what to do about it."""

from bailee.errors import PartlyDone
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command
from bailee.text import say


def doctor() -> Command:
    """Make the command."""
    return command("doctor", _doctor)


def _doctor() -> int:
    from bailee.run.doctor.examine import examine  # noqa: PLC0415  # heavy: kept off --help

    found = list(examine(frame.session.home))
    frame.show(
        [
            {
                "finding": str(one.symptom),
                "about": one.about or None,
                "says": say(f"doctor.{one.symptom}", about=one.about, count=one.count),
                "remedy": say(f"doctor.{one.symptom}-remedy", about=one.about, count=one.count),
            }
            for one in found
        ],
        columns=("finding", "about", "says", "remedy"),
    )
    if not found:
        frame.tell("doctor.well")
    return PartlyDone.exit_code if found else 0
