"""The note of an acceptance: what ran, on which revision and machine, and what came out."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "acceptance"
FIELDS = ("acceptance", "command", "revision", "began", "processor", "load", "took", "result")
LIMIT_S = 3_600


@dataclass
class Note:
    """One run of an acceptance, kept line by line: one that is cut short leaves what it saw."""

    name: str
    head: dict[str, str]
    lines: list[str] = field(default_factory=list)
    _began_s: float = field(default_factory=time.monotonic)

    @classmethod
    def begun(cls, name: str, words: Sequence[str]) -> Self:
        """Note what is about to run, and where."""
        head = {
            "acceptance": name,
            "command": f"nox -s accept -- {' '.join(words)}",
            "revision": _revision(),
            "began": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "processor": _processor(),
            "load": f"{os.getloadavg()[0]:.2f} before",
        }
        return cls(name=name, head=head)

    def say(self, line: str) -> None:
        """Add a line of the result, and show it."""
        print(line, flush=True)  # noqa: T201  # a program for a terminal
        self.lines.append(line)
        self._write("unfinished")

    def end(self, failures: int) -> int:
        """Write how it ended; return the exit code."""
        self._write("holds" if not failures else f"does not hold: {failures} failures")
        return bool(failures)

    def _write(self, result: str) -> None:
        took_s = time.monotonic() - self._began_s
        over = "" if took_s <= LIMIT_S else f", over the {LIMIT_S // 60} that it may take"
        said = {**self.head, "took": f"{took_s / 60:.1f} minutes{over}", "result": result}
        rows = [f"{name:<12}{said[name]}" for name in FIELDS]
        FOLDER.mkdir(parents=True, exist_ok=True)
        text = "\n".join((*rows, "", *self.lines, ""))
        (FOLDER / f"{self.name}.txt").write_text(text, "utf-8")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _revision() -> str:
    """Name the commit, and say when what ran is not what was committed."""
    changed = _git("status", "--porcelain", "--", ".", f":!{FOLDER.relative_to(ROOT)}")
    return _git("rev-parse", "HEAD") + (" with changes that are not committed" if changed else "")


def _processor() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    ]
    return f"{os.cpu_count()} cores of {names[0] if names else 'unknown make'}"
