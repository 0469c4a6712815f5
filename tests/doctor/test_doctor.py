"""The doctor names what is wrong around a real home, without a key, and changes nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.keyring.custody import HandClock
from tests.run.homes import Shell, make, opened

from bailee import errors
from bailee.adapters.sql.glance import glance
from bailee.jobs.acts import RunJobs
from bailee.keys.acts import ListKeys
from bailee.keys.state import begun
from bailee.run import config
from bailee.run.doctor import state
from bailee.run.doctor.examine import examine
from bailee.run.doctor.model import Ailment, Symptom
from bailee.run.doctor.places import room
from bailee.run.wiring.parts import OBJECTS, ROWS
from bailee.text import LANGUAGES, Speaker

DAY_MS = 86_400_000
HOOK = '[[webhook]]\nname = "ops"\nurl = "http://127.0.0.1:9/"\n'


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def place(tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home of which nothing is wrong: backed up, its jobs done, its ways set."""
    monkeypatch.setenv("BAILEE_WEBHOOK_OPS_COMMAND", "false")
    make(tmp_path, clock=clock, backups=(tmp_path / "backups",))
    page = tmp_path / "home" / config.FILE_NAME
    page.write_text(page.read_text("utf-8") + HOOK, "utf-8")
    run(tmp_path, clock)
    return tmp_path


def run(place: Path, clock: HandClock) -> None:
    with opened(place, clock=clock) as house:
        done(house.caller.call(RunJobs()))


def found(place: Path, clock: HandClock) -> dict[Symptom, Ailment]:
    return {one.symptom: one for one in examine(place / "home", clock)}


def test_of_a_home_that_is_well_it_finds_nothing(place: Path, clock: HandClock) -> None:
    assert found(place, clock) == {}


def test_it_changes_no_file(place: Path, clock: HandClock) -> None:
    def seen() -> Mapping[str, bytes]:
        every = [one for one in place.rglob("*") if one.is_file() and not one.name.endswith("-shm")]
        return {str(one): one.read_bytes() for one in every if one.stat().st_size}

    before = seen()
    found(place, clock)
    assert seen() == before


def test_a_new_home_lacks_backups_jobs_and_ways(tmp_path: Path, clock: HandClock) -> None:
    make(tmp_path, clock=clock, backups=(tmp_path / "backups",))
    names = set(found(tmp_path, clock))
    assert names == {Symptom.BACKUP_NONE, Symptom.JOBS_NEVER, Symptom.NOTICES_NOWHERE}


def test_a_home_without_a_place_for_backups(tmp_path: Path, clock: HandClock) -> None:
    make(tmp_path, clock=clock)
    page = tmp_path / "home" / config.FILE_NAME
    lines = page.read_text("utf-8").splitlines()
    kept = ["destinations = []" if "destinations" in line else line for line in lines]
    page.write_text("\n".join(kept), "utf-8")
    assert Symptom.BACKUP_NOWHERE in found(tmp_path, clock)


def test_a_custodian_that_is_away_is_named_and_the_turn_that_waits(
    place: Path, clock: HandClock
) -> None:
    with opened(place, clock=clock) as house:
        away = Path(done(house.caller.call(ListKeys())).custodians[1].place)
    away.rename(place / "unmounted")
    clock.wall_ms += 9 * DAY_MS
    run(place, clock)
    seen = found(place, clock)
    assert seen[Symptom.CUSTODIAN_AWAY].about == str(away)
    assert seen[Symptom.TURN_LATE].count == 2
    assert seen[Symptom.JOB_WAITING].about.startswith("turn custodian:")


def test_a_rotation_that_waits_before_its_kit_is_named(place: Path, clock: HandClock) -> None:
    seen = glance(place / "home" / ROWS)
    assert seen.keys is not None
    waiting = replace(seen, keys=begun(seen.keys, clock.now_ms(), new_root=True))
    settings = config.read(place / "home")
    named = [one.symptom for one in state.keys(waiting, settings, clock.now_ms())]
    assert named == [Symptom.KIT_WAITING]


def test_what_others_can_read_is_named(place: Path, clock: HandClock) -> None:
    (place / "home" / OBJECTS).chmod(0o755)
    assert found(place, clock)[Symptom.OTHERS_CAN_READ].about == str(place / "home" / OBJECTS)


