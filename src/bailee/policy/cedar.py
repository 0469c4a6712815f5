"""Cedar: the one façade over cedarpy: typed, parsed once, and closed when in doubt.

A `forbid` whose condition errs is skipped by Cedar, which then answers Allow: so any diagnostic
error, an invalid request included, is a denial here.  The schema goes with every question.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cedarpy

from bailee.encoding import enc

_UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Statement: one policy as loaded: its `@id`, its `@sentence`, and whether it permits."""

    id: str
    sentence: str
    effect: str
    canonical: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CedarAnswer:
    """Cedar answer: `failed` means that it could not decide, and is a no."""

    allowed: bool
    reasons: tuple[str, ...]
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CedarRequest:
    """Cedar request: a question in Cedar's terms; entities by their ids."""

    roles: frozenset[str]
    home: str
    client: str
    provider: str
    act: str
    purpose: str | None
    facts: Mapping[str, bool]
    """What else is so of the request, by the names that the schema has."""


class Engine:
    """Engine: a set of policies with its schema, validated at load; holds the parsed handles."""

    def __init__(self, policies: str, schema: str) -> None:
        self._schema = cedarpy.Schema.from_str(schema)
        found = cedarpy.validate_policies(policies, self._schema)
        # At load, not at the first question: a program that cannot decide must not start.
        if not found.validation_passed:
            raise ValueError("; ".join(str(error) for error in found.errors))
        self._policies = cedarpy.PolicySet.from_str(policies)
        self.statements = _statements(policies)

    def canonical(self) -> bytes:
        """Encode schema and policies without comments and layout, for their hash."""
        # By id, so that moving a policy in its file, or a comment, is no change of policy: a new
        # hash is adopted with an entry.
        ordered = sorted(self.statements.values(), key=lambda statement: statement.id)
        return enc("policies", str(self._schema), *(one.canonical for one in ordered))

    def ask(self, request: CedarRequest) -> CedarAnswer:
        """Put one question; the entities are made anew from its values."""
        answer = cedarpy.is_authorized(
            _question(request), self._policies, _entities(request), self._schema
        )
        diagnostics = answer.diagnostics
        ids: dict[str, str] = diagnostics.id_annotations_by_reason
        # Errors count though Cedar answered: a `forbid` that erred was left out of its answer.
        failed = bool(diagnostics.errors) or answer.decision is cedarpy.Decision.NoDecision
        return CedarAnswer(
            allowed=answer.allowed and not failed,
            reasons=tuple(sorted(ids.values())),
            failed=failed,
        )


def _statements(policies: str) -> dict[str, Statement]:
    loaded = json.loads(cedarpy.policies_to_json_str(policies))["staticPolicies"]
    out: dict[str, Statement] = {}
    for policy in loaded.values():
        notes = policy.get("annotations", {})
        name, sentence = notes.get("id", ""), notes.get("sentence", "")
        # The id stands in entries and messages for ever: two policies with one would be one reason.
        if not name or not sentence or name in out:
            raise ValueError(f"a policy needs its own @id and a @sentence: {name}")
        out[name] = Statement(
            id=name,
            sentence=sentence,
            effect=policy["effect"],
            canonical=json.dumps(policy, sort_keys=True, separators=(",", ":")),
        )
    return out


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _question(request: CedarRequest) -> dict[str, Any]:
    # A word that is no purpose: `p1-purpose-named` forbids it, so that its own sentence answers.
    purpose = _uid("Purpose", request.purpose or _UNNAMED)
    return {
        "principal": _uid("Actor", "asker"),
        "action": _uid("Action", request.act),
        "resource": _uid("Client", request.client),
        "context": {"purpose": {"__entity": purpose}, **request.facts},
    }


def _entities(request: CedarRequest) -> list[dict[str, Any]]:
    clients = {request.home, request.client, request.provider}
    return [
        {
            "uid": _uid("Actor", "asker"),
            "attrs": {"home": {"__entity": _uid("Client", request.home)}},
            "parents": [_uid("Role", role) for role in sorted(request.roles)],
        },
        *(
            {
                "uid": _uid("Client", client),
                "attrs": {"provider": client == request.provider},
                "parents": [],
            }
            for client in sorted(clients)
        ),
    ]
