"""What the doctor says of a certificate: its end, its key, its chain, its name."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.deliver.proxied import NAME, certificate
from tests.run.homes import Shell

from bailee.adapters.check.certificate import SOON_DAYS, Flaw, Flawed, flaws
from bailee.run.doctor.model import Symptom
from bailee.run.doctor.places import certificate as examined

NOW = datetime.now(UTC)


def found(place: Path, name: str | None = NAME, *, later_days: int = 0) -> list[Flawed]:
    now = NOW + timedelta(days=later_days)
    return list(flaws(place / "custody.pem", place / "custody.key", name, now))


def test_of_one_that_is_well_nothing_is_found(tmp_path: Path) -> None:
    certificate(tmp_path)
    assert found(tmp_path) == []
    assert found(tmp_path, None) == []
    assert found(tmp_path, NAME.upper()) == []


def test_its_end_is_named_before_and_after(tmp_path: Path) -> None:
    certificate(tmp_path, days=30)
    assert found(tmp_path, later_days=30 - SOON_DAYS - 1) == []
    (soon,) = found(tmp_path, later_days=30 - SOON_DAYS + 1)
    assert (soon.flaw, soon.days) == (Flaw.ENDS, SOON_DAYS - 1)
    (over,) = found(tmp_path, later_days=33)
    assert (over.flaw, over.days) == (Flaw.OVER, 3)
    (early,) = found(tmp_path, later_days=-400)
    assert early.flaw is Flaw.OVER


def test_another_key_name_or_chain_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    certificate(tmp_path)
    certificate(other, name="elsewhere.example")
    assert [one.flaw for one in found(tmp_path, "elsewhere.example")] == [Flaw.NAME]
    with (tmp_path / "custody.pem").open("ab") as chain:
        chain.write((other / "custody.pem").read_bytes())
    assert [one.flaw for one in found(tmp_path)] == [Flaw.CHAIN]
    shutil.copy(other / "custody.key", tmp_path / "custody.key")
    assert [one.flaw for one in found(tmp_path)] == [Flaw.KEY, Flaw.CHAIN]


@pytest.mark.parametrize("name", ["a.hosting.example", "b.hosting.example"])
def test_a_name_with_a_star_covers_one_label(name: str, tmp_path: Path) -> None:
    certificate(tmp_path, name="*.hosting.example")
    assert found(tmp_path, name) == []
    for beyond in (f"more.{name}", "hosting.example", "example"):
        assert [one.flaw for one in found(tmp_path, beyond)] == [Flaw.NAME]


def test_what_cannot_be_read_is_named_as_that(tmp_path: Path) -> None:
    assert [one.flaw for one in found(tmp_path)] == [Flaw.UNREADABLE]
    (tmp_path / "custody.pem").write_text("no certificate")
    assert [one.flaw for one in found(tmp_path)] == [Flaw.UNREADABLE]
    certificate(tmp_path)
    (tmp_path / "custody.key").write_text("no key")
    assert [one.flaw for one in found(tmp_path)] == [Flaw.KEY]


def test_every_flaw_is_a_symptom_and_a_key_that_others_read_is_one(tmp_path: Path) -> None:
    assert all(Symptom(f"certificate-{flaw}") for flaw in Flaw)
    chain, key = certificate(tmp_path)
    key.chmod(0o644)
    now_ms = int(NOW.timestamp() * 1_000)
    (one,) = examined(chain, key, NAME, now_ms)
    assert (one.symptom, one.about) == (Symptom.OTHERS_CAN_READ, str(key))


def test_the_command_looks_at_it_when_it_is_named(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell("init", "--provider", "hosting.example")
    chain, key = certificate(tmp_path, days=-1)
    named = ("--certificate", str(chain), "--private-key", str(key), "--name", "other.example")
    said = json.loads(shell("-o", "json", "doctor", *named, expect=3).text)
    names = {one["finding"] for one in said}
    assert {"certificate-over", "certificate-name"} <= names
