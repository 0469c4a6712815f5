"""Matrix: who may do what, as a table that a person can review: role, act, custody, purpose.

Checked in as spec/matrix.txt and compared by a test, so that a change of policy is read as the
lines of a table that it moves.
"""

from collections.abc import Iterator

from bailee.act import ACTS, Purpose
from bailee.ids import ClientId
from bailee.policy.model import CLIENT_ROLES, Question, Role
from bailee.policy.service import Policies

_PROVIDER = ClientId(b"p" * 16)
_ONE = ClientId(b"1" * 16)
_OTHER = ClientId(b"2" * 16)
_HEAD = """\
# Who may do what: for each act and role, the purposes that permit it on the custody of
# the provider itself, of one's own client, of another client.  `-` is never; what is not listed
# is never.  Regenerate: BAILEE_UPDATE=1 pytest tests/policy/test_matrix.py
# The purpose after an act is taken when none is named; an act without one must be given it.
"""


def matrix(policies: Policies) -> str:
    """Write the whole table as text."""
    return _HEAD + "".join(_rows(policies))


def _rows(policies: Policies) -> Iterator[str]:
    for act in ACTS.values():
        yield f"\n{act.name}  {act.implied or '(none)'}\n"
        # In the order of declaration, so that a new role moves no other line of the table.
        for role in Role:
            at_home = role in CLIENT_ROLES
            cells = (
                ("provider", _PROVIDER),
                ("own", _ONE if at_home else _PROVIDER),
                ("other", _OTHER),
            )
            shown = [
                f"{name}: {_purposes(policies, role, act.name, client)}"
                for name, client in cells
                if at_home or name != "own"
            ]
            # A role that may never is left out: some thirty acts by nine roles would hide what
            # matters.
            if any(not cell.endswith(" -") for cell in shown):
                yield f"  {role:<13} {'   '.join(shown)}\n"


def _purposes(policies: Policies, role: Role, act: str, client: ClientId) -> str:
    home = _ONE if role in CLIENT_ROLES else _PROVIDER
    allowed = [
        str(purpose)
        for purpose in Purpose
        if policies.decide(
            Question(
                roles=frozenset({role}),
                home=home,
                act=act,
                client=client,
                provider=_PROVIDER,
                purpose=purpose,
            )
        ).allowed
    ]
    return " ".join(allowed) or "-"
