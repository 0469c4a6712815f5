"""Policy: who may do what, on whose custody, why: Cedar policies, a file per promise, a matrix."""

from bailee.policy.model import CLIENT_ROLES, Decision, Question, RefusalRule, Role
from bailee.policy.second import Second, When
from bailee.policy.service import Policies

__all__ = [
    "CLIENT_ROLES",
    "Decision",
    "Policies",
    "Question",
    "RefusalRule",
    "Role",
    "Second",
    "When",
]
