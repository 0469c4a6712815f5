"""Rebuilding from the log, and comparing: pure, so a table says it all."""

from collections.abc import Mapping

import pytest

from bailee.ids import ClientId, EntryId
from bailee.ledger.model import EntryShown
from bailee.monitor.power import PolicyRow
from bailee.monitor.projection import compare, rebuild
from bailee.proof.receipt.entry import NONCE_BYTES, EntryOpening, encode_body

PROVIDER = ClientId(b"p" * 16)


def row(version: int, log_index: int, told: str = "a") -> PolicyRow:
    return PolicyRow(provider=PROVIDER, hash=told, version=version, log_index=log_index)


def entry(index: int, body: Mapping[str, str], kind: str = "outcome") -> EntryShown:
    opening = EntryOpening(
        entry=EntryId.new().raw,
        kind=kind,
        time_ms=0,
        body=encode_body(body),
        nonce=bytes(NONCE_BYTES),
        subject_commitment=bytes(32),
    )
    return EntryShown(index=index, opening=opening)


FIRST = entry(3, {**row(1, 3).projected(), "of": "x", "result": "done"})
SECOND = entry(9, row(2, 9, "b").projected(), "policy:adopt")
FAILED = entry(12, {**row(3, 12).projected(), "of": "x", "result": "failed"})
OTHER_KIND = entry(13, row(3, 13).projected(), "object:get")
PLAIN = entry(14, {"of": "x", "result": "done"})
LOG = [FIRST, SECOND, FAILED, OTHER_KIND, PLAIN]

CASES: dict[str, tuple[list[EntryShown], list[PolicyRow], list[str]]] = {
    "what the last entry tells": (LOG, [row(2, 9, "b")], []),
    "what an earlier entry told": (LOG, [row(1, 3)], ["older"]),
    "no row at all": (LOG, [], ["missing"]),
    "a row that no entry tells of": ([PLAIN], [row(1, 3)], ["unknown"]),
    "a row ahead of the log": (LOG, [row(3, 20)], ["other"]),
    "the right entry and another content": (LOG, [row(2, 9, "c")], ["other"]),
    "the right entry and another version": (LOG, [row(7, 9, "b")], ["other"]),
    "nothing told and nothing kept": ([], [], []),
}


@pytest.mark.parametrize("case", CASES)
def test_compare(case: str) -> None:
    entries, rows, expected = CASES[case]
    assert [found.what for found in compare(rebuild(entries), rows)] == expected
