"""Notes, verifier keys and checkpoints: the specification's own examples, and one spelling each."""

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.proof.honest_log import HonestLog

from bailee.proof.malformed import Malformed
from bailee.proof.tree.checkpoint import read_checkpoint, signed_by
from bailee.proof.tree.note import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    TIMESTAMPED,
    Note,
    NoteSignature,
    VerifierKey,
    read_note,
    signatures_by,
)

KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKu"
    "wHjG1Yu72IneyaQM=\n"
)
OTHERS = NoteSignature(name="witness.example", key_id=b"\0\1\2\3", blob=bytes(72))


def test_the_example_of_the_specification_holds() -> None:
    key, note = VerifierKey.parse(KEY), read_note(NOTE.encode())
    assert str(key) == KEY
    assert note.encode() == NOTE.encode()
    assert len(signatures_by(note, key)) == 1


def test_another_text_under_the_same_signature_does_not_hold() -> None:
    note = read_note(NOTE.replace("an example", "another").encode())
    with pytest.raises(Malformed, match="signature_bad"):
        signatures_by(note, VerifierKey.parse(KEY))


def test_lines_of_unknown_keys_are_passed_over() -> None:
    note = read_note(NOTE.encode())
    with_witness = Note(text=note.text, signatures=(OTHERS, *note.signatures))
    assert signatures_by(read_note(with_witness.encode()), VerifierKey.parse(KEY))
    assert signatures_by(note, VerifierKey.parse(KEY).of_type(TIMESTAMPED)) == ()


NOT_NOTES = {
    "nothing": "",
    "no signature": "text\n\n",
    "no text": "\n\n— example.com/foo AAAAAAA=\n",
    "no blank line": NOTE.replace("\n\n", "\n"),
    "no last newline": NOTE[:-1],
    "a newline more": NOTE + "\n",
    "a carriage return": NOTE.replace("\n", "\r\n"),
    "a control character": NOTE.replace("This", "Th\x07is"),
    "a hyphen for the dash": NOTE.replace("—", "-"),
    "two spaces": NOTE.replace("— ", "—  "),
    "a plus in the name": NOTE.replace("com/foo ", "com+foo "),
    "a space at the end": NOTE.replace("QM=\n", "QM= \n"),
    "base64 without padding": NOTE.replace("QM=", "QM"),
    "base64 with other spare bits": NOTE.replace("QM=", "QN="),
    "base64 of the other alphabet": NOTE.replace("+", "-", 1).replace("Uw2Q", "U_2Q"),
    "a signature of four bytes": "text\n\n— a AAAAAA==\n",
}


@pytest.mark.parametrize("text", NOT_NOTES.values(), ids=NOT_NOTES.keys())
def test_what_is_not_exactly_a_note_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="note"):
        read_note(text.encode())


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(Malformed, match="note"):
        read_note(b"\xff" + NOTE.encode())


def test_the_limits_hold_at_n_and_not_at_n_plus_1() -> None:
    def signed(count: int) -> bytes:
        return Note(text="text\n", signatures=(OTHERS,) * count).encode()

    assert len(read_note(signed(SIGNATURES_MAX)).signatures) == SIGNATURES_MAX
    with pytest.raises(Malformed, match="note_signatures"):
        read_note(signed(SIGNATURES_MAX + 1))
    room = NOTE_BYTES_MAX - len(signed(1))
    assert len(read_note(b"x" * room + signed(1)).text) == room + len("text\n")
    with pytest.raises(Malformed, match="note_size"):
        read_note(b"x" * (room + 1) + signed(1))


NOT_KEYS = {
    "nothing": "",
    "no key": "example.com/foo+530d903a+",
    "another id": KEY.replace("530d", "530e"),
    "an id in capitals": KEY.replace("530d903a", "530D903A"),
    "another name": KEY.replace("foo", "bar"),
    "a space in the name": KEY.replace("foo", "f o"),
    "a no-break space in the name": KEY.replace("foo", "f\u00a0o"),
    "an escape in the name": KEY.replace("foo", "f\x1bo"),
    "half a surrogate pair in the name": KEY.replace("foo", "f\udc80o"),
    "base64 with other spare bits": KEY[:-1] + "l",
    "a key of 31 bytes": "a+00000000+" + base64.b64encode(b"\1" + bytes(31)).decode(),
    "another algorithm": "a+00000000+" + base64.b64encode(b"\2" + bytes(32)).decode(),
}


@pytest.mark.parametrize("text", NOT_KEYS.values(), ids=NOT_KEYS.keys())
def test_what_is_not_exactly_a_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="vkey"):
        VerifierKey.parse(text)


def test_a_checkpoint_is_vouched_for_by_its_own_key_alone() -> None:
    log, forger = HonestLog().fill(5), HonestLog("forger").fill(5)
    checkpoint = read_checkpoint(log.checkpoint(days=2).encode())
    assert signed_by(checkpoint, log.vkey()) == 1_772_600_000 + 5 + 2 * 86_400
    assert signed_by(checkpoint, log.vkey().of_type(TIMESTAMPED)) == signed_by(
        checkpoint, log.vkey()
    )
    with pytest.raises(Malformed, match="signer_other"):
        signed_by(checkpoint, forger.vkey())
    elsewhere = VerifierKey(name="provider.example/lg-other", public=log.vkey().public)
    with pytest.raises(Malformed, match="signer_other"):
        signed_by(checkpoint, elsewhere)


NOT_CHECKPOINTS = {
    "two lines": ("\n5\n", "\n"),
    "an extension line": ("\n5\n", "\n5\n" + "A" * 43 + "=\n"),
    "a sign": ("\n5\n", "\n+5\n"),
    "a size beyond 63 bits": ("\n5\n", f"\n{1 << 63}\n"),
    "a digit of another script": ("\n5\n", "\n\N{ARABIC-INDIC DIGIT FIVE}\n"),
    "a root of 31 bytes": ("o0E0qmynOgkmm2v3ZH6W+S94dD6Q9lz5wy867Yp9wQM=", "A" * 42 + "=="),
    "an origin with a space": ("provider.example", "provider example"),
    "no entry, and yet a root": ("\n5\n", "\n0\n"),
}


@pytest.mark.parametrize(("old", "new"), NOT_CHECKPOINTS.values(), ids=NOT_CHECKPOINTS.keys())
def test_what_is_not_exactly_a_checkpoint_is_refused(old: str, new: str) -> None:
    text = HonestLog().fill(5).checkpoint().encode().decode()
    assert old in text
    with pytest.raises(Malformed, match=r"checkpoint|decimal"):
        read_checkpoint(text.replace(old, new, 1).encode())


def test_no_bit_of_a_checkpoint_can_be_flipped_unseen() -> None:
    log = HonestLog().fill(5)
    blob = log.checkpoint().encode()
    for at in range(len(blob)):
        for bit in range(8):
            flipped = blob[:at] + bytes([blob[at] ^ 1 << bit]) + blob[at + 1 :]
            with pytest.raises(Malformed):
                signed_by(read_checkpoint(flipped), log.vkey())


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400), st.randoms())
def test_reading_refuses_or_gives_back_the_same_bytes(noise: bytes, draw: random.Random) -> None:
    blob = bytearray(NOTE.encode())
    at = draw.randrange(len(blob))
    for candidate in (noise, bytes(blob[:at] + noise + blob[at:])):
        try:
            assert read_note(candidate).encode() == candidate
        except Malformed:
            continue
