"""The keyring over real rows: who may open, what a deletion leaves, what several processes see."""

import copy
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.keyring.custody import House, founded

from bailee import errors
from bailee.grant import Grant, Ref
from bailee.ids import ActorId, ClientId, LedgerId
from bailee.keyring.service import BODY_NOUN, Keyring
from bailee.seal.row import row_aad


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = founded(tmp_path)
    yield made
    made.work.close()


def thing(client: ClientId, noun: str = "object", start: bytes = b"") -> Ref:
    return Ref(client=client, noun=noun, id=start + LedgerId.new().raw[len(start) :], version=1)


def aad_of(ref: Ref) -> bytes:
    return row_aad(ref.client.raw, ref.noun, ref.id, "value", ref.version)


def put(house: House, ref: Ref, value: bytes = b"a value") -> bytes:
    sealer = house.keyring.sealer(ref)
    house.work.run(ref.client, lambda tx: house.keyring.enrol(tx, sealer))
    return sealer.seal_row(aad_of(ref), value)


def get(house: House, ref: Ref, sealed: bytes, keyring: Keyring | None = None) -> bytes:
    ring = keyring or house.keyring
    grant = house.grant(ref.client, (ref.noun,))
    opener = house.work.read(lambda tx: ring.opener(tx, ref, grant))
    return opener.open_row(aad_of(ref), sealed)


def destroy(house: House, *refs: Ref) -> None:
    pending = house.work.run(refs[0].client, lambda tx: house.keyring.destroy(tx, refs))
    house.keyring.announce(pending)


def test_what_was_sealed_opens_here_and_in_another_process(house: House) -> None:
    ref = thing(house.new_client())
    sealed = put(house, ref)
    assert get(house, ref, sealed) == b"a value"
    assert get(house, ref, sealed, house.reopened()) == b"a value"


def test_a_sealer_that_was_never_enrolled_leaves_nothing_to_open(house: House) -> None:
    ref = thing(house.new_client())
    sealed = house.keyring.sealer(ref).seal_row(aad_of(ref), b"lost")
    with pytest.raises(errors.NotFound):
        get(house, ref, sealed)


def test_a_thing_is_enrolled_once(house: House) -> None:
    ref = thing(house.new_client())
    put(house, ref)
    with pytest.raises(errors.Conflict, match="enrolled-already"):
        put(house, ref)


def spent(grant: Grant) -> None:
    while grant.spend():
        pass


