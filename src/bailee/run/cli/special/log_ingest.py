"""Ingest command: `bailee log ingest` takes files, folders or a pipe, each a source of its own."""

from collections import Counter
from collections.abc import Iterator

from bailee import errors
from bailee.act import Denial
from bailee.act.show import Record, printable
from bailee.adapters.sources.place import STDIN, SourcePlace
from bailee.adapters.sources.source import Source
from bailee.logs.acts import Ingested, IngestLog
from bailee.logs.ingest.asking import require_read
from bailee.logs.times import LineTimes
from bailee.run.cli import derive, frame
from bailee.run.cli.inputs import Inputs
from bailee.run.cli.parser import Command, argument, command, option
from bailee.run.cli.special.log import prepare
from bailee.run.cli.stopping import Stopping
from bailee.vault.epoch import text_of

INTERRUPTED = 130
_SEAL = "seal"


def ingest() -> Command:
    """Make the command."""
    params = [
        argument("paths", metavar="PATH|-", help="scan.help_paths", nargs=-1, required=True),
        *derive.parameters(IngestLog),
        option("--secrets", metavar="seal", help="ingest.help_secrets"),
    ]
    return command("log ingest", _ingest, params)


def _ingest(*, paths: tuple[str, ...], secrets: str | None, **given: object) -> int:
    if secrets not in (None, _SEAL):
        raise errors.UsageError("errors_logs.secrets-how")
    # Standard input gives one thing: a log or a reason.
    if STDIN in paths and STDIN in (given["reason"], *paths[:-1]):
        raise errors.UsageError("errors_logs.stdin-once")
    request = derive.request(IngestLog, given, keep_secrets=secrets == _SEAL)
    # Before the kernels compile: a typing error is not worth a minute.
    require_read(request)
    inputs = Inputs(paths)
    # Before the home is opened: compiling takes a while, and the keys should not lie open
    # meanwhile.
    if not frame.is_served():
        prepare()
    with frame.opened() as app, Stopping() as stopping:
        taking = _Taking(request, inputs, stopping)
        try:
            for place, source in inputs.opened():
                answer = app.caller.send(request, taking.watched(place, source))
                if isinstance(answer, Denial):
                    # The first refusal ends the command: the same question about the next file has
                    # the same answer.
                    return frame.refuse(answer)
                taking.add(answer)
        except KeyboardInterrupt:
            taking.interrupted()
            return INTERRUPTED
        finally:
            taking.progress.end()
    taking.show()
    inputs.end()
    return 0


