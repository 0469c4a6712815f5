"""One table of acts: the schema, the policies and the catalogue know the same names."""

import json
import re

import cedarpy
from tests.absence import holds

from bailee.act import ACTS, Purpose
from bailee.policy import Policies, RefusalRule, Role
from bailee.policy.service import shipped_policies, shipped_schema
from bailee.text import catalogue

SENTENCES = {"P1", "P2a", "P2b", "P3a", "P3b", "P3c", "P3d", "P4", "P5a", "P5b", "P6", "P7"}


def test_the_schema_names_the_acts_roles_and_purposes_of_the_code() -> None:
    schema = shipped_schema()
    assert set(re.findall(r'"(\w+:\w+)"', schema)) == set(ACTS)
    roles = re.search(r"Role enum \[(.*?)\]", schema, re.DOTALL)
    purposes = re.search(r"Purpose enum \[(.*?)\]", schema, re.DOTALL)
    assert roles is not None
    assert purposes is not None
    assert set(re.findall(r'"([\w-]+)"', roles[1])) == set(Role)
    assert set(re.findall(r'"([\w-]+)"', purposes[1])) == {*Purpose, "unnamed"}


def test_every_act_is_permitted_to_someone() -> None:
    named = set(re.findall(r'Action::"(\w+:\w+)"', shipped_policies()))
    assert named == set(ACTS)


def test_every_policy_carries_out_a_sentence_of_its_file() -> None:
    for statement in Policies().statements.values():
        assert statement.sentence in SENTENCES
        assert statement.id.startswith(statement.sentence.lower() + "-")


def test_every_rule_that_refuses_is_said_in_both_languages() -> None:
    forbids = {one.id for one in Policies().statements.values() if one.effect == "forbid"}
    for language in ("en", "fr"):
        said = catalogue(language)
        for rule in {*forbids, *RefusalRule}:
            assert f"policy.rule.{rule}" in said
            assert f"policy.next.{rule}" in said


def test_no_permit_takes_the_place_of_a_purpose() -> None:
    loaded = json.loads(cedarpy.policies_to_json_str(shipped_policies()))["staticPolicies"]
    for policy in loaded.values():
        if policy["effect"] == "permit":
            assert not holds(json.dumps(policy), '"unnamed"')
            assert policy["conditions"], "a permit without a condition asks for no purpose"
