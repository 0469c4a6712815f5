"""Recipes: what each log format says of its fields, as data, compiled to tables for the kernels.

A recipe is a TOML page in `recipes/`: `[[line]]` templates recognise a line and read its fields,
`[[message]]` templates read what a syslog program says (`then` names whose message follows),
`[[sample]]` are lines with the finds that a test expects.  A template is text with fields:
`Failed {-} for {who:last} from {address} port`.
Field names are kinds, or `address`, `who`, `host`, `-` for nothing; after a colon stands how far
the field reaches: one word (the default), `text`, `quoted`, `last`, `digits`, `stamp` and more.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from bailee.scan import kinds
from bailee.scan.detect import settle, template
from bailee.scan.vm import char, table
from bailee.scan.vm.context import SPACES_MAX
from bailee.scan.vm.words import NOT_COLON, SUFFIX

FIELDS: Mapping[str, int] = {
    **{kind.name.lower(): int(kind) for kind in kinds.Kind},
    "-": 0,
    "address": settle.ADDRESS,
    "host": int(kinds.Kind.CLIENT_HOST),
    "who": settle.WHO,
    "reported": settle.REPORTED,
    "number": settle.NUMBER,
    "peer": settle.PEER,
    "browser": settle.BROWSER,
    "named": settle.NAMED,
    "code": settle.CODE,
    "owner": settle.OWNER,
    "drawn": settle.DRAWN,
    "person": settle.PERSON,
    "member_id": settle.MEMBER_ID,
    "member_name": settle.MEMBER_NAME,
    "member_object": settle.MEMBER_OBJECT,
    "labelled": settle.LABELLED,
    "program": template.PROGRAM,
    "message": template.MESSAGE,
}
REACHES: Mapping[str, int] = {
    "word": template.REACH_WORD,
    "text": template.REACH_TEXT,
    "quoted": template.REACH_QUOTED,
    "last": template.REACH_LAST,
    "stamp": template.REACH_STAMP,
    "digits": template.REACH_DIGITS,
    "date": template.REACH_DATE,
    "moment": template.REACH_MOMENT,
}
# Forms are bits of a signed 64-bit word, of which the last is the sign.
LINE_FORMS_MAX = 62
_WORD_BYTES = 4
# Of `0` to `9` the upper half is 3: one comparison tells a digit.
_DIGIT, _UPPER_HALF = b"0", b"\xf0"
_WITHOUT_SPACE = (template.REACH_WORD, template.REACH_DIGITS, template.REACH_DATE)
"""Fields that hold no space."""
# A phrase is found by one of these words of four letters in it, which `teddy` marks in the text: a
# phrase that has none of them would never be looked at, and the build refuses it.
GRAMS = (
    *("user", "util", "logi", "logg", "fail", "acce", "pour", "sful", "auth", "pass", "ount"),
    *("d by", "d as", "g as", "msis", "sms ", "mpte", "par "),
)
ANY_PROGRAM = "*"
_FIELD = re.compile(r"\{([a-z_0-9$-]+)(?::([a-z]+))?\}|\{\{")


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """One template as it was written."""

    name: str
    read: str
    starts: str = ""
    programs: tuple[str, ...] = ()
    program: str = ""
    teaches: bool = False
    guess: bool = False
    marked: bool = False
    """Of a phrase: only a name with a digit or `_`."""
    rare: bool = False
    """Tried after the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A line and what is found in it, as `kind value`."""

    line: str
    finds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """One log format."""

    name: str
    title: str
    lines: tuple[Template, ...]
    messages: tuple[Template, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateStep:
    """One instruction: an operation and its operands."""

    op: int
    a: int = 0
    literal: bytes = b""
    b: int = 0


@dataclass(kw_only=True)
class Book:
    """All recipes, keys, words and phrases."""

    recipes: tuple[Recipe, ...] = ()
    phrases: tuple[Template, ...] = ()
    keys: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)


def parse(read: str) -> list[TemplateStep]:
    """Turn a template's text into instructions."""
    # A literal behind a field is the field's own, where it ends: it is compared while the end is
    # sought, and no step of its own.
    parts = list(_split(read))
    steps: list[TemplateStep] = []
    for index, part in enumerate(parts):
        if isinstance(part, bytes):
            if not steps or steps[-1].op != template.OP_FIELD:
                steps.append(TemplateStep(op=template.OP_LITERAL, literal=part))
            continue
        name, reach = part
        if name == "_":
            steps.append(TemplateStep(op=template.OP_BLANKS))
        elif name == "$":
            steps.append(TemplateStep(op=template.OP_EOL))
        else:
            after = parts[index + 1] if index + 1 < len(parts) else b""
            until = after if isinstance(after, bytes) else b""
            steps.append(
                TemplateStep(
                    op=template.OP_FIELD,
                    a=FIELDS[name] | REACHES[reach or "word"] << 8,
                    literal=until,
                )
            )
    return steps


