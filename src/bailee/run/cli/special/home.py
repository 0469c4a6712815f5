"""`bailee home upgrade`: rows of an older version brought to the form of this one."""

from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command, flag


def upgrade() -> Command:
    """Make the command."""
    return command("home upgrade", _upgrade, [flag("--dry-run", help="help.home_upgrade_dry_run")])


def _upgrade(*, dry_run: bool) -> int:
    from bailee.run.wiring.app import asked_passphrase  # noqa: PLC0415  # heavy: kept off --help
    from bailee.run.wiring.upgrading import upgrade as bring_up  # noqa: PLC0415  # as above

    done = bring_up(frame.session.home, asked_passphrase, rehearse=dry_run)
    written = done.backup
    frame.show_one(
        {
            "home": str(frame.session.home),
            "form": done.before if dry_run else done.after,
            "steps": [f"{step.form}: {step.what}" for step in done.steps],
            "backup": None if written is None else str(written.about.id),
            "places": [] if written is None else list(written.places),
        },
        home="home_folder",
    )
    if not done.steps:
        frame.tell("cli.upgraded_already")
    elif dry_run:
        frame.tell("cli.upgrade_rehearsed", form=done.after)
    return 0
