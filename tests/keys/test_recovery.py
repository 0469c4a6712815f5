"""The recovery kit: any t bring the root back, fewer learn nothing, slips are seen."""

import secrets
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailee import errors
from bailee.ids import InstallId
from bailee.keyring.sealers import recovery_key
from bailee.keys.recovery import WORDS, Kit, join, read_share, rehearse, split
from bailee.keys.shares import complete, join_parts, split_parts, subsets, xor
from bailee.limits import SHARE_PAGE_CHARS, SHARES_MAX
from bailee.seal.envelope import seal_to
from bailee.secret import Secret

INSTALL = InstallId(bytes(range(16)))
ROOT = Secret(bytes(range(32)))
FIGURES = [(t, n) for n in range(1, SHARES_MAX + 1) for t in range(1, n + 1)]


def kit(threshold: int = 3, shares: int = 5, root: Secret[bytes] = ROOT) -> Kit:
    return split(root, install=INSTALL, threshold=threshold, shares=shares)


@pytest.mark.parametrize(("threshold", "holders"), FIGURES)
def test_any_t_of_n_join(threshold: int, holders: int) -> None:
    secret = secrets.token_bytes(32)
    held = dict(enumerate(split_parts(secret, threshold, holders), 1))
    for subset in combinations(held, threshold):
        assert join_parts({holder: held[holder] for holder in subset}, subset) == secret


@pytest.mark.parametrize(("threshold", "holders"), [(t, n) for t, n in FIGURES if t > 1])
def test_fewer_than_t_lack_a_part_of_every_subset(threshold: int, holders: int) -> None:
    for known in combinations(range(1, holders + 1), threshold - 1):
        for subset in subsets(threshold, holders):
            assert set(subset) - set(known)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.data())
@settings(max_examples=50)
def test_what_fewer_than_t_hold_fits_every_other_secret_as_well(
    secret: bytes, other: bytes, data: st.DataObject
) -> None:
    """Hand the difference of two secrets to a holder outside: nobody inside sees a change."""
    threshold, holders = data.draw(st.sampled_from([(t, n) for t, n in FIGURES if t > 1]))
    known = data.draw(st.sets(st.integers(1, holders), max_size=threshold - 1))
    held = [dict(parts) for parts in split_parts(secret, threshold, holders)]
    for subset in subsets(threshold, holders):
        outsider = next(holder for holder in subset if holder not in known)
        held[outsider - 1][subset] = xor(held[outsider - 1][subset], xor(secret, other))
    changed = dict(enumerate(held, 1))
    for subset in subsets(threshold, holders):
        assert join_parts(changed, subset) == other


@pytest.mark.parametrize(("threshold", "holders"), [(0, 3), (4, 3), (1, 0), (2, SHARES_MAX + 1)])
def test_impossible_figures_are_refused(threshold: int, holders: int) -> None:
    with pytest.raises(errors.UsageError, match="share-figures"):
        split_parts(bytes(32), threshold, holders)


def test_the_most_holders_are_allowed() -> None:
    assert len(split_parts(bytes(32), 4, SHARES_MAX)[0]) == 20


def test_subsets_that_holders_fill() -> None:
    assert complete([5, 1, 3], 2) == ((1, 3), (1, 5), (3, 5))


@given(st.binary(min_size=32, max_size=32), st.data())
@settings(max_examples=25)
def test_pages_as_typed_back_join_in_every_combination(root: bytes, data: st.DataObject) -> None:
    threshold, shares = data.draw(st.sampled_from(FIGURES))
    pages = kit(threshold, shares, Secret(root)).pages
    chosen = data.draw(st.permutations(pages))[:threshold]
    assert join([read_share(page) for page in chosen]).reveal() == root
    rehearse(pages, Secret(root))


def test_fewer_than_t_are_refused() -> None:
    shares = kit().shares
    with pytest.raises(errors.Sealed, match="too-few-shares") as caught:
        join(shares[:2])
    assert caught.value.facts == {"have": 2, "need": 3}
    with pytest.raises(errors.Sealed):
        join([])


def test_shares_of_two_kits_never_mix() -> None:
    with pytest.raises(errors.UsageError, match="shares-mixed"):
        join([*kit().shares[:2], kit().shares[2]])


def test_a_share_given_twice_counts_once() -> None:
    share = kit().shares[0]
    with pytest.raises(errors.UsageError, match="shares-mixed"):
        join([share, share, share])


