"""Tables: what kernels read, built from the recipes; `Tables` keeps every array alive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bailee.scan.detect import template
from bailee.scan.kinds import Rule
from bailee.scan.recipes import plans, recipe
from bailee.scan.vm import context as slot
from bailee.scan.vm import table
from bailee.scan.vm.words import GRAM_FACTOR, GRAM_SLOTS

BUILT_IN = (
    *("none", "ipv4", "ipv6", "mac", "reverse-name", "email", "url-user", "url-password"),
    *("phone-plus", "phone-zeros", "phone-groups", "card", "iban", "phone-near", "uuid", "jwt"),
    *("issuer-key", "bearer", "basic", "private-key", "browser", "home", "account-at"),
    *("propagated", "saddr", "secret-said", "nibbles", "column", "member", "element"),
    *("option", "sentence", "channel", "display-name", "nir", "nir-bare"),
    *("civility",),
)
"""Names of the verifiers' own rules, by number: `RULE_…` in the kernels."""

_SOFT = ("secret-said", "nir-bare")
"""Of these, the ones that only report."""

_WORD_BITS = {
    "placeholder": slot.IS_PLACEHOLDER,
    "system": slot.IS_SYSTEM,
    "version": slot.IS_VERSION,
    "product": slot.IS_PRODUCT,
    "link": slot.IS_LINK,
    "updated": slot.IS_UPDATED,
    "ending": slot.IS_ENDING,
    "place": slot.IS_PLACE,
    "call": slot.IS_CALL,
    "common": slot.IS_COMMON,
    "file": slot.IS_FILE,
    "shared": slot.IS_SHARED,
    "grammar": slot.IS_GRAMMAR,
    "prose": slot.IS_PROSE,
    "serial": slot.IS_SERIAL,
    "protocol": slot.IS_PROTOCOL,
    "topic": slot.IS_TOPIC,
    "folder": slot.IS_FOLDER,
}


_OFFSET = template.OFFSET_BIAS


def _little(head: bytes) -> int:
    return int.from_bytes(head, "little")


def _mask(head: bytes) -> int:
    return int.from_bytes(b"\xff" * len(head), "little")


@dataclass(kw_only=True)
class _Compiler:
    """Collects instructions and literals."""

    rules: list[Rule]
    ops: list[tuple[int, int, int, int]] = field(default_factory=list)
    literals: bytearray = field(default_factory=bytearray)

    def literal(self, text: bytes) -> int:
        # Literals that are part of another share its bytes: all of them stay near one another.
        at = self.literals.find(text)
        if at < 0:
            at = len(self.literals)
            self.literals += text
        return at

    def steps(self, steps: Sequence[recipe.TemplateStep]) -> int:
        first = len(self.ops)
        for step in steps:
            at = self.literal(step.literal) if step.literal else 0
            if step.op == template.OP_LITERAL:
                self.ops.append((step.op, at, len(step.literal), 0))
            elif step.op == template.OP_FIELD:
                self.ops.append((step.op, step.a, at, len(step.literal)))
            else:
                self.ops.append((step.op, step.a, step.b, 0))
        self.ops.append((template.OP_END, 0, 0, 0))
        return first

    def rule(self, name: str, *, replaces: bool = True, teaches: bool = False) -> int:
        self.rules.append(Rule(name=name, replaces=replaces, teaches=teaches))
        return len(self.rules) - 1

    def row(self, made: recipe.Template, program: int) -> tuple[int, ...]:
        steps = recipe.parse(made.read)
        mark = recipe.signature(steps)
        head = steps[0].literal[:4] if steps[0].op == template.OP_LITERAL else b""
        if program:
            steps.insert(0, recipe.TemplateStep(op=template.OP_PROGRAM, a=program))
        rule = self.rule(made.name, teaches=made.teaches)
        start = self.steps(steps)
        return (
            *(start, _little(head), _mask(head), rule),
            *(mark.space, _little(mark.value), _little(mark.mask), mark.offset + _OFFSET),
        )


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Arrays for the kernels, and the rules that finds point to."""

    arrays: dict[int, npt.NDArray[Any]]
    """By the slot that holds the array's address."""
    numbers: dict[int, int]
    """By the slot that holds the number itself."""
    rules: tuple[Rule, ...]
    forms: tuple[str, ...]
    """Names of the line templates, by index."""


