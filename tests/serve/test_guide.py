"""What docs/serve.md shows is what happens: commands, and the passphrase it gives."""

import re
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
COMMANDS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)[0]

EXITS = {"bailee client list          # refused": 7}
"""Of those commands that do not end well."""


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
