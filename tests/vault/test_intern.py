"""Values in: same value same token, spellings, collisions, races, memory."""

import hmac
import multiprocessing
import secrets
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.vault.strongroom import (
    ALICE,
    ALICE_LOUD,
    ALICE_ODD,
    BOB,
    EPOCH,
    HOST,
    PHONE,
    Strongroom,
    Text,
)

from bailee import errors
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.encoding import enc
from bailee.ids import ClientId
from bailee.keyring.service import Keyring
from bailee.scan.kinds import Kind
from bailee.vault import service
from bailee.vault.memory import KnownTokens, TokenCache
from bailee.vault.service import Vault

MANY: list[Text] = [(Kind.EMAIL, b"person%d@example.org" % number, None) for number in range(500)]


def test_one_value_has_one_token_here_later_and_in_another_process(room: Strongroom) -> None:
    client = room.house.new_client()
    first = room.intern(client, ALICE, HOST, ALICE)
    assert first.fresh.tolist() == [True, True, True]
    assert bytes(first.tokens[0]) == bytes(first.tokens[2]) != bytes(first.tokens[1])
    for vault in (room.vault, room.elsewhere()):
        again = room.intern(client, HOST, ALICE, vault=vault)
        assert again.tokens.tolist() == first.tokens[[1, 0]].tolist()
        assert again.commitments.tolist() == first.commitments[[1, 0]].tolist()
        assert not again.fresh.any()


def test_nothing_is_interned_from_nothing(room: Strongroom) -> None:
    found = room.vault.intern(room.house.new_client(), EPOCH, [], [], [])
    assert found.tokens.shape == (0, 10)
    assert found.commitments.shape == (0, 32)


def test_each_spelling_has_its_token_and_names_the_canonical_one(room: Strongroom) -> None:
    client = room.house.new_client()
    found = room.intern(client, ALICE_LOUD, ALICE_ODD, ALICE)
    assert len({bytes(token) for token in found.tokens}) == 3
    assert {bytes(token) for token in found.canonical} == {bytes(found.tokens[2])}
    later = room.intern(client, ALICE_ODD, ALICE_LOUD, vault=room.elsewhere())
    assert later.tokens.tolist() == found.tokens[[1, 0]].tolist()
    assert later.canonical.tolist() == found.canonical[:2].tolist()


def test_a_canonical_form_that_no_line_spelt_gets_a_token_all_the_same(room: Strongroom) -> None:
    client = room.house.new_client()
    found = room.intern(client, PHONE)
    assert bytes(found.canonical[0]) != bytes(found.tokens[0])
    canonical = (Kind.PHONE, b"+237671234567", None)
    assert room.token(client, canonical) == bytes(found.canonical[0])
    assert room.found(client, canonical) == {
        EPOCH: {bytes(found.tokens[0]), bytes(found.canonical[0])}
    }


