"""A restore that is not whole says so, and what would make it whole.

restic/restic#4969 (a restore that lost files took itself for done).
"""

import json
import re
from pathlib import Path

import pytest
from tests.absence import holds
from tests.run.homes import Shell

PARTLY, DAMAGED = 3, 10
GET = ("object", "get", "--client", "acme", "--purpose", "client-request", "dossier")


def test_objects_that_only_older_backups_hold_are_named_as_missing(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    folders = ("--custodian", str(tmp_path / "c1"), "--custodian", str(tmp_path / "c2"))
    backups = tmp_path / "b"
    shown = shell(
        "-o", "json", "init", "--provider", "hosting.example", *folders, "--backup", str(backups)
    )
    kit = "\n".join(json.loads(shown.out)["kit"]).encode()
    shell("client", "add", "acme")
    (tmp_path / "dossier").write_bytes(b"what was kept")
    shell("object", "put", "--client", "acme", str(tmp_path / "dossier"))
    shell("backup", "create")
    older = sorted(path for path in backups.iterdir() if path.is_file())
    shell("key", "turn")
    (newest,) = (path for path in backups.iterdir() if path.is_file() and path not in older)
    (tmp_path / "home").rename(tmp_path / "lost")

    alone = shell("backup", "restore", "--take-over", str(newest), stdin=kit, expect=PARTLY)
    assert re.search(r"^missing +1$", alone.text, re.MULTILINE)
    assert "older backups may hold them" in alone.err
    assert "bailee backup restore --take-over NEWEST OLDER" in alone.err
    (tmp_path / "home").rename(tmp_path / "half")

    whole = shell("backup", "restore", "--take-over", str(newest), *map(str, older), stdin=kit)
    assert re.search(r"^missing +0$", whole.text, re.MULTILINE)
    assert shell(*GET).out == b"what was kept"


@pytest.mark.parametrize("cut", [1, 5_000])
def test_a_backup_that_was_cut_is_what_is_damaged(tmp_path: Path, cut: int) -> None:
    shell = Shell(tmp_path)
    folders = ("--custodian", str(tmp_path / "c1"), "--custodian", str(tmp_path / "c2"))
    backups = ("--backup", str(tmp_path / "b"))
    shown = shell("-o", "json", "init", "--provider", "hosting.example", *folders, *backups)
    kit = "\n".join(json.loads(shown.out)["kit"]).encode()
    shell("backup", "create")
    (whole,) = (path for path in (tmp_path / "b").iterdir() if path.is_file())
    part = tmp_path / "part"
    part.write_bytes(whole.read_bytes()[:-cut])
    (tmp_path / "home").rename(tmp_path / "lost")
    torn = shell("backup", "restore", "--take-over", str(part), stdin=kit, expect=DAMAGED)
    assert "[not-whole]" in torn.err
    assert "another copy" in torn.err
    assert not holds(torn.err, "stored file")


def test_help_says_that_older_backups_follow_the_newest(tmp_path: Path) -> None:
    shown = " ".join(Shell(tmp_path)("backup", "restore", "--help").text.split())
    assert "FILE..." in shown
    assert "the newest backup, then older ones" in shown
