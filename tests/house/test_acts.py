"""Each act is declared once; what derives from the declarations is checked in and compared.

`BAILEE_UPDATE=1` writes the act table and Cedar's action list anew, to be reviewed as a diff.
"""

import importlib
import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from tests.house.source import SOURCE
from tests.run.homes import make, opened

from bailee.act import Denial, answer_of, param_of
from bailee.act.table import ACTS
from bailee.ledger.vocabulary import KINDS
from bailee.run.cli.commands import SPECIAL, WITHOUT, commands
from bailee.run.wiring.nouns import NOUNS, Noun
from bailee.text import catalogue

TABLE = SOURCE / "act" / "table.py"
SCHEMA = SOURCE / "policy" / "schema.cedarschema"
ORDER = [
    "client",
    "actor",
    "approval",
    "object",
    "log",
    "stream",
    "epoch",
    "ledger",
    "key",
    "clock",
    "backup",
    "check",
    "promise",
]
"""Of nouns in what is checked in, so that a new act moves no other line; later ones follow."""
WITHOUT_A_HOME = {"promise:show", "backup:restore"}
"""Need no opened home: one opens nothing, the other makes it."""


def declarations() -> dict[str, Any]:
    """Find the requests that declare an act, in the order of their modules."""
    found: dict[str, Any] = {}
    for page in sorted(SOURCE.rglob("acts.py")):
        dotted = ".".join(("bailee", *page.relative_to(SOURCE).with_suffix("").parts))
        for kind in vars(importlib.import_module(dotted)).values():
            if isinstance(kind, type) and kind.__module__ == dotted and "spec" in vars(kind):
                act = vars(kind)["act"]
                assert found.get(act) is None, act
                found[act] = kind
    return dict(sorted(found.items(), key=lambda one: _place(one[0].partition(":")[0])))


def _place(noun: str) -> tuple[int, str]:
    return (ORDER.index(noun), "") if noun in ORDER else (len(ORDER), noun)


def table() -> str:
    """Write the rows of the act table."""
    lines = []
    for kind in declarations().values():
        spec = kind.spec
        implied = "None" if spec.implied is None else f"Purpose.{spec.implied.name}"
        where = f"{kind.__module__.split('.', 1)[1].removesuffix('.acts')}:{kind.__name__}"
        lines.append(
            f'    Act("{spec.act}", {implied}, {spec.waits}, "{where}", "{spec.command}"),\n'
        )
    return "".join(lines)


def test_the_table_is_what_is_declared() -> None:
    text = TABLE.read_text("utf-8")
    start, end = text.index("_ACTS = (\n") + len("_ACTS = (\n"), text.index("\n)\n# fmt: on") + 1
    if os.environ.get("BAILEE_UPDATE"):
        TABLE.write_text(text[:start] + table() + text[end:], "utf-8")
        text = TABLE.read_text("utf-8")
    end = text.index("\n)\n# fmt: on") + 1
    assert text[start:end] == table()


def test_the_policies_know_every_act_and_no_other() -> None:
    text = SCHEMA.read_text("utf-8")
    nouns = dict.fromkeys(act.noun for act in ACTS.values())
    lines = (", ".join(f'"{act}"' for act in ACTS if act.startswith(f"{noun}:")) for noun in nouns)
    wanted = ",\n".join(f"  {line}" for line in lines)
    anew = re.sub(
        r"(?<=^action\n).*?(?=\n  appliesTo)", wanted, text, flags=re.MULTILINE | re.DOTALL
    )
    if os.environ.get("BAILEE_UPDATE"):
        SCHEMA.write_text(anew, "utf-8")
    assert SCHEMA.read_text("utf-8") == anew


def test_every_act_is_a_kind_of_entry() -> None:
    assert set(ACTS) <= KINDS


def test_every_act_is_noun_and_verb() -> None:
    for name, act in ACTS.items():
        assert re.fullmatch(r"[a-z]+:[a-z]+", name)
        assert (act.noun, act.verb) == tuple(name.split(":"))


@pytest.mark.parametrize("act", sorted(ACTS))
def test_each_field_says_what_it_is(act: str) -> None:
    kind = declarations()[act]
    for field in fields(kind):
        about = param_of(field)
        helps = [f"{about.help}_{word}" for word in about.words] if about.flags else [about.help]
        missing = [one for one in helps if one not in catalogue("en")]
        assert not about.typed or missing == []
    assert answer_of(kind) is not Denial


def test_every_act_is_bound_by_the_noun_that_declares_it() -> None:
    bound = [act for noun in NOUNS for act in noun.acts]
    assert sorted(bound) == sorted(set(ACTS) - WITHOUT_A_HOME)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("home")
    make(place)
    return place


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: str(noun.module))
def test_a_noun_binds_what_the_list_says(noun: Noun, home: Path) -> None:
    with opened(home) as app:
        assert sorted(one.act for one in app.bindings(noun)) == sorted(noun.acts)


def test_every_act_is_typed_but_for_what_another_command_asks() -> None:
    assert {act.name for act in ACTS.values()} - WITHOUT == {
        act.name for act in commands().values() if act is not None
    }
    assert set(SPECIAL) <= set(commands())