def _split(read: str) -> Iterator[bytes | tuple[str, str]]:
    at = 0
    text = ""
    for found in _FIELD.finditer(read):
        text += read[at : found.start()]
        at = found.end()
        if found[0] == "{{":
            text += "{"
            continue
        if text:
            yield text.encode()
            text = ""
        yield found[1], found[2] or ""
    text += read[at:]
    if text:
        yield text.encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class FormatSignature:
    """Fixed bytes beside a certain space: a look before the template runs."""

    space: int = 0
    offset: int = 0
    value: bytes = b""
    mask: bytes = b""

    @property
    def weight(self) -> int:
        """Count the bits compared."""
        return sum(byte.bit_count() for byte in self.mask)


def signature(steps: Sequence[TemplateStep]) -> FormatSignature:
    """Find the space, by its number, beside which a template's fixed bytes say most.

    Only fields of one word are counted over, for others may hold spaces of their own.
    """
    spaces = 0
    best = FormatSignature()
    for index, step in enumerate(steps):
        wide = step.op == template.OP_FIELD and step.a >> 8 not in _WITHOUT_SPACE
        # Behind a field that may hold spaces, a space's number says nothing any more.
        if wide or step.op not in (template.OP_FIELD, template.OP_LITERAL):
            break
        number = step is not steps[-1] and _is_number(steps[index + 1])
        for at, byte in enumerate(step.literal):
            if byte == char.SPACE and spaces < SPACES_MAX:
                spaces += 1
                sides = _sides(spaces, step.literal, at, number=number)
                best = max(best, *sides, key=lambda side: side.weight)
    return best


def _is_number(step: TemplateStep) -> bool:
    return step.op == template.OP_FIELD and step.a >> 8 == template.REACH_DIGITS


def _sides(
    space: int, literal: bytes, at: int, *, number: bool
) -> tuple[FormatSignature, FormatSignature]:
    """Give what stands after a space and what stands before it; a digit is 0x3?."""
    # Four bytes after the space, or the three up to it and the space itself: one load each.
    after = literal[at + 1 : at + 5]
    mask = b"\xff" * len(after)
    if number and at + 1 + len(after) == len(literal) and len(after) < _WORD_BYTES:
        after, mask = after + _DIGIT, mask + _UPPER_HALF
    before = literal[max(0, at - 2) : at + 1].rjust(_WORD_BYTES, b"\0")
    known = bytes(255 if byte else 0 for byte in before) if at else bytes(_WORD_BYTES)
    return (
        FormatSignature(space=space, offset=1, value=after, mask=mask),
        FormatSignature(space=space, offset=-3, value=before, mask=known),
    )


