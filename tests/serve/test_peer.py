"""Who asks is the kernel's word: users, namespaces, and those who are nobody here."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import Shell, opened
from tests.run.test_namespace import OTHER, why_not
from tests.serve.process import process, server_of
from tests.serve.served import Running, found, running
from tests.serve.test_attacks import CLIENT, ask, served

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Strength
from bailee.client.server import SOCKET
from bailee.clients.acts import AddClient, ListClients
from bailee.ledgers.acts import ShowEntries
from bailee.run.serve.peer import principal
from bailee.run.wiring.app import os_principal
from bailee.wire.asks import DENIALS
from bailee.wire.credentials import overflow_uid

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="takes root, which makes a process another's")


def test_a_number_without_a_name_is_nobody_who_counts_as_a_second() -> None:
    """Such numbers are given to accounts by the thousand."""
    named = principal(os.geteuid(), Strength.OS_USER)
    assert named == os_principal() or os_principal().strength is Strength.SHARED
    assert principal(OTHER, Strength.OS_USER).strength is Strength.SHARED


@pytest.mark.parametrize("uid", [-1, overflow_uid()])
def test_whom_the_namespace_does_not_know_is_nobody(uid: int) -> None:
    with pytest.raises(errors.NotSignedIn):
        principal(uid, Strength.OS_USER)


@contextmanager
def unshared() -> Iterator[None]:
    if why_not():
        pytest.skip(why_not())
    yield


@pytest.mark.parametrize("more", [(), (f"--map-user={OTHER}",), ("--map-root-user",)])
def test_in_a_namespace_of_their_own_a_user_is_who_made_it(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    found(tmp_path)
    with unshared(), running(tmp_path) as one:
        done(one.server.caller.call(AddClient(label=CLIENT)))
        shell = Shell(tmp_path, {"BAILEE_PASSPHRASE_COMMAND": "false"})
        asked = subprocess.run(
            ["unshare", "-U", *more, sys.executable, "-m", "bailee", "client", "list"],
            capture_output=True,
            env=shell.variables(),
            timeout=HANGS_S,
            check=False,
        )
        assert asked.returncode == 0, asked.stderr.decode()
        assert CLIENT in asked.stdout.decode()


def test_a_server_in_a_namespace_takes_nobody_for_a_second_person(tmp_path: Path) -> None:
    found(tmp_path)
    with unshared(), process(tmp_path, before=["unshare", "-U", "--map-root-user"]):
        server = server_of(tmp_path)
        done(server.caller.call(AddActor(os_user="daemon", role="dpo")))
        with pytest.raises(errors.Conflict) as raised:
            server.caller.call(AddActor(os_user="sys", role="dpo"))
        assert raised.value.reason == "errors_approvals.not-told-apart"
        server.close()


ASKS = """
import os, socket, sys
os.setuid(1)
def connected():
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.connect(sys.argv[1])
    return made
whole = bytes.fromhex(sys.argv[2])
held = []
for number in range(150):
    held.append(connected())
    held[-1].sendall(whole[:-1])
print("held", flush=True)
sys.stdin.readline()
while held:
    held.pop().close()
said = b""
while not said or said[4] == 19:
    with connected() as one:
        try:
            one.sendall(whole)
            said = one.recv(65_536)
        except OSError:
            said = b""
print(said.hex(), flush=True)
"""


@ROOT
def test_a_user_who_takes_all_that_one_may_have_takes_it_from_nobody_else(tmp_path: Path) -> None:
    """Half a request on each of more connections than one may have; then a stranger asks."""
    found(tmp_path)
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        where = Path(folder) / SOCKET
        with running(tmp_path, where=where) as one:
            done(one.server.caller.call(AddClient(label=CLIENT)))
            body = msgspec.msgpack.encode(ask(ListClients()))
            whole = len(body).to_bytes(4, "big") + b"\1" + body
            answer = strangers(one, where, whole)
    size = int.from_bytes(answer[:4], "big")
    denial = DENIALS.read(msgspec.msgpack.decode(answer[5 : 5 + size]))
    assert isinstance(denial, Denial)
    with opened(tmp_path, who=os_principal()) as app:
        entries = done(app.caller.call(ShowEntries(client="provider"))).entries
    assert denial.entry in {shown.entry for shown in entries}


def strangers(one: Running, where: Path, whole: bytes) -> bytes:
    words = [sys.executable, "-c", ASKS, str(where), whole.hex()]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        served(one)
        other.stdin.write("\n")
        other.stdin.flush()
        return bytes.fromhex(other.stdout.readline())
