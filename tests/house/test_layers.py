"""Imports point down, in the order of `.importlinter`, which ARCHITECTURE.md shows too.

`BAILEE_UPDATE=1` writes the order into that page.
"""

import configparser
import os
import re
import subprocess
import sys

import pytest
from tests.house.source import ROOT, SOURCE

PAGE = ROOT / "ARCHITECTURE.md"


def written() -> str:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser["importlinter:contract:house"]["layers"].strip()


def layers() -> list[list[str]]:
    return [re.findall(r"\w+", line) for line in written().splitlines()]


def test_architecture_shows_the_same_order() -> None:
    block = re.compile(r"(?<=```layers\n).*?(?=\n```)", re.DOTALL)
    page = PAGE.read_text("utf-8")
    if os.environ.get("BAILEE_UPDATE"):
        PAGE.write_text(block.sub(written(), page), "utf-8")
    assert block.findall(PAGE.read_text("utf-8")) == [written()]


def test_empty_rooms_stand_in_parentheses() -> None:
    filled = {p.name for p in SOURCE.iterdir() if p.is_dir()} | {
        p.stem for p in SOURCE.glob("*.py")
    }
    waiting = set(re.findall(r"\((\w+)\)", written()))
    named = {name for layer in layers() for name in layer}
    assert waiting == named - filled


HEAVY = [
    "alembic",
    "cedarpy",
    "cryptography",
    "numba",
    "numpy",
    "phonenumbers",
    "pyarrow",
    "sqlalchemy",
]


@pytest.mark.parametrize("argument", ["--help", "version", "object get --help", "key --help"])
def test_quick_commands_load_nothing_heavy(argument: str) -> None:
    code = (
        "import sys; from bailee.run.cli import run; "
        f"run({argument.split()!r}); "
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"


OWN = {
    "client list": "bailee.clients.acts",
    "object list --client x": "bailee.objects.acts",
    "key list": "bailee.keys.acts",
    "ledger head --client x": "bailee.ledgers.acts",
}


@pytest.mark.parametrize("command", OWN)
def test_a_command_loads_its_own_noun_alone(command: str) -> None:
    """Without a home it stops before it opens one; what it needs to ask is loaded by then."""
    code = (
        "import sys; from bailee.run.cli import run; "
        f"run([*{command.split()!r}, '--home', '/nowhere']); "
        "print([m for m in sys.modules if m.startswith('bailee.') and m.endswith('.acts')], "
        "file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == f"['{OWN[command]}']"
