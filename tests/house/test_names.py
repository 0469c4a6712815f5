"""Names that others may store or script against: they only grow, none is renamed or used again.

`spec/names.txt` is the lock.  `BAILEE_UPDATE=1` adds what is new; what is gone must be put back.
Entry kinds have their own lock, `spec/vocabulary.txt`.
"""

import os

from tests.house.source import ROOT

from bailee import errors
from bailee.act import ACTS, Purpose
from bailee.policy import Role
from bailee.text import catalogue

LOCK = ROOT / "spec" / "names.txt"


def subclasses(parent: type[errors.BaileeError]) -> set[type[errors.BaileeError]]:
    return {parent}.union(*(subclasses(child) for child in parent.__subclasses__()))


def present() -> set[str]:
    reasons = {key for key in catalogue("en") if key.startswith("errors_")}
    slugs = {key.partition(".")[2] for key in reasons if not key.endswith("_remedy")}
    return {
        *(f"act {name}" for name in ACTS),
        *(f"role {role}" for role in Role),
        *(f"purpose {purpose}" for purpose in Purpose),
        *(f"exit {kind.exit_code} {kind.__name__}" for kind in subclasses(errors.BaileeError)),
        *(f"slug {slug}" for slug in slugs),
    }


def locked() -> list[str]:
    return LOCK.read_text("utf-8").splitlines() if LOCK.exists() else []


def test_no_name_was_lost() -> None:
    assert set(locked()) - present() == set()


def test_every_name_is_locked() -> None:
    missing = present() - set(locked())
    if os.environ.get("BAILEE_UPDATE") and missing:
        LOCK.write_text("".join(f"{name}\n" for name in sorted({*locked(), *missing})), "utf-8")
    assert present() - set(locked()) == set()