class _Watched:
    """Watched: a source whose reading shows, and can be stopped between chunks."""

    def __init__(self, source: Source, taking: "_Taking") -> None:
        self._source = source
        self._taking = taking
        self.address = source.address
        self.lasting = source.lasting

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield its bytes."""
        for chunk in self._taking.stopping.between(self._source.read(offset)):
            self._taking.progress.reach(self._taking.before + self._source.position)
            yield chunk

    def taken(self, end: int) -> None:
        """Pass on what is durable."""
        self._source.taken(end)


class _Taking:
    """Taking: what one command takes in, source by source."""

    def __init__(self, request: IngestLog, inputs: Inputs, stopping: Stopping) -> None:
        self._request = request
        self._inputs = inputs
        self.stopping = stopping
        self.progress = frame.Progress(inputs.total_bytes())
        self.before = 0
        self._now: tuple[SourcePlace, Source] | None = None
        self._done: list[tuple[SourcePlace, Ingested]] = []
        self._month_said = False

    def watched(self, place: SourcePlace, source: Source) -> _Watched:
        """Begin with a source."""
        self.stopping.refresh()
        self._now = (place, source)
        return _Watched(source, self)

    def add(self, taken: Ingested) -> None:
        """Note what became of it."""
        assert self._now is not None
        place, source = self._now
        if taken.new_stream:
            frame.tell("ingest.new_stream", stream=self._request.stream, origin=taken.origin)
            if self._request.zone is None:
                frame.tell("ingest.default_zone", zone=taken.zone)
        if taken.batches:
            self._say_month(taken)
        for doubt, message in (
            (taken.likened, "likened"),
            (taken.doubted, "doubted"),
            (not taken.ended and taken.broke is None, "unended"),
        ):
            if doubt:
                self.progress.end()
                frame.tell(f"ingest.{message}", name=printable(place.name))
        if taken.foreign:
            self.progress.end()
            frame.tell("scan.foreign", name=printable(place.name), count=taken.foreign)
        if taken.broke is not None:
            self.progress.end()
            self._inputs.fail(place, taken.broke)
        self.before += source.position
        self._done.append((place, taken))
        self._now = None

    def _say_month(self, taken: Ingested) -> None:
        """Say, once, what a declared month has come to."""
        if self._month_said or self._request.epoch is None:
            return
        self._month_said = True
        epoch = text_of(taken.epoch)
        if epoch != self._request.epoch:
            frame.tell("ingest.other_month", declared=self._request.epoch, epoch=epoch)
        if not taken.names:
            frame.tell("ingest.names_dropped", epoch=self._request.epoch)

    def interrupted(self) -> None:
        """Say up to where all is in custody."""
        if self._now is None:
            return
        self.progress.end()
        place, source = self._now
        # What is durable, not what was read: the command that goes on begins there.
        name, offset = printable(place.name), source.durable
        again = "ingest.stopped" if source.lasting else "ingest.stopped_stream"
        frame.tell(again, name=name, offset=offset)

    def show(self) -> None:
        """Show the sum, and in JSON each input of it."""
        if not self._done:
            return
        all_taken = [taken for _place, taken in self._done]
        last = all_taken[-1]
        secrets: Counter[str] = Counter()
        times = LineTimes()
        for taken in all_taken:
            secrets.update(taken.secrets)
            times.add(taken.times)
        _tell_times(times, last.zone)
        record: dict[str, object] = {
            "client": self._request.client,
            "stream": self._request.stream,
            "origin": last.origin,
            "zone": last.zone,
            "epoch": text_of(last.epoch),
            "names_kept": last.names,
            "inputs": len(all_taken),
            "lines": sum(taken.lines for taken in all_taken),
            "bytes": sum(taken.end - taken.start for taken in all_taken),
            "held_before": sum(taken.start for taken in all_taken),
            "values": sum(taken.values for taken in all_taken),
            "batches": sum(len(taken.batches) for taken in all_taken),
            "repeated": sum(taken.repeated for taken in all_taken),
            "secrets": dict(sorted(secrets.items())),
            "times": _times(times),
        }
        if frame.session.output != "table":
            record["inputs"] = [_input(place, taken) for place, taken in self._done]
        frame.show_one(record)  # type: ignore[arg-type]  # cells and records, as built above


def _times(times: LineTimes) -> Record:
    """Give where the times of lines came from; of zones, only what was doubtful."""
    record: dict[str, int | Record] = {
        "read": times.read,
        "inherited": times.inherited,
        "received": times.received,
    }
    if times.assumed:
        record["zone_assumed"] = dict(sorted(times.assumed.items()))
    if times.ambiguous:
        record["ambiguous"] = times.ambiguous
    if times.unbelieved:
        record["zone_unbelieved"] = dict(sorted(times.unbelieved.items()))
    return record


def _tell_times(times: LineTimes, zone: str) -> None:
    """Say of which lines the time may not be what their writer meant."""
    from bailee.logs.ingest.zones import ASSUMED  # noqa: PLC0415  # numpy and kernels load

    if times.received:
        frame.tell("ingest.times_received", count=times.received)
    # So many are no stack traces as a rule: a form of time was not recognised.
    if times.inherited > times.read:
        frame.tell("ingest.times_inherited", count=times.inherited)
    if times.ambiguous:
        frame.tell("ingest.times_ambiguous", count=times.ambiguous, zone=zone)
    for name, count in sorted(times.assumed.items()):
        hours, minutes = divmod(abs(ASSUMED[name]), 60)
        sign = "-" if ASSUMED[name] < 0 else "+"
        offset = f"{sign}{hours:02}:{minutes:02}"
        frame.tell("ingest.zone_assumed", count=count, name=name, offset=offset)
    for name, count in sorted(times.unbelieved.items()):
        frame.tell("ingest.zone_unbelieved", count=count, name=name, zone=zone)


def _input(place: SourcePlace, taken: Ingested) -> Record:
    return {
        "name": place.name,
        "start": taken.start,
        "end": taken.end,
        "lines": taken.lines,
        "repeated": taken.repeated,
        "batches": [str(batch) for batch in taken.batches],
        "times": _times(taken.times),
        "whole": taken.broke is None,
    }
