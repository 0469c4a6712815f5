"""The worked example of spec/batch.md, recomputed by the product and by the verifier."""

import re
from pathlib import Path

import numpy as np
import pytest
from tests.logs.texts import REPLACED, Writing, finds

from bailee.errors import UsageError
from bailee.logs.store import commitment
from bailee.logs.store.lines import pieces
from bailee.logs.token import TokenRef, parse_token, token_text
from bailee.proof.receipt.line import received
from bailee.scan.kinds import Kind
from bailee.seal.salts import line_salts, value_salts

PLACE = Path(__file__).parents[2] / "spec" / "batch.md"
PAGE = PLACE.read_text("utf-8")
FIGURES = dict(re.findall(r"^\| ([a-z0-9 ]+) \| `([0-9a-f]+)` \|$", PAGE, re.MULTILINE))
RECEIVED = b"login of alice ok\ncaf\xe9 \x1a\n"
SECONDS = 10**9


def test_the_example_is_what_is_computed() -> None:
    (lines,) = pieces(finds(RECEIVED, [(9, 14, Kind.USERNAME)]), REPLACED)
    stored, _ = Writing().write(lines)
    texts = [stored.body[stored.starts[row] : stored.starts[row + 1]].tobytes() for row in range(2)]
    assert [ascii(text)[2:-1] for text in texts] == re.findall(
        r"^(?:login|caf).*\\x1a.*$", PAGE, re.MULTILINE
    )[1:]
    assert received(texts[0], [b"alice"]) == b"login of alice ok"
    key, batch = bytes(range(32)), bytes(16)
    event = np.full(2, 1760104536 * SECONDS)
    hashes = commitment.line_hashes(key, batch, stored, event, 1760104540 * SECONDS)
    found = {
        "salt 0": line_salts(key, batch, 2)[:16].hex(),
        "value salt 0": value_salts(key, batch, 1).hex(),
        "salt 1": line_salts(key, batch, 2)[16:].hex(),
        "leaf hash 0": hashes[0].tobytes().hex(),
        "leaf hash 1": hashes[1].tobytes().hex(),
        "lines root": commitment.root(hashes).hex(),
    }
    bound = commitment.bind_hashes(
        key, batch, 0, np.array([Kind.USERNAME], np.uint8), np.zeros((1, 32), np.uint8)
    )
    assert {**found, "values root": commitment.root(bound).hex()} == FIGURES


def test_open_takes_the_token_alone_as_the_pages_say() -> None:
    segments = PLACE.with_name("segment.md").read_text("utf-8")
    (shown,) = re.findall(r"`(\d{6}:\w+)`", segments)
    assert "the 16 characters stand alone" in segments
    token = shown.partition(":")[2]
    assert token_text(parse_token(token)) == token
    assert str(TokenRef(epoch=int(shown[:6]), token=parse_token(token))) == shown
    for text in (
        shown,
        token.upper(),
        token[:15],
        f"{token}a",
        token[:14] + "01",
        f" {token[:15]}",
    ):
        with pytest.raises(UsageError):
            parse_token(text)
