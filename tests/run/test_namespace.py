"""One account in a user namespace of its own is not a second person."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tests.logs.sources import Held
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, SOMEONE, Shell
from tests.run.test_ending import Yesterday, months, opened

from bailee import procfs
from bailee.accounts.acts import AddActor
from bailee.act import Strength
from bailee.clients.acts import AddClient
from bailee.logs.acts import DestroyEpoch, IngestLog
from bailee.run.wiring.app import os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.run.wiring.namespace import told_apart
from bailee.secret import Secret

OTHER = 61_234
"""A user of no name, whom the namespace makes of whoever runs it."""


@cache
def why_not() -> str:
    """Say why no namespace can be made here; empty where one can."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return "there is no unshare"
    words = [unshare, "-U", f"--map-user={OTHER}", "true"]
    done = subprocess.run(words, capture_output=True, timeout=HANGS_S, check=False)
    return "" if done.returncode == 0 else "the kernel lets nobody make a user namespace here"


def test_one_account_does_not_end_a_month_as_another_user(tmp_path: Path) -> None:
    """It asked a day ago as itself, and agrees as somebody whom it chose."""
    if why_not():
        pytest.skip(why_not())
    query = InitOptions(home=tmp_path / "home", domain="hosting.example")
    found(query, Secret(PASSPHRASE), who=SOMEONE)
    with opened(tmp_path) as house:
        house.caller.call(AddActor(os_user=f"uid-{OTHER}", role="dpo"))
    with opened(tmp_path, Yesterday()) as house:
        house.caller.call(AddClient(label="acme"))
        log = IngestLog(client="acme", stream="web", origin="infrastructure", epoch=months()[1])
        house.caller.send(log, Held(b"awa@example.org\n", lasting=False))
        house.caller.call(DestroyEpoch(client="acme", epoch=months()[1], part="names"))
    words = ("epoch", "destroy", "--client", "acme", "--epoch", months()[1], "--names")
    done = subprocess.run(
        ["unshare", "-U", f"--map-user={OTHER}", sys.executable, "-m", "bailee", *words],
        capture_output=True,
        env=Shell(tmp_path).variables(),
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 6, done.stderr.decode()
    assert b"not-told-apart" in done.stderr
    with opened(tmp_path) as house:
        (row,) = house.parts.work.read(house.parts.approvals.all)
    assert row.state == "asked"


FIRST = 0xEFFFFFFD
ITSELF = "         0          0 4294967295\n"
SAID: dict[str, tuple[str | OSError, int | OSError, Strength]] = {
    "every user is itself": (ITSELF, FIRST, Strength.OS_USER),
    "one user is another": ("      1000       1001          1\n", FIRST, Strength.SHARED),
    "two lines": ("0 0 1000\n1000 1000 4294966295\n", FIRST, Strength.SHARED),
    "no map yet": ("", FIRST, Strength.SHARED),
    "itself, in a namespace that is not the first": (ITSELF, 4_026_532_000, Strength.SHARED),
    "itself, in a namespace that nobody names": (ITSELF, procfs.NotGenuine(), Strength.SHARED),
    "a kernel without namespaces": (FileNotFoundError(), FileNotFoundError(), Strength.OS_USER),
    "something else at /proc": (procfs.NotGenuine(), procfs.NotGenuine(), Strength.SHARED),
}


@pytest.mark.parametrize(("users", "namespace", "strength"), SAID.values(), ids=SAID.keys())
def test_who_is_told_apart(
    users: str | OSError, namespace: int | OSError, strength: Strength
) -> None:
    def read(name: str) -> str:
        said = users if name == "self/uid_map" else "Name:\tbailee\n"
        if isinstance(said, OSError):
            raise said
        return said

    def inode() -> int:
        if isinstance(namespace, OSError):
            raise namespace
        return namespace

    assert told_apart(read, inode, platform="linux") is strength
    assert told_apart(read, inode, platform="darwin") is Strength.OS_USER


def test_without_proc_nobody_is_told_apart() -> None:
    def nothing(name: str) -> str:
        raise FileNotFoundError(name)

    assert told_apart(nothing, platform="linux") is Strength.SHARED


FAKED = {
    "a folder over /proc": """
        mount -t tmpfs none /proc
        mkdir -p /proc/self/ns /proc/sys/kernel/random
        echo 0 0 4294967295 > /proc/self/uid_map; echo > /proc/self/status
        echo boottime 0 0 > /proc/self/timens_offsets
        echo 6d1a0c6e-8f3b-4d09-9f55-6a6f7f1d6c11 > /proc/sys/kernel/random/boot_id
    """,
    "one file over another": """
        echo 0 0 4294967295 > "$1/map"; mount --bind "$1/map" /proc/$$/uid_map
    """,
    "the first process's own over ours": "mount --bind /proc/1/uid_map /proc/$$/uid_map",
}
SAYS = (
    "from bailee.run.wiring.namespace import told_apart; from bailee.clock import SystemClock; "
    "print(told_apart().name, SystemClock().since_boot().up_ms // 86_400_000)"
)


@pytest.mark.parametrize("faked", FAKED)
def test_what_stands_over_proc_is_not_believed(faked: str, tmp_path: Path) -> None:
    """Whoever makes a user namespace mounts what they like; with a count of time a year ahead."""
    if why_not():
        pytest.skip(why_not())
    script = f'set -e\n{FAKED[faked]}\nexec "$2" -c "$3"'
    ahead = ("--time", "--boottime", str(365 * 86_400), "--fork")
    done = subprocess.run(
        [
            *("unshare", "--user", "--map-root-user", "--mount", *ahead),
            *("sh", "-c", script, "sh", str(tmp_path), sys.executable, SAYS),
        ],
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    strength, days = done.stdout.split()
    assert strength == "SHARED"
    assert int(days) < 365


def test_who_runs_this_is_known_as_strongly_as_the_kernel_says() -> None:
    assert os_principal().strength is told_apart()
