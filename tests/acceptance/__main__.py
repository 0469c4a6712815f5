"""`nox -s accept -- NAME …`: run one issue's acceptance and keep what it said.

An acceptance shows what takes too long for each change: daemons, browsers, a million rows, many
runs.  It takes an hour at most on two quiet cores, and its note is committed with the revision that
it ran on (among the documents, under `acceptance`).
"""

import argparse
import importlib
import sys
from pathlib import Path

from tests.acceptance.note import Note

HERE = Path(__file__).parent
NAMES = sorted(page.stem for page in HERE.glob("*.py") if page.stem not in ("__main__", "note"))


def main() -> int:
    """Run one; 0 when it holds."""
    reader = argparse.ArgumentParser(prog="nox -s accept --")
    reader.add_argument("name", choices=NAMES)
    name, rest = reader.parse_known_args()
    acceptance = importlib.import_module(f"tests.acceptance.{name.name}")
    note = Note.begun(name.name, sys.argv[1:])
    return note.end(acceptance.run(rest, note))


if __name__ == "__main__":
    sys.exit(main())
