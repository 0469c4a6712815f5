"""Restoring: from sealed objects back to the bytes that were received.

Values are opened first, all of a batch, then blocks are given back one after another.  A value that
was erased leaves `[erased]`; a secret that was not kept leaves `[secret]`.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bailee.clock import Clock
from bailee.errors import BaileeError, Conflict, Damaged, NotFound
from bailee.grant import Grant, Ref, Scope
from bailee.ids import ClientId
from bailee.keyring.model import VALUE
from bailee.keyring.port import LivingEpochs
from bailee.logs.ingest.batch import read_secrets
from bailee.logs.ingest.charset import Charset
from bailee.logs.model import BatchRow, PartRow, SegmentPart, part_ref
from bailee.logs.port import LogRows
from bailee.logs.store.placeholder import PlaceholderCodec, spans_of
from bailee.logs.store.segment import IdentifierMap, IdentifierMapReader, TextReader
from bailee.logs.store.segments import SegmentStore
from bailee.work import Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault

ERASED = b"[erased]"
_NO_KEY = "errors_keyring.no-such-key"
VALUES_AT_ONCE = 20_000


def scopes_of(row: BatchRow) -> tuple[Scope, ...]:
    """Name what giving a batch back opens."""
    own = frozenset((row.batch.raw,))
    return (*(Scope(noun=str(part), ids=own) for part in SegmentPart), Scope(noun=VALUE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Restored: a batch, opened; each chunk is one block of received bytes."""

    text: TextReader
    names: tuple[IdentifierMap | None, ...]
    values: dict[bytes, bytes | None]
    secrets: list[list[bytes]] | None

    def chunks(self) -> Iterator[memoryview]:
        """Yield the received bytes, block by block."""
        # Begins at 1 MiB and grows with the first block that needs more: most batches have small
        # ones.
        codec = PlaceholderCodec(1 << 20)
        with self.text:
            for number, note in enumerate(self.text.notes):
                block = self.text.block(number)
                raws, kinds = self._raws(number, block.stored.ordinals)
                _arena, values = spans_of(raws, kinds)
                secrets = None
                if self.secrets is not None:
                    kept = self.secrets[number]
                    _kept, secrets = spans_of(kept, np.zeros(len(kept), np.uint8))
                # The chunk lies in the codec's buffer: it is good until the next is taken, and no
                # copy is made.
                text = codec.read(block.stored, values, secrets)
                charset = Charset(encoding=note.encoding, front=note.front)
                if note.front:
                    yield memoryview(note.front)
                if charset.transcoded:
                    yield memoryview(charset.raw(text.tobytes()))
                else:
                    yield memoryview(text.data).toreadonly()

    def _raws(
        self, number: int, ordinals: npt.NDArray[np.uint32]
    ) -> tuple[list[bytes], npt.NDArray[np.uint8]]:
        names = self.names[number]
        if names is None:  # the names have ended: which kinds they were, the text alone says
            raise Conflict("errors_logs.names-ended")
        if ordinals.max(initial=0) >= max(len(names.kinds), 1):
            raise Damaged("errors_logs.segment-malformed")
        # None is a value that was erased; one that is lost was refused before the first byte went
        # out.
        values = [self.values.get(token.tobytes()) for token in names.tokens]
        return [ERASED if raw is None else raw for raw in values], names.kinds


