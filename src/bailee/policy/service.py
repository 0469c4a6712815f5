"""Policies: decide, purely, from the policies in this package; closed when in doubt.

Forbid wins; no permit is a no; an unknown act, purpose or role, or any error of the engine, is a
no.  Exact questions are remembered: the same values under the same policies have one answer.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Final

from bailee.act import ACTS, Purpose
from bailee.encoding import enc
from bailee.policy import second, terms
from bailee.policy.cedar import CedarAnswer, CedarRequest, Engine, Statement
from bailee.policy.model import Decision, Question, RefusalRule, Role

FILES: Final = tuple(f"P{number}.cedar" for number in range(1, 8))
_REMEMBERED = 4_096
_BY_DEFAULT = "P1"
_UNNAMED = "p1-purpose-named"
_ROLES = frozenset(Role)
_PURPOSES = frozenset(Purpose)


def shipped_schema() -> str:
    """Read the schema that ships with this version."""
    return (resources.files("bailee.policy") / "schema.cedarschema").read_text("utf-8")


def shipped_policies() -> str:
    """Read the policies that ship with this version, one file per promise, in order."""
    folder = resources.files("bailee.policy")
    return "\n".join((folder / name).read_text("utf-8") for name in FILES)


class Policies:
    """Policies: one set of policies, loaded and hashed; give other text only in tests."""

    def __init__(
        self,
        policies: str | None = None,
        schema: str | None = None,
        seconds: str | None = None,
        kept: str | None = None,
    ) -> None:
        self._engine = Engine(
            shipped_policies() if policies is None else policies,
            shipped_schema() if schema is None else schema,
        )
        self._seconds = second.read(second.shipped_seconds() if seconds is None else seconds)
        self.terms = terms.read(terms.shipped_terms() if kept is None else kept)
        # Valid for the life of the object: an answer depends on the question and on text that never
        # changes after this. Bounded, for questions hold client ids.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._decide)
        # With the act table: an act whose implied purpose changed is decided otherwise by the same
        # policies.
        table = (f"{act.name} {act.implied} {act.waits}" for act in ACTS.values())
        two = (one.canonical(act) for act, one in self._seconds.items())
        self.hash = hashlib.sha256(
            enc(
                "policy-set",
                self._engine.canonical(),
                *sorted(table),
                *sorted(two),
                self.terms.canonical(),
            )
        ).hexdigest()

    @property
    def statements(self) -> Mapping[str, Statement]:
        """Every policy by its id, with the sentence that it carries out."""
        return self._engine.statements

    def second(self, act: str) -> second.Second | None:
        """Return what an act asks of a second person; None when one suffices."""
        return self._seconds.get(act)

    def decide(self, question: Question) -> Decision:
        """Answer a question."""
        return self._remembered(question)

    def _decide(self, question: Question) -> Decision:
        # Before Cedar: it takes an unknown id for an entity without attributes, and a policy that
        # asks for none could permit it.
        unknown = _unknown(question)
        if unknown is RefusalRule.UNKNOWN_PURPOSE:
            return _no(unknown, self._others(question) or tuple(Purpose))
        if unknown is not None:
            return _no(unknown)
        # A list of reasons is never empty for a yes: only a permit that is named can permit.
        verdict = self._engine.ask(_request(question, question.purpose))
        if verdict.failed:
            return _no(RefusalRule.POLICY_ERROR)
        if verdict.allowed:
            return Decision(allowed=True, rules=verdict.reasons, sentence=self._first(verdict))
        return self._refused(question, verdict)

    def _first(self, verdict: CedarAnswer) -> str:
        return self.statements[verdict.reasons[0]].sentence

    def _refused(self, question: Question, verdict: CedarAnswer) -> Decision:
        others = self._others(question)
        if verdict.reasons == (_UNNAMED,) and not others:
            return _no(RefusalRule.NOT_PERMITTED)  # naming a purpose would not help
        if verdict.reasons:
            return Decision(
                allowed=False,
                rules=verdict.reasons,
                sentence=self._first(verdict),
                others=others,
            )
        return _no(RefusalRule.OTHER_PURPOSE if others else RefusalRule.NOT_PERMITTED, others)

    def _others(self, question: Question) -> tuple[str, ...]:
        """Find the purposes that would do: a person with the right role is told which to name."""
        asked = ((purpose, self._engine.ask(_request(question, purpose))) for purpose in Purpose)
        return tuple(str(purpose) for purpose, verdict in asked if verdict.allowed)


def _unknown(question: Question) -> RefusalRule | None:
    if not question.roles:
        return RefusalRule.UNKNOWN_ACTOR
    if question.act not in ACTS:
        return RefusalRule.UNKNOWN_ACT
    if not question.roles <= _ROLES:
        return RefusalRule.UNKNOWN_ROLE
    if question.purpose is not None and question.purpose not in _PURPOSES:
        return RefusalRule.UNKNOWN_PURPOSE
    return None


def _no(rule: RefusalRule, others: tuple[str, ...] = ()) -> Decision:
    return Decision(allowed=False, rules=(rule,), sentence=_BY_DEFAULT, others=others)


def _request(question: Question, purpose: str | None) -> CedarRequest:
    return CedarRequest(
        roles=question.roles,
        home=str(question.home),
        client=str(question.client),
        provider=str(question.provider),
        act=question.act,
        purpose=purpose,
        facts={
            "to_self": question.to_self,
            "by_token": question.by_token,
            "elsewhere": question.elsewhere,
            "locked": question.locked,
        },
    )
