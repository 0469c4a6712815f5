"""Makes a small home with a released version's own command, to be opened by every later one.

    python tests/homes/make.py BAILEE NAME

BAILEE is that version's `bailee`; NAME the archive beside this file without its ending.  What is
made is not made again: the archive stays as that version wrote it.  It holds the home, two
custodians, the backups, the recovery kit, an export and a receipt; `reserve`, 64 MiB that every
version keeps anew, is left out.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PASSPHRASE = "agouti bamboula cassave"
LINES = "".join(
    f"2026-11-0{1 + number % 9}T10:15:{number % 60:02d}Z app[7]: user=u{number % 20} "
    f"from 198.51.100.{number % 30} mail person{number % 15}@example.org\n"
    for number in range(60)
)
PAST = LINES[:900].rpartition("\n")[0] + "\n"
OBJECTS = {"contract.txt": b"kept in custody\n" * 40, "draft.txt": b"to be deleted\n"}
ERASED_BEFORE, ERASED_AFTER = "person3@example.org", "person4@example.org"
OPERATIONS, OFFICER = 1001, 1002
"""Two users of this machine, for nobody gives a role to himself; needs root, and setpriv."""
READS_ALL = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
"""For the program itself may lie where they may not look."""
WAITS = 8
"""The exit code of what a second person must agree to."""
ROLES = ("support", "legal", "dpo", "security", "auditor")
"""What the officer is."""


class Command:
    """Runs the version's command on one home, as one user."""

    def __init__(self, program: str, place: Path, user: int) -> None:
        self._program = program
        self._place = place
        self._user = user

    def __call__(self, *words: str, text: str = "", expect: int = 0) -> str:
        """Run `bailee WORDS…` and return what it said."""
        for path in (self._place, *self._place.rglob("*")):  # only an owner may keep keys
            os.chown(path, self._user, self._user, follow_symlinks=False)
        done = subprocess.run(
            ["setpriv", f"--reuid={self._user}", *READS_ALL, self._program, *words],
            input=text.encode(),
            capture_output=True,
            cwd=self._place,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self._place),
                "LANG": "C.UTF-8",
                "BAILEE_HOME": str(self._place / "home"),
                "BAILEE_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'",
            },
            check=False,
        )
        if done.returncode != expect:
            raise SystemExit(f"bailee {' '.join(words)}: {done.stderr.decode()}")
        return done.stdout.decode()

    def facts(self, *words: str, text: str = "") -> dict[str, str]:
        """Run it with `-o json` and return its answer, or the first of several."""
        found = json.loads(self(*words, "-o", "json", text=text))
        return dict(found[0] if isinstance(found, list) else found)


def fill(operations: Command, officer: Command, place: Path) -> dict[str, str]:
    """Do a little of everything; return what is to be expected of the home."""
    founded = operations.facts("init", "--provider", "hosting.example")
    (place / "kit.json").write_text(json.dumps(founded), "utf-8")
    for role in ROLES:
        operations("actor", "add", "--os-user", f"uid-{OFFICER}", "--role", role)
    operations("client", "add", "acme")
    operations("client", "add", "other")
    operations("actor", "add", "--os-user", "fatou", "--role", "client-admin", "--client", "acme")
    for name, content in OBJECTS.items():
        (place / name).write_bytes(content)
        operations("object", "put", str(place / name), "--client", "acme", "--reason", "taken in")
        (place / name).unlink()
    ingest = ("log", "ingest", "-", "--client", "acme", "--origin", "client-application")
    operations(*ingest, "--stream", "web", text=LINES)
    operations(*ingest, "--stream", "past", "--epoch", "2026-09", text=PAST)
    erase = ("log", "erase", "--client", "acme", "--purpose", "rights", "--about", "-")
    officer(*erase, text=ERASED_BEFORE)
    operations("object", "delete", "draft.txt", "--client", "acme")
    operations("key", "turn", "--purpose", "security")
    officer(*erase, text=ERASED_AFTER)
    end = ("epoch", "destroy", "--client", "acme", "--epoch", "2026-09", "--names")
    officer(*end, "--purpose", "retention", expect=WAITS)
    officer("ledger", "export", str(place / "export"), "--client", "acme")
    hit = officer.facts(
        *("log", "search", "--client", "acme", "--text", "app[7]", "--limit", "1"),
        *("--purpose", "verification"),
    )
    prove = ("log", "prove", "--client", "acme", "--batch", hit["batch"], "--line", "1")
    officer(*prove, "--to", str(place / "receipt"))
    vkey = officer.facts("ledger", "key", "--client", "acme")["vkey"]
    operations("backup", "create")
    return {"vkey": vkey, "batch": hit["batch"]}


def main(program: str, name: str) -> None:
    """Make the archive."""
    archive = Path(__file__).parent / f"{name}.tar.xz"
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        operations, officer = (Command(program, place, user) for user in (OPERATIONS, OFFICER))
        about = fill(operations, officer, place)
        about |= {"made": str(place), "made_ms": str(_age(place / "home" / "rows.db") // 1_000_000)}
        (place / "about.json").write_text(json.dumps(about, indent=1), "utf-8")
        (place / "home" / "reserve").unlink()
        for older in sorted((place / "home.backups").glob("*.bailee"), key=_age)[:-1]:
            older.unlink()  # the row backup of the turn: what the newest holds, it need not
        with tarfile.open(archive, "x:xz") as file:
            for path in sorted(place.glob("[!.]*")):
                file.add(path, path.name)


def _age(path: Path) -> int:
    return path.stat().st_mtime_ns


if __name__ == "__main__":
    main(*sys.argv[1:])
