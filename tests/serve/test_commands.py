"""Commands asked of a server load what they show with, and nothing that opens or decides."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import Shell
from tests.serve.served import found, running
from tests.serve.test_callers import CLIENT, Lines

from bailee.clients.acts import AddClient
from bailee.logs.acts import IngestLog
from bailee.objects.acts import PutObject

HEAVY = {
    *("numpy", "numba", "cedarpy", "sqlalchemy", "sqlite3", "argon2"),
    *("bailee.adapters.sql", "bailee.adapters.kms", "bailee.monitor", "bailee.policy"),
    *("bailee.keyring.service", "bailee.scan.vm", "bailee.vault.service", "importlib.metadata"),
}
"""What takes longest to load of what a home is opened with."""

OF = ("--client", CLIENT)
COMMANDS = [
    ("client", "list"),
    ("object", "list", *OF),
    ("object", "get", *OF, "--purpose", "client-request", "a"),
    ("log", "streams", *OF),
    ("log", "search", *OF, "--purpose", "service"),
]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    place = tmp_path_factory.mktemp("served")
    found(place)
    with running(place) as one:
        caller = one.server.caller
        done(caller.call(AddClient(label=CLIENT)))
        done(caller.send(PutObject(client=CLIENT, name="a"), iter([b"some"])))
        log = IngestLog(client=CLIENT, stream="web", origin="provider-tool")
        done(caller.send(log, Lines()))
        # No passphrase: whatever opened the home here would fail.
        yield Shell(place, {"BAILEE_PASSPHRASE_COMMAND": "false"})


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "-".join(words[:2]))
def test_a_command_that_asks_a_server_loads_nothing_that_opens(
    shell: Shell, words: tuple[str, ...]
) -> None:
    asked = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bailee", *words],
        capture_output=True,
        env=shell.variables(),
        timeout=HANGS_S,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in asked.stderr.decode().splitlines()}
    assert loaded & HEAVY == set()
    assert "bailee.client" in loaded
    assert asked.stdout


def test_a_file_is_written_whole(shell: Shell, tmp_path: Path) -> None:
    words = ("object", "get", *OF, "--purpose", "client-request", "a")
    shell(*words, "--to", str(tmp_path / "a"))
    assert (tmp_path / "a").read_bytes() == b"some"
