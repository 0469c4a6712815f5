"""The unit that ships is one that systemd takes, and leaves its service little to break."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.house.source import ROOT
from tests.patience import HANGS_S
from tests.programs import require

from bailee.adapters.kms.passphrase import CREDENTIAL
from bailee.client.server import ENVIRONMENT
from bailee.run.serve.readiness import READY
from bailee.scan.vm.cache import PLACE

UNIT = ROOT / "deploy" / "bailee.service"
LISTEN = ROOT / "deploy" / "bailee-listen.conf"
EXPOSURE = 10
"""At most 1.0, of 10."""
INSTALLED = "/opt/bailee/bin/bailee"


def settings(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        if re.match(r"[A-Z]\w+=", line):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Give it with a program that is on this machine, which systemd looks for."""
    text = UNIT.read_text("utf-8")
    assert INSTALLED in text
    place = tmp_path / UNIT.name
    place.write_text(text.replace(INSTALLED, "/bin/true"), "utf-8")
    return place


def asked(*words: str) -> "subprocess.CompletedProcess[str]":
    analyze = require("systemd-analyze")
    return subprocess.run(
        [analyze, *words], capture_output=True, text=True, timeout=HANGS_S, check=False
    )


@pytest.mark.parametrize("drop_in", [False, True])
def test_systemd_takes_it(unit: Path, *, drop_in: bool) -> None:
    if drop_in:
        folder = unit.with_name(f"{UNIT.name}.d")
        folder.mkdir()
        text = LISTEN.read_text("utf-8").replace(INSTALLED, "/bin/true")
        (folder / "listen.conf").write_text(text, "utf-8")
    done = asked("verify", "--man=no", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_its_exposure_is_bounded(unit: Path) -> None:
    words = ("security", "--offline=true", "--no-pager")
    done = asked(*words, f"--threshold={EXPOSURE}", str(unit))
    assert done.returncode == 0, done.stdout
    lax = re.sub(
        r"^(Protect|Private|Restrict|SystemCall).*\n", "", unit.read_text(), flags=re.MULTILINE
    )
    unit.write_text(lax, "utf-8")
    assert asked(*words, f"--threshold={EXPOSURE}", str(unit)).returncode != 0


def test_it_names_what_the_program_knows() -> None:
    found = settings(UNIT)
    assert found["ExecStart"] == [f"{INSTALLED} serve"]
    assert found["Type"] == ["notify"]
    assert READY == "READY=1"
    assert found["LoadCredential"][0].split(":")[0] == CREDENTIAL
    named = {one.split("=")[0] for one in found["Environment"]}
    assert named == {"BAILEE_HOME", ENVIRONMENT, PLACE}
    # In a user namespace the server tells nobody apart.
    assert found.get("PrivateUsers") is None
    # The drop-in adds to lists and replaces the command.
    assert settings(LISTEN)["ExecStart"][0] == ""
