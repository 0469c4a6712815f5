"""Problems: what is refused or fails, as RFC 9457 has it: a slug, a sentence and the next step.

Nothing of the request is repeated.  The sentence is in the language that is asked for.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from bailee import errors
from bailee.act import Denial
from bailee.text import LANGUAGES, Speaker

MEDIA_TYPE: Final = "application/problem+json"
_SPEAKERS: Final = {language: Speaker(language) for language in LANGUAGES}
RETRY_S: Final = "5"
_LATER: Final = (429, 503)

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string", "description": "one sentence, in the language asked for"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what to do"},
        "slug": {"type": "string", "description": "stable, never translated"},
        "rule": {"type": "string", "description": "the rule of the policies that refused it"},
        "sentence": {"type": "string", "description": "of the promise, which the rule keeps"},
        "entry": {"type": "string", "description": "that records the refusal"},
        "purposes": {"type": "array", "items": {"type": "string"}},
        "fields": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["type", "title", "status", "detail", "slug"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Problem: its status, what it says, and headers beside."""

    status: int
    body: dict[str, Any]
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


def speaker(accepted: str) -> Speaker:
    """Choose the language by Accept-Language (RFC 9110 §12.5.4): the first that is known."""
    wanted = sorted(
        (_weighed(one) for one in accepted.split(",")), key=lambda one: one[0], reverse=True
    )
    for weight, language in wanted:
        if weight > 0 and language in _SPEAKERS:
            return _SPEAKERS[language]
    return _SPEAKERS[LANGUAGES[0]]


def _weighed(part: str) -> tuple[float, str]:
    language, _, weight = part.partition(";q=")
    try:
        return float(weight or 1), language.strip()[:2].lower()
    except ValueError:
        return 0.0, ""


def of_error(error: errors.BaileeError, say: Speaker, *fields: str) -> Problem:
    """Say what failed; `fields` are names of the request's own fields that are wrong."""
    status = error.http_status
    slug = error.reason.partition(".")[2]
    body = _body(status, slug, say(error.reason, **error.facts))
    body["detail"] = say(f"{error.reason}_remedy", **error.facts)
    if fields:
        body["fields"] = list(fields)
    return Problem(status=status, body=body, headers=headers_of(status))


def of_denial(denial: Denial, say: Speaker) -> Problem:
    """Say what the policies refused."""
    body = _body(denial.http_status, denial.rule, say(denial.why))
    body |= {
        "detail": say(denial.next_step, **denial.facts),
        "rule": denial.rule,
        "sentence": denial.sentence,
        "entry": str(denial.entry),
        "purposes": list(denial.purposes),
    }
    return Problem(status=denial.http_status, body=body)


def _body(status: int, slug: str, title: str) -> dict[str, Any]:
    return {"type": f"urn:bailee:problem:{slug}", "title": title, "status": status, "slug": slug}


def is_shippers(error: errors.BaileeError) -> bool:
    """Tell whether what a push failed for is said as it is: it is its own fault, or passes."""
    if isinstance(error, errors.Conflict):
        return error.reason == "errors_push.elsewhere"
    # A stream that is not there is for whoever runs the custody to make.
    if error.reason == "errors_logs.origin-needed":
        return False
    return isinstance(error, errors.UsageError | errors.NotSignedIn | errors.Throttled) or (
        error.http_status == errors.CannotRecord.http_status
    )


def headers_of(status: int) -> tuple[tuple[bytes, bytes], ...]:
    """Give the headers that go with a status: how to sign in, when to come again."""
    if status == errors.NotSignedIn.http_status:
        return ((b"www-authenticate", b"Bearer"),)
    return ((b"retry-after", RETRY_S.encode()),) if status in _LATER else ()
