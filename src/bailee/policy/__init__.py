"""Who may do what, on whose custody, why: Cedar policies, a file per promise, and their matrix."""

from bailee.policy.model import CLIENT_ROLES, Decision, Question, RefusalRule, Role
from bailee.policy.service import Policies

__all__ = [
    "CLIENT_ROLES",
    "Decision",
    "Policies",
    "Question",
    "RefusalRule",
    "Role",
]
