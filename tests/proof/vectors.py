"""What the vectors of the verifier are made of: a question, its files, and ways to damage them."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.proof.honest_log import HonestLog, write_files

from bailee.proof.run import Misused, run
from bailee.proof.verdict import Verdict

LEDGER = Path(__file__).parents[2] / "spec" / "vectors" / "ledger"

MISUSED, VERIFIED, FAILED, UNJUDGED = 2, 0, 10, 14
Files = dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Vector:
    """Files, how to ask about them, and what must be answered."""

    why: str
    files: Files
    exit: int
    decided_by: str = ""
    path: str = "export"
    key: str = ""
    since: str = ""
    keys: str = ""

    def expected(self) -> str:
        """Write `expected.toml`."""
        fields: dict[str, object] = {
            "why": self.why,
            "path": self.path,
            "exit": self.exit,
            "decided_by": self.decided_by,
            "key": self.key,
            "since": self.since,
            "keys": self.keys,
        }
        lines = (f"{name} = {json.dumps(value)}" for name, value in fields.items() if value != "")
        return "".join(f"{line}\n" for line in lines)


def log_of(count: int = 5, seed: str = "honest") -> HonestLog:
    """Make an honest log."""
    return HonestLog(seed).fill(count)


def changed() -> HonestLog:
    """Make a log that changed its key at entry 3 of 7."""
    log = log_of(3)
    log.change_key()
    return log.fill(3)


def under(folder: str, files: Files) -> Files:
    """Move files into a folder."""
    return {f"{folder}/{path}": content for path, content in files.items()}


def exported(
    log: HonestLog,
    why: str,
    *,
    damage: Callable[[Files], object] = lambda _: None,
    failed: str = "",
    size: int | None = None,
) -> Vector:
    """Export, damage, and expect: with the right key, and no earlier checkpoint."""
    files = log.export(size)
    damage(files)
    return Vector(
        why=why,
        files=under("export", files),
        exit=FAILED if failed else VERIFIED,
        decided_by=failed and f"verify.{failed}",
        key=str(log.vkey()),
    )


def flip(path: str, at: int) -> Callable[[Files], None]:
    """Flip one bit."""

    def damage(files: Files) -> None:
        blob = bytearray(files[path])
        blob[at] ^= 1
        files[path] = bytes(blob)

    return damage


def put(path: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    """Replace bytes that are there."""

    def damage(files: Files) -> None:
        assert old in files[path]
        files[path] = files[path].replace(old, new, 1)

    return damage


def resigned(forger: str = "forger") -> HonestLog:
    """Make a log of the same name and other content, signed by another key."""
    log = HonestLog(forger)
    log.fill(5)
    return log


def answered(folder: Path) -> tuple[int, str, Verdict | None]:
    """Ask what a folder asks; give exit code, what decides, and the verdict if there is one."""
    asked = expected_of(folder)

    def given(name: str) -> Path | None:
        return folder / str(asked[name]) if name in asked else None

    try:
        verdict = run(
            folder / str(asked["path"]),
            key=None if "key" not in asked else str(asked["key"]),
            since=given("since"),
            keys=given("keys"),
        )
    except Misused as slip:
        return MISUSED, f"verify.{slip.reason}", None
    return verdict.outcome.value, decided_by(verdict), verdict


def expected_of(folder: Path) -> dict[str, object]:
    """Read what a vector asks and expects."""
    return tomllib.loads((folder / "expected.toml").read_text("utf-8"))


def decided_by(verdict: Verdict) -> str:
    """Give the first step that does not simply hold."""
    return next((step.id for step in verdict.steps if not step.held), "")


def write_vectors(folder: Path, vectors: dict[str, Vector]) -> None:
    """Write each vector into a folder of its own."""
    for name, vector in vectors.items():
        write_files(folder / name, vector.files)
        (folder / name / "expected.toml").write_text(vector.expected(), "utf-8")
