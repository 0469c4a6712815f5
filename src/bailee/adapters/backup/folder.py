"""Backup folder: backup files by their paths, wherever they were brought from."""

import os
from collections.abc import Sequence
from pathlib import Path

from bailee import errors
from bailee.adapters.objects.directory import DirectoryHandle
from bailee.backup.writer import SUFFIX


class PathBackupFolder:
    """Opens backup files by path; implements `backup.port.BackupFolder`."""

    def open(self, path: str) -> DirectoryHandle:
        """Open one; NotFound when there is none that can be read."""
        try:
            return DirectoryHandle(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            raise errors.NotFound("errors_backup.no-such-file") from None

    def beside(self, path: str) -> Sequence[str]:
        """Return the paths of the other backups in its folder."""
        place = Path(path).absolute()
        return sorted(
            str(other)
            for other in place.parent.iterdir()
            if other.name.endswith(SUFFIX) and other != place and other.is_file()
        )
