"""An upgrade that is killed leaves the home as it was or as it is to be, and is run again."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.answers import done
from tests.homes.kept import ARCHIVES, Kept, unpacked
from tests.homes.make import OBJECTS, OFFICER
from tests.house.source import ROOT
from tests.patience import HANGS_S

from bailee import failpoint
from bailee.adapters.sql.migrations import NEWEST
from bailee.check.acts import RunCheck
from bailee.objects.acts import GetObject, ObjectGiven

pytestmark = pytest.mark.sweep  # two upgrades for each moment, and a check: five seconds

OLD = "0001"
MOMENTS = {
    "before there is a copy": ("backup.room:before", OLD),
    "before the first copy is written": ("rows.copy:before", OLD),
    "after the first copy": ("rows.copy:after", OLD),
    "after the second copy": ("rows.copy:after=kill@2", OLD),
    "before the copy is brought up": ("rows.upgrade:before", OLD),
    "after the copy is brought up": ("rows.upgrade:after", OLD),
    "before the backup is written": ("backup.write:before", OLD),
    "after the backup is written": ("backup.write:after", OLD),
    "before the rows are brought up": ("rows.upgrade:before=kill@2", OLD),
    "after the rows are brought up": ("rows.upgrade:after=kill@2", NEWEST),
    "before the copies are gone": ("backup.room-gone:before", OLD),
    "after the copies are gone": ("backup.room-gone:after", OLD),
}


def upgraded(kept: Kept, armed: str = "") -> int:
    """Upgrade a home in a child, and return how it ended."""
    environment = {**os.environ, failpoint.VARIABLE: armed}
    words = [sys.executable, "-m", "tests.homes.killed", str(kept.place)]
    return subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, timeout=HANGS_S, check=False
    ).returncode


def form(kept: Kept) -> str:
    with closing(sqlite3.connect(kept.home / "rows.db")) as rows:
        return str(rows.execute("select version_num from alembic_version").fetchone()[0])


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_is_run_again_after_it_was_killed(moment: str, tmp_path: Path) -> None:
    kept = unpacked(ARCHIVES[0], tmp_path / "kept")
    point, left = MOMENTS[moment]
    armed = point if "=" in point else f"{point}=kill"
    assert upgraded(kept, armed) == -signal.SIGKILL
    assert form(kept) == left
    assert upgraded(kept) == os.EX_OK
    assert form(kept) == NEWEST
    assert list((kept.home / "backup").iterdir()) == []
    asked = GetObject(client="acme", object="contract.txt", purpose="client-request")
    with kept.opened() as house:
        given = done(house.caller.call(asked))
        assert isinstance(given, ObjectGiven)
        assert b"".join(map(bytes, given.chunks)) == OBJECTS["contract.txt"]
    with kept.opened(OFFICER) as house:
        assert done(house.caller.call(RunCheck())).clean
