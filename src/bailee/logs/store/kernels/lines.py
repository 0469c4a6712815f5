"""Lines: where they start and how they end; no find owns what ends a line."""

from bailee.logs.kernels.wide import STEP
from bailee.scan.vm import char
from bailee.scan.vm.machine import ctz, i64, kernel, plane, put8, put64, u8

_ENDING_BYTES = len("\r\n")


@kernel
def split(text: int, size: int, longest: int, starts: int, ends: int, finds: int, out: int) -> int:
    """Write where each line starts; returns how many there are.

    A line over `longest` bytes is cut there, or where the find across that place starts.
    """
    count = 0
    start = 0
    at = 0
    find = 0
    put64(out, 0)
    while at < size:
        mask = plane(text + at, char.NEWLINE)
        stop = at + ctz(mask) + 1 if mask != 0 else at + STEP
        if min(stop, size) - start > longest:
            # Never through a find: its two halves would stay in two lines as they were received,
            # and neither would be replaced.
            cut = start + longest
            while find < finds and i64(ends + 8 * find) <= cut:
                find += 1
            if find < finds and start < i64(starts + 8 * find) < cut:
                cut = i64(starts + 8 * find)
            start = cut
            at = cut
            count += 1
            put64(out + 8 * count, start)
            continue
        at = stop
        # Beyond `size` stands padding, which is newlines.
        if mask != 0 and at <= size:
            start = at
            count += 1
            put64(out + 8 * count, start)
    return count + (1 if start < size else 0)


@kernel
def count_endings(text: int, line_starts: int, lines: int, size: int) -> int:
    """Count the lines that end with a newline, times 2³², plus those with CR and newline."""
    ended = 0
    with_return = 0
    for line in range(lines):
        start = i64(line_starts + 8 * line)
        stop = i64(line_starts + 8 * line + 8) if line + 1 < lines else size
        if u8(text + stop - 1) == char.NEWLINE:
            ended += 1
            # Of the line itself: a newline alone must not take the CR that ends the line before.
            both = stop - start >= _ENDING_BYTES
            with_return += both and u8(text + stop - _ENDING_BYTES) == char.RETURN
    # Two counts of lines in one number: a block has far fewer than 2³² lines.
    return (ended << 32) | with_return


@kernel
def clip(
    text: int,
    line_starts: int,
    lines: int,
    size: int,
    returns: int,
    starts: int,
    ends: int,
    uses: int,
    finds: int,
) -> int:
    """End each find before what ends its line; one that is nothing else is none."""
    find = 0
    clipped = 0
    for line in range(lines):
        stop = i64(line_starts + 8 * line + 8) if line + 1 < lines else size
        end = stop
        # What ends a line is not stored: it is written again from the block's mark, so that a
        # find that owned it would give it back twice.
        if u8(text + stop - 1) == char.NEWLINE:
            end -= 1 + returns
        while find < finds and i64(starts + 8 * find) < stop:
            if i64(ends + 8 * find) > end:
                clipped += 1
                put64(ends + 8 * find, end)
                if i64(starts + 8 * find) >= end:
                    put8(uses + find, 0)
            find += 1
    return clipped