class Restorer:
    """Restorer: opens batches against a grant."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        keys: LivingEpochs,
        store: SegmentStore,
        vault: "Vault",
        clock: Clock,
    ) -> None:
        self._work = work
        self._keys = keys
        self._rows = rows
        self._store = store
        self._vault = vault
        self._clock = clock

    def objects(self, row: BatchRow) -> int:
        """Count the sealed objects of a batch."""
        return len(self._parts(row))

    def _parts(self, row: BatchRow) -> dict[SegmentPart, PartRow]:
        """Return the objects of a batch, but those whose own term passed: a turn ends them."""
        found = self._work.read(lambda tx: self._rows.parts(tx, row.client, row.batch))
        now_ms = self._clock.now_ms()
        return {
            part: one
            for part, one in found.items()
            if one.until_ms is None or now_ms < one.until_ms
        }

    def open(self, row: BatchRow, grant: Grant) -> Restored:
        """Open all that a batch needs to be given back."""
        parts = self._parts(row)
        if SegmentPart.TEXT not in parts:
            raise Damaged("errors_logs.segment-missing")
        ended = Conflict("errors_ending.text-ended")
        text = TextReader(
            self._living(_ref(row, SegmentPart.TEXT), parts[SegmentPart.TEXT], grant, ended)
        )
        # All of a batch's keys are taken now, while the grant lives; blocks are read as they are
        # taken.
        names = self._names(row, parts, grant, len(text.notes))
        # Each token once, however many blocks name it: an opening of the grant is spent for each.
        tokens = sorted({token.tobytes() for one in names if one for token in one.tokens})
        secrets = None
        if SegmentPart.SECRETS in parts:
            ref = _ref(row, SegmentPart.SECRETS)
            with self._store.open(ref, parts[SegmentPart.SECRETS].sealed, grant) as file:
                secrets = read_secrets(file.read())
        return Restored(
            text=text,
            names=names,
            values=self._values(row.client, row.epoch, tokens, grant),
            secrets=secrets,
        )

    def _absent(self, row: BatchRow) -> BaileeError:
        """Say why there is no text: its month was ended, or it was taken away."""
        months = self._work.read(lambda tx: self._keys.epochs(tx, row.client))
        if any(month.epoch == row.epoch and month.text for month in months):
            return Damaged("errors_logs.segment-missing")
        return Conflict("errors_ending.text-ended")

    def _living(
        self, ref: Ref, part: PartRow, grant: Grant, ended: BaileeError
    ) -> io.BufferedReader:
        """Open an object; where the key of its month was ended, say so."""
        try:
            return self._store.open(ref, part.sealed, grant)
        except NotFound as error:
            if error.reason == _NO_KEY:
                raise ended from None
            raise

    def _names(
        self, row: BatchRow, parts: dict[SegmentPart, PartRow], grant: Grant, blocks: int
    ) -> tuple[IdentifierMap | None, ...]:
        if SegmentPart.NAMES not in parts:
            return (None,) * blocks
        ended = Conflict("errors_logs.names-ended")
        file = self._living(_ref(row, SegmentPart.NAMES), parts[SegmentPart.NAMES], grant, ended)
        with IdentifierMapReader(file) as names:
            if names.blocks != blocks or names.batch != row.batch.raw:
                raise Damaged("errors_logs.segment-malformed")
            return tuple(names.block(number) for number in range(blocks))

    def _values(
        self, client: ClientId, epoch: int, tokens: Sequence[bytes], grant: Grant
    ) -> dict[bytes, bytes | None]:
        found: dict[bytes, bytes | None] = {}
        for at in range(0, len(tokens), VALUES_AT_ONCE):
            some = tokens[at : at + VALUES_AT_ONCE]
            opened = self._work.read(
                lambda tx, some=some: self._vault.open(tx, grant, client, epoch, some)  # type: ignore[misc]  # bound for each stretch
            )
            for token, value in zip(some, opened, strict=True):
                found[token] = None if value is None else value.raw
        # Before the first byte: an export that looked complete but held `[erased]` for a lost value
        # would be a false answer to whoever has a right to it.
        self._require_erased(client, epoch, [token for token, raw in found.items() if raw is None])
        return found

    def _require_erased(self, client: ClientId, epoch: int, tokens: Sequence[bytes]) -> None:
        """Let nothing pass for erased that is lost, or that stands there and does not open."""
        if not self._work.read(lambda tx: self._vault.erased(tx, client, epoch, tokens)):
            raise Damaged("errors_vault.row")


def _ref(row: BatchRow, part: SegmentPart) -> Ref:
    return part_ref(row.client, row.batch, part, row.epoch)
