"""Files of a home whose rows have an older form: what its backup before an upgrade is made from.

The backup holds the rows as they are.  What it says of them, their generation and how far they
reach, is read from a second copy that was brought up: the adapters know today's form alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from bailee.adapters.backup.home import FOLDER, CopyFile, HomeDirectory, taking
from bailee.adapters.sql.still import StillRows, still_rows
from bailee.adapters.sql.upgrade import TableCompared, compare
from bailee.failpoint import durable

_REHEARSED: Final = "rehearsed.db"


class OlderCopy(CopyFile):
    """A copy of older rows, read by way of one that was brought up."""

    def __init__(self, path: Path, brought_up: Path) -> None:
        super().__init__(path)
        self._brought_up = brought_up

    def rows(self) -> AbstractContextManager[StillRows]:
        """Open the rows that were brought up, read-only."""
        return still_rows(self._brought_up)


class OlderHome(HomeDirectory):
    """Files of one home, with its rows copied and brought up once."""

    def __init__(
        self, home: Path, copy: Callable[[Path], None], bring_up: Callable[[Path], None]
    ) -> None:
        super().__init__(home, copy)
        self._bring_up = bring_up
        self._rehearsed = home / FOLDER / _REHEARSED
        self._copied: OlderCopy | None = None

    @contextmanager
    def rehearsed(self) -> Iterator[StillRows]:
        """Copy the rows, bring a second copy up, and open that one; both are gone at the end."""
        with super().copy_rows() as copy:
            with taking(), durable("backup.rehearse"):
                self._rehearsed.touch(mode=0o600, exist_ok=False)
            self.copy(self._rehearsed)
            self._bring_up(self._rehearsed)
            self._copied = OlderCopy(copy.path, self._rehearsed)
            with still_rows(self._rehearsed) as rows:
                yield rows

    def compared(self) -> Sequence[TableCompared]:
        """Compare the two copies, table by table; while they are there."""
        assert self._copied is not None, "rehearsed first"
        return compare(self._copied.path, self._rehearsed)

    @contextmanager
    def copy_rows(self) -> Iterator[CopyFile]:
        """Give the copy that was made for the rehearsal."""
        assert self._copied is not None, "rehearsed first"
        yield self._copied
