"""Bind: pairs the acts on keys with their methods, and with all that a turn needs."""

from contextlib import suppress

from bailee import errors
from bailee.act import Binding
from bailee.adapters.sql.rows.blobs import SqlNamedBlobs
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.keys.acts import (
    AcceptClock,
    ListKeys,
    RotateRoot,
    SealKeys,
    ShowClock,
    TurnKeys,
    UnsealKeys,
)
from bailee.keys.clocks import Clocks
from bailee.keys.model import DAY_MS
from bailee.keys.seals import Seals
from bailee.keys.service import Keys
from bailee.run.wiring import backups, retention
from bailee.run.wiring.kit import RecoveryKitPrinter
from bailee.run.wiring.parts import HomeParts


def keys_of(parts: HomeParts) -> Keys:
    """Make the service."""

    def before() -> None:
        """End what has reached a term, and remove what crashes left."""
        # Before the turn begins, so that this turn makes it final, not the next.
        retention.expiry(parts).run()
        sweep(parts)

    return Keys(
        work=parts.work,
        rows=SqlKeyRows(),
        keyring=parts.keyring,
        kms=parts.kms,
        backup=backups.writer(parts),
        printer=RecoveryKitPrinter(parts.kms.install),
        monitor=parts.monitor,
        clock=parts.clock,
        period_ms=parts.config.turn_days * DAY_MS,
        newest=parts.anchoring.require_all,
        before=before,
        times=parts.times,
    )


def bind(parts: HomeParts) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    keys = keys_of(parts)
    seals = Seals(monitor=parts.monitor, provider=lambda: parts.keyring.provider)
    clocks = Clocks(monitor=parts.monitor, keeper=parts.keeper, times=parts.times)
    return (
        ListKeys.by(keys.list),
        TurnKeys.by(keys.turn),
        RotateRoot.by(keys.rotate),
        ShowClock.by(clocks.show),
        AcceptClock.by(clocks.accept),
        SealKeys.by(seals.seal),
        UnsealKeys.by(seals.unseal),
    )


def sweep(parts: HomeParts) -> None:
    """Remove ciphertext that no row names, older than an hour: crashes leave it."""
    # A file that cannot be removed is no reason to leave keys unturned.
    with suppress(errors.CannotRecord):
        # The rows are asked after the listing: an object that was named in between is kept.
        parts.blobs.sweep(lambda _: parts.work.read(SqlNamedBlobs().blobs))
        parts.files.sweep()
