"""Streams command: `bailee log streams` shows what came in, counted; no value is shown."""

from dataclasses import replace

from bailee.act import Denial
from bailee.logs.acts import ListStreams
from bailee.logs.show import BY_DAY, SHOWS, by_day
from bailee.run.cli import derive, frame
from bailee.run.cli.parser import Command, command, flag


def streams() -> Command:
    """Make the command: with `--days` a table shows a line for each day."""
    days = flag("--days", help="ingest.help_days")
    return command("log streams", _streams, [*derive.parameters(ListStreams), days])


def _streams(*, days: bool, **given: object) -> int:
    with frame.opened() as app:
        answer = app.caller.call(derive.request(ListStreams, given))
    if isinstance(answer, Denial):
        return frame.refuse(answer)
    show = SHOWS[ListStreams]
    if days and frame.session.output == "table":
        show = replace(show, rows=by_day, record=dict, columns=BY_DAY)
    return derive.present(show, answer)
