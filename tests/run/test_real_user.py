"""Several people use one home: who asks is the real user, what may be read goes by the effective.

Only who may become any user can make a process of two: without that, these tests are left out.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import HANGS_S
from tests.run.homes import Done, Shell

AWA, DEDE, BINTA = "daemon", "nobody", "sys"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="takes root and setpriv",
)


def as_person(shell: Shell, person: str, *words: str, expect: int = 0) -> Done:
    """Run a command with a person as its real user, and the home's owner as its effective one."""
    done = subprocess.run(
        ["setpriv", "--ruid", person, "--", sys.executable, "-m", "bailee", *words],
        capture_output=True,
        env=shell.variables(),
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == expect, done.stderr.decode()
    return Done(code=done.returncode, out=done.stdout, err=done.stderr.decode())


def test_two_people_agree_on_one_home(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    as_person(shell, AWA, "init", "--provider", "hosting.example")
    assert AWA in as_person(shell, AWA, "actor", "list").text
    as_person(shell, AWA, "actor", "add", "--os-user", DEDE, "--role", "dpo")
    enrol = ("actor", "add", "--os-user", BINTA, "--role", "support")
    asked = as_person(shell, AWA, *enrol, expect=8)
    command = re.search(r"bailee (approval give \S+ --named) -", asked.err)
    assert command is not None
    assert "no" in as_person(shell, DEDE, "approval", "list").text.split()
    as_person(shell, DEDE, *command[1].split(), BINTA)
    as_person(shell, AWA, *enrol)
    assert "role-held-already" in as_person(shell, AWA, *enrol, expect=6).err


def test_an_account_that_is_not_there_is_said(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    as_person(shell, AWA, "init", "--provider", "hosting.example")
    added = as_person(shell, AWA, "actor", "add", "--os-user", "no-such-account", "--role", "dpo")
    assert "this system knows no account" in added.err
