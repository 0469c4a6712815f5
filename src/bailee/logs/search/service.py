"""Search: lines are looked for, identifiers in them opened: two acts, recorded before they read.

A search shows stored text with tokens where identifiers stood.  That is personal data still, so it
is an act with one entry, and one outcome that says how much was seen; what was searched for stands
in the entry's sealed subject alone.  Asking about a person names its purpose and is tallied as a
reveal is.  What opens the candidates is taken while the grant lives; they are read as lines are
asked for.

Order is that of time, then of receipt; or, where it is asked for, of receipt alone.  What is
damaged is named, and the rest is shown.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from typing import TYPE_CHECKING, final

from bailee import errors
from bailee.act import Principal, Purpose
from bailee.encoding import enc
from bailee.grant import Grant, Ref, Scope
from bailee.ids import BatchId, ClientId, StreamId
from bailee.keyring.model import VALUE
from bailee.limits import REVEAL_VALUES, SEARCH_LINES
from bailee.logs.acts import (
    FoundLine,
    LinesFound,
    LogRevealedFacts,
    LogSearchedFacts,
    Revealed,
    RevealLog,
    SearchLog,
)
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
)
from bailee.logs.port import LogKeys, LogRows
from bailee.logs.search.about import about, forms, written
from bailee.logs.search.ordering import lines
from bailee.logs.search.pattern import Pattern
from bailee.logs.search.scan import BatchReader, SearchQuery
from bailee.logs.search.wording import check_words
from bailee.logs.store.index import Run
from bailee.logs.store.merging import Merge, Merging, due
from bailee.logs.store.segments import Reached, SegmentStore
from bailee.logs.tally import DamagedFile, Order, Tally
from bailee.logs.token import TokenRef
from bailee.logs.window import Window
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.scan.scanner import Scanner
from bailee.vault.model import Sought
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault

BULK_VALUES = 100
"""More than this opened at once waits for a checkpoint that includes the entry."""
PURPOSES = (
    Purpose.SERVICE,
    Purpose.SECURITY,
    Purpose.CLIENT_REQUEST,
    Purpose.RIGHTS,
    Purpose.VERIFICATION,
)
"""Those that the policies know for a search, for the error that asks for one."""

_NS_PER_MS = 1_000_000
_READ = frozenset((SegmentPart.TEXT, SegmentPart.NAMES))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """Candidates: batches and runs that may have lines, as of when the search was asked for."""

    client: ClientId
    known: bool = True
    """False when a stream was named that is not there."""
    batches: tuple[BatchRow, ...] | None = ()
    """None for all of the client: the index names those in which a person stands."""
    stream: StreamId | None = None
    held: int = 0
    """How many batches that is."""
    runs: tuple[RunRow, ...] = ()
    unplaced: int = 0
    """Lines of all batches, within the window or not, that only their receipt dates."""
    uncounted: int = 0

    def scopes(self) -> tuple[Scope, ...]:
        """Return the scopes of a grant that opens the candidates."""
        own = None if self.batches is None else frozenset(row.batch.raw for row in self.batches)
        runs = frozenset(row.sealed.blob.raw for row in self.runs)
        return (
            Scope(noun=str(SegmentPart.TEXT), ids=own),
            Scope(noun=str(SegmentPart.NAMES), ids=own),
            Scope(noun=RUN, ids=runs),
        )

    @property
    def objects(self) -> int:
        """How many openings that takes at most; those of a merge are opened twice."""
        # Texts and names twice: where one is damaged, all are opened again one by one.
        return 4 * self.held + len(self.runs) + len(due(self.runs))


@final
class Searches:
    """Searches: the acts of searching and revealing."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        store: SegmentStore,
        keys: LogKeys,
        vault: "Vault",
        monitor: Monitor,
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
    # Made when a text is looked for and kept: its tables take memory, and most commands need none.
    def _scanner(self) -> Scanner:
        return self._new_scanner()

    # --- searching -------------------------------------------------------------------------

    def search(self, who: Principal, request: SearchLog) -> LinesFound:
        """Find lines; they are read as they are taken, and the outcome follows the last.

        UsageError for a text that holds an identifier, or a person without a purpose; NotFound for
        a stream that is not there, once the monitor has decided.
        """
        query = self._understood(request)
        client = self._find_client(who, request.client)
        candidates = self._work.read(lambda tx: self._candidates(tx, client, request, query))
        with self._monitor.authorize(
            who,
            request,
            client,
            scopes=candidates.scopes(),
            count=candidates.objects,
            body=_body(request),
            subject=_subject(request),
        ) as act:
            if not candidates.known:  # only now: what is there is for those who may search here
                raise errors.NotFound("errors_search.no-stream")
            tally = Tally(unplaced=candidates.unplaced, uncounted=candidates.uncounted)
            merge = self._merging.reach(due(candidates.runs), act.grant)
            # All keys are taken here, while the grant lives; reading may then take minutes, and a
            # month that ends meanwhile is read to the end.
            batch_readers = self._readers(act.grant, candidates, query, tally)
            if request.text is not None and not query.sought:
                self._spelled(client, request.text, tally)
            found = act.streamed(lines(query, batch_readers, tally), lambda: _facts(tally))
            return LinesFound(
                lines=_merged_after(found, merge), tally=tally, forms=forms(query.sought)
            )

    def _understood(self, request: SearchLog) -> SearchQuery:
        if request.about is not None and request.purpose is None:
            raise errors.UsageError("errors_search.about-purpose", purposes=", ".join(PURPOSES))
        if request.lines < 1:
            raise errors.UsageError("errors_search.lines-least")
        if request.lines > SEARCH_LINES:
            raise errors.LimitExceeded("errors_search.lines", limit=SEARCH_LINES)
        if request.order not in frozenset(Order):
            raise errors.UsageError("errors_search.order", orders=", ".join(Order))
        pattern = None if request.text is None else Pattern(request.text)
        if request.stream is not None:
            check_label(request.stream)
        if request.text is not None:
            check_words(self._scanner, request.text)
        # Everything that can be wrong with a request is found before it is recorded: an attempt is
        # what was understood.
        return SearchQuery(
            pattern=pattern,
            sought=() if request.about is None else about(request.about),
            window=Window(from_ns=request.from_ns, to_ns=request.to_ns),
            lines=request.lines,
            count=request.count,
            order=Order(request.order),
        )

    def _candidates(
        self, tx: Tx, client: ClientId, request: SearchLog, query: SearchQuery
    ) -> _Candidates:
        # Of a person the index tells, whose runs are compared here, and the batches that it names
        # once they are known: so nothing grows with the batches in which nobody asked about stands.
        by_index = bool(query.sought) and not query.window.bounded
        self._rows.require_findable(
            tx, client, None if by_index else query.window, streams=request.stream is not None
        )
        stream = None
        if request.stream is not None:
            # By a keyed hash: the stream's name is sealed, and rows are found without opening it.
            key = self._keys.mac(STREAM_DOMAIN, stream_message(client, request.stream))
            found = self._rows.stream(tx, client, key)
            if found is None:
                return _Candidates(client=client, known=False)
            stream = found.stream
        # By their first and last time, which stand in the row: a batch wholly outside the window is
        # never opened, and the grant does not cover it.
        batches = None if by_index else tuple(self._rows.within(tx, client, stream, query.window))
        unplaced, uncounted = 0, 0
        if query.window.bounded:
            unplaced, uncounted = self._rows.unplaced(tx, client, stream)
        return _Candidates(
            client=client,
            batches=batches,
            stream=stream,
            held=self._rows.count(tx, client) if batches is None else len(batches),
            runs=self._runs(tx, client, stream, batches) if query.sought else (),
            unplaced=unplaced,
            uncounted=uncounted,
        )

    def _runs(
        self,
        tx: Tx,
        client: ClientId,
        stream: StreamId | None,
        batches: Sequence[BatchRow] | None,
    ) -> tuple[RunRow, ...]:
        """Return the runs that may name candidates."""
        months = None if batches is None else {row.epoch for row in batches}
        return tuple(
            run
            for run in self._rows.all_runs(tx, client)
            if (months is None or run.epoch in months) and (stream is None or run.may_name(stream))
        )

    # --- what is within reach --------------------------------------------------------------

    def _readers(
        self, grant: Grant, candidates: _Candidates, query: SearchQuery, tally: Tally
    ) -> list[BatchReader]:
        if not query.sought:
            return self._reached(grant, candidates.batches or (), tally)
        tokens = self._tokens(grant, query.sought, tally)
        groups = self._posted(grant, candidates, tokens, tally)
        posted = self._named(candidates, groups)
        return [
            replace(
                reader,
                groups=sorted(groups[reader.row.batch.raw]),
                wanted=tokens[reader.row.epoch],
            )
            for reader in self._reached(grant, posted, tally)
        ]

    def _named(self, candidates: _Candidates, groups: Mapping[bytes, object]) -> list[BatchRow]:
        """Return the candidates that the index names."""
        held = candidates.batches
        if held is None:
            named = list(map(BatchId, groups))
            held = tuple(self._work.read(lambda tx: self._rows.named(tx, candidates.client, named)))
        # A run may name batches that are gone, outside the window or of another stream: candidates
        # count, not postings.
        ours = (row for row in held if candidates.stream in (None, row.stream))
        return [row for row in ours if row.batch.raw in groups]

    def _spelled(self, client: ClientId, text: str, tally: Tally) -> None:
        """Count the values that are spelled like a text, which stand as tokens and are not met."""
        with suppress(errors.UsageError):  # what can be no identifier
            sought = about(text.encode("utf-8", "surrogateescape"))
            held = self._work.read(lambda tx: self._vault.find(tx, client, sought))
            tally.spelled = sum(map(len, held.values()))
            # Who searched learned that they are held: counted as asking about a person is.
            tally.values += tally.spelled

    def _tokens(
        self, grant: Grant, sought: Sequence[Sought], tally: Tally
    ) -> dict[int, list[bytes]]:
        """Give the canonical tokens of a person by month; an absent one has none."""
        held = self._work.read(lambda tx: self._vault.find(tx, grant.client, sought))
        # Recorded in the outcome: asking about a person is counted as a reveal is, by values.
        tally.values = sum(map(len, held.values()))
        return {epoch: [one.canonical for one in some] for epoch, some in held.items()}

    def _posted(
        self,
        grant: Grant,
        candidates: _Candidates,
        tokens: Mapping[int, Sequence[bytes]],
        tally: Tally,
    ) -> dict[bytes, set[int]]:
        """Ask the index in which row groups of which batches tokens may stand."""
        rows = [run for run in candidates.runs if run.epoch in tokens]
        refs = [(run_ref(run.client, run.sealed.blob, run.epoch), run.sealed) for run in rows]
        groups: dict[bytes, set[int]] = {}
        for row, reached in zip(rows, self._store.reach(refs, grant), strict=True):
            if reached is None:  # its month's names have just ended, or it was merged
                self._work.read(partial(self._require_gone, row))
                continue
            try:
                with reached() as file:
                    for spot in Run(file).find(tokens[row.epoch]):
                        groups.setdefault(spot.batch, set()).add(spot.group)
            except (errors.Damaged, errors.NotFound):
                tally.note(DamagedFile(file=str(row.sealed.blob), batch=None))
        return groups

    def _require_gone(self, run: RunRow, tx: Tx) -> None:
        """Raise Damaged where a run is there and its month lives, but not its key."""
        ref = run_ref(run.client, run.sealed.blob, run.epoch)
        if run in self._rows.runs(tx, run.client, run.epoch) and self._store.lives(tx, ref):
            raise errors.Damaged("errors_keyring.does-not-open")

    def _reached(self, grant: Grant, rows: Sequence[BatchRow], tally: Tally) -> list[BatchReader]:
        def named(tx: Tx) -> list[tuple[Ref, SealedRow] | None]:
            # Texts before names, and all openers in one snapshot: either a batch's text was there
            # for all, or for none.
            found = self._rows.parts_of_all(tx, grant.client, [row.batch for row in rows])
            held = [(row, found[row.batch]) for row in rows]
            if lacking := [row.batch for row, parts in held if not parts.keys() >= _READ]:
                self._rows.require_parts(tx, grant.client, lacking)
            return [
                (part_ref(row.client, row.batch, part, row.epoch), parts[part].sealed)
                if part in parts
                else None
                for part in (SegmentPart.TEXT, SegmentPart.NAMES)
                for row, parts in held
            ]

        wanted = self._work.read(named)
        reached = iter(self._within_reach(grant, rows, wanted, tally))
        opened = [None if one is None else next(reached) for one in wanted]
        texts, names = opened[: len(rows)], opened[len(rows) :]
        torn = {one.batch for one in tally.damaged}
        pairs = zip(rows, texts, strict=True)
        tally.ended = sum(text is None and row.batch not in torn for row, text in pairs)
        files = [None if one is None else one[1].blob for one in wanted]
        return [
            BatchReader(
                row=row,
                text=text,
                names=name,
                text_file=DamagedFile(file=str(file), batch=row.batch),
                names_file=DamagedFile(file=str(other), batch=row.batch),
            )
            for row, text, name, file, other in zip(
                rows, texts, names, files[: len(rows)], files[len(rows) :], strict=True
            )
            if text is not None
        ]

    def _within_reach(
        self,
        grant: Grant,
        rows: Sequence[BatchRow],
        wanted: Sequence[tuple[Ref, SealedRow] | None],
        tally: Tally,
    ) -> list[Reached | None]:
        """Take what opens texts and names; what is damaged there is noted, and not reached."""
        try:
            return self._store.reach([one for one in wanted if one], grant)
        except errors.Damaged:
            pass  # found again below, one by one: most searches never come here
        found: list[Reached | None] = []
        for row, one in zip([*rows, *rows], wanted, strict=True):
            if one is None:
                continue
            try:
                found += self._store.reach([one], grant)
            except errors.Damaged:
                tally.note(DamagedFile(file=str(one[1].blob), batch=row.batch))
                found.append(None)
        return found

    # --- opening ---------------------------------------------------------------------------

    def reveal(self, who: Principal, request: RevealLog) -> Revealed:
        """Open the values of tokens; the entry has their number and digest, its sealed part each.

        UsageError for none, LimitExceeded for too many; a value that was erased is left out.
        """
        values = tuple(sorted(set(request.values)))
        if not values:
            raise errors.UsageError("errors_search.value-missing")
        if len(values) > REVEAL_VALUES:
            raise errors.LimitExceeded("errors_search.values", limit=REVEAL_VALUES)
        # The grant names each value: a token that was not asked for does not open, whatever the
        # code does.
        ids = frozenset(value.id for value in values)
        with self._monitor.authorize(
            who,
            request,
            self._find_client(who, request.client),
            scopes=(Scope(noun=VALUE, ids=ids),),
            count=len(ids),
            body={"values": str(len(ids)), "ids": _digest(values)},
            subject={"values": " ".join(map(str, values))},
            wait=len(ids) > BULK_VALUES,
            unmasks=len(ids),
        ) as act:
            opened = self._work.read(lambda tx: self._open(tx, act.grant, values))
            act.facts |= LogRevealedFacts(opened=len(opened)).facts()
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


