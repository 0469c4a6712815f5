"""One flipped bit in any file: named by `check --deep`, or provably without effect (guarantee G3).

Planted once to see it fail: objects judged by size alone, and rows judged without their keys and
structure; each left flips unnoticed here.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest
from tests.check.flips import KINDS, OF_LOGS, UNBOUND, Flip, Museum, Seen, little
from tests.disk import quick

Law = Callable[[Museum, Flip, Seen], bool]


def _named(museum: Museum, flip: Flip, seen: Seen) -> bool:
    """Damage is named, or the home does not open on it and says why."""
    del museum, flip
    return seen.damaged or seen.refused is not None


def _rows(museum: Museum, flip: Flip, seen: Seen) -> bool:
    """Named; or in a free page or the slack of one, so that another reader finds the same rows."""
    return _named(museum, flip, seen) or museum.same_rows(flip)


def _refused(museum: Museum, flip: Flip, seen: Seen) -> bool:
    """The home does not open on it."""
    del museum, flip
    return seen.refused is not None


def _told(museum: Museum, flip: Flip, seen: Seen) -> bool:
    """A custodian that cannot be used is told of; the other one serves."""
    del flip
    return seen.told and (seen.refused is not None or seen.given == museum.whole.given)


def _mended(museum: Museum, flip: Flip, seen: Seen) -> bool:
    """A deletion that a custodian no longer knows of is told to it again at the next start."""
    del flip
    return museum.whole.pending <= seen.pending


def _settings(museum: Museum, flip: Flip, seen: Seen) -> bool:
    """The provider's domain is named; another setting is its owner's to edit, and harms nothing."""
    text = museum.kept[flip.path]
    line = text[text.rfind(b"\n", 0, flip.offset) + 1 :].partition(b"\n")[0]
    if line.startswith(b"domain"):
        return _named(museum, flip, seen)
    return seen.refused is not None or seen.given == museum.whole.given


def _harmless(museum: Museum, flip: Flip, seen: Seen) -> bool:
    """Nothing depends on it."""
    del flip
    return seen.refused is None and not seen.damaged and seen.given == museum.whole.given


LAWS: Mapping[str, tuple[Law, int]] = {
    "rows": (_rows, 10),
    "object": (_named, 4),
    "tile": (_named, 4),
    "bundle": (_named, 3),
    "checkpoint": (_named, 3),
    "signer": (_named, 3),
    "memory": (_harmless, 1),
    "keyring": (_refused, 6),
    "settings": (_settings, 4),
    "custodian": (_told, 3),
    "pending": (_mended, 2),
    # The other custodian has the record; the next start leaves it with this one again.
    "anchors": (_harmless, 2),
    "backup": (_named, 4),
    "text": (_named, 2),
    "names": (_named, 2),
    "log-secrets": (_named, 1),
    "run": (_named, 2),
}
"""The law of each kind of file, and how many flips the fast tests draw."""


@pytest.fixture(scope="module")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Museum]:
    """Give a home on a disk in memory where there is room: each look syncs a hundred times."""
    with quick(tmp_path_factory.mktemp("museum")) as folder:
        yield Museum(folder)


@pytest.fixture(scope="module")
def cabinet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Museum]:
    """Give a home with little in it: each look at it takes a quarter of the time."""
    with quick(tmp_path_factory.mktemp("cabinet")) as folder:
        yield Museum(folder, little)


def _broken(museum: Museum, kind: str, flips: Iterable[Flip]) -> Iterator[str]:
    """Name the flips that broke the law of their kind, or brought wrong bytes out."""
    law, _ = LAWS[kind]
    for flip in flips:
        seen = museum.harm(flip)
        if not law(museum, flip, seen):
            yield f"{flip}: {seen.refused!r} {seen.findings}"
        yield from _wrong(museum, flip, seen)


def _wrong(museum: Museum, flip: object, seen: Seen) -> Iterator[str]:
    """Name what came out otherwise than it went in.

    Kept secrets whose term seems over, or whose row seems gone, are shown to nobody: no wrong byte.
    """
    for name, contents in seen.given.items():
        whole = museum.whole.given.get(name, [])
        whole = [*whole, *(one.replace(b"hunter2zebra", b"[secret]") for one in whole)]
        if any(got and not any(one.startswith(got) for one in whole) for got in contents):
            yield f"{flip}: wrong bytes came out"


@pytest.mark.sampled(5)
@pytest.mark.parametrize("kind", [*KINDS, *OF_LOGS])
def test_some_bits(museum: Museum, kind: str) -> None:
    flips = museum.sample(kind, LAWS[kind][1], seed=4)
    assert not list(_broken(museum, kind, flips))


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(12))
@pytest.mark.parametrize("kind", ["rows", "object", "backup", "tile", "bundle", *OF_LOGS])
def test_many_bits_of_large_files(museum: Museum, kind: str, part: int) -> None:
    assert not list(_broken(museum, kind, museum.sample(kind, 250, seed=100 + part)))


@pytest.mark.sweep
@pytest.mark.parametrize(
    "kind", ["checkpoint", "signer", "keyring", "settings", "custodian", "pending", "memory"]
)
def test_each_byte_of_small_files(cabinet: Museum, kind: str) -> None:
    assert cabinet.by_kind[kind]
    assert not list(_broken(cabinet, kind, cabinet.each(kind, seed=6)))


def _column_broken(museum: Museum, table: str, column: str, seed: int) -> Iterator[str]:
    seen = museum.bend(table, column, seed)
    if seen is None:
        assert (table, column) in UNBOUND or column in NEVER_FILLED, f"{table}.{column} is empty"
        return
    if not seen.damaged and seen.refused is None:
        yield f"{table}.{column} at {seed}: {seen.findings}"
    yield from _wrong(museum, f"{table}.{column} at {seed}", seen)


NEVER_FILLED = frozenset({"agreed_by"})
"""Of an ending that nobody has agreed to yet."""


@pytest.mark.parametrize("part", range(5))
def test_some_columns_of_logs(museum: Museum, part: int) -> None:
    """A fifth of the columns for each part, another fifth with each change of a name."""
    for table, column in museum.columns():
        if zlib.crc32(f"{table}.{column}".encode()) % 25 == part:
            assert not list(_column_broken(museum, table, column, part))


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(8))
def test_each_column_of_logs(museum: Museum, seed: int) -> None:
    broken = [
        line
        for table, column in museum.columns()
        for line in _column_broken(museum, table, column, seed)
    ]
    assert not broken


def test_every_file_is_of_a_kind_and_every_kind_has_a_file(museum: Museum) -> None:
    assert set(LAWS) == {*KINDS, *OF_LOGS}
    assert all(museum.by_kind[kind] for kind in LAWS)


def test_a_flip_that_no_law_excuses_is_seen(museum: Museum) -> None:
    [flip] = museum.sample("memory", 1, seed=1)
    assert not _named(museum, flip, museum.harm(flip))


def test_a_flip_in_a_row_is_no_slack(museum: Museum) -> None:
    [path] = museum.by_kind["rows"]
    of_a_row = museum.kept[path].index(b"operations")
    assert not museum.same_rows(Flip(path, of_a_row + 3, 0))


def test_all_is_put_back(museum: Museum) -> None:
    seen = museum.look()
    assert not seen.told
    assert seen.given == museum.whole.given
