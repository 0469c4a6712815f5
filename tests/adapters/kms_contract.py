"""What every custody of root and turn secret must do; run on each adapter by a subclass.

A subclass makes the custody, opens it again as another process would, and takes a custodian away
and brings it back, as an unmounted disk does.
"""

from typing import Protocol

import pytest

from bailee import errors
from bailee.keyring.model import NamedKey, Pending
from bailee.keyring.port import Kms

AAD = b"place"
KEY = bytes(range(32))


class Custody(Protocol):
    """A custody under test."""

    def open(self) -> Kms:
        """Open it as a new process."""

    def take_away(self, number: int) -> None:
        """Make a custodian unreachable."""

    def bring_back(self, number: int) -> None:
        """Make it reachable again."""


class KmsContract:
    """The contract; a subclass has a fixture `custody` with the first generation made."""

    def test_a_key_wrapped_in_one_process_opens_in_another(self, custody: Custody) -> None:
        wrapped = custody.open().kek(1).wrap(AAD, KEY)
        assert custody.open().kek(1).unwrap(AAD, wrapped) == KEY

    def test_a_moved_key_does_not_open(self, custody: Custody) -> None:
        kek = custody.open().kek(1)
        with pytest.raises(errors.Damaged):
            kek.unwrap(b"elsewhere", kek.wrap(AAD, KEY))

    def test_two_generations_share_nothing(self, custody: Custody) -> None:
        kms = custody.open()
        kms.make_turn(2)
        with pytest.raises(errors.Damaged):
            kms.kek(2).unwrap(AAD, kms.kek(1).wrap(AAD, KEY))

    def test_making_a_turn_twice_keeps_the_first(self, custody: Custody) -> None:
        kms = custody.open()
        kms.make_turn(2)
        wrapped = kms.kek(2).wrap(AAD, KEY)
        custody.open().make_turn(2)
        assert custody.open().kek(2).unwrap(AAD, wrapped) == KEY

    def test_one_custodian_is_enough_to_open(self, custody: Custody) -> None:
        wrapped = custody.open().kek(1).wrap(AAD, KEY)
        for number in (0, 1):
            custody.take_away(number)
            assert custody.open().kek(1).unwrap(AAD, wrapped) == KEY
            custody.bring_back(number)

    def test_without_custodians_the_keys_are_sealed(self, custody: Custody) -> None:
        for number in (0, 1):
            custody.take_away(number)
        with pytest.raises(errors.Sealed):
            custody.open().kek(1)

    def test_a_turn_is_not_made_while_a_custodian_is_away(self, custody: Custody) -> None:
        custody.take_away(1)
        with pytest.raises(errors.Sealed):
            custody.open().make_turn(2)

    def test_destroying_leaves_the_next_generation_and_nothing_older(
        self, custody: Custody
    ) -> None:
        kms = custody.open()
        kms.make_turn(2)
        wrapped = kms.kek(2).wrap(AAD, KEY)
        done = kms.destroy(1)
        assert done.confirmed
        assert len(done.confirmations) >= 2
        again = custody.open()
        assert {held.generations for held in again.register()} == {(2,)}
        assert again.kek(2).unwrap(AAD, wrapped) == KEY
        with pytest.raises(errors.Sealed):
            again.kek(1)

    def test_dropping_later_turns_leaves_the_present_one(self, custody: Custody) -> None:
        kms = custody.open()
        present = kms.kek(1).wrap(AAD, KEY)
        kms.make_turn(2)
        later = kms.kek(2).wrap(AAD, KEY)
        custody.open().drop_turns(1)
        again = custody.open()
        assert {held.generations for held in again.register()} == {(1,)}
        assert again.kek(1).unwrap(AAD, present) == KEY
        again.make_turn(2)
        with pytest.raises(errors.Damaged):  # another secret: what was wrapped before is over
            again.kek(2).unwrap(AAD, later)

    def test_later_turns_are_not_dropped_while_a_custodian_is_away(self, custody: Custody) -> None:
        custody.open().make_turn(2)
        custody.take_away(1)
        with pytest.raises(errors.Sealed):
            custody.open().drop_turns(1)

    def test_destroying_again_confirms_again(self, custody: Custody) -> None:
        kms = custody.open()
        kms.make_turn(2)
        kms.destroy(1)
        assert custody.open().destroy(1).confirmed

    def test_a_custodian_that_does_not_answer_is_unknown_until_it_does(
        self, custody: Custody
    ) -> None:
        kms = custody.open()
        kms.make_turn(2)
        custody.take_away(0)
        done = custody.open().destroy(1)
        assert not done.confirmed
        assert [item.answer for item in done.confirmations].count("unknown") == 1
        custody.bring_back(0)
        assert 1 in custody.open().register()[0].generations
        assert custody.open().destroy(1).confirmed

    def test_a_new_root_serves_from_its_generation_on(self, custody: Custody) -> None:
        kms = custody.open()
        old = kms.root().reveal()
        before = kms.kek(1).wrap(AAD, KEY)
        kms.add_root(2)
        kms.make_turn(2)
        again = custody.open()
        assert again.root().reveal() == again.root(2).reveal() != old
        assert again.root(1).reveal() == old
        assert again.kek(1).unwrap(AAD, before) == KEY
        after = again.kek(2).wrap(AAD, KEY)
        again.drop_roots(2)
        last = custody.open()
        assert last.kek(2).unwrap(AAD, after) == KEY
        with pytest.raises(errors.Sealed):
            last.kek(1)

    def test_adding_a_root_twice_keeps_the_first(self, custody: Custody) -> None:
        custody.open().add_root(2)
        once = custody.open().root().reveal()
        custody.open().add_root(2)
        assert custody.open().root().reveal() == once

    def test_dropping_roots_keeps_the_one_that_serves(self, custody: Custody) -> None:
        kms = custody.open()
        root = kms.root().reveal()
        kms.drop_roots(9)
        assert custody.open().root().reveal() == root

    def test_deleted_key_ids_stay_until_their_generation_ends(self, custody: Custody) -> None:
        kms = custody.open()
        one, two = bytes(16), bytes(range(16))
        kms.push(Pending(generation=1, key_ids=(one,)))
        kms.push(Pending(generation=1, key_ids=(one, two)))
        kms.push(Pending(generation=2, key_ids=(b"\xff" * 16,)))
        assert custody.open().pending() == {one, two, b"\xff" * 16}
        custody.open().make_turn(2)
        custody.open().destroy(1)
        assert custody.open().pending() == {one, two, b"\xff" * 16}
        custody.open().forget(1)
        assert custody.open().pending() == {b"\xff" * 16}

    def test_a_note_is_given_to_the_custodian_that_missed_it(self, custody: Custody) -> None:
        note = bytes(range(240))
        custody.take_away(0)
        kms = custody.open()
        assert not kms.push(Pending(generation=1, key_ids=(bytes(16),), notes=(note,)))
        custody.bring_back(0)
        assert kms.push(Pending(generation=2, key_ids=(bytes(16),)))
        for held in custody.open().named():
            assert list(held.keys) == [NamedKey(1, bytes(16), note)]

    def test_a_process_sees_what_another_left_since(self, custody: Custody) -> None:
        kms, other = custody.open(), custody.open()
        assert [len(held.keys) for held in kms.named()] == [0, 0]
        for number in range(3):
            other.push(Pending(generation=1 + number // 2, key_ids=(bytes([number] * 16),)))
            assert [len(held.keys) for held in kms.named()] == [number + 1] * 2
        eras = [held.era for held in kms.named()]
        other.forget(1)
        assert [len(held.keys) for held in kms.named()] == [1, 1]
        assert all(held.era != era for held, era in zip(kms.named(), eras, strict=True))

    def test_a_custodian_that_went_away_is_believed_and_none_is_not_enough(
        self, custody: Custody
    ) -> None:
        kms = custody.open()
        kms.push(Pending(generation=1, key_ids=(bytes(16),)))
        kms.named()
        custody.take_away(0)
        assert any(held.keys for held in kms.named())
        custody.take_away(1)
        with pytest.raises(errors.Sealed):
            kms.named()
        with pytest.raises(errors.Sealed):
            kms.push(Pending(generation=1, key_ids=(b"\x01" * 16,)))

    def test_how_far_turns_have_come_is_kept(self, custody: Custody) -> None:
        assert custody.open().marked() == (0, 0)
        custody.open().mark(1, 2)
        custody.take_away(0)
        custody.open().mark(1, 3)
        custody.bring_back(0)
        assert custody.open().marked() == (1, 3)

    def test_key_ids_that_one_custodian_missed_are_said_and_known(self, custody: Custody) -> None:
        custody.take_away(0)
        assert not custody.open().push(Pending(generation=1, key_ids=(bytes(16),)))
        custody.bring_back(0)
        assert custody.open().pending() == {bytes(16)}

    def test_the_register_says_who_answers(self, custody: Custody) -> None:
        custody.take_away(1)
        assert [held.answers for held in custody.open().register()] == [True, False]
