"""One table of acts: each has one request type, and each request type stands in the table."""

import ast
import re
from collections import Counter

from tests.house.source import lines, trees

from bailee.ledger.vocabulary import KINDS
from bailee.policy import ACTS

SHOWN_WITHOUT_A_HOUSE = {"promise:show"}
"""Opens nothing and needs no home; it stands in the table for when a server shows it."""


def requests() -> dict[str, list[str]]:
    """Find the request types by the act that each is."""
    found: dict[str, list[str]] = {}
    for module, tree in trees().items():
        kinds = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        for kind in kinds if module.endswith("/acts.py") else ():
            for line in kind.body:
                if isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == "act":
                    assert isinstance(line.value, ast.Constant), module
                    found.setdefault(str(line.value.value), []).append(kind.name)
    return found


def test_every_act_has_one_request_type_and_every_request_type_an_act() -> None:
    assert set(requests()) == set(ACTS)
    assert [act for act, kinds in requests().items() if len(kinds) > 1] == []


def test_a_request_type_is_the_name_of_one_act_alone() -> None:
    names = Counter(name for kinds in requests().values() for name in kinds)
    assert [name for name, times in names.items() if times > 1] == []


def test_every_act_is_a_kind_of_entry() -> None:
    assert set(ACTS) <= KINDS


def test_every_act_is_noun_and_verb() -> None:
    for name, act in ACTS.items():
        assert re.fullmatch(r"[a-z]+:[a-z]+", name)
        assert (act.noun, act.verb) == tuple(name.split(":"))


def test_every_request_is_given_to_the_one_method_that_does_it() -> None:
    wiring = "\n".join("\n".join(text) for name, text in lines().items() if name.startswith("run/"))
    unserved = {
        act
        for act, kinds in requests().items()
        if not any(re.search(rf"\b{kind}\b", wiring) for kind in kinds)
    }
    assert unserved - SHOWN_WITHOUT_A_HOUSE == set()
