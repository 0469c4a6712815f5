"""Policy: who may do what, on whose custody, why: Cedar policies, a file per promise, a matrix.

In reading order:

- model: what is asked and decided
- service: decides, purely, and closed when in doubt
- cedar: the engine
- second, terms: what needs two people, and how long subjects are kept
- matrix: the decisions as a table
"""

from bailee.policy.model import CLIENT_ROLES, Decision, Question, RefusalRule, Role
from bailee.policy.second import Second, When
from bailee.policy.service import Policies
from bailee.policy.terms import Terms

__all__ = [
    "CLIENT_ROLES",
    "Decision",
    "Policies",
    "Question",
    "RefusalRule",
    "Role",
    "Second",
    "Terms",
    "When",
]
