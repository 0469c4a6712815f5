"""Counts of a block by day and kind, compiled: one pass over its lines and finds."""

from bailee.logs.ingest.kernels.calendar import DAY
from bailee.scan.vm.machine import i64, kernel, piece, put64, u8

# A power of two, so that a kind of damaged memory is masked and never writes beyond its row.
KINDS = 64
"""Room for kinds; the vocabulary has not a third of them."""


@piece
def _row(days: int, known: int, day: int) -> int:
    """Find the row of a day, or where it would be."""
    # From the first: a block has one day or two.
    row = 0
    while row < known and i64(days + 8 * row) != day:
        row += 1
    return row


@kernel
def tally(
    event: int,
    line_starts: int,
    lines: int,
    size: int,
    finds: int,
    starts: int,
    kinds: int,
    uses: int,
    days: int,
    most: int,
    table: int,
) -> int:
    """Count a block's lines, as kind 0, and the finds taken out of them, in a row for each day.

    Returns how many rows of `table` are in use.  Row `most` counts together all days beyond the
    first `most` that the block names.
    """
    known = 0
    find = 0
    row = -1
    since = until = 0
    for line in range(lines):
        moment = i64(event + 8 * line)
        # Lines of one day follow each other: the row is sought where the day changes.
        if row < 0 or not since <= moment < until:
            since = moment - moment % DAY
            until = since + DAY
            day = moment // DAY
            row = _row(days, known, day)
            # Days beyond `most` share the last row: a hostile log may name a day on each line.
            if row == known and known < most:
                put64(days + 8 * row, day)
                known += 1
        cells = table + 8 * KINDS * row
        put64(cells, i64(cells) + 1)
        stop = i64(line_starts + 8 * line + 8) if line + 1 < lines else size
        while find < finds and i64(starts + 8 * find) < stop:
            if u8(uses + find) != 0:
                cell = cells + 8 * (u8(kinds + find) & (KINDS - 1))
                put64(cell, i64(cell) + 1)
            find += 1
    return known
