"""Lines are looked for, and identifiers in them opened: two acts, each recorded before it reads.

A search shows stored text with tokens where identifiers stood.  That is personal data still, so it
is an act with one entry, and one outcome that says how much was seen; what was searched for stands
in the entry's sealed subject alone.  Asking about a person names its purpose and is tallied as a
reveal is.  What opens the candidates is taken while the grant lives; they are read as lines are
asked for.

Order is that of receipt: batch after batch, line after line.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import final

from bailee import errors
from bailee.act import Denial, Principal, Purpose
from bailee.encoding import enc
from bailee.grant import Grant, Ref, Scope
from bailee.ids import ClientId
from bailee.keyring.model import VALUE
from bailee.limits import REVEAL_VALUES, SEARCH_LINES
from bailee.logs.acts import FoundLine, LinesFound, Revealed, RevealLog, SearchLog, Tally
from bailee.logs.model import (
    RUN,
    STREAM_DOMAIN,
    BatchRow,
    RunRow,
    SealedRow,
    SegmentPart,
    check_label,
    part_ref,
    run_ref,
    stream_message,
    why,
)
from bailee.logs.port import ClientFinder, Door, LogKeys, LogRows, Seeking
from bailee.logs.search.about import about
from bailee.logs.search.pattern import Pattern
from bailee.logs.search.scan import BatchReader, SearchQuery, lines
from bailee.logs.search.wording import check_words
from bailee.logs.store.index import Run
from bailee.logs.store.merging import Merge, Merging, due
from bailee.logs.store.segments import SegmentStore
from bailee.logs.token import TokenRef
from bailee.logs.window import Window
from bailee.monitor.attempt import recording_outcome
from bailee.scan.scanner import Scanner
from bailee.vault.model import Sought
from bailee.work import Tx, Work

BULK_VALUES = 100
"""More than this opened at once waits for a checkpoint that includes the entry."""
PURPOSES = (
    Purpose.SERVICE,
    Purpose.SECURITY,
    Purpose.CLIENT_REQUEST,
    Purpose.RIGHTS,
    Purpose.VERIFICATION,
)
"""Those that the policies know for a search, to whom they may be said."""

_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """Where is looked: the candidates, as they were when the search was admitted."""

    client: ClientId
    known: bool
    """False when a stream was named that is not there."""
    batches: tuple[BatchRow, ...]
    runs: tuple[RunRow, ...]

    def scopes(self) -> tuple[Scope, ...]:
        """Name what looking there opens."""
        own = frozenset(row.batch.raw for row in self.batches)
        runs = frozenset(row.sealed.blob.raw for row in self.runs)
        return (
            Scope(noun=str(SegmentPart.TEXT), ids=own),
            Scope(noun=str(SegmentPart.NAMES), ids=own),
            Scope(noun=RUN, ids=runs),
        )

    @property
    def objects(self) -> int:
        """How many openings that is at most."""
        return 2 * len(self.batches) + len(self.runs) + len(due(self.runs))


@final
class Searches:
    """The acts of searching and revealing."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        store: SegmentStore,
        keys: LogKeys,
        vault: Seeking,
        monitor: Door,
        find_client: ClientFinder,
        scanner: Callable[[], Scanner] = Scanner,
    ) -> None:
        self._work = work
        self._rows = rows
        self._store = store
        self._keys = keys
        self._vault = vault
        self._monitor = monitor
        self._find_client = find_client
        self._new_scanner = scanner
        self._merging = Merging(work=work, rows=rows, store=store, keys=keys)

    @cached_property
    def _scanner(self) -> Scanner:
        return self._new_scanner()

    # --- searching -------------------------------------------------------------------------

    def search(self, who: Principal, request: SearchLog) -> LinesFound | Denial:
        """Find lines; they are read as they are taken."""
        query = self._understood(request)
        client = self._find_client(who, request.client)
        place = self._work.read(lambda tx: self._field(tx, client, request, query))
        grant = self._monitor.admit(
            who,
            act=request.act,
            client=client,
            purpose=request.purpose,
            scopes=place.scopes(),
            count=place.objects,
            body=_body(request),
            subject=_subject(request),
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            if not place.known:  # told only to those who may search here
                raise errors.NotFound("errors_search.no-stream")
            tally = Tally()
            merge = self._merging.reach(due(place.runs), grant)
            batch_readers = self._sheaves(grant, place, query, tally)
        return LinesFound(lines=self._given(grant, query, batch_readers, tally, merge), tally=tally)

    def _understood(self, request: SearchLog) -> SearchQuery:
        if request.about is not None and request.purpose is None:
            raise errors.UsageError("errors_search.about-purpose", purposes=", ".join(PURPOSES))
        if not 0 < request.lines <= SEARCH_LINES:
            raise errors.LimitExceeded("errors_search.lines", limit=SEARCH_LINES)
        pattern = None if request.text is None else Pattern(request.text)
        if request.stream is not None:
            check_label(request.stream)
        if request.text is not None:
            check_words(self._scanner, request.text)
        return SearchQuery(
            pattern=pattern,
            sought=() if request.about is None else about(request.about),
            window=Window(from_ns=request.from_ns, to_ns=request.to_ns),
            lines=request.lines,
            count=request.count,
        )

    def _field(self, tx: Tx, client: ClientId, request: SearchLog, query: SearchQuery) -> _Field:
        stream = None
        if request.stream is not None:
            key = self._keys.mac(STREAM_DOMAIN, stream_message(client, request.stream))
            found = self._rows.stream(tx, client, key)
            if found is None:
                return _Field(client=client, known=False, batches=(), runs=())
            stream = found.stream
        batches = tuple(
            row
            for row in self._rows.batches(tx, client)
            if stream in (None, row.stream) and query.window.meets(row.first_ns, row.last_ns)
        )
        runs: tuple[RunRow, ...] = ()
        if query.sought:
            runs = tuple(
                run
                for epoch in sorted({row.epoch for row in batches})
                for run in self._rows.runs(tx, client, epoch)
                if stream in (None, run.stream)
            )
        return _Field(client=client, known=True, batches=batches, runs=runs)

    # --- what is within reach --------------------------------------------------------------

    def _sheaves(
        self, grant: Grant, place: _Field, query: SearchQuery, tally: Tally
    ) -> list[BatchReader]:
        if not query.sought:
            return self._reached(grant, place.batches, tally)
        tokens = self._tokens(grant, query.sought, tally)
        groups = self._posted(grant, place, tokens)
        posted = [row for row in place.batches if row.batch.raw in groups]
        return [
            replace(
                reader,
                groups=sorted(groups[reader.row.batch.raw]),
                wanted=tokens[reader.row.epoch],
            )
            for reader in self._reached(grant, posted, tally)
        ]

    def _tokens(
        self, grant: Grant, sought: Sequence[Sought], tally: Tally
    ) -> dict[int, list[bytes]]:
        """Give the canonical tokens of a person by month; an absent one has none."""
        held = self._work.read(lambda tx: self._vault.find(tx, grant.client, sought))
        tally.values = sum(map(len, held.values()))
        return {epoch: [one.canonical for one in some] for epoch, some in held.items()}

    def _posted(
        self, grant: Grant, place: _Field, tokens: Mapping[int, Sequence[bytes]]
    ) -> dict[bytes, set[int]]:
        """Ask the index in which row groups of which batches tokens may stand."""
        rows = [run for run in place.runs if run.epoch in tokens]
        refs = [(run_ref(run.client, run.sealed.blob, run.epoch), run.sealed) for run in rows]
        groups: dict[bytes, set[int]] = {}
        for row, reached in zip(rows, self._store.reach(refs, grant), strict=True):
            if reached is None:  # its month's names have just ended
                continue
            with reached() as file:
                for spot in Run(file).find(tokens[row.epoch]):
                    groups.setdefault(spot.batch, set()).add(spot.group)
        return groups

    def _reached(self, grant: Grant, rows: Sequence[BatchRow], tally: Tally) -> list[BatchReader]:
        def named(tx: Tx) -> list[tuple[Ref, SealedRow] | None]:
            held = [(row, self._rows.parts(tx, row.client, row.batch)) for row in rows]
            return [
                (part_ref(row.client, row.batch, part, row.epoch), parts[part].sealed)
                if part in parts
                else None
                for part in (SegmentPart.TEXT, SegmentPart.NAMES)
                for row, parts in held
            ]

        wanted = self._work.read(named)
        reached = iter(self._store.reach([one for one in wanted if one], grant))
        opened = [None if one is None else next(reached) for one in wanted]
        texts, names = opened[: len(rows)], opened[len(rows) :]
        tally.ended = texts.count(None)
        return [
            BatchReader(row=row, text=text, names=name)
            for row, text, name in zip(rows, texts, names, strict=True)
            if text is not None
        ]

    # --- lines -----------------------------------------------------------------------------

    def _given(
        self,
        grant: Grant,
        query: SearchQuery,
        batch_readers: Sequence[BatchReader],
        tally: Tally,
        merge: Merge | None,
    ) -> Iterator[FoundLine]:
        """Pass lines on and record the outcome: a reader that goes away leaves `failed`.

        Runs of the index that were found too many are merged once all is said.
        """
        result = "failed"
        try:
            yield from lines(query, batch_readers, tally)
            result = "done"
        finally:
            facts = {
                "lines": str(tally.lines),
                "batches": str(tally.batches),
                "values": str(tally.values),
            }
            self._work.run(grant.client, lambda tx: self._monitor.outcome(tx, grant, result, facts))
        if merge is not None:
            merge.run()

    # --- opening ---------------------------------------------------------------------------

    def reveal(self, who: Principal, request: RevealLog) -> Revealed | Denial:
        """Open identifiers; each is named in the entry."""
        values = tuple(sorted(set(request.values)))
        if not values:
            raise errors.UsageError("errors_search.value-missing")
        if len(values) > REVEAL_VALUES:
            raise errors.LimitExceeded("errors_search.values", limit=REVEAL_VALUES)
        subject = {**(why(request.reason) or {}), "values": " ".join(map(str, values))}
        ids = frozenset(value.id for value in values)
        grant = self._monitor.admit(
            who,
            act=request.act,
            client=self._find_client(who, request.client),
            purpose=request.purpose,
            scopes=(Scope(noun=VALUE, ids=ids),),
            count=len(ids),
            body={"values": str(len(ids)), "ids": _digest(values)},
            subject=subject,
            wait=len(ids) > BULK_VALUES,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            opened = self._work.read(lambda tx: self._open(tx, grant, values))
            facts = {"opened": str(len(opened))}
            self._work.run(grant.client, lambda tx: self._monitor.outcome(tx, grant, "done", facts))
        return Revealed(values=opened)

    def _open(self, tx: Tx, grant: Grant, values: Iterable[TokenRef]) -> dict[TokenRef, bytes]:
        months: dict[int, list[bytes]] = {}
        for value in values:
            months.setdefault(value.epoch, []).append(value.token)
        return {
            TokenRef(epoch=epoch, token=value.token): value.raw
            for epoch, tokens in months.items()
            for value in self._vault.open(tx, grant, grant.client, epoch, tokens)
            if value is not None
        }


def _body(request: SearchLog) -> Mapping[str, str]:
    """Say by what was searched, never for what."""
    said = {"lines": str(request.lines), "about": str(int(request.about is not None))}
    for name, moment in (("from-ms", request.from_ns), ("to-ms", request.to_ns)):
        if moment is not None and moment >= 0:
            said[name] = str(moment // _NS_PER_MS)
    return said


def _subject(request: SearchLog) -> Mapping[str, str] | None:
    said = {**(why(request.reason) or {})}
    for name, text in (("stream", request.stream), ("text", request.text)):
        if text is not None:
            said[name] = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if request.about is not None:
        said["about"] = request.about.decode("utf-8", "backslashreplace").strip()
    return said or None


def _digest(values: Sequence[TokenRef]) -> str:
    return sha256(enc("revealed", *(value.id for value in values))).hexdigest()
