"""The labels' markup: `⟦kind|value⟧` in UTF-8 text, stripped to bytes and spans.

`⟦username:system|root⟧` carries a flag, and `⟦?email|…⟧` is neutral: found or not found, it counts
for nothing.  Spans are byte offsets in the stripped text, ordered and disjoint.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KINDS = (
    "email",
    "phone",
    "person_name",
    "username",
    "user_agent",
    "ipv4",
    "ipv6",
    "mac",
    "client_host",
    "uuid",
    "session_id",
    "card",
    "iban",
    "secret",
)
KINDS_OF_BLIND = (*KINDS, "user_id", "national_id", "device_id")
"""What is labelled in `blind`; the older parts leave the last three aside."""
HALVES = ("dev", "heldout", "fresh")
"""The parts that the goals are asserted on."""
BLIND = "blind"
"""Formats that no rule was written for; no goal is asserted on it yet."""
PARTS = (*HALVES, BLIND)
UNREAD = frozenset({"fresh", BLIND})
"""Parts that nobody who writes rules may read; `heldout` was, until rules were fitted to it."""
FOLDER = Path(__file__).parent
_LABEL = re.compile(r"⟦(\??)([a-z0-9_]+)(?::([a-z]+))?\|([^⟦⟧]+)⟧")


@dataclass(frozen=True, kw_only=True)
class Label:
    """One labelled value: bytes `start` to `end` of its text."""

    start: int
    end: int
    kind: str
    flag: str
    neutral: bool
    value: str


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A file of the sample: what a scanner is given, and what it should find there."""

    name: str
    data: bytes
    labels: tuple[Label, ...]

    @property
    def log_type(self) -> str:
        """Name the log's type: `heldout_sshd.txt` holds `sshd`."""
        return self.name.split("_", 1)[1]


def kinds_of(part: str) -> tuple[str, ...]:
    """Name the kinds that a part's labels have, and that it is judged by."""
    return KINDS_OF_BLIND if part == BLIND else KINDS


def strip(text: str) -> tuple[bytes, tuple[Label, ...]]:
    """Take the markup out of a text."""
    out: list[bytes] = []
    labels: list[Label] = []
    at = size = 0
    for found in _LABEL.finditer(text):
        before, value = text[at : found.start()].encode(), found[4].encode()
        start = size + len(before)
        size = start + len(value)
        out += (before, value)
        labels.append(
            Label(
                start=start,
                end=size,
                kind=found[2],
                flag=found[3] or "",
                neutral=bool(found[1]),
                value=found[4],
            )
        )
        at = found.end()
    out.append(text[at:].encode())
    return b"".join(out), tuple(labels)


def mark(data: bytes, labels: tuple[Label, ...]) -> str:
    """Put the markup back; `mark(*strip(text))` is the text."""
    out: list[str] = []
    at = 0
    for label in labels:
        flag = f":{label.flag}" if label.flag else ""
        head = f"⟦{'?' if label.neutral else ''}{label.kind}{flag}|"
        out += (data[at : label.start].decode(), head, label.value, "⟧")
        at = label.end
    out.append(data[at:].decode())
    return "".join(out)


def files(half: str) -> Iterator[Marked]:
    """Read one part of the sample, a file per log type."""
    for path in sorted(FOLDER.glob(f"{half}_*.txt")):
        data, labels = strip(path.read_bytes().decode())
        yield Marked(name=path.stem, data=data, labels=labels)