def _merged_after(
    found: Generator[FoundLine, None, None], merge: Merge | None
) -> Generator[FoundLine, None, None]:
    """Pass lines on, then merge the runs of the index that were found too many.

    After the outcome, which follows the last line: who searches does not wait for the merge.
    """
    yield from found
    if merge is not None:
        merge.run()


def _facts(tally: Tally) -> Mapping[str, str]:
    facts = LogSearchedFacts(lines=tally.lines, batches=tally.batches, values=tally.values)
    return facts.facts()


def _body(request: SearchLog) -> Mapping[str, str]:
    """Give by what was searched, never for what."""
    body = {"lines": str(request.lines), "about": str(int(request.about is not None))}
    for name, moment in (("from-ms", request.from_ns), ("to-ms", request.to_ns)):
        # A body holds counts alone, and those have no sign; before 1970 no log has lines.
        if moment is not None and moment >= 0:
            body[name] = str(moment // _NS_PER_MS)
    return body


def _subject(request: SearchLog) -> Mapping[str, str] | None:
    subject: dict[str, str] = {}
    for name, text in (("stream", request.stream), ("text", request.text)):
        if text is not None:
            subject[name] = written(text.encode("utf-8", "surrogateescape"))
    if request.about is not None:
        subject["about"] = written(request.about).strip()
    return subject or None


def _digest(values: Sequence[TokenRef]) -> str:
    return sha256(enc("revealed", *(value.id for value in values))).hexdigest()
