"""Show: how backups are shown."""

from bailee.act.show import Record, Show, Shows
from bailee.backup.acts import CreateBackup
from bailee.backup.model import Written
from bailee.clock import rfc3339
from bailee.errors import PartlyDone


def _written(answer: Written) -> Record:
    about = answer.about
    return {
        "backup": str(about.id),
        "kind": str(about.kind),
        "generation": about.generation,
        "made": rfc3339(about.made_ms),
        "size": answer.size_bytes,
        "sha256": answer.digest.hex(),
        "places": list(answer.places),
    }


def _missed(answer: Written) -> PartlyDone | None:
    if not answer.missed:
        return None
    return PartlyDone("errors_backup.missed", missed=len(answer.missed))


SHOWS: Shows = {CreateBackup: Show(record=_written, partly=_missed)}
