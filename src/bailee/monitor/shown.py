"""Shown time: how late it is for certain, of the row that adds it up and the kernel's count."""

from bailee.clock import Boot
from bailee.monitor.power import ClockRow


def shown_ms(row: ClockRow, boot: Boot) -> int:
    """Return shown time, in milliseconds since 1970; the row was verified before."""
    # Of a machine that was started anew, the time since then alone is certain; a count that went
    # back is of another start that has the same name.
    same = boot.id == row.boot and boot.up_ms >= row.up_ms
    return row.shown_ms + (boot.up_ms - row.up_ms if same else boot.up_ms)
