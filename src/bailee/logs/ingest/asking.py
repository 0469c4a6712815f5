"""Asking: what a request to take a log in says, read before anything is opened or compiled."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bailee import errors
from bailee.logs.acts import IngestLog
from bailee.logs.model import Origin
from bailee.vault import epoch as months

DEFAULT_ZONE = "UTC"


def require_read(request: IngestLog) -> None:
    """Read what was given of it; UsageError for a month, a zone or an origin that is none."""
    if request.epoch is not None:
        months.parse(request.epoch)
    if request.zone is not None:
        zone_of(request.zone)
    if request.origin is not None:
        origin_of(request.origin)


def origin_of(text: str | None) -> str:
    """Read an origin; UsageError for none, or a word of no list."""
    if text is None:
        raise errors.UsageError("errors_logs.origin-needed", origins=", ".join(Origin))
    if text not in frozenset(Origin):
        raise errors.UsageError("errors_logs.origin-unknown", origins=", ".join(Origin))
    return text


def zone_of(name: str) -> tzinfo:
    """Read a zone by its name; UsageError when there is none."""
    if name == DEFAULT_ZONE:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise errors.UsageError("errors_logs.zone") from None
