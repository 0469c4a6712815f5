"""Health: whether a server is ready, and what it shows to those who watch it.

All of it is known without a key: from what rows say in clear, from the folders of custodians and
from the disk; so that a server that is sealed says why it is not ready.
"""

import os
from pathlib import Path
from typing import final

from bailee import errors
from bailee.act import ACTS
from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.objects.reserve import FileReserve
from bailee.adapters.sql.glance import glance
from bailee.jobs.model import JobName
from bailee.run.doctor.places import keyring_of
from bailee.run.serve.open_home import OpenHome
from bailee.run.wiring.parts import ROWS
from bailee.telemetry import metrics
from bailee.telemetry.exposition import exposition
from bailee.telemetry.measures import Measures
from bailee.telemetry.metrics import Lack
from bailee.wire.asks import ServerHealth


def new_measures() -> Measures:
    """Make the measures of a server, whose words are acts and kinds of jobs."""
    return Measures(metrics.metrics(acts=ACTS, jobs=map(str, JobName)))


@final
class Health:
    """Health: of one home, looked at whenever it is asked for."""

    def __init__(
        self,
        place: Path,
        home: OpenHome,
        measures: Measures,
        *,
        reserve: FileReserve | None = None,
    ) -> None:
        self._place = place
        self._home = home
        self._measures = measures
        self._reserve = reserve or FileReserve(place)

    def look(self) -> ServerHealth:
        """Look at everything now."""
        put = self._measures.put
        away = self._away()
        lacks = {
            Lack.KEYS: self._home.sealed,
            # A register that does not read counts as custodians that do not answer.
            Lack.CUSTODIANS: away is None or away > 0,
            Lack.RESERVE: self._reserve.lost(),
        }
        for what, lacking in lacks.items():
            put(metrics.LACKING, float(lacking), what=what)
        put(metrics.READY, float(not any(lacks.values())))
        put(metrics.CUSTODIANS_AWAY, float(away or 0))
        disk = os.statvfs(self._place)
        put(metrics.DISK_FREE, float(disk.f_bavail * disk.f_frsize))
        put(metrics.LEDGERS_BEHIND, float(self._home.ledgers_behind))
        self._rows()
        return ServerHealth(
            lacks=tuple(str(what) for what, lacking in lacks.items() if lacking),
            figures=exposition(self._measures),
        )

    def _away(self) -> int | None:
        """Count the custodians that do not answer; None where nobody can say who they are."""
        keyring = keyring_of(self._place)
        if keyring is None:
            return None
        return sum(
            not Custodian(one.path, one.id, keyring.install).answers() for one in keyring.custodians
        )

    def _rows(self) -> None:
        try:
            seen = glance(self._place / ROWS)
        except errors.BaileeError:
            return  # as they were seen last; what keeps rows from being read fails the acts
        put = self._measures.put
        for job in JobName:
            rows = [row for row in seen.jobs if row.kind is job]
            put(metrics.JOBS_FAILING, float(sum(row.error is not None for row in rows)), job=job)
            put(metrics.JOBS_WAITING, float(sum(bool(row.waits) for row in rows)), job=job)
            done = [row.done_ms for row in rows if row.done_ms is not None]
            if done:
                put(metrics.JOB_DONE, min(done) / 1_000, job=job)
        unsent = sum(row.error is not None for row in seen.notices)
        put(metrics.NOTICES_UNSENT, float(unsent))
