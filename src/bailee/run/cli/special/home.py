"""`bailee home upgrade`: rows of an older version brought to the form of this one."""

from typing import TYPE_CHECKING

from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command, flag

if TYPE_CHECKING:
    from bailee.adapters.sql.upgrade import TableCompared

_FLAGS = ("--rehearse", "--dry-run")
"""The second as it was called first."""


def upgrade() -> Command:
    """Make the command."""
    return command("home upgrade", _upgrade, [flag(*_FLAGS, help="help.home_upgrade_rehearse")])


def _upgrade(*, rehearse: bool) -> int:
    from bailee.run.wiring.app import asked_passphrase  # noqa: PLC0415  # heavy: kept off --help
    from bailee.run.wiring.upgrading import upgrade as bring_up  # noqa: PLC0415  # as above

    done = bring_up(frame.session.home, asked_passphrase, rehearse=rehearse)
    written = done.backup
    frame.show_one(
        {
            "home": str(frame.session.home),
            "form": done.before if rehearse else done.after,
            "steps": [f"{step.form}: {step.what}" for step in done.steps],
            "tables": len(done.tables),
            "rows": sum(one.before or 0 for one in done.tables),
            "changed": [_changed(one) for one in done.tables if not one.same],
            "roots": done.roots,
            "backup": None if written is None else str(written.about.id),
            "places": [] if written is None else list(written.places),
        },
        home="home_folder",
    )
    if not done.steps:
        frame.tell("cli.upgraded_already")
    elif rehearse:
        frame.tell("cli.upgrade_rehearsed", form=done.after)
    return 0


def _changed(one: "TableCompared") -> str:
    """Write what became of the rows of a table: how many there were, how many there are."""
    before = "-" if one.before is None else one.before
    return f"{one.table}: {before} -> {'-' if one.after is None else one.after}"
