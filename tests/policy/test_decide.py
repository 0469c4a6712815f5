"""Policies: forbid wins, silence is a no, and anything that errs or is unknown is a no."""

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailee.act import ACTS, Purpose
from bailee.ids import ClientId
from bailee.policy import CLIENT_ROLES, Decision, Policies, Question, Role
from bailee.policy.cedar import CedarRequest, Engine
from bailee.policy.service import shipped_policies, shipped_schema

PROVIDER = ClientId(b"p" * 16)
ALPHA = ClientId(b"a" * 16)
BETA = ClientId(b"b" * 16)
POLICIES = Policies()
STAFF = sorted(frozenset(Role) - CLIENT_ROLES)


def ask(
    *roles: str,
    act: str = "object:get",
    purpose: str | None = "client-request",
    home: ClientId = PROVIDER,
    client: ClientId = ALPHA,
    to_self: bool = False,
    policies: Policies = POLICIES,
) -> Decision:
    return policies.decide(
        Question(
            roles=frozenset(roles),
            home=home,
            act=act,
            client=client,
            provider=PROVIDER,
            purpose=purpose,
            to_self=to_self,
        )
    )


REFUSALS: dict[str, tuple[Decision, str]] = {
    "nobody in particular": (ask(), "unknown-actor"),
    "an act that does not exist": (ask("operations", act="object:steal"), "unknown-act"),
    "a purpose that does not exist": (ask("operations", purpose="curiosity"), "unknown-purpose"),
    "the stand-in for no purpose, said aloud": (
        ask("operations", purpose="unnamed"),
        "unknown-purpose",
    ),
    "a role that does not exist": (ask("operations", "root"), "unknown-role"),
    "an opening without a purpose": (ask("support", purpose=None), "p1-purpose-named"),
    "a purpose that does not fit": (ask("support", purpose="security"), "other-purpose"),
    "an auditor who reads content": (ask("auditor"), "not-permitted"),
    "a requisition, by anyone": (ask("legal", purpose="requisition"), "p3a-no-disclosure"),
    "another client's file": (ask("client-admin", home=BETA), "p1-own-client-only"),
    "a client's user with a staff role": (
        ask("operations", home=ALPHA, client=ALPHA),
        "p1-roles-kept-apart",
    ),
    "staff with a client's role": (ask("client-admin", "operations"), "p1-roles-kept-apart"),
    "a role for oneself": (
        ask("operations", act="actor:add", purpose="security", client=PROVIDER, to_self=True),
        "p1-no-role-to-oneself",
    ),
    "a client's user who deletes": (
        ask("client-user", act="object:delete", home=ALPHA),
        "not-permitted",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refused(case: str) -> None:
    decision, rule = REFUSALS[case]
    assert not decision.allowed
    assert decision.rules[0] == rule
    assert decision.sentence.startswith("P")


PERMITTED: dict[str, Decision] = {
    "support opens on the client's request": ask("support"),
    "operations puts for the service": ask("operations", act="object:put", purpose="service"),
    "a client's administrator opens his own": ask("client-admin", home=ALPHA),
    "a client's user opens his own": ask("client-user", home=ALPHA),
    "operations gives another person a role": ask(
        "operations", act="actor:add", purpose="security", client=PROVIDER
    ),
    "two roles permit what either does": ask("auditor", "support"),
}


@pytest.mark.parametrize("case", PERMITTED)
def test_permitted(case: str) -> None:
    assert PERMITTED[case].allowed
    assert PERMITTED[case].rules[0] in POLICIES.statements


def test_a_refusal_for_its_purpose_names_those_that_would_do() -> None:
    assert ask("operations", purpose=None).others == ("service", "client-request")
    assert ask("auditor", purpose=None).others == ()


texts = st.one_of(st.sampled_from([*Role, *Purpose, *ACTS, "unnamed", ""]), st.text(max_size=20))


@given(
    roles=st.frozensets(texts, max_size=3),
    act=texts,
    purpose=st.one_of(st.none(), texts),
    home=st.sampled_from([PROVIDER, ALPHA, BETA]),
    client=st.sampled_from([PROVIDER, ALPHA]),
)
def test_whatever_is_unknown_is_refused(
    roles: frozenset[str], act: str, purpose: str | None, home: ClientId, client: ClientId
) -> None:
    decision = ask(*roles, act=act, purpose=purpose, home=home, client=client)
    if not (roles and roles <= set(Role) and act in ACTS and purpose in set(Purpose)):
        assert not decision.allowed
    if home not in (PROVIDER, client):
        assert not decision.allowed


ERRING = """
@id("all") @sentence("P1") permit (principal, action, resource);
@id("trap") @sentence("P1") forbid (principal, action, resource)
when { context.limit + 9223372036854775807 > 0 };
"""
SCHEMA = """
entity Role enum ["support"];
entity Purpose enum ["service", "unnamed"];
entity Client = { provider: Bool };
entity Actor in [Role] = { home: Client };
action "object:get" appliesTo {
  principal: Actor, resource: Client, context: { purpose: Purpose, to_self: Bool, limit?: Long }
};
"""


def test_cedar_alone_is_open_when_a_forbid_errs() -> None:
    """The trap itself: without the façade, an erring forbid lets everyone through."""
    answer = cedarpy.is_authorized(
        {"principal": 'A::"a"', "action": 'Action::"x"', "resource": 'C::"c"', "context": {}},
        ERRING,
        [],
    )
    assert answer.allowed
    assert answer.diagnostics.errors


@given(limit=st.integers(min_value=1, max_value=2**62))
def test_an_erring_forbid_is_a_denial(limit: int) -> None:
    """An overflow errs at run time, past every validation: here it closes."""
    policies = ERRING.replace("context.limit", f"{limit}")
    engine = Engine(policies, SCHEMA)
    request = CedarRequest(
        roles=frozenset({"support"}),
        home="p",
        client="a",
        provider="p",
        act="object:get",
        purpose="service",
        facts={"to_self": False},
    )
    verdict = engine.ask(request)
    assert verdict.failed
    assert not verdict.allowed
    assert Engine(policies.partition('@id("trap")')[0], SCHEMA).ask(request).allowed


def test_an_erring_policy_set_refuses_every_question() -> None:
    trap = """
@id("trap") @sentence("P1") forbid (principal, action, resource)
when { 9223372036854775807 + 1 > 0 };
"""
    erring = Policies(shipped_policies() + trap)
    for decision in (
        ask("support", policies=erring),
        ask("operations", act="object:put", policies=erring),
    ):
        assert not decision.allowed
        assert decision.rules == ("policy-error",)


BENT_SETS: dict[str, str] = {
    "a role that is misspelt": '@id("x") @sentence("P1")'
    ' permit (principal in Role::"suport", action, resource);',
    "an act that is misspelt": '@id("x") @sentence("P1")'
    ' permit (principal, action == Action::"object:gte", resource);',
    "a purpose that is misspelt": '@id("x") @sentence("P1") permit (principal, action, resource)'
    ' when { context.purpose == Purpose::"sevice" };',
    "no sentence": '@id("x") permit (principal, action, resource);',
    "no id": '@sentence("P1") permit (principal, action, resource);',
    "an id twice": '@id("p1-checked") @sentence("P1") permit (principal, action, resource);',
}


@pytest.mark.parametrize("case", BENT_SETS)
def test_a_bent_policy_does_not_load(case: str) -> None:
    with pytest.raises(ValueError, match="policy"):
        Policies(shipped_policies() + BENT_SETS[case])


def test_the_hash_is_of_what_decides_not_of_how_it_is_written() -> None:
    commented = Policies("// another comment\n" + shipped_policies(), shipped_schema())
    assert commented.hash == POLICIES.hash
    moved = shipped_policies().replace("to_self };", "to_self && resource.provider };")
    assert Policies(moved).hash != POLICIES.hash


def test_an_exact_question_is_answered_once() -> None:
    policies = Policies()
    for _ in range(5):
        ask("support", policies=policies)
    assert policies._remembered.cache_info().misses == 1
