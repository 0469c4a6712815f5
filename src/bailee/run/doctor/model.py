"""Model of the doctor: what it can find, each with a sentence and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Symptom(StrEnum):
    """Symptom: what can be wrong; a word that scripts go by, and which only grows."""

    SETTINGS_WRONG = "settings-wrong"
    ROWS_UNREADABLE = "rows-unreadable"
    ROWS_FORM = "rows-form"
    KEYRING_UNREADABLE = "keyring-unreadable"
    OTHERS_CAN_READ = "others-can-read"
    DISK_FULL = "disk-full"
    DISK_LOW = "disk-low"
    CUSTODIAN_AWAY = "custodian-away"
    KIT_WAITING = "kit-waiting"
    TURN_LATE = "turn-late"
    BACKUP_NOWHERE = "backup-nowhere"
    BACKUP_AWAY = "backup-away"
    BACKUP_NONE = "backup-none"
    BACKUP_OLD = "backup-old"
    CLOCK_AHEAD = "clock-ahead"
    CLOCK_BEHIND = "clock-behind"
    CLOCK_UNKNOWN = "clock-unknown"
    JOBS_NEVER = "jobs-never"
    JOBS_LATE = "jobs-late"
    JOB_FAILING = "job-failing"
    JOB_WAITING = "job-waiting"
    NOTICES_NOWHERE = "notices-nowhere"
    NOTICES_UNSENT = "notices-unsent"
    CERTIFICATE_UNREADABLE = "certificate-unreadable"
    CERTIFICATE_KEY = "certificate-key"
    CERTIFICATE_CHAIN = "certificate-chain"
    CERTIFICATE_NAME = "certificate-name"
    CERTIFICATE_OVER = "certificate-over"
    CERTIFICATE_ENDS = "certificate-ends"
    SECRET_UNSET = "secret-unset"  # noqa: S105  # a word, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailment:
    """Ailment: one thing that is wrong; `about` is a place, a job or a name, never a person."""

    symptom: Symptom
    about: str = ""
    count: int = 0
    """Days, MiB or how many, as its sentence says."""
