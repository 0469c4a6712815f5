"""Purposes: why something is opened; a closed list, each tied to a sentence of the promise."""

from enum import StrEnum


class Purpose(StrEnum):
    """Why something is opened; each is tied to a sentence of the promise."""

    SERVICE = "service"
    SECURITY = "security"
    CLIENT_REQUEST = "client-request"
    RIGHTS = "rights"
    REQUISITION = "requisition"
    RETENTION = "retention"
    VERIFICATION = "verification"
