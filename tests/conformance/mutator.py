"""Questions about mutated exports and receipts, each known by a seed and a number.

`python -m tests.conformance.mutator SEED NUMBER DIR` writes one, to be looked at.
"""

import random
import sys
from pathlib import Path

from tests.conformance import grammar
from tests.conformance.corpus import EXPORT, Case, Chance, base_case, folder_of
from tests.proof.honest_log import HonestLog


def case_of(seed: int, number: int) -> Case:
    """Make a case: something that was signed, a few mutations, and a question about it."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311  # a source of cases, not of keys
    case = base_case(chance)
    odd = case.trail[0].startswith("odd")
    for _ in range(chance.choices((0, 1, 2, 3), (6, 3, 1, 0) if odd else (1, 6, 2, 1))[0]):
        case = mutated(chance, case)
    return asked(chance, case)


def mutated(chance: Chance, case: Case) -> Case:
    """Change one of its files, or which files there are."""
    names = sorted(case.files)
    if not names or chance.random() < 0.08:
        return files_mutated(chance, case, names)
    weighted = [name for name in names for _ in range(1 if "tile/" in name else 4)]
    name = chance.choice(weighted)
    mutations = grammar.BYTES if "tile/" in name else grammar.TEXT
    mutation = chance.choice(mutations)
    blob = mutation(chance, case.files[name])
    return case.but(f"{mutation.__name__} {name}", files=case.files | {name: blob})


def files_mutated(chance: Chance, case: Case, names: list[str]) -> Case:
    """Lose a file, give one the content of another, put a folder in its place, or add one."""
    if not names:  # a receipt that was lost
        return case.but("more", files={f"{EXPORT}/more": b"x"})
    name, other = chance.choice(names), chance.choice(names)
    files = dict(case.files)
    way = chance.choice(("lost", "swapped", "folder", "empty", "more"))
    if way == "lost":
        del files[name]
    elif way == "swapped":
        files[name], files[other] = files[other], files[name]
    elif way == "folder":
        files[f"{name}/inside"] = files.pop(name)
    elif way == "empty":
        files[name] = b""
    else:
        files[f"{EXPORT}/more"] = b"x"
    return case.but(f"{way} {name}", files=files)


def asked(chance: Chance, case: Case) -> Case:
    """Ask otherwise, now and then: without a key, with another, with files that are not there."""
    way = chance.choices((*WAYS, ""), (*WAYS.values(), 82))[0]
    names = sorted(case.files)
    change: dict[str, str | None] = {}
    if way == "no key":
        change = {"key": None}
    elif way == "other key":
        change = {"key": str(HonestLog().vkey(chance.randrange(3)))}
    elif way == "key mutated":
        text = grammar.pick(chance, grammar.TEXT, (case.key or "").encode())
        change = {"key": text.decode(errors="replace")}
    elif way == "nowhere":
        change = {chance.choice(("keys", "since", "path")): "nowhere"}
    elif way in {"keys", "since"}:
        change = {way: chance.choice((*names, "nowhere"))}
    elif way == "neither":
        change = {"keys": None, "since": None}
    return case.but(way, **change) if way else case


WAYS = {
    "no key": 7,
    "other key": 4,
    "key mutated": 2,
    "nowhere": 2,
    "keys": 1,
    "since": 1,
    "neither": 1,
}
"""How a question is changed, of a hundred."""


def question(case: Case, place: Path) -> dict[str, str]:
    """Ask about files that lie there, in the form that the second judge reads."""
    found = {"path": str(place / case.path)}
    if case.key is not None:
        found["key"] = case.key
    for name in ("keys", "since"):
        given = getattr(case, name)
        if given is not None:
            found[name] = str(place / given)
    return found


def main(seed: str, number: str, place: str) -> None:
    """Write one case, and say how it is asked."""
    case = case_of(int(seed), int(number))
    folder = folder_of(case, Path(place))
    sys.stdout.write(f"{' | '.join(case.trail)}\n{question(case, folder)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
