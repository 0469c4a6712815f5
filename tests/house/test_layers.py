"""Imports point down, in the order of `.importlinter`, which ARCHITECTURE.md shows too."""

import configparser
import re
import subprocess
import sys

import pytest
from tests.house.source import ROOT, SOURCE


def layers() -> list[list[str]]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    text = parser["importlinter:contract:house"]["layers"]
    return [re.findall(r"\w+", line) for line in text.strip().splitlines()]


def test_architecture_shows_the_same_order() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    block = re.search(r"```layers\n(.*?)```", page, re.DOTALL)
    assert block
    shown = [re.findall(r"\w+", line) for line in block[1].strip().splitlines()]
    assert shown == layers()


def test_empty_rooms_stand_in_parentheses() -> None:
    filled = {p.name for p in SOURCE.iterdir() if p.is_dir()} | {
        p.stem for p in SOURCE.glob("*.py")
    }
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    text = parser["importlinter:contract:house"]["layers"]
    waiting = set(re.findall(r"\((\w+)\)", text))
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