def test_a_disk_without_room_is_named_low_and_once_the_reserve_is_gone_full(place: Path) -> None:
    home, settings = place / "home", config.read(place / "home")
    assert list(room(home, settings, need_bytes=0)) == []
    none = 1 << 62
    assert [one.symptom for one in room(home, settings, none)] == [Symptom.DISK_LOW] * 2
    (home / "reserve").unlink()
    assert [one.symptom for one in room(home, settings, none)] == [
        Symptom.DISK_FULL,
        Symptom.DISK_LOW,
    ]


def test_backups_that_are_old_or_away_are_named(place: Path, clock: HandClock) -> None:
    clock.wall_ms += 3 * DAY_MS
    seen = found(place, clock)
    assert seen[Symptom.BACKUP_OLD].count == 3
    assert seen[Symptom.JOBS_LATE].count == 72
    (place / "backups").rename(place / "elsewhere")
    assert found(place, clock)[Symptom.BACKUP_AWAY].about == str(place / "backups")


def test_clocks_that_are_wrong_are_named(place: Path, clock: HandClock) -> None:
    clock.set_ahead(3 * DAY_MS)
    assert found(place, clock)[Symptom.CLOCK_AHEAD].count == 72
    clock.set_ahead(-6 * DAY_MS)
    assert found(place, clock)[Symptom.CLOCK_BEHIND].count == 72


def test_a_job_that_fails_and_a_notice_that_waits_are_named(place: Path, clock: HandClock) -> None:
    (place / "backups").rename(place / "elsewhere")
    (place / "backups").write_text("no folder")
    clock.wall_ms += DAY_MS
    run(place, clock)
    seen = list(examine(place / "home", clock))
    failing = [one.about for one in seen if one.symptom is Symptom.JOB_FAILING]
    assert sorted(one.split(" ")[0] for one in failing) == ["backup", "notices"]
    assert [one.count for one in seen if one.symptom is Symptom.NOTICES_UNSENT] == [1]


def test_a_secret_that_nobody_set_is_named_by_its_variable(
    place: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BAILEE_WEBHOOK_OPS_COMMAND")
    assert found(place, clock)[Symptom.SECRET_UNSET].about == "BAILEE_WEBHOOK_OPS_COMMAND"
    monkeypatch.setenv("BAILEE_WEBHOOK_OPS_FD", "9")
    assert found(place, clock) == {}


def test_what_cannot_be_read_is_named_and_the_rest_is_examined(
    place: Path, clock: HandClock
) -> None:
    (place / "home" / config.FILE_NAME).write_text("[", "utf-8")
    (place / "home" / "keyring").write_text("no keyring", "utf-8")
    (place / "home" / ROWS).write_bytes(b"no rows" * 1_000)
    assert set(found(place, clock)) >= {
        Symptom.SETTINGS_WRONG,
        Symptom.KEYRING_UNREADABLE,
        Symptom.ROWS_UNREADABLE,
    }


def test_without_a_home_it_says_so(tmp_path: Path, clock: HandClock) -> None:
    with pytest.raises(errors.NotFound):
        list(examine(tmp_path / "nowhere", clock))


def test_each_symptom_has_a_sentence_and_what_to_do_in_both_languages() -> None:
    for symptom in Symptom:
        for language in LANGUAGES:
            for end in ("", "-remedy"):
                assert Speaker(language)(f"doctor.{symptom}{end}", about="x", count=1)


def test_the_command_takes_no_passphrase_and_exits_with_three(tmp_path: Path) -> None:
    label = mark()
    Shell(tmp_path)("init", "--provider", "hosting.example")
    Shell(tmp_path)("client", "add", label)
    asked = Shell(tmp_path, {"BAILEE_PASSPHRASE_COMMAND": "false"})
    said = asked("-o", "json", "doctor", expect=3).text
    names = {one["finding"] for one in json.loads(said)}
    assert names == {"backup-none", "jobs-never", "notices-nowhere"}
    assert not holds(said, label)
    french = Shell(tmp_path, {"BAILEE_LANG": "fr"})
    assert (
        Speaker("fr")("doctor.notices-nowhere", about="", count=0)
        in french("-o", "json", "doctor", expect=3).text
    )
