"""What entries record of logs is read as it was written, under keys that never change."""

from collections.abc import Mapping

import pytest

from bailee import errors
from bailee.act import Facts
from bailee.ids import BatchId, EntryId, StreamId
from bailee.logs.acts import (
    EpochDestroyedFacts,
    EpochsFacts,
    IngestedFacts,
    LineProvedFacts,
    LogErasedFacts,
    LogExportedFacts,
    LogRevealedFacts,
    LogSearchedFacts,
    StreamsFacts,
)
from bailee.logs.facts import BatchFacts, BlockFacts, ExpiredFacts, SealedFacts, under, within
from bailee.logs.steps import EndingStep

STREAM, BATCH, ENTRY = StreamId.new(), BatchId.new(), EntryId.new()
WRITTEN: dict[str, tuple[Facts, Mapping[str, str]]] = {
    "a source taken in": (
        IngestedFacts(stream=STREAM, batches=2, repeated=1, lines=30, bytes=900),
        {"stream": str(STREAM), "batches": "2", "repeated": "1", "lines": "30", "bytes": "900"},
    ),
    "a batch given back": (LogExportedFacts(bytes=0), {"bytes": "0"}),
    "a value erased": (
        LogErasedFacts(months=2, values=3, kinds={"email": 2, "username": 1}, searches=4),
        {
            "months": "2",
            "values": "3",
            "searches": "4",
            "kind.email": "2",
            "kind.username": "1",
        },
    ),
    "a value that was nowhere": (
        LogErasedFacts(months=0, values=0, kinds={}),
        {"months": "0", "values": "0", "searches": "0"},
    ),
    "a search": (
        LogSearchedFacts(lines=7, batches=1, values=2),
        {"lines": "7", "batches": "1", "values": "2"},
    ),
    "values opened": (LogRevealedFacts(opened=4), {"opened": "4"}),
    "months listed": (EpochsFacts(months=12), {"months": "12"}),
    "a line proven": (LineProvedFacts(bytes=1_234), {"bytes": "1234"}),
    "streams listed": (StreamsFacts(streams=2, batches=5), {"streams": "2", "batches": "5"}),
    "months ended": (
        EpochDestroyedFacts(
            months=2,
            steps={(202606, "names"): EndingStep.ENDED, (202607, "text"): EndingStep.NEXT},
        ),
        {"months": "2", "e202606.names": "ended", "e202607.text": "next-run"},
    ),
    "a batch": (
        BatchFacts(
            of=ENTRY,
            batch=BATCH,
            stream=STREAM,
            epoch=202611,
            transform="placeholders-1",
            encoding="utf-8",
            offset=0,
            bytes=900,
            lines=30,
            blocks=1,
        ),
        {
            "of": str(ENTRY),
            "batch": str(BATCH),
            "stream": str(STREAM),
            "epoch": "202611",
            "transform": "placeholders-1",
            "encoding": "utf-8",
            "offset": "0",
            "bytes": "900",
            "lines": "30",
            "blocks": "1",
        },
    ),
    "a block": (
        BlockFacts(lines=30, lines_root=bytes(32), values=2, values_root=b"\xff" * 32),
        {"lines": "30", "lines-root": "00" * 32, "values": "2", "values-root": "ff" * 32},
    ),
    "a sealed object": (
        SealedFacts(sha256=b"\x01" * 32, commitment=b"\x02" * 32, bytes=1_000),
        {"sha256": "01" * 32, "commitment": "02" * 32, "bytes": "1000"},
    ),
    "secrets that expired": (ExpiredFacts(secrets=3), {"secrets": "3"}),
}


@pytest.mark.parametrize(("facts", "body"), WRITTEN.values(), ids=WRITTEN.keys())
def test_facts_are_written_under_their_keys_and_read_again(
    facts: Facts, body: Mapping[str, str]
) -> None:
    assert facts.facts() == body
    assert type(facts).parse(body) == facts
    assert type(facts).parse({**body, "of": str(ENTRY), "result": "done"}) == facts


MALFORMED: dict[str, tuple[type[Facts], Mapping[str, str]]] = {
    "a kind without a number": (
        LogErasedFacts,
        {"months": "1", "values": "1", "kind.email": "many"},
    ),
    "an erasure that counts no values": (LogErasedFacts, {"months": "1"}),
    "a step that is none": (EpochDestroyedFacts, {"months": "1", "e202606.text": "gone"}),
    "steps without their number": (EpochDestroyedFacts, {"e202606.text": "ended"}),
}


@pytest.mark.parametrize(("kind", "body"), MALFORMED.values(), ids=MALFORMED.keys())
def test_facts_that_are_malformed_are_damage(kind: type[Facts], body: Mapping[str, str]) -> None:
    with pytest.raises(errors.Damaged):
        kind.parse(body)


def test_facts_under_a_name_are_found_by_that_name_alone() -> None:
    ten, one = {"lines": "10"}, {"lines": "1", "lines-root": "00"}
    body = {**under("b10", ten), **under("b1", one), "lines": "11"}
    assert within("b10", body) == ten
    assert within("b1", body) == one
