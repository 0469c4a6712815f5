"""Ledger export command: `bailee ledger export` writes a ledger into a new folder."""

from pathlib import Path

from bailee import errors
from bailee.act import ACTS, Denial
from bailee.act.show import printable
from bailee.ledgers.acts import ExportLedger
from bailee.run.cli import derive, frame
from bailee.run.cli.parser import Command, argument, command
from bailee.run.private import create, is_taken


def export() -> Command:
    """Make the command."""
    folder = argument("folder", metavar="DIR", help="help.ledger_folder", type=Path)
    return command("ledger export", _export, [folder, *derive.parameters(ExportLedger)])


def _export(*, folder: Path, **given: object) -> int:
    # An empty folder at most: files of an older export between would make this one fail to verify,
    # or worse, make it look whole.
    if is_taken(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.Conflict("errors_cli.target-exists")
    with frame.opened() as app:
        answer = app.caller.send(derive.request(ExportLedger, given), ExportFolder(folder))
    if isinstance(answer, Denial):
        return frame.refuse(answer)
    code = derive.present(derive.shown(ACTS[ExportLedger.act]), answer)
    frame.tell("cli.exported", folder=printable(str(folder)))
    return code


class ExportFolder:
    """Export folder: where an export goes: new files that only their owner may read."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made: set[str] = set()

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""
        try:
            with create(self._place(name)) as file:
                file.write(data)
        except OSError:
            raise errors.BaileeError("errors_cli.target-unwritable") from None

    def append(self, name: str, data: bytes) -> None:
        """Add to the end of a file."""
        place = self._place(name)
        try:
            # What lies there already is nobody's part of this export, a link least of all.
            if name not in self._made:
                create(place).close()
                self._made.add(name)
            with place.open("ab") as file:
                file.write(data)
        except OSError:
            raise errors.BaileeError("errors_cli.target-unwritable") from None

    def _place(self, name: str) -> Path:
        place = self._root.joinpath(*name.split("/"))
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            raise errors.BaileeError("errors_cli.target-unwritable") from None
        return place
