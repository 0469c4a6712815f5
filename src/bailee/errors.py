"""Errors: what can go wrong, as one tree, with the exit code of each.

    BaileeError            1   failed
    ├─ UsageError          2   the request is malformed
    │   └─ LimitExceeded   2   more than a limit allows
    ├─ PartlyDone          3   some items failed
    ├─ NotFound            5   not there, or not for you: the same answer
    ├─ Conflict            6   the state does not allow it now
    ├─ Sealed              7   keys are out of reach
    ├─ WaitingForSecond    8   a second human must agree
    ├─ BlockedByLaw        9   a hold or a legal delay stands before it
    ├─ Damaged            10   does not verify: damage or tampering
    ├─ LockedByOther      11   another process holds it
    ├─ NotSignedIn        12
    ├─ OutcomeUnknown     13   may or may not have happened; retry with the same key
    ├─ CannotJudge        14   the signer was not checked
    ├─ CannotRecord       15   ledger or disk cannot take the entry, so nothing is opened
    ├─ Throttled          16   too many attempts failed; later it is looked at again
    └─ Unreachable        69

A refusal by policy is an answer, not an error: `act.Denial` is a value (exit 4).
Each raise names a `reason`, a stable slug such as `errors_seal.length`, with facts that are never
personal; the sentence and the remedy for a person stand under that slug in the catalogue of that
name, `locale/en/errors_seal.toml` and its translations.
"""

from typing import ClassVar


class BaileeError(Exception):
    """Root of the tree; `reason` is a slug of the catalogue, `facts` fill its sentence."""

    # Scripts decide by it: locked in spec/names.txt, and never given another meaning.
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, reason: str, **facts: str | int) -> None:
        # The slug alone: what stands in `args` is what a traceback prints, and facts may be many.
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class UsageError(BaileeError):
    """The request is malformed."""

    exit_code = 2
    http_status = 400


class LimitExceeded(UsageError):
    """More than a limit allows."""

    http_status = 413


class PartlyDone(BaileeError):
    """Some items failed; the list went to standard error."""

    exit_code = 3
    http_status = 207


class NotFound(BaileeError):
    """Not there, or not for the asker: the same answer on purpose."""

    exit_code = 5
    http_status = 404


class Conflict(BaileeError):
    """The present state does not allow it."""

    exit_code = 6
    http_status = 409


class Sealed(BaileeError):
    """Keys are out of reach: no passphrase, a custodian missing, a wrong root."""

    exit_code = 7
    http_status = 503


class WaitingForSecond(BaileeError):
    """A second human must agree first."""

    exit_code = 8
    http_status = 202


class BlockedByLaw(BaileeError):
    """A hold or a legal delay stands before it."""

    exit_code = 9
    http_status = 423


class Damaged(BaileeError):
    """Does not verify: damage or tampering."""

    exit_code = 10
    http_status = 500


class LockedByOther(BaileeError):
    """Another process holds it."""

    exit_code = 11
    http_status = 423


class NotSignedIn(BaileeError):
    """Nobody is signed in."""

    exit_code = 12
    http_status = 401


class OutcomeUnknown(BaileeError):
    """It may or may not have happened."""

    exit_code = 13
    http_status = 502


class CannotJudge(BaileeError):
    """There is nothing to judge by: the signer was not checked."""

    exit_code = 14
    http_status = 422


class CannotRecord(BaileeError):
    """The ledger or the disk cannot take the entry, so nothing is opened."""

    exit_code = 15
    http_status = 503


class Throttled(BaileeError):
    """Too many attempts failed: this one was not looked at."""

    exit_code = 16
    http_status = 429


class Unreachable(BaileeError):
    """A server does not answer."""

    exit_code = 69
    http_status = 504
