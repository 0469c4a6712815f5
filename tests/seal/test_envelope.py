"""Envelopes: only the recovery key opens them, and it can be made again from its kit."""

import pickle
import secrets

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bailee.errors import Damaged
from bailee.seal.envelope import PUBLIC_BYTES, RecoveryKey, open_from, recovery_public, seal_to

SEED = bytes(range(32))
PUBLIC = recovery_public(SEED)

# draft-connolly-cfrg-xwing-kem-08, appendix C, first vector: both ends of its public key
XWING_SEED = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
XWING_FIRST = bytes.fromhex("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5")
XWING_LAST = bytes.fromhex("eff389b27dce59844570216223593d4ba32d9abac8cd049040ef6534")


def test_the_pair_is_the_one_of_x_wing() -> None:
    public = recovery_public(XWING_SEED)
    assert len(public) == PUBLIC_BYTES
    assert public.startswith(XWING_FIRST)
    assert public.endswith(XWING_LAST)


@given(st.binary(max_size=300), st.binary(max_size=50))
def test_what_was_sealed_comes_back(plaintext: bytes, info: bytes) -> None:
    sealed = seal_to(PUBLIC, info, plaintext)
    assert len(sealed) == 1_120 + len(plaintext) + 16
    assert open_from(SEED, info, sealed) == plaintext


def test_another_key_or_use_does_not_open() -> None:
    sealed = seal_to(PUBLIC, b"backup", b"key")
    for seed, info in ((bytes(32), b"backup"), (SEED, b"escrow"), (SEED, b"")):
        with pytest.raises(Damaged, match=r"errors_seal\.envelope"):
            open_from(seed, info, sealed)


@given(st.integers(0, 1_120 + 3 + 16 - 1), st.integers(0, 7))
@example(1_119, 7)
def test_a_flipped_bit_anywhere_is_refused(at: int, bit: int) -> None:
    """Even the top bit of the X25519 share, which the curve ignores: X-Wing hashes the share."""
    sealed = bytearray(seal_to(PUBLIC, b"backup", b"key"))
    sealed[at] ^= 1 << bit
    with pytest.raises(Damaged):
        open_from(SEED, b"backup", bytes(sealed))


@given(st.binary(max_size=1_300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(Damaged):
        open_from(SEED, b"backup", noise)


def test_keys_have_one_length() -> None:
    for size in (0, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            RecoveryKey(bytes(size))
    for size in (0, 32, PUBLIC_BYTES - 1, PUBLIC_BYTES + 1):
        with pytest.raises(ValueError, match="1,216 bytes"):
            seal_to(secrets.token_bytes(size), b"", b"")


def test_the_private_half_does_not_leave_the_process() -> None:
    with pytest.raises(TypeError, match="does not leave"):
        pickle.dumps(RecoveryKey(SEED))
