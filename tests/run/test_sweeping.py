"""What a crash left is swept at a turn once it is an hour old; what rows name never is."""

import io
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from tests.check.held import LINES, ingest
from tests.check.rooms import audit, damage
from tests.run.homes import make, opened

from bailee import failpoint
from bailee.audit import FindingKind
from bailee.clients.acts import AddClient
from bailee.keys.acts import KeysTurned, TurnKeys
from bailee.objects.acts import PutObject
from bailee.run.wiring.app import App

OLD = 2 * 3_600


@pytest.fixture
def house(tmp_path: Path) -> Iterator[App]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.send(PutObject(client="acme", name="one"), [b"content"])
        ingest(house, LINES)
        yield house


def age(path: Path) -> None:
    then = path.stat().st_mtime - OLD
    os.utime(path, (then, then))


def turn(house: App) -> None:
    with redirect_stdout(io.StringIO()):
        assert isinstance(house.caller.call(TurnKeys(purpose="security")), KeysTurned)


def test_a_turn_sweeps_what_no_row_names(house: App) -> None:
    objects = house.parts.home / "objects"
    named = set(objects.rglob("bl-*"))
    house.parts.blobs.put("bl-" + "a" * 26, [b"an old stray"])
    house.parts.blobs.put("bl-" + "b" * 26, [b"one of a unit of work that may still commit"])
    half = objects / ".incoming" / "half"
    half.write_bytes(b"half received")
    for path in (*named, half, objects / "aa" / ("bl-" + "a" * 26)):
        age(path)
    turn(house)
    left = set(objects.rglob("bl-*"))
    assert left == named | {objects / "bb" / ("bl-" + "b" * 26)}
    assert not half.exists()
    report = audit(house)
    assert damage(report) == []
    assert [
        dict(one.facts) for one in report.findings if one.kind is FindingKind.FILES_UNNAMED
    ] == [{"count": 1}]


def test_a_disk_that_keeps_a_stray_does_not_keep_the_keys_from_turning(
    house: App,
) -> None:
    house.parts.blobs.put("bl-" + "a" * 26, [b"an old stray"])
    age(house.parts.home / "objects" / "aa" / ("bl-" + "a" * 26))
    failpoint.arm("objects.delete:before=raise@1")
    turn(house)
    failpoint.arm("")
    turn(house)
    assert not list((house.parts.home / "objects").rglob("bl-aaaa*"))