REFUSED: dict[str, Callable[[House, Ref], Grant]] = {
    "of another client": lambda h, ref: h.grant(ClientId.new(), (ref.noun,)),
    "of another noun": lambda h, ref: h.grant(ref.client, ("segment",)),
    "of other ids": lambda h, ref: h.grant(ref.client, ids=frozenset({bytes(16)})),
    "of nothing": lambda h, ref: h.grant(ref.client, ()),
    "for no opening": lambda h, ref: h.grant(ref.client, count=0),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_grant_opens_nothing_when_it_is(house: House, why: str) -> None:
    ref = thing(house.new_client())
    put(house, ref)
    grant = REFUSED[why](house, ref)
    with pytest.raises(errors.Sealed, match="not-granted"):
        house.work.read(lambda tx: house.keyring.opener(tx, ref, grant))


def test_a_grant_opens_as_often_as_it_counts_and_no_more(house: House) -> None:
    ref = thing(house.new_client())
    put(house, ref)
    grant = house.grant(ref.client, count=2)
    for _ in range(2):
        house.work.read(lambda tx: house.keyring.opener(tx, ref, grant))
    with pytest.raises(errors.Sealed):
        house.work.read(lambda tx: house.keyring.opener(tx, ref, grant))


def test_a_grant_is_over_after_its_seconds(house: House) -> None:
    ref = thing(house.new_client())
    put(house, ref)
    grant = house.grant(ref.client)
    house.clock.running_s += 5.001
    with pytest.raises(errors.Sealed):
        house.work.read(lambda tx: house.keyring.opener(tx, ref, grant))


def test_a_grant_for_another_act_is_refused_where_the_act_is_named(house: House) -> None:
    ref = thing(house.new_client())
    put(house, ref)
    grant = house.grant(ref.client, act="object:list")
    with pytest.raises(errors.Sealed):
        house.work.read(lambda tx: house.keyring.opener(tx, ref, grant, act="object:get"))


def with_field(name: str, value: object) -> Callable[[Grant], None]:
    return lambda grant: setattr(grant, name, value)


TAMPERED = {
    "act": with_field("act", "object:delete"),
    "actor": with_field("actor", ActorId(bytes(16))),
    "purpose": with_field("purpose", "rights"),
    "count": with_field("count", 1_000),
    "expiry": with_field("expires_s", 10_000.0),
    "index": with_field("index", 8),
    "mac": with_field("mac", bytes(32)),
    "scopes": with_field("scopes", ()),
}


@pytest.mark.parametrize("part", TAMPERED)
def test_a_grant_changed_after_it_was_made_is_refused_in_its(house: House, part: str) -> None:
    ref = thing(house.new_client())
    put(house, ref)
    grant = house.grant(ref.client)
    TAMPERED[part](grant)
    with pytest.raises(errors.Sealed):
        house.work.read(lambda tx: house.keyring.opener(tx, ref, grant))


def test_deleting_leaves_siblings_open_and_the_deleted_shut(house: House) -> None:
    client = house.new_client()
    refs = [thing(client, noun, b"\x12\x34") for noun in ("object", "segment") for _ in range(4)]
    sealed = {ref: put(house, ref) for ref in refs}
    destroy(house, refs[0], refs[5])
    for ring in (house.keyring, house.reopened()):
        for ref in refs:
            if ref in (refs[0], refs[5]):
                with pytest.raises(errors.NotFound):
                    get(house, ref, sealed[ref], ring)
            else:
                assert get(house, ref, sealed[ref], ring) == b"a value"


def test_a_deletion_is_pending_and_with_the_custodians(house: House) -> None:
    client = house.new_client()
    refs = [thing(client) for _ in range(3)]
    for ref in refs:
        put(house, ref)
    destroy(house, *refs)
    pending = house.work.read(house.rows.pending)
    assert {row.kid for row in pending} == house.kms.pending()
    assert {(row.client, row.noun, row.gen) for row in pending} == {(client, "object", 1)}


def test_what_was_not_announced_before_a_crash_can_be_announced_after(house: House) -> None:
    ref = thing(house.new_client())
    put(house, ref)
    house.work.run(ref.client, lambda tx: house.keyring.destroy(tx, [ref]))
    house.kms.left = [[], []]  # custodians that know nothing, as after a crash of versions before
    again = house.reopened()
    for pending in house.work.read(again.unannounced):
        again.announce(pending)
    assert len(house.kms.pending()) == 1


def test_deleting_what_is_not_there_changes_nothing(house: House) -> None:
    client = house.new_client()
    here, absent = thing(client), thing(client)
    sealed = put(house, here)
    with pytest.raises(errors.NotFound):
        destroy(house, here, absent)
    assert get(house, here, sealed) == b"a value"


def test_the_old_bucket_key_opens_no_sibling_any_more(house: House) -> None:
    client = house.new_client()
    refs = [thing(client, start=b"\x00\x07") for _ in range(2)]
    for ref in refs:
        put(house, ref)
    before = house.work.read(lambda tx: house.rows.leaves(tx, client, 7))
    destroy(house, refs[0])
    after = house.work.read(lambda tx: house.rows.leaves(tx, client, 7))
    kept = next(row for row in before if row.id == refs[1].id)
    assert [row.id for row in after] == [refs[1].id]
    assert after[0].wrapped != kept.wrapped


def test_a_client_that_left_has_no_keys_and_keeps_its_ledger(house: House) -> None:
    client, other = house.new_client(), house.new_client()
    ref, kept = thing(client), thing(other)
    sealed, kept_sealed = put(house, ref), put(house, kept)
    sealer = house.work.run(client, lambda tx: house.keyring.body_sealer(tx, client, 2026))
    body = sealer.seal_row(b"aad", b"who did what")
    pending = house.work.run(client, lambda tx: house.keyring.leave(tx, client))
    assert pending.key_ids == (client.raw,)
    with pytest.raises(errors.NotFound):
        get(house, ref, sealed)
    assert get(house, kept, kept_sealed) == b"a value"
    grant = house.grant(client, (BODY_NOUN,))
    opener = house.work.read(lambda tx: house.keyring.body_opener(tx, client, 2026, grant))
    assert opener.open_row(b"aad", body) == b"who did what"


def test_ledger_bodies_open_only_against_a_grant_for_them(house: House) -> None:
    client = house.new_client()
    house.work.run(client, lambda tx: house.keyring.body_sealer(tx, client, 2026))
    grant = house.grant(client, ("object",))
    with pytest.raises(errors.Sealed):
        house.work.read(lambda tx: house.keyring.body_opener(tx, client, 2026, grant))


def test_the_body_key_of_a_year_is_one(house: House) -> None:
    client = house.new_client()
    one = house.work.run(client, lambda tx: house.keyring.body_sealer(tx, client, 2026))
    again = house.reopened()
    two = house.work.run(client, lambda tx: again.body_sealer(tx, client, 2026))
    other = house.work.run(client, lambda tx: house.keyring.body_sealer(tx, client, 2027))
    assert one.commitment(b"x") == two.commitment(b"x") != other.commitment(b"x")


def test_a_log_keeps_its_signer_until_it_is_replaced(house: House) -> None:
    log = LedgerId.new()
    made = house.work.run(house.provider, lambda tx: house.keyring.new_signer(tx, log))
    again = house.reopened()
    assert house.work.read(lambda tx: again.signer(tx, log)).public_key == made.public_key
    new = house.work.run(house.provider, lambda tx: house.keyring.new_signer(tx, log))
    assert new.public_key != made.public_key
    assert house.work.read(lambda tx: house.keyring.signer(tx, log)).sign(b"x") == new.sign(b"x")


def test_a_log_without_a_signer_is_not_found(house: House) -> None:
    with pytest.raises(errors.NotFound):
        house.work.read(lambda tx: house.keyring.signer(tx, LedgerId.new()))


def test_tags_of_two_domains_differ_and_a_tag_is_checked(house: House) -> None:
    ring = house.keyring
    assert ring.mac("row", b"x") != ring.mac("label", b"x")
    assert ring.verify_mac("row", b"x", house.reopened().mac("row", b"x"))
    assert not ring.verify_mac("row", b"y", ring.mac("row", b"x"))


def test_nothing_opens_before_the_keys_are_loaded(house: House) -> None:
    cold = Keyring(rows=house.rows, kms=house.kms, clock=house.clock)
    ref = thing(house.new_client())
    put(house, ref)
    for use in (lambda: cold.mac("row", b"x"), lambda: cold.provider):
        with pytest.raises(errors.Sealed, match="not-loaded"):
            use()
    with pytest.raises(errors.Sealed, match="not-loaded"):
        get(house, ref, b"", cold)


def test_founding_twice_and_a_client_twice_are_conflicts(house: House) -> None:
    with pytest.raises(errors.Conflict):
        house.work.run(house.provider, lambda tx: house.keyring.found(tx, house.provider))
    with pytest.raises(errors.Conflict):
        house.work.run(house.provider, lambda tx: house.keyring.new_client(tx, house.provider))


def test_a_root_of_another_installation_is_refused(house: House) -> None:
    house.kms.install = type(house.kms.install).new()
    with pytest.raises(errors.Sealed, match="other-install"):
        house.reopened()


def test_keys_and_keyring_are_neither_copied_nor_pickled(house: House) -> None:
    ref = thing(house.new_client())
    for secret in (house.keyring, house.keyring.sealer(ref), house.keyring.turning()._wrapping):
        for leave in (pickle.dumps, copy.deepcopy, copy.copy):
            with pytest.raises(TypeError):
                leave(secret)


def test_an_id_of_one_byte_names_no_bucket(house: House) -> None:
    with pytest.raises(errors.UsageError, match="id-too-short"):
        house.keyring.sealer(Ref(client=house.provider, noun="object", id=b"x"))
