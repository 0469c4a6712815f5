"""One account in a user namespace of its own is not a second person."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from tests.logs.sources import Held
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, SOMEONE, Shell
from tests.run.test_ending import Yesterday, months, opened

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


Proc = Callable[[Path], None]


def mapped(text: str, *, inode: bool = False) -> Proc:
    """Give a folder like /proc/self with this map; with a namespace that is not the first."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "uid_map").write_text(text, "ascii")
        if inode:
            (folder / "ns").mkdir()
            (folder / "ns" / "user").touch()

    return make


PROCS: dict[str, tuple[Proc, Strength]] = {
    "every user is itself": (mapped("         0          0 4294967295\n"), Strength.OS_USER),
    "one user is another": (mapped("      1000       1001          1\n"), Strength.SHARED),
    "two lines": (mapped("0 0 1000\n1000 1000 4294966295\n"), Strength.SHARED),
    "no map yet": (mapped(""), Strength.SHARED),
    "itself, in a namespace that is not the first": (
        mapped("0 0 4294967295\n", inode=True),
        Strength.SHARED,
    ),
    "a kernel without namespaces": (Path.mkdir, Strength.OS_USER),
    "no /proc": (lambda _: None, Strength.SHARED),
}


@pytest.mark.parametrize(("make", "strength"), PROCS.values(), ids=PROCS.keys())
def test_who_is_told_apart(tmp_path: Path, make: Proc, strength: Strength) -> None:
    make(tmp_path / "self")
    assert told_apart(tmp_path / "self", platform="linux") is strength
    assert told_apart(tmp_path / "self", platform="darwin") is Strength.OS_USER


def test_who_runs_this_is_known_as_strongly_as_the_kernel_says() -> None:
    assert os_principal().strength is told_apart()