def build(book: recipe.Book) -> Tables:
    """Compile a book."""
    to = _Compiler(rules=[Rule(name=name, replaces=name not in _SOFT) for name in BUILT_IN])
    laid = _templates(to, book)
    keys, keys_mask, ends = _keys(to, book)
    words, words_mask = table.hash_table(_words(book))
    names, names_mask = table.hash_table(laid.names)
    phrases = _phrases(to, book)
    return Tables(
        arrays={
            slot.CLASSES: table.byte_classes(),
            slot.KEYS: keys,
            slot.KEY_ENDS: ends,
            slot.WORDS: words,
            slot.OPS: np.array(to.ops, np.uint32),
            # Padded, as is all that kernels read by address.
            slot.LITERALS: np.frombuffer(bytes(to.literals) + bytes(64), np.uint8),
            slot.TEMPLATES: np.array(laid.rows, np.uint32),
            slot.PROGRAM_ROWS: laid.firsts,
            slot.PROGRAM_STARTS: laid.starts,
            slot.LINE_FORMS: _line_forms(laid.forms),
            slot.PROGRAMS: names,
            slot.PHRASES: phrases,
            slot.IBANS: plans.iban_lengths(),
            slot.PLANS: plans.phone_plans(),
        },
        numbers={
            slot.KEYS_MASK: keys_mask,
            slot.WORDS_MASK: words_mask,
            slot.PROGRAMS_MASK: names_mask,
        },
        rules=tuple(to.rules),
        forms=tuple(form.name for form in laid.forms),
    )


@dataclass(frozen=True, kw_only=True)
class _Programs:
    """Templates by number, and which of them each program has."""

    rows: list[tuple[int, ...]]
    forms: list[recipe.Template]
    names: dict[bytes, int]
    firsts: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]


def _templates(to: _Compiler, book: recipe.Book) -> _Programs:
    """Lay out line templates first, then each program's messages with those of any program."""
    forms = [line for page in book.recipes for line in page.lines]
    # The first that fits wins: one that says less of a line would fit the lines of another.
    forms.sort(key=lambda line: (line.rare, -_weight(line)))
    assert len(forms) <= recipe.LINE_FORMS_MAX
    messages = [one for page in book.recipes for one in page.messages]
    named = {name.lower() for one in messages for name in one.programs} - {recipe.ANY_PROGRAM}
    named |= {one.program for one in (*forms, *messages) if one.program}
    # 0 is every program without a recipe of its own: templates of any program are tried for it.
    numbers = {"": 0, **{name: number + 1 for number, name in enumerate(sorted(named))}}
    rows = [to.row(line, numbers.get(line.program, 0)) for line in forms]
    compiled = {one.name: to.row(one, numbers.get(one.program, 0)) for one in messages}
    shared = [one for one in messages if recipe.ANY_PROGRAM in one.programs]
    firsts = np.zeros(len(numbers), np.int64)
    starts = np.zeros((len(numbers), 256), np.int64)
    for name, number in numbers.items():
        # A program's own messages before those of any program, for the same reason.
        own = [one for one in messages if name in {each.lower() for each in one.programs}]
        firsts[number] = len(rows)
        for index, one in enumerate(own + shared):
            starts[number, recipe.first_bytes(one)] |= 1 << index
            rows.append(compiled[one.name])
        assert len(own + shared) <= recipe.LINE_FORMS_MAX
    names = {name.encode(): number for name, number in numbers.items() if name}
    return _Programs(rows=rows, forms=forms, names=names, firsts=firsts, starts=starts)


