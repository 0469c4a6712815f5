"""Places of custodians and backups: outside the home, apart from each other, on other disks.

Sharing a disk is allowed, since a small team starts with one, but what it costs is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from bailee import errors
from bailee.limits import CUSTODIANS_MIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What `init` proposes when nothing is named."""

    custodians: tuple[Path, Path]
    backups: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDisk:
    """Two places on one disk; `cost` is the id of a message, to be filled with both."""

    cost: Literal["keys.shared-custodians", "keys.shared-home-custodian", "keys.shared-backup"]
    one: str
    other: str


def proposal(home: Path) -> Proposal:
    """Propose two custodians and a backup destination beside the home."""
    home = home.absolute()
    return Proposal(
        custodians=(
            home.with_name(home.name + ".custodian-1"),
            home.with_name(home.name + ".custodian-2"),
        ),
        backups=home.with_name(home.name + ".backups"),
    )


def require_places(home: Path, custodians: Sequence[Path]) -> tuple[Path, ...]:
    """Return the custodians' real paths; UsageError when one may not serve."""
    inner = home.resolve()
    places = [place.resolve() for place in custodians]
    if len(places) < CUSTODIANS_MIN:
        raise errors.UsageError("errors_kms.too-few-custodians", least=CUSTODIANS_MIN)
    for place in places:
        # Real paths, links resolved: a custodian within the home would be in every copy of it, and
        # a restore would bring back what a turn had destroyed.
        if place.is_relative_to(inner) or inner.is_relative_to(place):
            raise errors.UsageError("errors_kms.custodian-inside-home")
        if "\n" in str(place) or not _writable_as_text(place):
            # The register is a file of lines: such a name could not be written into it.
            raise errors.UsageError("errors_kms.custodian-name")
    for one, other in combinations(places, 2):
        if one.is_relative_to(other) or other.is_relative_to(one):
            raise errors.UsageError("errors_kms.custodians-nested")
    return tuple(places)


def _writable_as_text(place: Path) -> bool:
    try:
        str(place).encode()
    except UnicodeEncodeError:
        return False
    return True


def shared_disks(
    home: Path, custodians: Sequence[Path], backups: Sequence[Path] = ()
) -> tuple[SharedDisk, ...]:
    """Return which places share a disk, and what each pair costs."""
    # Devices, as the kernel numbers them: two mounts of one disk count as one, two partitions do
    # not.
    disks = {place: _disk(place) for place in (home, *custodians, *backups)}
    found: list[SharedDisk] = []
    for one, other in combinations(custodians, 2):
        if disks[one] == disks[other]:
            found.append(_shared("keys.shared-custodians", one, other))
    found += [
        _shared("keys.shared-home-custodian", home, place)
        for place in custodians
        if disks[place] == disks[home]
    ]
    found += [
        _shared("keys.shared-backup", home, place)
        for place in backups
        if disks[place] == disks[home]
    ]
    return tuple(found)


def _shared(
    cost: Literal["keys.shared-custodians", "keys.shared-home-custodian", "keys.shared-backup"],
    one: Path,
    other: Path,
) -> SharedDisk:
    return SharedDisk(cost=cost, one=str(one), other=str(other))


def _disk(place: Path) -> int:
    """Return the device of a place, or of what it will be made in."""
    for folder in (place, *place.absolute().parents):
        if folder.exists():
            return folder.stat().st_dev
    return -1
