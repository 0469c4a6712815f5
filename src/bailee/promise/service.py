"""Promise report: how far each sentence is enforced, by the acts, policies and tests there are."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from bailee.act import ACTS, Purpose
from bailee.ids import ClientId
from bailee.policy import CLIENT_ROLES, Policies, Question, Role
from bailee.promise.model import Demand, Kept, Sentence, Status

TREE: Final = Path(__file__).parents[3]
"""Where the tests are when this runs from a clone."""

PACKAGE: Final = Path(str(resources.files("bailee")))
_PROVIDER = ClientId(b"p" * 16)
_CLIENT = ClientId(b"c" * 16)


@cache
# Read once: the page ships with the program and does not change under it.
def sentences() -> tuple[Sentence, ...]:
    """Read the sentences and what each demands."""
    listed = tomllib.loads((resources.files("bailee.promise") / "promise.toml").read_text("utf-8"))
    return tuple(_sentence(name, body) for name, body in listed.items())


def report(
    policies: Policies | None = None,
    *,
    acts: Mapping[str, object] = ACTS,
    package: Path = PACKAGE,
    tree: Path = TREE,
) -> tuple[Kept, ...]:
    """Say of each sentence how far it is enforced; give other things only to see it turn."""
    there = _There(policies or Policies(), acts, package, tree)
    return tuple(there.kept(sentence) for sentence in sentences())


class _There:
    """What there is to carry a promise out."""

    def __init__(
        self, policies: Policies, acts: Mapping[str, object], package: Path, tree: Path
    ) -> None:
        self._policies = policies
        self._acts = acts
        self._package = package
        self._tree = tree
        # Remembered for this one report: an act is demanded by several sentences, and asking of it
        # is more than a hundred questions.
        self._permitted: dict[str, bool] = {}
        # An installed package has no tests: they are then not looked at, and the report says so,
        # instead of calling every sentence broken.
        self._tests_ship = (tree / "tests").is_dir()

    def kept(self, sentence: Sentence) -> Kept:
        met = [demand for demand in sentence.demands if self._met(demand)]
        # Only of demands that are met: what is missing carries nothing out.
        acts = [act for demand in met for act in demand.acts]
        tests = [test for demand in met for test in demand.tests]
        named = [policy for demand in met for policy in demand.policies]
        of_sentence = [
            one.id for one in self._policies.statements.values() if one.sentence == sentence.id
        ]
        return Kept(
            sentence=sentence.id,
            status=_status(len(met), len(sentence.demands)),
            policies=tuple(dict.fromkeys([*named, *of_sentence])),
            acts=tuple(dict.fromkeys(acts)),
            tests=tuple(dict.fromkeys(tests)) if self._tests_ship else None,
            evidence=sentence.evidence if met else (),
            met=tuple(demand.id for demand in met),
            missing=tuple(demand.id for demand in sentence.demands if demand not in met),
        )

    def _met(self, demand: Demand) -> bool:
        return (
            all(self._is_permitted(act) for act in demand.acts)
            and all(policy in self._policies.statements for policy in demand.policies)
            and all((self._package / part).is_file() for part in demand.parts)
            and all(self._is_tested(test) for test in demand.tests)
        )

    def _is_tested(self, pattern: str) -> bool:
        return not self._tests_ship or any(self._tree.glob(pattern))

    def _is_permitted(self, act: str) -> bool:
        """Tell whether the act exists and a policy permits it to someone, for some purpose."""
        if act not in self._permitted:
            questions = (
                Question(
                    roles=frozenset({role}),
                    home=home,
                    act=act,
                    client=client,
                    provider=_PROVIDER,
                    purpose=purpose,
                )
                for role in Role
                for home in ((_CLIENT,) if role in CLIENT_ROLES else (_PROVIDER,))
                for client in (_PROVIDER, _CLIENT)
                for purpose in Purpose
            )
            self._permitted[act] = act in self._acts and any(
                self._policies.decide(question).allowed for question in questions
            )
        return self._permitted[act]


def _status(met: int, demanded: int) -> Status:
    if met == demanded:
        return Status.ENFORCED
    return Status.PARTLY if met else Status.NOT_YET


def _sentence(name: str, body: Mapping[str, Any]) -> Sentence:
    demands = tuple(
        Demand(id=f"{name}.{key}", **{field: tuple(listed) for field, listed in one.items()})
        for key, one in body["demand"].items()
    )
    return Sentence(id=name, evidence=tuple(body["evidence"]), demands=demands)
