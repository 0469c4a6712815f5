"""Restore command: `bailee backup restore` makes a home from backups and recovery shares.

With `--rehearse` it makes none, and says whether the backups would give one.
"""

from bailee import errors
from bailee.act import Denial
from bailee.backup.acts import RestoreBackup
from bailee.errors import PartlyDone, WaitingForSecond
from bailee.run.cli import derive, frame
from bailee.run.cli.parser import Command, command, flag
from bailee.run.cli.special.key import typed_pages


def restore() -> Command:
    """Make the command."""
    over = flag("--take-over", help="help.backup_take_over")
    new = flag("--new-passphrase", help="help.backup_new_passphrase")
    return command("backup restore", _restore, [over, new, *derive.parameters(RestoreBackup)])


def _restore(  # the options of one command, by their names
    *,
    files: tuple[str, ...],
    rehearse: bool,
    take_over: bool,
    new_passphrase: bool,
    purpose: str | None,
) -> int:
    # Before shares are typed: custodians know one home, and a restore made as a drill would have
    # the home that is in use refused from then on.
    if rehearse == take_over:
        raise errors.UsageError("errors_backup.take-over")
    request = RestoreBackup(files=files, rehearse=rehearse, purpose=purpose)
    return _drill(request) if rehearse else _take_over(request, new_passphrase=new_passphrase)


def _take_over(request: RestoreBackup, *, new_passphrase: bool) -> int:
    from bailee.run.wiring.app import (  # noqa: PLC0415  # heavy: kept off --help
        asked_passphrase,
        chosen_passphrase,
        os_principal,
    )
    from bailee.run.wiring.restoring import RestoreOptions  # noqa: PLC0415  # as above
    from bailee.run.wiring.restoring import restore as bring_back  # noqa: PLC0415  # as above

    frame.tell("backup.taking-over")
    # Shares come by standard input alone: as arguments two of them would stand in a shell's
    # history, and two open everything.
    shares = typed_pages()
    options = RestoreOptions(
        home=frame.session.home,
        request=request,
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
        },
        home="home_folder",
    )
    # After all was shown: the home is there, and the exit code says that it is not whole.
    partly = PartlyDone("errors_backup.missing", missing=answer.missing)
    if answer.approval is not None:
        if answer.missing:
            frame.fail(partly)
        frame.tell("backup.waits", approval=str(answer.approval))
        return WaitingForSecond.exit_code
    if answer.missing:
        raise partly
    return 0


def _drill(request: RestoreBackup) -> int:
    from bailee.run.wiring.restoring import rehearse  # noqa: PLC0415  # heavy: kept off --help

    shares = typed_pages()
    with frame.opened_here() as app:
        answer = rehearse(app, request, shares)
    if isinstance(answer, Denial):
        return frame.refuse(answer)
    frame.show_one(
        {
            "backup": str(answer.rows.id),
            "generation": answer.rows.generation,
            "objects": answer.objects,
            "missing": answer.missing,
            "damaged": answer.damaged,
        }
    )
    frame.tell("backup.rehearsed")
    if answer.missing and not answer.damaged:
        raise PartlyDone("errors_backup.missing", missing=answer.missing)
    return errors.Damaged.exit_code if answer.damaged else 0
