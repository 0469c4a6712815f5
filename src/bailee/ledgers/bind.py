"""Binds the acts on ledgers to the parts of a process."""

from bailee.act import Binding
from bailee.ledgers.acts import ExportLedger, ProveEntry, ShowEntries, ShowHead, ShowKey
from bailee.ledgers.service import Ledgers
from bailee.parts import Parts


def bind(parts: Parts) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    ledgers = Ledgers(
        ledger=parts.ledger,
        reader=parts.reader,
        monitor=parts.monitor,
        find_client=parts.find_client,
        provider=lambda: parts.register.provider,
    )
    return (
        ShowHead.by(ledgers.head),
        ShowEntries.by(ledgers.show),
        ShowKey.by(ledgers.key),
        ExportLedger.by(ledgers.export),
        ProveEntry.by(ledgers.prove),
    )
