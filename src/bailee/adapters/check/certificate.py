"""Certificate: reads what a server shows over TLS, and says what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SOON_DAYS: Final = 14
"""Days before its end from which on it is named: who renews by hand has two weeks."""
_WILD: Final = "*"


class Flaw(StrEnum):
    """Flaw: what can be wrong with a certificate."""

    UNREADABLE = "unreadable"
    KEY = "key"
    CHAIN = "chain"
    NAME = "name"
    OVER = "over"
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flawed:
    """Flawed: one flaw; `days` since it was over, or until it is."""

    flaw: Flaw
    days: int = 0


def flaws(chain: Path, key: Path | None, name: str | None, now: datetime) -> Iterator[Flawed]:
    """Yield what is wrong with a chain, the server's own certificate first; `now` in UTC."""
    try:
        certificates = x509.load_pem_x509_certificates(chain.read_bytes())
    except (OSError, ValueError):
        yield Flawed(flaw=Flaw.UNREADABLE)
        return
    own = certificates[0]
    if key is not None and not _is_of(key, own):
        yield Flawed(flaw=Flaw.KEY)
    if not _follow(certificates):
        yield Flawed(flaw=Flaw.CHAIN)
    if name is not None and not any(_covers(one, name.lower()) for one in _names(own)):
        yield Flawed(flaw=Flaw.NAME)
    # One that signed it and is over ends it as well.
    left = min(one.not_valid_after_utc for one in certificates) - now
    if left.total_seconds() < 0 or any(one.not_valid_before_utc > now for one in certificates):
        yield Flawed(flaw=Flaw.OVER, days=max(0, -left.days))
    elif left.days < SOON_DAYS:
        yield Flawed(flaw=Flaw.ENDS, days=left.days)


def _is_of(key: Path, own: x509.Certificate) -> bool:
    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: under a passphrase
        return False
    return private.public_key() == own.public_key()


def _follow(certificates: Sequence[x509.Certificate]) -> bool:
    """Tell whether each is signed by the next, as who connects expects them."""
    try:
        for one, issuer in pairwise(certificates):
            one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _names(own: x509.Certificate) -> Sequence[str]:
    try:
        found = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()  # its subject alone counts for no client any more
    addresses = map(str, found.get_values_for_type(x509.IPAddress))
    return [*(one.lower() for one in found.get_values_for_type(x509.DNSName)), *addresses]


def _covers(named: str, name: str) -> bool:
    first, _, rest = named.partition(".")
    return named == name or (first == _WILD and name.partition(".")[2] == rest != "")