def test_a_share_made_up_by_its_holder_is_refused_and_no_root_comes_out() -> None:
    made = kit(2, 3)
    honest, liar = made.shares[0], kit(2, 3).shares[1]
    forged = type(liar)(
        install=honest.install,
        kit=honest.kit,
        number=2,
        holders=3,
        threshold=2,
        check=honest.check,
        parts=liar.parts,
    )
    with pytest.raises(errors.Damaged, match="shares-wrong"):
        join([honest, forged])


def test_a_kit_of_another_root_is_not_believed() -> None:
    with pytest.raises(errors.Damaged):
        rehearse(kit().pages, Secret(bytes(32)))


def test_a_page_may_be_typed_in_capitals_with_odd_spaces_and_digits_for_letters() -> None:
    made = kit(2, 3)
    typed = []
    for page in made.pages:
        head, *lines = page.upper().split("\nCHECK", 1)
        body = "\nCHECK" + lines[0].replace(" ", "   ").replace("\n", "\n\n  ")
        typed.append(head + body)
    assert join([read_share(page) for page in typed]).reveal() == ROOT.reveal()
    part_line = made.pages[0].splitlines()[6]
    name, rest = part_line.split(" ", 1)
    groups, words = rest.split(" ")[:-2], rest.split(" ")[-2:]
    slipped = [group.replace("o", "0").replace("b", "8") for group in groups]
    page = made.pages[0].replace(part_line, " ".join([name, *slipped, *words]))
    assert read_share(page) == made.shares[0]


@pytest.mark.parametrize("place", range(13))
def test_any_slip_is_seen_and_its_line_is_named(place: int) -> None:
    page = kit(2, 3).pages[0]
    lines = page.splitlines()
    groups = lines[7].split(" ")
    swapped = "a" if groups[place + 1][0] != "a" else "c"
    groups[place + 1] = swapped + groups[place + 1][1:]
    lines[7] = " ".join(groups)
    with pytest.raises(errors.UsageError, match="share-line") as caught:
        read_share("\n".join(lines))
    assert caught.value.facts == {"line": 8}


def test_no_single_character_of_a_page_can_be_changed_unseen() -> None:
    page = kit(2, 2).pages[0]
    whole = read_share(page)
    for at, was in enumerate(page):
        for other in ("a", "7", " ", "\n"):
            changed = page[:at] + other + page[at + 1 :]
            try:
                assert was in "\n " or read_share(changed) == whole, at
            except errors.UsageError:
                continue


def test_two_lines_swapped_are_the_same_share() -> None:
    made = kit(2, 3)
    lines = made.pages[0].splitlines()
    lines[6], lines[7] = lines[7], lines[6]
    assert read_share("\n".join(lines)) == made.shares[0]


@pytest.mark.parametrize(
    "text", ["", "\n", "bailee recovery share 1", "bailee recovery share 2\n" * 9]
)
def test_what_is_no_page_is_refused(text: str) -> None:
    with pytest.raises(errors.UsageError, match="share-line"):
        read_share(text)


@pytest.mark.parametrize(("extra", "taken"), [(0, True), (1, False)])
def test_a_page_has_a_greatest_length(extra: int, *, taken: bool) -> None:
    page = kit(2, 3).pages[0]
    padded = page + "\n" * (SHARE_PAGE_CHARS - len(page) + extra)
    if taken:
        read_share(padded)
    else:
        with pytest.raises(errors.LimitExceeded):
            read_share(padded)


@given(st.text(max_size=400))
@settings(max_examples=200)
def test_any_text_is_a_share_or_a_usage_error(text: str) -> None:
    with pytest.raises(errors.UsageError):
        read_share("bailee recovery share 1\n" + text)


def test_errors_and_values_say_no_part_of_a_share() -> None:
    share = kit(2, 3).shares[0]
    assert repr(share) == "Share(1 of 3, any 2)"
    assert "Share(" in repr(kit(2, 3))


def test_the_words_differ_from_each_other_in_two_letters_at_least() -> None:
    assert len(set(WORDS)) == 256
    for one, other in combinations(WORDS, 2):
        assert sum(a != b for a, b in zip(one, other, strict=True)) >= 2


def test_a_backup_sealed_to_the_kit_opens_with_the_joined_root() -> None:
    sealed = seal_to(recovery_key(ROOT, INSTALL).public, b"info", b"the key of a backup")
    joined = join(kit(2, 3).shares[1:])
    key = recovery_key(joined, INSTALL)
    assert key.open(b"info", sealed) == b"the key of a backup"
    assert recovery_key(ROOT, InstallId(bytes(16))).public != recovery_key(ROOT, INSTALL).public
