"""The commands about what needs two people, and about the clock, as a person runs them."""

import json
from pathlib import Path

import pytest
from tests.run.homes import PASSPHRASE, SOMEONE, Shell

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.run.wiring.app import open_app, os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.secret import Secret

PEOPLE = ("binta", "chloe")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home whose founder asks for two roles, with who runs these tests as its dpo."""
    place = tmp_path_factory.mktemp("two")
    found(
        InitOptions(home=place / "home", domain="hosting.example"),
        Secret(PASSPHRASE),
        who=SOMEONE,
    )
    with open_app(place / "home", who=SOMEONE, take_passphrase=lambda: Secret(PASSPHRASE)) as house:
        house.caller.call(AddActor(os_user=os_principal().os_user, role="dpo"))
        for name in PEOPLE:
            with pytest.raises(errors.WaitingForSecond):
                house.caller.call(AddActor(os_user=name, role="support"))
    return place


@pytest.fixture(params=["en", "fr"])
def shell(place: Path, request: pytest.FixtureRequest) -> Shell:
    return Shell(place, {"BAILEE_LANG": request.param})


@pytest.mark.sampled(1)
def test_what_waits_is_listed_and_agreed_to_and_taken_back(shell: Shell) -> None:
    asked = json.loads(shell("approval", "list", "-o", "json").text)
    assert {one["act"] for one in asked} == {"actor:add"}
    assert asked[0]["what"]["role"] == "support"
    one = next(item for item in asked if item["state"] == "asked")["approval"]
    listed = shell("approval", "list")
    assert one in listed.text
    assert "role=support" in listed.text
    assert "--named" in listed.err
    refused = shell("approval", "give", one, expect=6)
    assert "not-whole" in refused.err
    given = [shell("approval", "give", one, "--named", name, expect=None) for name in PEOPLE]
    assert sorted(done.code for done in given) == [0, 6]
    (agreed,) = [done for done in given if done.code == 0]
    assert one in agreed.text
    assert "bailee actor add" in agreed.err
    shell("approval", "withdraw", one)
    assert "nothing-asked" in shell("approval", "withdraw", one, expect=6).err
    over = json.loads(shell("approval", "list", "--all", "-o", "json").text)
    assert {item["state"] for item in over} >= {"withdrawn"}


def test_the_clock_is_shown_and_is_not_for_a_dpo_to_believe(shell: Shell) -> None:
    shown = json.loads(shell("clock", "show", "-o", "json").text)
    assert shown["doubts"] == []
    assert shell("clock", "show").text
    shell("clock", "accept", expect=4)


def test_grants_are_shown_until_they_were_seen(shell: Shell) -> None:
    words = ("ledger", "show", "--client", "provider", "--roles")
    shell(*words)
    again = shell(*words)
    assert again.err.strip()
    assert json.loads(shell(*words, "-o", "json").text) == []