def test_spellings_of_several_calls_are_found_together(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = set()
    for number in range(5):
        odd = b"A" * (number + 1) + b"@example.org"
        tokens.add(room.token(client, (Kind.EMAIL, odd, b"a@example.org")))
    (held,) = room.found(client, (Kind.EMAIL, b"a@example.org", None)).values()
    assert len(held) == 6
    assert tokens < held


def test_one_text_under_two_kinds_has_two_tokens(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, (Kind.EMAIL, b"a@b.c", None), (Kind.USERNAME, b"a@b.c", None))
    assert len(set(tokens)) == 2


def test_the_commitment_is_that_of_the_formula(room: Strongroom) -> None:
    client = room.house.new_client()
    found = room.intern(client, ALICE, PHONE, HOST)
    tokens = [bytes(token) for token in found.tokens]
    grant = room.grant(client)
    openings = room.house.work.read(
        lambda tx: room.vault.openings(tx, grant, client, EPOCH, tokens)
    )
    for commitment, opening in zip(found.commitments, openings, strict=True):
        assert opening is not None
        message = enc("value", client.raw, EPOCH, int(opening.kind), opening.raw)
        assert hmac.digest(opening.r, message, "sha256") == bytes(commitment)
        assert opening.commitment == bytes(commitment)


def test_many_values_go_in_by_parts_and_come_back(
    room: Strongroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "VALUES_AT_ONCE", 64)
    client = room.house.new_client()
    tokens = room.tokens(client, *MANY)
    assert len(set(tokens)) == len(MANY)
    assert room.raws(client, tokens) == [raw for _, raw, _ in MANY]


def test_values_of_every_length_come_back(room: Strongroom) -> None:
    client = room.house.new_client()
    texts: list[Text] = [
        (Kind.USER_AGENT, bytes([65 + size % 26]) * size, None)
        for size in (0, 1, 17, 18, 19, 81, 82, 83, 1_000, 65_536)
    ]
    assert room.raws(client, room.tokens(client, *texts)) == [raw for _, raw, _ in texts]


def test_kinds_may_be_an_array(room: Strongroom) -> None:
    client = room.house.new_client()
    kinds = np.array([Kind.EMAIL, Kind.IPV4], np.uint8)
    found = room.vault.intern(client, EPOCH, kinds, [ALICE[1], HOST[1]], [None, None])
    assert [bytes(token) for token in found.tokens] == room.tokens(client, ALICE, HOST)


def test_one_kind_raw_value_and_canonical_form_each(room: Strongroom) -> None:
    with pytest.raises(ValueError, match="zip"):
        room.vault.intern(room.house.new_client(), EPOCH, [1], [b"a", b"b"], [None, None])


def test_values_whose_names_are_dropped_are_committed_to_and_not_kept(room: Strongroom) -> None:
    client = room.house.new_client()
    one, two = (
        room.vault.commit_only(client, EPOCH, [1, 8], [b"a@b.c", b"10.0.0.1"]) for _ in "12"
    )
    assert one.shape == (2, 32)
    assert not (one == two).all(axis=1).any()
    assert room.rows("select count(*) from vault") == [(0,)]


# --- collisions ----------------------------------------------------------------------------


class Rigged:
    """Draws the same tokens until it is told otherwise, and real randomness for all else."""

    def __init__(self, tokens: list[bytes]) -> None:
        self.tokens = tokens
        self.asked = 0

    def __call__(self, size: int) -> bytes:
        if size == 10 and self.tokens:
            self.asked += 1
            return self.tokens.pop(0)
        return secrets.token_bytes(size)


def test_a_token_that_is_taken_is_drawn_again(room: Strongroom) -> None:
    client = room.house.new_client()
    taken = room.token(client, ALICE)
    rigged = Rigged([taken, taken])
    vault = Vault(
        work=room.house.work, keyring=room.house.keyring, rows=SqlVaultRows(), entropy=rigged
    )
    found = room.intern(client, BOB, vault=vault)
    assert rigged.asked == 2
    assert bytes(found.tokens[0]) != taken
    assert room.raws(client, [taken, bytes(found.tokens[0])]) == [ALICE[1], BOB[1]]


def test_two_equal_tokens_of_one_draw_are_drawn_again(room: Strongroom) -> None:
    client = room.house.new_client()
    drawn = [b"\x07" * 20]

    def entropy(size: int) -> bytes:
        return drawn.pop() if size == 20 and drawn else secrets.token_bytes(size)

    vault = Vault(
        work=room.house.work, keyring=room.house.keyring, rows=SqlVaultRows(), entropy=entropy
    )
    found = room.intern(client, ALICE, BOB, vault=vault)
    assert bytes(found.tokens[0]) != bytes(found.tokens[1])
    assert room.raws(client, map(bytes, found.tokens)) == [ALICE[1], BOB[1]]


# --- races ---------------------------------------------------------------------------------


def test_threads_that_race_for_the_same_values_agree(room: Strongroom) -> None:
    client = room.house.new_client()
    room.token(client, HOST)
    vaults = [room.vault, room.elsewhere(), room.vault, room.elsewhere()]
    start, found = threading.Barrier(len(vaults)), {}

    def race(number: int) -> None:
        start.wait()
        mine = MANY[number * 7 :] + MANY[: number * 7]
        tokens = room.intern(client, *mine, vault=vaults[number]).tokens
        found[number] = {text: bytes(token) for text, token in zip(mine, tokens, strict=True)}

    threads = [threading.Thread(target=race, args=(number,)) for number in range(len(vaults))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] == found[2] == found[3]
    assert room.rows("select count(*) from vault") == [(len(MANY) + 1,)]
    assert room.rows("select count(*) from vault_index") == [(len(MANY) + 1,)]


def raced(room: Strongroom, path: Path, client: ClientId, spelt: list[Text]) -> list[bytes]:
    work = SqliteWork(path)
    keyring = Keyring(rows=room.house.rows, kms=room.house.kms, clock=room.house.clock)
    work.read(keyring.load)
    vault = Vault(work=work, keyring=keyring, rows=SqlVaultRows())
    kinds, raws, canons = zip(*spelt, strict=True)
    found: list[bytes] = []
    for at in range(0, len(spelt), 50):
        some = slice(at, at + 50)
        interned = vault.intern(client, EPOCH, kinds[some], raws[some], canons[some])
        found += [bytes(token) for token in interned.tokens]
    work.close()
    return found


def test_processes_that_race_for_the_same_values_agree(room: Strongroom) -> None:
    client = room.house.new_client()
    spelt: list[Text] = [
        (
            Kind.EMAIL,
            b"Name%d@x.org" % (number // 3) + b"." * (number % 3),
            b"name%d@x.org" % (number // 3),
        )
        for number in range(300)
    ]
    forked = multiprocessing.get_context("fork")
    gate = forked.Barrier(2)
    ends = [forked.Pipe(duplex=False) for _ in range(2)]

    def run(end: int) -> None:
        gate.wait()
        ends[end][1].send(raced(room, room.house.path, client, spelt))

    children = [forked.Process(target=run, args=(end,)) for end in range(2)]
    for child in children:
        child.start()
    answers = [end.recv() for end, _ in ends]
    for child in children:
        child.join()
    assert answers[0] == answers[1]
    assert len(room.found(client, (Kind.EMAIL, b"name7@x.org", None))[EPOCH]) == 4


# --- memory --------------------------------------------------------------------------------


def test_what_is_known_is_not_looked_up_again(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, *MANY)
    room.change("delete from vault_index")
    assert room.tokens(client, *MANY) == tokens


def test_memory_is_bounded_and_what_fell_out_is_looked_up(room: Strongroom) -> None:
    client = room.house.new_client()
    vault = Vault(
        work=room.house.work, keyring=room.house.keyring, rows=SqlVaultRows(), remembered=100
    )
    first = room.intern(client, *MANY, vault=vault).tokens.tolist()
    for text in MANY:
        room.intern(client, text, vault=vault)
    assert len(vault._memory) <= 100
    assert room.intern(client, *MANY, vault=vault).tokens.tolist() == first


def test_memory_drops_the_half_not_asked_for_of_late() -> None:
    known = KnownTokens((0, 0), 8)
    known.learn({bytes([number]): b"x" for number in range(4)})
    known.learn({bytes([number]): b"y" for number in range(4, 8)})
    assert known.look_up([b"\x00", b"\x09"]) == [b"x", None]
    known.learn({bytes([number]): b"z" for number in range(10, 14)})
    assert known.look_up([b"\x01", b"\x0a"]) == [None, b"z"]
    assert len(known) <= 8


def test_memory_under_another_stamp_is_empty_and_whole_epochs_fall_out() -> None:
    memory, client = TokenCache(limit=10), ClientId.new()
    memory.of(client, 202610, (0, 0)).learn({b"a": b"1"})
    assert memory.of(client, 202610, (0, 0)).look_up([b"a"]) == [b"1"]
    assert memory.of(client, 202610, (0, 1)).look_up([b"a"]) == [None]
    for month in range(1, 5):
        memory.of(client, 202600 + month, (0, 0)).learn({bytes([n]): b"" for n in range(4)})
    assert memory.of(client, 202604, (0, 0)).look_up([b"\x00"]) == [b""]
    assert len(memory) <= 12
    memory.clear(client)
    assert len(memory) == 0


def test_a_client_that_is_not_there_has_no_vault(room: Strongroom) -> None:
    with pytest.raises(errors.NotFound):
        room.intern(ClientId.new(), ALICE)
