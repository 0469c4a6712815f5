"""Every vector of spec/api-token.md does what it says, and the page quotes them."""

import hmac
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.vectors import FILE, page
from tests.keys.vectors import written

from bailee.accounts.token import DOMAIN, SecretToken

PAGE = tomllib.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
SPEC = Path(__file__).parents[2] / "spec" / "api-token.md"


@dataclass(frozen=True)
class KeyOf:
    """The MACs of one key, whatever the domain."""

    key: bytes

    def mac(self, domain: str, message: bytes) -> bytes:
        assert domain == DOMAIN
        return hmac.digest(self.key, message, "sha256")

    def verify_mac(self, domain: str, message: bytes, tag: bytes) -> bool:
        return hmac.compare_digest(self.mac(domain, message), tag)


def test_the_file_is_the_one_that_is_made() -> None:
    made = written(page())
    if os.environ.get("BAILEE_UPDATE"):
        FILE.write_text(made, "utf-8")
    assert FILE.read_text("utf-8") == made


@pytest.mark.parametrize("name", PAGE)
def test_each_vector(name: str) -> None:
    vector = PAGE[name]
    if vector["expect"] == "refused":
        with pytest.raises(ValueError, match="not an"):
            SecretToken.read(str(vector["token"]))
        return
    token = SecretToken.read(str(vector["token"]))
    keys = KeyOf(bytes.fromhex(str(vector["mac-key"])))
    assert str(token.id) == vector["id"]
    assert token.secret.reveal().hex() == vector["secret"]
    assert token.keyed(keys).hex() == vector["expect"]
    assert token.is_of(keys, bytes.fromhex(str(vector["expect"])))
    assert token.written().reveal() == vector["token"]


@given(text=st.text(max_size=200))
def test_whatever_is_shown_is_read_or_refused(text: str) -> None:
    try:
        found = SecretToken.read(text)
    except ValueError:
        return
    assert found.written().reveal() == text


@given(drawn=st.binary(min_size=48, max_size=48), at=st.integers(0, 92), put=st.characters())
def test_one_other_character_is_another_token_or_none(drawn: bytes, at: int, put: str) -> None:
    """None but for one in 16 million, which is why the secret is compared as well."""
    parts = iter((drawn[:16], drawn[16:]))
    text = SecretToken.draw(lambda _: next(parts)).written().reveal()
    assert SecretToken.read(text).written().reveal() == text
    slip = text[:at] + put + text[at + 1 :]
    try:
        found = SecretToken.read(slip)
    except ValueError:
        return
    assert found.written().reveal() == slip


def test_the_page_quotes_its_vectors() -> None:
    text = SPEC.read_text("utf-8")
    quoted = set(re.findall(r"\b[0-9a-f]{24,}\b|bailee_tk-[a-z2-7_]+", text))
    known = {str(part) for vector in page().values() for part in vector.values()}
    assert len(quoted) > 2
    assert quoted <= known
