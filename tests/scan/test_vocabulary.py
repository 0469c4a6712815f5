"""Kinds and flags are written down in other places: their numbers never change."""

from bailee.scan import Flag, Kind, Scanner
from bailee.scan.recipes.build import BUILT_IN

KINDS = (
    *("email", "phone", "person_name", "username", "national_id", "iban", "card", "ipv4", "ipv6"),
    *("mac", "client_host", "uuid", "device_id", "session_id", "user_id", "user_agent", "geo"),
    "secret",
)
FLAGS = ("system", "private", "loopback", "reserved", "documentation", "infrastructure")


def test_kinds_are_numbered_from_one() -> None:
    assert [kind.name.lower() for kind in Kind] == list(KINDS)
    assert [int(kind) for kind in Kind] == list(range(1, len(KINDS) + 1))


def test_flags_are_bits_in_order() -> None:
    names = [flag.name.lower() for flag in Flag if flag.name]
    assert names[: len(FLAGS)] == list(FLAGS)
    assert [int(flag) for flag in Flag] == [1 << bit for bit in range(len(names))]


def test_rules_are_named_once(scanner: Scanner) -> None:
    names = [rule.name for rule in scanner.tables.rules]
    assert len(names) == len(set(names))
    assert tuple(names[: len(BUILT_IN)]) == BUILT_IN
