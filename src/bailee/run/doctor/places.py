"""Places: what is wrong with files and folders: rights, room, custodians, backups, certificate."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.adapters.check.certificate import flaws
from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.kms.disk import private
from bailee.adapters.kms.file import FILE_NAME as KEYRING
from bailee.adapters.kms.keyring_file import KeyringFile, parse
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.reserve import FileReserve
from bailee.backup.writer import stored_at
from bailee.run.config import FILE_NAME as SETTINGS
from bailee.run.config import Config
from bailee.run.doctor.model import Ailment, Symptom
from bailee.run.wiring.parts import LEDGER, OBJECTS, ROWS

DAY_MS: Final = 86_400_000
BACKUP_DAYS: Final = 2
"""A backup is made each day; one day more before anybody is called."""
_MIB: Final = 1024 * 1024


def keyring_of(home: Path) -> KeyringFile | None:
    """Read the register of copies, unverified: its MAC is under the passphrase."""
    try:
        return parse((home / KEYRING).read_bytes())
    except (OSError, errors.BaileeError):
        return None


def rights(home: Path, settings: Config | None) -> Iterator[Ailment]:
    """Name what others of this system may read or change."""
    inside = [home / name for name in (ROWS, KEYRING, SETTINGS, OBJECTS, LEDGER)]
    outside = () if settings is None else settings.backups
    for place in (home, *inside, *outside):
        if place.exists() and not private(place.stat()):
            yield Ailment(symptom=Symptom.OTHERS_CAN_READ, about=str(place))


def certificate(chain: Path, key: Path | None, name: str | None, now_ms: int) -> Iterator[Ailment]:
    """Name what is wrong with the certificate that `serve` is given, and who may read its key."""
    now = datetime.fromtimestamp(now_ms // 1_000, UTC)
    for one in flaws(chain, key, name, now):
        yield Ailment(symptom=Symptom(f"certificate-{one.flaw}"), about=str(chain), count=one.days)
    if key is not None and key.exists() and not private(key.stat()):
        yield Ailment(symptom=Symptom.OTHERS_CAN_READ, about=str(key))


def room(home: Path, settings: Config | None, need_bytes: int | None = None) -> Iterator[Ailment]:
    """Name disks that are full, or soon; where less is free than the reserve needs, by default."""
    reserve = FileReserve(home)
    need = reserve.room_bytes if need_bytes is None else need_bytes
    free = _free_bytes(home)
    # A new home keeps none before its first command, which takes it where there is room: only
    # where there is none is it what a full disk gave back.
    if free < need:
        full = not reserve.held()
        symptom = Symptom.DISK_FULL if full else Symptom.DISK_LOW
        yield Ailment(symptom=symptom, about=str(home), count=free // _MIB)
    for place in () if settings is None else settings.backups:
        if place.is_dir() and (free := _free_bytes(place)) < need:
            yield Ailment(symptom=Symptom.DISK_LOW, about=str(place), count=free // _MIB)


def _free_bytes(place: Path) -> int:
    status = os.statvfs(place)
    return status.f_bavail * status.f_frsize


def custodians(keyring: KeyringFile | None) -> Iterator[Ailment]:
    """Name custodians that do not answer."""
    if keyring is None:
        yield Ailment(symptom=Symptom.KEYRING_UNREADABLE)
        return
    for one in keyring.custodians:
        if not Custodian(one.path, one.id, keyring.install).answers():
            yield Ailment(symptom=Symptom.CUSTODIAN_AWAY, about=str(one.path))


def backups(keyring: KeyringFile | None, settings: Config | None, now_ms: int) -> Iterator[Ailment]:
    """Name destinations that are away, and those whose newest backup of this home is old."""
    if settings is None:
        return
    if not settings.backups:
        yield Ailment(symptom=Symptom.BACKUP_NOWHERE)
    for place in settings.backups:
        about = str(place)
        if not place.is_dir():
            yield Ailment(symptom=Symptom.BACKUP_AWAY, about=about)
            continue
        made = [
            item.about.made_ms
            for item in stored_at(about, DirectoryStore(place))
            if keyring is None or item.about.install == keyring.install
        ]
        if not made:
            yield Ailment(symptom=Symptom.BACKUP_NONE, about=about)
        elif (days := (now_ms - max(made)) // DAY_MS) >= BACKUP_DAYS:
            yield Ailment(symptom=Symptom.BACKUP_OLD, about=about, count=days)