def _weight(line: recipe.Template) -> int:
    """Order line templates: the one that says most of a line is tried first."""
    steps = recipe.parse(line.read)
    # An address that has to parse says as much of a line as a few fixed letters.
    addresses = sum(step.a & 0xFF == recipe.FIELDS["address"] for step in steps)
    return sum(len(step.literal) for step in steps) + 4 * addresses


def _line_forms(forms: Sequence[recipe.Template]) -> npt.NDArray[np.int64]:
    out = np.zeros((5, 256), np.int64)
    for index, form in enumerate(forms):
        for opening in recipe.openings(form):
            for byte in recipe.starts_of(form):
                out[opening, byte] |= 1 << index
    return out


def _keys(
    to: _Compiler, book: recipe.Book
) -> tuple[npt.NDArray[np.int64], int, npt.NDArray[np.uint8]]:
    entries: dict[bytes, int] = {}
    met: dict[int, int] = {}
    spelled: list[bytes] = []
    laid: set[int] = set()
    for name, value in recipe.key_values(book.keys):
        hashed = table.hash_word(name.encode())
        spelled.append(name.encode())
        # Spellings that differ in case and joints alone are one key to the kernels.
        if met.setdefault(hashed, value) & 0xFF != value & 0xFF:
            raise ValueError(f"the key {name} is given two kinds")
        if hashed in laid:
            continue
        laid.add(hashed)
        code = value & 0xFF
        # A key that holds nothing is in the table too, so that its suffix is not taken for a key
        # of its own; 0 would mean that it is not there.
        entry = value if code else value | 1 << 9
        suspected = code == recipe.FIELDS["reported"]
        known = code in (recipe.FIELDS["who"], recipe.FIELDS["username"])
        rule = to.rule(f"key:{name}", replaces=not suspected, teaches=known)
        entries[name.encode()] = entry | rule << 16
    keys, mask = table.hash_table(entries)
    return keys, mask, table.key_ends(spelled)


def _words(book: recipe.Book) -> dict[bytes, int]:
    out: dict[bytes, int] = {}
    seen: dict[int, bytes] = {}
    for name, words in book.words.items():
        for word in words:
            key = word.encode()
            key = seen.setdefault(table.hash_word(key), key)
            out[key] = out.get(key, 0) | _WORD_BITS[name]
    return out


def _phrases(to: _Compiler, book: recipe.Book) -> npt.NDArray[np.uint32]:
    rows: list[tuple[int, ...]] = []
    for made in book.phrases:
        steps = recipe.parse(made.read)
        literal = steps[0].literal
        found = [(literal.lower().find(gram.encode()), gram) for gram in recipe.GRAMS]
        place, gram = next((place, gram) for place, gram in found if place >= 0)
        rule = to.rule(made.name)
        first = to.steps(steps[1:])
        # Above the rule's sixteen bits: the kernel has one word of the row for both.
        code = int.from_bytes(gram.encode(), "little")
        guess = (2 if made.marked else int(made.guess)) << 16
        rows.append((code, to.literal(literal), len(literal), place, first, rule | guess))
    # Rows of one gram side by side; the last one ends every search.
    rows.sort(key=lambda row: row[0])
    rows.append((0xFFFFFFFF, 0, 0, 0, 0, 0))
    return _indexed(rows)


def _indexed(rows: Sequence[tuple[int, ...]]) -> npt.NDArray[np.uint32]:
    """Put in front where each gram's rows begin, and the last row for those that have none."""
    none = 4 * GRAM_SLOTS + 24 * (len(rows) - 1)
    index = np.full(GRAM_SLOTS, none, np.uint32)
    # Backwards, so that what stays is the first row of each gram.
    for number, row in reversed(list(enumerate(rows[:-1]))):
        place = (row[0] * GRAM_FACTOR >> 24) % GRAM_SLOTS
        assert index[place] == none or rows[(index[place] - 4 * GRAM_SLOTS) // 24][0] == row[0]
        index[place] = 4 * GRAM_SLOTS + 24 * number
    return np.concatenate([index, np.array(rows, np.uint32).ravel()])
