"""State: what is wrong with clock, keys, jobs and notices, by what the rows say in clear."""

import os
from collections.abc import Iterator, Mapping
from typing import Final

from bailee.adapters.sql.glance import Glance
from bailee.clock import Clock
from bailee.jobs.model import JobName, JobRow
from bailee.keyring.model import Phase
from bailee.run.config import Config
from bailee.run.doctor.model import Ailment, Symptom

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
JUMP_MS: Final = 48 * HOUR_MS
"""As freshness has it (keys/schedule.py)."""
LATE_MS: Final = 2 * HOUR_MS
"""Twice the period of what is done each hour: nobody runs jobs any more."""


def clock(seen: Glance, now: Clock) -> Iterator[Ailment]:
    """Compare the wall clock with shown time, whose MAC is not verified here."""
    if seen.clock is None:
        yield Ailment(symptom=Symptom.CLOCK_UNKNOWN)
        return
    row, boot, wall_ms = seen.clock, now.since_boot(), now.now_ms()
    same = boot.id == row.boot and boot.up_ms >= row.up_ms
    shown_ms = row.shown_ms + (boot.up_ms - row.up_ms if same else boot.up_ms)
    if wall_ms - shown_ms > JUMP_MS:
        hours = (wall_ms - shown_ms) // HOUR_MS
        yield Ailment(symptom=Symptom.CLOCK_AHEAD, count=hours)
    elif shown_ms - wall_ms > HOUR_MS:
        hours = (shown_ms - wall_ms) // HOUR_MS
        yield Ailment(symptom=Symptom.CLOCK_BEHIND, count=hours)


def keys(seen: Glance, settings: Config | None, now_ms: int) -> Iterator[Ailment]:
    """Name a turn that is late, and a rotation that waits for people before its kit."""
    if seen.keys is None or settings is None:
        return
    if seen.keys.new_root and seen.keys.phase is Phase.T0:
        yield Ailment(symptom=Symptom.KIT_WAITING)
    late_ms = now_ms - seen.keys.turned_ms - settings.turn_days * DAY_MS
    if late_ms > DAY_MS:
        yield Ailment(symptom=Symptom.TURN_LATE, count=late_ms // DAY_MS)


def jobs(seen: Glance, now_ms: int) -> Iterator[Ailment]:
    """Name jobs that fail or wait, and say when nobody runs any."""
    last = [row.done_ms for row in seen.jobs if row.done_ms is not None]
    if not last:
        yield Ailment(symptom=Symptom.JOBS_NEVER)
    elif now_ms - max(last) > LATE_MS:
        yield Ailment(symptom=Symptom.JOBS_LATE, count=(now_ms - max(last)) // HOUR_MS)
    for row in seen.jobs:
        yield from _job(row)


def _job(row: JobRow) -> Iterator[Ailment]:
    if row.error is not None:
        about = f"{row.kind} {row.error}"
        yield Ailment(symptom=Symptom.JOB_FAILING, about=about, count=row.attempts)
    elif row.waits:
        about = f"{row.kind} {' '.join(row.waits)}"
        yield Ailment(symptom=Symptom.JOB_WAITING, about=about)


def notices(
    seen: Glance, settings: Config | None, environment: Mapping[str, str] = os.environ
) -> Iterator[Ailment]:
    """Name notices that could not be sent, and ways that lack their secret here."""
    if settings is None:
        return
    if settings.mail is None and not settings.webhooks:
        yield Ailment(symptom=Symptom.NOTICES_NOWHERE)
    unsent = sum(row.error is not None for row in seen.notices)
    if unsent:
        yield Ailment(symptom=Symptom.NOTICES_UNSENT, about=str(JobName.NOTICES), count=unsent)
    names = [f"WEBHOOK_{one.name.upper()}" for one in settings.webhooks]
    if settings.mail is not None and settings.mail.user is not None:
        names.append("MAIL_PASSWORD")
    for name in names:
        # Whether one is set; not read, for a descriptor can be read only once.
        if not {f"BAILEE_{name}_FD", f"BAILEE_{name}_COMMAND"} & environment.keys():
            yield Ailment(symptom=Symptom.SECRET_UNSET, about=f"BAILEE_{name}_COMMAND")
