"""Prepares a stranger's port: `python -m tests.conformance.port FOLDER SCORE` from the root.

FOLDER gets the pages and every vector as a numbered question, without its name, reason or outcome,
and a blank answer sheet.  SCORE, which the stranger must not see, gets the outcomes and `check.py`,
which needs nothing but Python: `python SCORE/check.py FOLDER/answers.csv`.
"""

import json
import random
import shutil
import sys
from pathlib import Path

from tests.proof.make_line_vectors import FOLDER as LINES
from tests.proof.vectors import LEDGER, expected_of

SPEC = LEDGER.parents[1]
ORDER = 1
"""The seed of the order, so that a sheet can be scored again later."""

README = """\
# A port of the verifier

Write a verifier in any language, from the pages in `spec/` alone: `spec/verification.md` first.
Libraries for SHA-256, HMAC, Ed25519, base64 and JSON are fine; nothing of the project is.

Each folder of `questions/` holds the files of one question and `ask.toml`:

| key | what |
|---|---|
| `path` | what is judged, a name in the folder |
| `key` | the text given with `--key`; absent: not given |
| `keys`, `since` | files in the folder, given with `--keys` and `--since`; absent: not given |

Where a name leads to nothing, the question is about a file that is not there.
The key is a TOML text: its escapes mean what TOML says.

Answer all of them in `answers.csv` before you hear how one was scored: for each number the exit
code, 0, 2, 10 or 14.  In `notes.md` write how many minutes it took, each question that the pages
left open, with the sentence that you missed, and what you guessed.
"""

CHECK = '''\
"""Scores a sheet of answers: `python check.py answers.csv`."""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

expected = json.loads(Path(__file__).with_name("expected.json").read_text("utf-8"))
with Path(sys.argv[1]).open(encoding="utf-8", newline="") as sheet:
    given = {row["question"]: row["exit"].strip() for row in csv.DictReader(sheet)}
wrong = {
    number: given.get(number, "")
    for number, vector in expected.items()
    if given.get(number, "") != str(vector["exit"])
}
for number, answer in wrong.items():
    vector = expected[number]
    sys.stdout.write(
        f"{number}: answered {answer or 'nothing'}, expected {vector['exit']} "
        f"{vector['decided_by']}: {vector['name']}, {vector['why']}\\n"
    )
kinds = Counter(str(vector["exit"]) for vector in expected.values())
right = len(expected) - len(wrong)
of_each = ", ".join(f"{count} of {code}" for code, count in sorted(kinds.items()))
share = 100 * right / len(expected)
sys.stdout.write(f"{right} of {len(expected)} right ({share:.2f} %; {of_each})\\n")
sys.exit(bool(wrong))
'''


def prepare(folder: Path, score: Path) -> int:
    """Write both; return how many questions there are."""
    for place in (folder, score):
        place.mkdir(parents=True)
    (folder / "spec").mkdir()
    for page in sorted(SPEC.glob("*.md")):
        shutil.copy(page, folder / "spec" / page.name)
    vectors = sorted(path for top in (LEDGER, LINES) for path in top.iterdir())
    random.Random(ORDER).shuffle(vectors)  # noqa: S311  # an order, not a key
    expected = {}
    for number, vector in enumerate(vectors, 1):
        asked = expected_of(vector)
        name = f"{number:03d}"
        place = folder / "questions" / name
        shutil.copytree(vector, place, ignore=shutil.ignore_patterns("expected.toml"))
        question = (f"{key} = {json.dumps(asked[key])}\n" for key in ASKED if key in asked)
        (place / "ask.toml").write_text("".join(question), "utf-8")
        known = {key: asked.get(key, "") for key in ("exit", "decided_by", "why")}
        expected[name] = {"name": f"{vector.parent.name}/{vector.name}", **known}
    rows = "".join(f"{name},\n" for name in expected)
    (folder / "answers.csv").write_text(f"question,exit\n{rows}", "utf-8")
    (folder / "README.md").write_text(README, "utf-8")
    (score / "expected.json").write_text(json.dumps(expected, indent=1), "utf-8")
    (score / "check.py").write_text(CHECK, "utf-8")
    return len(expected)


ASKED = ("path", "key", "keys", "since")

if __name__ == "__main__":
    count = prepare(*map(Path, sys.argv[1:]))
    sys.stdout.write(f"{count} questions\n")
