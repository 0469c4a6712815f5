"""What every store of objects promises, whatever lies under it: one suite, run on each adapter.

A subclass gives the fixture `store`.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

import pytest

from bailee import errors

HOSTILE = (
    "",
    ".",
    "..",
    "../up",
    "a/../b",
    "a//b",
    "/etc/passwd",
    "a/",
    ".incoming/x",
    "a/.hidden",
    "nul\0byte",
    "new\nline",
    "back\\slash",
    "%2e%2e",
    "é",
    "a b",
    "-option",
    "x" * 129,
    "/".join("a" * 17),
)


class Handle(Protocol):
    def size(self) -> int: ...
    def read_at(self, offset: int, length: int) -> bytes: ...
    def close(self) -> None: ...


class Store(Protocol):
    def put(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> int: ...
    def replace(self, name: str, data: bytes) -> None: ...
    def delete(self, name: str) -> bool: ...
    def open(self, name: str) -> Handle: ...
    def read(self, name: str) -> bytes: ...
    def read_at(self, name: str, offset: int, length: int) -> bytes: ...
    def size(self, name: str) -> int: ...
    def exists(self, name: str) -> bool: ...
    def names(self, under: str = "") -> Iterator[str]: ...


class StoreContract:
    """The tests; collected only in subclasses, whose names start with Test."""

    def test_what_was_put_is_read_back(self, store: Store) -> None:
        assert store.put("a/b", [b"one ", bytearray(b"two "), memoryview(b"three")]) == 13
        assert store.read("a/b") == b"one two three"
        assert store.size("a/b") == 13

    def test_nothing_at_all_is_an_object_too(self, store: Store) -> None:
        assert store.put("empty", []) == 0
        assert store.read("empty") == b""

    @pytest.mark.parametrize(
        ("offset", "length", "expected"),
        [(0, 3, b"012"), (4, 2, b"45"), (8, 9, b"89"), (10, 1, b""), (99, 1, b""), (3, 0, b"")],
    )
    def test_a_range_is_read(self, store: Store, offset: int, length: int, expected: bytes) -> None:
        store.put("digits", [b"0123456789"])
        assert store.read_at("digits", offset, length) == expected

    def test_a_name_in_use_is_not_taken_again(self, store: Store) -> None:
        store.put("name", [b"first"])
        with pytest.raises(errors.Conflict):
            store.put("name", [b"second"])
        assert store.read("name") == b"first"

    def test_replace_moves_a_name_on(self, store: Store) -> None:
        store.replace("checkpoint", b"1")
        store.replace("checkpoint", b"22")
        assert store.read("checkpoint") == b"22"

    def test_what_is_missing_is_not_found(self, store: Store) -> None:
        for call in (store.read, store.size, store.open):
            with pytest.raises(errors.NotFound):
                call("nothing")
        assert not store.exists("nothing")

    def test_deleted_is_gone_and_deleting_twice_says_so(self, store: Store) -> None:
        store.put("a/gone", [b"x"])
        assert store.delete("a/gone")
        assert not store.delete("a/gone")
        assert not store.exists("a/gone")

    def test_an_open_object_outlives_its_name(self, store: Store) -> None:
        store.put("doomed", [b"still here"])
        handle = store.open("doomed")
        store.delete("doomed")
        assert handle.size() == 10
        assert handle.read_at(6, 4) == b"here"
        handle.close()

    def test_names_are_listed_in_order_and_by_folder(self, store: Store) -> None:
        for name in ("b/2", "a", "b/10"):
            store.put(name, [b""])
        assert list(store.names()) == ["a", "b/10", "b/2"]
        assert list(store.names("b")) == ["b/10", "b/2"]
        assert list(store.names("nowhere")) == []

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_name_that_could_climb_out_is_refused(self, store: Store, name: str) -> None:
        with pytest.raises(errors.UsageError):
            store.put(name, [b"x"])
        with pytest.raises(errors.UsageError):
            store.read(name)
        assert list(store.names()) == []

    def test_a_source_that_fails_leaves_nothing(self, store: Store) -> None:
        def source() -> Iterator[bytes]:
            yield b"half"
            raise ValueError("the source broke")

        with pytest.raises(ValueError, match="broke"):
            store.put("half", source())
        assert not store.exists("half")
