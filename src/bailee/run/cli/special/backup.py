"""Restore command: `bailee backup restore` makes a home from backups and recovery shares."""

from bailee.act import Denial
from bailee.backup.acts import RestoreBackup
from bailee.errors import WaitingForSecond
from bailee.run.cli import derive, frame
from bailee.run.cli.parser import Command, command, flag
from bailee.run.cli.special.key import typed_pages


def restore() -> Command:
    """Make the command."""
    new = flag("--new-passphrase", help="help.backup_new_passphrase")
    return command("backup restore", _restore, [new, *derive.parameters(RestoreBackup)])


def _restore(*, files: tuple[str, ...], new_passphrase: bool, purpose: str | None) -> int:
    from bailee.run.wiring.app import (  # noqa: PLC0415  # heavy: kept off --help
        asked_passphrase,
        chosen_passphrase,
        os_principal,
    )
    from bailee.run.wiring.restoring import RestoreOptions  # noqa: PLC0415  # as above
    from bailee.run.wiring.restoring import restore as bring_back  # noqa: PLC0415  # as above

    # Shares come by standard input alone: as arguments two of them would stand in a shell's
    # history, and two open everything.
    shares = typed_pages()
    options = RestoreOptions(
        home=frame.session.home,
        request=RestoreBackup(files=files, purpose=purpose),
        pages=shares,
        phrase=chosen_passphrase() if new_passphrase else asked_passphrase(),
        new_phrase=new_passphrase,
    )
    answer = bring_back(options, os_principal())
    if isinstance(answer, Denial):
        return frame.refuse(answer)
    frame.show_one(
        {
            "home": str(frame.session.home),
            "backup": str(answer.rows.id),
            "generation": answer.rows.generation,
            "objects": answer.objects,
            "missing": answer.missing,
            "lost": answer.mended.lost,
            "beyond": answer.mended.beyond,
            "forgotten": answer.mended.forgotten,
        }
    )
    if answer.approval is not None:
        frame.tell("backup.waits", approval=str(answer.approval))
        return WaitingForSecond.exit_code
    return 0
