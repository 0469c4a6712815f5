"""A wheel as the project's backend builds it, and a bare venv that it is installed into.

Built and installed by the pip of Debian's own Python, from the package registry, with no compiler
within reach: no program at all is on the path of what is run.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.house.source import ROOT
from tests.patience import HANGS_S
from tests.programs import given_up, require

DEBIAN = "/usr/bin/python3"


@dataclass(frozen=True)
class Venv:
    """A virtual environment that holds what pip put there, and the folder it lies in."""

    folder: Path

    @property
    def bailee(self) -> Path:
        return self.folder / "bin" / "bailee"

    def run(self, *words: str, **variables: str) -> str:
        """Run the installed command, elsewhere than in the repository; it must end well."""
        return ran([str(self.bailee), *words], self.variables(**variables), self.folder)

    def variables(self, **more: str) -> Mapping[str, str]:
        empty = self.folder / "empty"
        empty.mkdir(exist_ok=True)
        return {"PATH": str(empty), "HOME": str(self.folder), "LANG": "C.UTF-8", **more}

    def installed(self) -> list[dict[str, str]]:
        """List what is installed."""
        words = [str(self.folder / "bin" / "pip"), "list", "--format", "json"]
        listed: list[dict[str, str]] = json.loads(ran(words, self.variables(), self.folder))
        return listed


def ran(words: list[str], environment: Mapping[str, str], place: Path) -> str:
    """Run a program that must end well; return what it said."""
    done = subprocess.run(
        words,
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def bare(folder: Path) -> Venv:
    """Make an empty venv with the Python of the system; where there is none, it is left out."""
    python = DEBIAN if Path(DEBIAN).exists() else require("python3")
    words = [python, "-m", "venv", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        given_up("python3-venv is not installed")
    return Venv(folder)


def pip(venv: Venv, *words: str) -> None:
    """Run pip with the settings of this machine, which say where its registry is."""
    settings = {name: one for name, one in os.environ.items() if name.startswith("PIP_")}
    passed = ("HOME", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE")
    settings |= {name: os.environ[name] for name in passed if name in os.environ}
    environment = {**venv.variables(), **settings}
    ran([str(venv.folder / "bin" / "pip"), *words], environment, ROOT)


def built(folder: Path) -> Path:
    """Build the wheel by the backend that pyproject.toml names, apart from all that is here."""
    maker = bare(folder / "maker")
    pip(maker, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def installed(wheel: Path, folder: Path) -> Venv:
    """Install a wheel into a bare venv: only wheels, so nothing is compiled."""
    venv = bare(folder)
    pip(venv, "install", "--quiet", "--only-binary", ":all:", str(wheel))
    return venv
