"""Rules of the monitor itself, which hold before any policy is asked."""

from enum import StrEnum


class Tampered(StrEnum):
    """Tampered: a rule of the monitor itself: a row that confers power is not as recorded."""

    ROW_FORGED = "row-forged"
    ROW_DIFFERS = "row-differs"
    NOT_ADOPTED = "policy-not-adopted"
