"""Vocabulary: which kinds of entries there are, and what a body may hold.

A kind, once used, keeps its meaning for as long as any ledger that holds it can be read; the list
is locked in spec/vocabulary.txt and only grows.  A body outlives the person it speaks about, so its
values are opaque: ids, counts, digests, signatures, words of closed lists.  Addresses, numbers with
a `+`, names with spaces, host names and free text do not fit the shapes below.  A shape cannot know
what a plain word means: who writes a body answers for that.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from bailee import errors
from bailee.act import ACTS
from bailee.limits import BODY_FIELDS, FIELD_CHARS, SUBJECT_BYTES

OUTCOME = "outcome"
REFUSAL = "refusal"
LOG_OPEN = "log:open"
LOG_BATCH = "log:batch"
LOG_EXPIRE = "log:expire"
STREAM_OPEN = "stream:open"
KEY_CHANGE = "log:key-change"
CLIENT_HEAD = "client:head"
POLICY_ADOPT = "policy:adopt"
HOME_INIT = "home:init"
APPROVAL = "approval:change"
HOME_UPGRADE = "home:upgrade"
SUBJECT_FORGET = "subject:forget"
CLOCK_CHANGE = "clock:change"
SETTING_CHANGE = "setting:change"
NOTICE_SEND = "notice:send"
BUDGET_CHANGE = "budget:change"

BEFORE = "before-ms"
"""Field of `subject:forget`: all that it names was recorded before this moment; of a term alone."""

AWAY = "away"
"""Field of an entry that permits: how many custodians did not answer when rows were compared."""

KINDS = frozenset(
    {
        OUTCOME,
        REFUSAL,
        LOG_OPEN,
        LOG_BATCH,
        LOG_EXPIRE,
        STREAM_OPEN,
        KEY_CHANGE,
        CLIENT_HEAD,
        POLICY_ADOPT,
        HOME_INIT,
        APPROVAL,
        HOME_UPGRADE,
        SUBJECT_FORGET,
        CLOCK_CHANGE,
        SETTING_CHANGE,
        NOTICE_SEND,
        BUDGET_CHANGE,
        *ACTS,
    }
)
"""Every kind that may be appended: an entry that permits an act is of the kind of its name."""

_KEY = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
_KEYS = 512
"""Names of fields in memory that were matched before: nearly all are constants of the code."""
# Each is a form that no person, address or number of a telephone has; a new one is added only with
# a test that says so (tests/ledger/test_vocabulary.py).
_SHAPES = (
    r"[a-z]{2}-[a-z2-7]{26}",  # an id
    r"0|[1-9][0-9]{0,18}",  # a count, a size, a time in milliseconds
    r"[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{128}",  # a tag, a digest, a root, a key, a signature
    r"[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==",  # the same in base64
    r"(?=.{1,64}$)[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*",  # a word of a closed list
    r"[a-z][a-z-]{0,31}:[a-z][a-z-]{0,31}",  # an act
    r"P[1-7][a-d]?(?:[.-][a-z0-9]+){0,8}",  # a rule of the promise
)
_VALUE = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))


def check_kind(kind: str) -> None:
    """UsageError for a kind that is not in the list, which nobody could look up later."""
    if kind not in KINDS:
        raise errors.UsageError("errors_ledger.unknown-kind")


def check_body(body: Mapping[str, str]) -> None:
    """UsageError for a body that could hold a value; it names the field, never what it held."""
    if len(body) > BODY_FIELDS:
        raise errors.LimitExceeded("errors_ledger.body-fields", limit=BODY_FIELDS)
    for key, value in body.items():
        if not _is_key(key):
            raise errors.UsageError("errors_ledger.field-name")
        # `fullmatch`, since `$` lets a line feed follow.
        if not _VALUE.fullmatch(value):
            raise errors.UsageError("errors_ledger.body-value", field=key)


def check_subject(subject: Mapping[str, str]) -> None:
    """LimitExceeded for a subject that is too long; its text is free, for it can be forgotten."""
    if not all(_is_key(key) for key in subject):
        raise errors.UsageError("errors_ledger.field-name")
    if sum(len(value.encode()) for value in subject.values()) > SUBJECT_BYTES:
        raise errors.LimitExceeded("errors_ledger.subject-size", limit=SUBJECT_BYTES)


# Depends on the name alone; bounded, as names of a caller's own making come here too.
@lru_cache(maxsize=_KEYS)
def _is_key(key: str) -> bool:
    return len(key) <= FIELD_CHARS and _KEY.fullmatch(key) is not None
