"""Job rows: what a home does by itself; implements `jobs.port.JobRows`."""

from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.jobs import job
from bailee.jobs.model import JobRow

JOBS: Final = Mapped(job, JobRow, damaged="errors_jobs.row-damaged")
