"""Recovery kit: the root on paper, any t of n shares, each with checksums in words.  Pure.

A kit is rehearsed before it counts: the pages as typed back must join, in every combination, to
the root.  A share names its kit, so that shares of two kits never mix; a wrong result is refused,
never returned.  spec/keys.md, "Recovery kit"
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from bailee import errors
from bailee.encoding import enc
from bailee.ids import Entropy, InstallId
from bailee.keys.shares import Parts, Subset, complete, join_parts, split_parts, subsets
from bailee.limits import SHARE_PAGE_CHARS
from bailee.seal.kdf import KEY_BYTES, hkdf
from bailee.secret import Secret

KIT_BYTES = 8
_CHECK_BYTES = 8
_LINE_WORDS = 2
_PAGE_WORDS = 4
_GROUP_CHARS = 4
_KEY_CHARS = 52

_FIRST = "bailee recovery share 1"
_HEAD = re.compile(
    r"install (?P<install>in-[a-z2-7]{26}) kit (?P<kit>[0-9a-f]{16}) "
    r"share (?P<number>[1-7]) of (?P<holders>[1-7]) any (?P<threshold>[1-7]) "
    r"check (?P<check>[0-9a-f]{16})"
)
# Base32 has none of these digits, so whoever types one means the letter that it looks like.
_MISREAD = str.maketrans("018", "olb")

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


def _word(byte: int) -> str:
    """Return the word of a byte 16·h + l: consonant, vowel, consonant, vowel.

    The consonants are those numbered h and (h + 5·l + 3) mod 16, around the vowels numbered
    l div 4 and l mod 4.  The second consonant follows from the rest, so no two words differ in
    one letter alone: a letter misread gives no word.
    """
    high, low = divmod(byte, 16)
    # 5 is prime to 16, so for one first consonant no two bytes share the second.
    first, second = _CONSONANTS[high], _CONSONANTS[(high + 5 * low + 3) % 16]
    return first + _VOWELS[low // 4] + second + _VOWELS[low % 4]


WORDS = tuple(_word(byte) for byte in range(256))
"""One word of four letters for each byte, in which the checksums of a page are written."""


def in_words(data: bytes) -> str:
    """Write bytes as words."""
    return " ".join(WORDS[byte] for byte in data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Share of one holder; `check` ties the root to the kit."""

    install: InstallId
    kit: bytes
    number: int
    holders: int
    threshold: int
    check: bytes
    parts: Parts

    def __repr__(self) -> str:
        # Not the parts: t of these lines in a log would be the root.
        return f"Share({self.number} of {self.holders}, any {self.threshold})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """Kit: all shares of one root, to be handed to different people."""

    shares: tuple[Share, ...]

    @property
    def pages(self) -> tuple[str, ...]:
        """Write each share as a page to print."""
        return tuple(write_share(share) for share in self.shares)


def split(
    root: Secret[bytes],
    *,
    install: InstallId,
    threshold: int,
    shares: int,
    entropy: Entropy = secrets.token_bytes,
) -> Kit:
    """Make a kit of a root, of which any `threshold` shares bring it back."""
    # Random, so that two kits of one root do not mix either: their parts were drawn apart.
    kit = entropy(KIT_BYTES)
    # On every page: a join says at once whether it gave the root, without a home to try it on.
    check = _check(root.reveal(), install, kit)
    held = split_parts(root.reveal(), threshold, shares, entropy)
    return Kit(
        shares=tuple(
            Share(
                install=install,
                kit=kit,
                number=number,
                holders=shares,
                threshold=threshold,
                check=check,
                parts=parts,
            )
            for number, parts in enumerate(held, 1)
        )
    )


def join(shares: Sequence[Share]) -> Secret[bytes]:
    """Return the root, joined by every combination of these shares.

    Sealed when they are too few, UsageError when they are not of one kit, Damaged when a
    combination gives another root than the kit was made of.
    """
    held = {share.number: share.parts for share in shares}
    kits = {(s.install, s.kit, s.holders, s.threshold, s.check) for s in shares}
    # Every figure of the head, for a page of another kit has the same form and joins to noise.
    if len(kits) > 1 or len(held) != len(shares):
        raise errors.UsageError("errors_keys.shares-mixed")
    threshold = shares[0].threshold if shares else 1
    if len(held) < threshold:
        raise errors.Sealed("errors_keys.too-few-shares", have=len(held), need=threshold)
    first = shares[0]
    # By every combination, though one would do: a share that is wrong shows before it is needed.
    for subset in complete(list(held), threshold):
        root = join_parts(held, subset)
        if not hmac.compare_digest(_check(root, first.install, first.kit), first.check):
            raise errors.Damaged("errors_keys.shares-wrong")
    return Secret(root)


def rehearse(pages: Sequence[str], root: Secret[bytes]) -> None:
    """Raise unless the pages of a kit, as typed back, give this root; then it may be relied on."""
    joined = join([read_share(page) for page in pages])
    if not hmac.compare_digest(joined.reveal(), root.reveal()):
        raise errors.Damaged("errors_keys.shares-wrong")


def _check(root: bytes, install: InstallId, kit: bytes) -> bytes:
    """Return what ties a root to a kit; of 32 random bytes it gives nothing away."""
    return hkdf(root, enc("recovery-check", install.raw, kit))[:_CHECK_BYTES]


# --- pages ----------------------------------------------------------------------------------


def write_share(share: Share) -> str:
    """Write a share as a page."""
    lines = [_FIRST, *_head(share)]
    for subset, part in sorted(share.parts.items()):
        # Over the head as well: a line of another kit, copied onto this page, has other words.
        words = in_words(_digest(share, subset, part)[:_LINE_WORDS])
        lines.append(f"{_name(subset)} {_grouped(part)} {words}")
    lines.append(f"all {in_words(_page_digest(share))}")
    return "".join(line + "\n" for line in lines)


def read_share(page: str) -> Share:
    """Read a page as it was typed back; UsageError names the line where the slip is."""
    # Before any of it is split: a page is typed by hand, and a file given by mistake is not.
    if len(page) > SHARE_PAGE_CHARS:
        raise errors.LimitExceeded("errors_keys.share-line", line=0)
    lines = [" ".join(line.lower().split()) for line in page.splitlines()]
    lines = [line for line in lines if line]
    share = _read_head(lines)
    parts = dict(_read_line(share, number, line) for number, line in enumerate(lines[6:-1], 7))
    share = Share(
        install=share.install,
        kit=share.kit,
        number=share.number,
        holders=share.holders,
        threshold=share.threshold,
        check=share.check,
        parts=parts,
    )
    mine = {s for s in subsets(share.threshold, share.holders) if share.number in s}
    # All parts that this holder is to have, and the words over the whole page: a line left out
    # shows even where every other is right.
    if set(parts) != mine or lines[-1] != f"all {in_words(_page_digest(share))}":
        raise errors.UsageError("errors_keys.share-line", line=len(lines))
    return share


def _head(share: Share) -> tuple[str, ...]:
    return (
        f"install {share.install}",
        f"kit {share.kit.hex()}",
        f"share {share.number} of {share.holders}",
        f"any {share.threshold}",
        f"check {share.check.hex()}",
    )


def _read_head(lines: Sequence[str]) -> Share:
    found = _HEAD.fullmatch(" ".join(lines[1:6]))
    if not lines or lines[0] != _FIRST or found is None:
        raise errors.UsageError("errors_keys.share-line", line=1)
    try:
        install = InstallId.parse(found["install"])
    except ValueError:
        raise errors.UsageError("errors_keys.share-line", line=2) from None
    return Share(
        install=install,
        kit=bytes.fromhex(found["kit"]),
        number=int(found["number"]),
        holders=int(found["holders"]),
        threshold=int(found["threshold"]),
        check=bytes.fromhex(found["check"]),
        parts={},
    )


def _read_line(share: Share, number: int, line: str) -> tuple[Subset, bytes]:
    name, _, rest = line.partition(" ")
    groups = rest.split(" ")
    part_text = "".join(groups[:-_LINE_WORDS]).translate(_MISREAD)
    words = " ".join(groups[-_LINE_WORDS:])
    subset = tuple(int(digit) for digit in name) if name.isdecimal() and name.isascii() else ()
    if len(part_text) == _KEY_CHARS and subset:
        try:
            part = base64.b32decode(part_text.upper() + "====")
        except ValueError:
            part = b""
        # Written again and compared: the last character has bits to spare, so one part would have
        # several texts, and a slip in it would pass.
        whole = len(part) == KEY_BYTES and _grouped(part).replace(" ", "") == part_text
        if whole and words == in_words(_digest(share, subset, part)[:_LINE_WORDS]):
            return subset, part
    raise errors.UsageError("errors_keys.share-line", line=number)


def _name(subset: Subset) -> str:
    return "".join(str(holder) for holder in subset)


def _grouped(part: bytes) -> str:
    text = base64.b32encode(part).decode().rstrip("=").lower()
    return " ".join(text[at : at + _GROUP_CHARS] for at in range(0, len(text), _GROUP_CHARS))


def _digest(share: Share, subset: Subset, part: bytes) -> bytes:
    head = "\n".join(_head(share))
    return hashlib.sha256(enc("recovery-line", head, _name(subset), part)).digest()


def _page_digest(share: Share) -> bytes:
    head = "\n".join(_head(share))
    parts = b"".join(share.parts[subset] for subset in sorted(share.parts))
    return hashlib.sha256(enc("recovery-page", head, parts)).digest()[:_PAGE_WORDS]
