"""Doctor command: `bailee doctor` names what is wrong around a home, and what to do about it."""

from pathlib import Path

from bailee.clock import SystemClock
from bailee.errors import PartlyDone
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command, option
from bailee.text import say


def doctor() -> Command:
    """Make the command."""
    place = {"metavar": "PATH", "type": Path}
    params = [
        option("--certificate", help="help.doctor_certificate", **place),
        option("--private-key", help="help.doctor_private_key", **place),
        option("--name", metavar="NAME", help="help.doctor_name"),
    ]
    return command("doctor", _doctor, params)


def _doctor(*, certificate: Path | None, private_key: Path | None, name: str | None) -> int:
    from bailee.run.doctor import examine, places  # noqa: PLC0415  # heavy: kept off --help

    found = list(examine.examine(frame.session.home))
    if certificate is not None:
        now_ms = SystemClock().now_ms()
        found += places.certificate(certificate, private_key, name, now_ms)
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
