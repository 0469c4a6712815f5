"""Who may do what, on whose custody, why: Cedar policies, a file per promise, and their matrix."""

from bailee.policy.model import CLIENT_ROLES, Decision, Purpose, Question, RefusalRule, Role
from bailee.policy.service import Policies
from bailee.policy.table import ACTS, Act

__all__ = [
    "ACTS",
    "CLIENT_ROLES",
    "Act",
    "Decision",
    "Policies",
    "Purpose",
    "Question",
    "RefusalRule",
    "Role",
]
