"""Examination: everything that the doctor looks at, in the order in which it is shown."""

from collections.abc import Iterator
from pathlib import Path

from bailee import errors
from bailee.adapters.sql.glance import Glance, glance
from bailee.clock import Clock, SystemClock
from bailee.run import config
from bailee.run.config import Config
from bailee.run.doctor import places, state
from bailee.run.doctor.model import Ailment, Symptom
from bailee.run.wiring.parts import ROWS


def examine(home: Path, clock: Clock | None = None) -> Iterator[Ailment]:
    """Yield what is wrong; NotFound where there is no home at all."""
    clock = clock or SystemClock()
    now_ms = clock.now_ms()
    if not home.is_dir():
        raise errors.NotFound("errors_home.no-home")
    settings = _settings(home)
    if settings is None:
        yield Ailment(symptom=Symptom.SETTINGS_WRONG, about=config.FILE_NAME)
    keyring = places.keyring_of(home)
    yield from places.rights(home, settings)
    yield from places.room(home, settings)
    yield from places.custodians(keyring)
    yield from places.backups(keyring, settings, now_ms)
    seen = _rows(home)
    if seen is None:
        yield Ailment(symptom=Symptom.ROWS_UNREADABLE, about=ROWS)
    elif not seen.is_newest:
        yield Ailment(symptom=Symptom.ROWS_FORM, about=seen.form)
    else:
        yield from state.clock(seen, clock)
        yield from state.keys(seen, settings, now_ms)
        yield from state.jobs(seen, now_ms)
        yield from state.notices(seen, settings)


def _settings(home: Path) -> Config | None:
    try:
        return config.read(home)
    except errors.BaileeError:
        return None  # named, and the rest is examined


def _rows(home: Path) -> Glance | None:
    try:
        return glance(home / ROWS)
    except errors.BaileeError:
        return None  # as above
