"""What docs/serve.md shows is what happens: commands, the unit, and the passphrase it gives."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.house.source import ROOT
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, Shell
from tests.serve.process import process
from tests.serve.served import found

from bailee import errors
from bailee.adapters.kms.passphrase import passphrase
from bailee.limits import PASSPHRASE_BYTES

GUIDE = (ROOT / "docs" / "serve.md").read_text("utf-8")
UNIT = re.findall(r"```ini\n(.*?)```", GUIDE, re.DOTALL)[0]
COMMANDS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)[0]

EXITS = {"bailee client list          # refused": 7}
"""Of those commands that do not end well."""


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("there is no systemd-analyze")
    unit = tmp_path / "bailee.service"
    unit.write_text(UNIT, "utf-8")
    words = [verify, "verify", "--man=no", str(unit)]
    done = subprocess.run(words, capture_output=True, timeout=HANGS_S, check=False)
    said = [line for line in done.stderr.decode().splitlines() if "bailee.service" in line]
    # An account and a folder that only a host of its own has.
    assert [line for line in said if not re.search("ailed to", line)] == []


def test_its_commands_do_what_it_says(tmp_path: Path) -> None:
    """Asked of a server of its own; the passphrase is at a cost that tests can pay."""
    found(tmp_path)
    with process(tmp_path) as server:
        shell = Shell(tmp_path)
        for line in COMMANDS.splitlines():
            words = line.partition("#")[0].split()
            if words[:2] == ["bailee", "serve"] or words[0] == "kill":
                continue  # the process that is there
            expected = next((code for way, code in EXITS.items() if line.startswith(way)), 0)
            shell(*words[1:], expect=expected)
        assert "acme" in shell("client", "list").text
        server.terminate()
        assert server.wait(HANGS_S) == 0


def test_a_credential_of_the_service_is_taken(tmp_path: Path) -> None:
    folder = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    with pytest.raises(errors.Sealed) as raised:
        passphrase(folder)
    assert raised.value.reason == "errors_kms.no-passphrase"
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    assert passphrase(folder).reveal() == PASSPHRASE
    told = {**folder, "BAILEE_PASSPHRASE_COMMAND": "echo another"}
    assert passphrase(told).reveal() == "another"
    (tmp_path / "passphrase").write_text("a" * (PASSPHRASE_BYTES + 1))
    with pytest.raises(errors.LimitExceeded):
        passphrase(folder)


def test_a_credential_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "passphrase").mkdir()
    with pytest.raises(errors.Sealed) as raised:
        passphrase({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert raised.value.reason == "errors_kms.passphrase-credential"
