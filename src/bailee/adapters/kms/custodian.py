"""Custodian of the turn secret: a directory outside the home that keeps no history.

Its marker says whose it is.  Without the marker the directory may be an empty mount point, so what
is "absent" from it proves nothing and the answer is `unknown` (spec/invariants.md I16).  `founding`
instead of `custodian` marks what an interrupted `init` left, which holds nothing that was ever
used.  spec/keys.md, "A custodian"
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from bailee import errors
from bailee.adapters.kms.disk import (
    append,
    make_folder,
    private,
    read_private,
    shred,
    sync_folder,
    write_whole,
)
from bailee.failpoint import durable
from bailee.ids import InstallId
from bailee.seal.kdf import KEY_BYTES

KID_BYTES = 16
# A crash in writing one leaves `turn-G.new`: it may hold the whole secret, so it counts as one.
_TURN = re.compile(r"turn-([0-9]{1,18})(?:\.new)?")
_PENDING = re.compile(r"pending-([0-9]{1,18})")


class Custodian:
    """Reads, writes and destroys turn secrets in one directory."""

    def __init__(self, folder: Path, ident: str, install: InstallId) -> None:
        self.folder = folder
        self.id = ident
        self._install = install

    # --- whose it is -----------------------------------------------------------------------

    def _marker(self) -> bytes:
        return f"bailee custodian 1\ninstall {self._install}\nid {self.id}\n".encode()

    def found(self) -> None:
        """Make the directory and mark it as being founded; Conflict when it is in use."""
        make_folder(self.folder, "kms.custodian-folder")
        if not private(self.folder.stat()):
            raise errors.UsageError("errors_kms.readable-by-others")
        names = {entry.name for entry in self.folder.iterdir()}
        if names and not names & {"founding", "founding.new"}:
            raise errors.Conflict("errors_kms.custodian-in-use")
        # `turn-1` before `founding`: a crash in between leaves a marked directory, never a turn
        # secret in one that nobody recognises.
        for name in sorted(names, reverse=True):
            shred(self.folder / name, "kms.custodian-clear")
        write_whole(self.folder / "founding", self._marker(), "kms.custodian-found")

    def settle(self) -> None:
        """Mark as in use, once the keyring file that names it is durable; may be done again."""
        founding = self.folder / "founding"
        with suppress(FileNotFoundError, NotADirectoryError):
            if read_private(founding) == self._marker():
                # A crash before it leaves `founding`, which counts as well; the next start does
                # this.
                with durable("kms.custodian-settle"):
                    founding.rename(self.folder / "custodian")
                    sync_folder(self.folder)

    def require(self) -> None:
        """Raise Sealed unless the directory is reached, is ours, and nobody else can read it."""
        try:
            status = self.folder.stat()
            if not private(status):
                raise errors.Sealed("errors_kms.readable-by-others")
            found = read_private(self.folder / "custodian")
            founding = read_private(self.folder / "founding")
        except OSError:
            raise errors.Sealed("errors_kms.custodian-missing") from None
        if self._marker() not in (found, founding):
            raise errors.Sealed("errors_kms.custodian-missing")

    def answers(self) -> bool:
        """Return whether it can be used now."""
        try:
            self.require()
        except errors.Sealed:
            return False
        return True

    # --- turn secrets ----------------------------------------------------------------------

    def generations(self) -> tuple[int, ...]:
        """Return the generations whose turn secret lies here, unfinished writes included."""
        return tuple(sorted({gen for gen, _ in self._turn_files()}))

    def _turn_files(self) -> list[tuple[int, Path]]:
        found = [(_TURN.fullmatch(entry.name), entry) for entry in self.folder.iterdir()]
        return [(int(match[1]), entry) for match, entry in found if match is not None]

    def _turn_path(self, generation: int) -> Path:
        return self.folder / f"turn-{generation}"

    def _turn_text(self, generation: int, secret: bytes) -> bytes:
        body = (
            f"bailee turn 1\ninstall {self._install}\ngeneration {generation}\n"
            f"secret {base64.b64encode(secret).decode()}\n"
        ).encode()
        return body + f"check {hashlib.sha256(body).hexdigest()[:16]}\n".encode()

    def read_turn(self, generation: int) -> bytes | None:
        """Return a turn secret; None when absent, Damaged unless it is as it was written."""
        data = read_private(self._turn_path(generation))
        if data is None:
            return None
        try:
            secret = base64.b64decode(data.split(b"\n")[3].removeprefix(b"secret "))
        except (ValueError, IndexError):
            secret = b""
        # Compared whole, with its check line: a copy with one bit flipped would give another KEK,
        # under which nothing opens, and a turn would wrap everything anew under it.
        if len(secret) != KEY_BYTES or data != self._turn_text(generation, secret):
            raise errors.Damaged("errors_kms.turn-secret")
        return secret

    def write_turn(self, generation: int, secret: bytes) -> None:
        """Make a turn secret durable here; what a crash left of one was destroyed before."""
        text = self._turn_text(generation, secret)
        write_whole(self._turn_path(generation), text, "kms.turn-write")

    def drop_turns(self, after: int) -> None:
        """Destroy the turn secrets of generations after this one."""
        self.require()
        for gen, path in self._turn_files():
            if gen > after:
                shred(path, "kms.turn-drop")

    def destroy(self, generation: int) -> Literal["absent", "unknown"]:
        """Destroy the turn secrets up to a generation, and read back that they are gone."""
        try:
            self.require()
            for gen, path in self._turn_files():
                if gen <= generation:
                    shred(path, "kms.turn-destroy")
            self._drop_pending(generation)
            # Once more: a disk that was unmounted meanwhile shows an empty directory, and "absent"
            # there would be said of a secret that is still on it.
            self.require()
            left = [gen for gen in self.generations() if gen <= generation]
        except (OSError, errors.Sealed):
            return "unknown"
        return "unknown" if left else "absent"

    # --- deleted key ids -------------------------------------------------------------------

    def push(self, generation: int, key_ids: Sequence[bytes]) -> None:
        """Keep the ids of keys that were deleted while a generation was written; durable."""
        # Known ones are left out: every start announces again what is pending.
        known = self.pending()
        new = [kid for kid in key_ids if kid not in known]
        if not new:
            return
        path = self.folder / f"pending-{generation}"
        # Appended, not written anew: a crash must not lose the ids that are there.
        torn = len(read_private(path) or b"") % KID_BYTES
        # A crash may have left part of an id: filled up, it is an id that no key has.
        data = bytes(-torn % KID_BYTES) + b"".join(new)
        append(path, data, "kms.pending-write")

    def pending(self) -> frozenset[bytes]:
        """Return the deleted key ids left here."""
        found: set[bytes] = set()
        for _, path in self._pending_files():
            data = read_private(path) or b""
            whole = len(data) - len(data) % KID_BYTES
            found.update(data[at : at + KID_BYTES] for at in range(0, whole, KID_BYTES))
        return frozenset(found)

    def _pending_files(self) -> list[tuple[int, Path]]:
        found = [(_PENDING.fullmatch(entry.name), entry) for entry in self.folder.iterdir()]
        return [(int(match[1]), entry) for match, entry in found if match is not None]

    def _drop_pending(self, generation: int) -> None:
        """Delete the ids that no copy can bring back any more."""
        # After the turn secret, never before: while that is there, an older copy opens, and only
        # these ids keep a restore from reviving what was deleted.
        for gen, path in self._pending_files():
            if gen <= generation:
                with durable("kms.pending-drop"):
                    path.unlink()
                    sync_folder(self.folder)
