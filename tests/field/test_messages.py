"""What is typed wrong: the word or option is named, and what would be right; nothing is repeated.

Reported where: microsoft/winml-cli#508 ("no such command" without the one that was meant),
c4spar/cliffy#278 (it works for options and not for commands).
"""

import json
import re

import pytest
from tests.absence import holds, mark
from tests.field.conftest import Hand

from bailee.run.cli.commands import commands
from bailee.text import LANGUAGES, catalogue

SLIPS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "a noun": (("objct", "list"), "no-command", ("object",)),
    "a verb": (("object", "lst"), "no-command", ("list",)),
    "a verb of nothing near": (("object", "frobnicate"), "no-command", ("put", "get", "delete")),
    "a noun and a verb in one": (("object-list",), "no-command", ("bailee --help",)),
    "an option": (("object", "get", "--clent", "acme", "x"), "no-option", ("--client",)),
    "an option of all": (("client", "list", "--ouput=json"), "no-option", ("--output",)),
    "an option of another": (
        ("client", "list", "--zzz"),
        "no-option-near",
        ("bailee client list",),
    ),
    "a missing value": (("object", "get", "--client"), "no-value", ("--client",)),
    "a missing option": (("object", "list"), "missing", ("--client",)),
    "a missing word": (("object", "get", "--client", "acme"), "missing", ("OBJECT|NAME|@FILE|-",)),
    "a word too many": (("object", "list", "--client", "acme", "x"), "too-many", ("object list",)),
    "a number": (("log", "search", "--client", "acme", "--limit", "x"), "number", ("--limit",)),
    "a number of init": (("init", "--shares", "x"), "number", ("--shares",)),
    "a number too small": (("log", "search", "--client", "a", "--limit", "0"), "lines-least", ()),
    "a language": (("client", "list", "--lang", "de"), "global-option", ("en", "fr")),
    "a flag with a value": (("log", "search", "--client", "a", "--count=1"), "no-value-taken", ()),
}


@pytest.mark.parametrize("case", SLIPS)
def test_a_slip_is_named_with_what_would_be_right(hand: Hand, case: str) -> None:
    words, slug, named = SLIPS[case]
    said = hand(*words)
    assert said.code == 2
    assert f"[{slug}]" in said.err
    assert all(word in said.err for word in named), said.err
    assert not said.out


def test_a_form_of_output_that_is_none_is_answered_with_those_there_are(hand: Hand) -> None:
    said = hand("client", "list", output="yaml")
    assert said.code == 2
    assert "table json jsonl" in said.err


def test_what_was_typed_is_not_repeated(hand: Hand) -> None:
    typed = mark()
    for words in ((typed,), ("object", typed), ("object", "list", f"--{typed}"), ("init", typed)):
        assert not holds(hand(*words).err, typed)


WORDS: dict[str, tuple[tuple[str, ...], str]] = {
    "a role": (("actor", "add", "--os-user", "x", "--role", "dpoo"), "dpo"),
    "an order": (("log", "search", "--client", "acme", "--order", "recieved"), "received"),
    "a purpose": (("object", "get", "--client", "acme", "--purpose", "servise", "x"), "service"),
}


@pytest.mark.parametrize("case", WORDS)
def test_closed_words_are_listed(hand: Hand, case: str) -> None:
    words, right = WORDS[case]
    said = hand(*words)
    assert said.code in {2, 4}
    assert right in said.err


# --- purposes -------------------------------------------------------------------------------------


def test_the_purposes_of_an_act_are_listed_for_who_asks(hand: Hand) -> None:
    said = hand("object", "get", "--client", "acme", "--purpose", "help", "anything", output="json")
    assert said.code == 0, said.err
    assert [one["purpose"] for one in said.record] == ["service", "client-request"]
    assert not hand("object", "list", "--client", "acme", output="json").record
    shown = hand("ledger", "show", "--client", "acme", output="jsonl").out
    asked = [json.loads(line)["kind"] for line in shown.splitlines()]
    assert {"object:get"}.isdisjoint(asked)
    assert {"refusal"}.isdisjoint(asked[-2:])


def test_the_purposes_are_said_in_a_table(hand: Hand) -> None:
    said = hand("log", "export", "--client", "acme", "--purpose", "help")
    assert said.code == 0
    assert "client-request" in said.out


# --- help -----------------------------------------------------------------------------------------


def test_help_of_each_command_says_what_stands_anywhere(hand: Hand) -> None:
    for words in (("object", "get"), ("log", "ingest"), ("init",), ("object",)):
        said = hand(*words, "--help")
        assert said.code == 0
        assert "--lang" in said.out
        assert "-o table|json|jsonl" in " ".join(said.out.split())


ENGLISH = re.compile(
    r"\b(FILE|LABEL|NAME|TEXT|PURPOSE|PATH|DOMAIN|USER|OPTIONS|COMMAND|ARGS|DIR)\b"
)


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_french_help_has_french_words_for_values(hand: Hand, command: str) -> None:
    assert LANGUAGES[1] == "fr"
    said = hand("--lang", "fr", *command.split(" "), "--help")
    assert said.code == 0
    assert ENGLISH.findall(said.out) == []


def test_nothing_of_a_kind_is_printed_as_nothing(hand: Hand) -> None:
    log = hand.file("a.log", b"2026-11-30T08:00:00Z nothing here\n")
    said = hand(
        "log",
        "ingest",
        "--client",
        "acme",
        "--stream",
        "zero",
        "--origin",
        "infrastructure",
        str(log),
    )
    assert said.code == 0
    secrets = next(line for line in said.out.splitlines() if line.startswith("secrets"))
    assert secrets.split() == ["secrets", "0"]
    assert re.search(r"identifiers by batch +0$", said.out, re.MULTILINE)


def test_both_languages_say_the_same_things() -> None:
    assert set(catalogue("en")) == set(catalogue("fr"))