def openings(made: Template) -> tuple[int, ...]:
    """Tell what a line of this form opens with: a date, one before a T, a stamp, an epoch, neither.

    Seconds since 1970 have ten digits; so may what begins with an address.
    """
    first = parse(made.read)[0]
    reach = first.a >> 8 if first.op == template.OP_FIELD else -1
    if reach == template.REACH_DATE:
        moment = first.literal.startswith(b"T")
        return (template.OPENS_MOMENT if moment else template.OPENS_DATE,)
    if reach == template.REACH_STAMP:
        return (template.OPENS_STAMP,)
    if reach == template.REACH_DIGITS and first.literal.startswith(b"."):
        return (template.OPENS_EPOCH,)
    return (template.OPENS_OTHER, template.OPENS_EPOCH)


def first_bytes(made: Template) -> list[int]:
    """Give the first bytes that a message of this template may have."""
    first = parse(made.read)[0]
    return [first.literal[0]] if first.op == template.OP_LITERAL else list(range(256))


def starts_of(made: Template) -> frozenset[int]:
    """Give the first bytes that a line of this form may have; `0-9a-f:` is a character class."""
    found = re.findall(r"(.)-(.)|(.)", made.starts, re.DOTALL)
    out: set[int] = set()
    for low, high, one in found:
        out |= set(range(ord(low), ord(high) + 1)) if low else {ord(one)}
    return frozenset(out)


def _template(raw: Mapping[str, Any], *, prefix: str) -> Template:
    program = raw.get("program", "")
    return Template(
        name=f"{prefix}:{raw['name']}",
        read=raw["read"],
        starts=raw.get("starts", ""),
        programs=tuple(program) if isinstance(program, list) else (),
        program=raw.get("then", program if isinstance(program, str) else ""),
        teaches=raw.get("teaches", False),
        guess=raw.get("guess", False),
        marked=raw.get("marked", False),
        rare=raw.get("rare", False),
    )


def read_recipe(name: str, text: str) -> Recipe:
    """Read one page."""
    raw = tomllib.loads(text)
    return Recipe(
        name=name,
        title=raw["title"],
        lines=tuple(_template(line, prefix=name) for line in raw.get("line", ())),
        messages=tuple(_template(one, prefix=name) for one in raw.get("message", ())),
        samples=tuple(
            Sample(line=one["line"], finds=tuple(one["finds"])) for one in raw.get("sample", ())
        ),
    )


# Pages do not change while a program runs, and parsing them takes some 30 ms.
@cache
def book() -> Book:
    """Read all pages that come with the program."""
    # Sorted: the numbers of rules and templates follow the order of the pages, and must not depend
    # on how a disk lists them.
    folder = resources.files("bailee.scan.recipes")
    pages = {
        page.name.removesuffix(".toml"): page.read_text("utf-8")
        for page in sorted(folder.iterdir(), key=lambda page: page.name)
        if page.name.endswith(".toml")
    }
    phrases = tomllib.loads(pages["_phrases"])["phrase"]
    return Book(
        recipes=tuple(
            read_recipe(name, text) for name, text in pages.items() if not name.startswith("_")
        ),
        phrases=tuple(_template(one, prefix="phrase") for one in phrases),
        keys=tomllib.loads(pages["_keys"]),
        words=tomllib.loads(pages["_words"]),
    )


def key_values(keys: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[tuple[str, int]]:
    """Give each key and what the kernels keep of it: kind and whether it may be a suffix."""
    for kind, lists in keys.items():
        code = 0 if kind == "none" else FIELDS[kind]
        for name in lists.get("suffix", ()):
            yield name, code | SUFFIX
        for name in lists.get("exact", ()):
            yield name, code
        for name in lists.get("equals", ()):
            yield name, code | NOT_COLON
    # `actor.id` and `owner_name`: the path of a member where an object was laid flat.
    given = {table.hash_word(name.encode()) for name in _names(keys)}
    for member, kind in (("id", "user_id"), ("name", "named")):
        for person in keys["person"]["path"]:
            name = f"{person} {member}"
            if table.hash_word(name.encode()) not in given:
                yield name, FIELDS[kind]


def _names(keys: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[str]:
    for lists in keys.values():
        for names in lists.values():
            yield from names
