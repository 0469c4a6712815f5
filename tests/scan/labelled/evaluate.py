"""Judges a scanner by the labels: precision, recall, F1, leaked bytes, each part apart.

A find counts when class, start and end are those of a label; the lenient figure asks only for an
overlap.  Leaked are the labelled bytes that no find of any kind covers.  Neutral labels count for
nothing.  `python -m tests.scan.labelled.evaluate [dev|heldout|fresh|blind] [--formats] [--misses
[CLASS]]`: shows no miss of the parts that rule writers do not read, or they would not stay blind.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.scan.labelled.markup import KINDS, PARTS, UNREAD, Label, Marked, files, kinds_of

Find = tuple[int, int, str]
Finder = Callable[[bytes], Iterable[Find]]


def classes_of(part: str) -> tuple[str, ...]:
    """Name the classes that a part is judged by."""
    return ("ip", *(kind for kind in kinds_of(part) if kind not in {"ipv4", "ipv6"}))


CLASSES = ("ip", *(kind for kind in KINDS if kind not in {"ipv4", "ipv6"}))
CHECKED_NUMBERS = frozenset({"phone", "card", "iban"})
TEN_FORMATS = frozenset(
    (
        *("nginx_combined", "apache_combined", "apache_error", "nginx_error", "syslog_5424"),
        *("sshd", "sudo", "pam", "cron", "postfix", "dovecot"),
        *("json_lines", "logfmt", "postgresql", "auditd", "fail2ban"),
    )
)
USERNAME_TEN = "username (ten formats)"


@dataclass(kw_only=True)
class Score:
    """Counts of one class."""

    labels: int = 0
    finds: int = 0
    exact: int = 0
    labels_touched: int = 0
    finds_touching: int = 0
    bytes_labelled: int = 0
    bytes_leaked: int = 0

    @property
    def false(self) -> int:
        """Finds that are wrong."""
        return self.finds - self.exact

    @property
    def precision(self) -> float:
        """Share of finds that are right."""
        return self.exact / self.finds if self.finds else float(self.labels == 0)

    @property
    def recall(self) -> float:
        """Share of labels that were found."""
        return self.exact / self.labels if self.labels else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        both = self.labels + self.finds
        return 2 * self.exact / both if both else 1.0

    @property
    def lenient(self) -> float:
        """F1 when an overlap is enough."""
        right = self.finds_touching / self.finds if self.finds else float(self.labels == 0)
        found = self.labels_touched / self.labels if self.labels else 1.0
        return 2 * right * found / (right + found) if right + found else 0.0

    @property
    def leak(self) -> float:
        """Share of labelled bytes still readable."""
        return self.bytes_leaked / self.bytes_labelled if self.bytes_labelled else 0.0


@dataclass(kw_only=True)
class Judgement:
    """What one part says of a scanner."""

    half: str
    scores: dict[str, Score] = field(default_factory=dict)
    formats: dict[str, Score] = field(default_factory=dict)
    lines: int = 0
    sparse_lines: int = 0
    sparse_false: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def score(self, name: str) -> Score:
        """Give the counts of a class."""
        return self.scores.setdefault(name, Score())

    @property
    def leak(self) -> float:
        """Share of all labelled bytes still readable."""
        whole = [score for name, score in self.scores.items() if name != USERNAME_TEN]
        labelled = sum(score.bytes_labelled for score in whole)
        return sum(score.bytes_leaked for score in whole) / labelled if labelled else 0.0

    @property
    def sparse_per_thousand(self) -> float:
        """False phones, cards and IBANs per 1,000 lines that hold none."""
        return 1000 * self.sparse_false.total() / max(self.sparse_lines, 1)


def class_of(kind: str) -> str:
    """Name the class that a kind is judged in."""
    return "ip" if kind in {"ipv4", "ipv6"} else kind


def audit(half: str, finder: Finder) -> Judgement:
    """Run a scanner over every file of a part."""
    out = Judgement(half=half)
    for marked in files(half):
        judge_file(marked, sorted(finder(marked.data)), out)
    return out


def judge_file(marked: Marked, finds: Sequence[Find], out: Judgement) -> None:
    """Add one file's counts to a judgement."""
    covered = bytearray(len(marked.data))
    for start, end, _ in finds:
        covered[start:end] = b"\1" * (end - start)
    over = _overlaps(marked.labels, finds)
    touching = {find for at, find in over if _same(marked.labels[at], finds[find])}
    touched = {at for at, find in over if _same(marked.labels[at], finds[find])}
    excused = {find for at, find in over if marked.labels[at].neutral} - touching
    exact = {(label.start, label.end, class_of(label.kind)) for label in _counted(marked)}
    for at, label in enumerate(marked.labels):
        if not label.neutral:
            _count_label(label, covered, at in touched, _rows(label.kind, marked, out))
    known = {(start, end, class_of(kind)) for start, end, kind in finds}
    for missed in sorted(exact - known):
        _miss(out, "missed", missed, marked)
    sparse = _sparse_lines(marked)
    out.lines += marked.data.count(b"\n")
    out.sparse_lines += len(sparse)
    for index, find in enumerate(finds):
        name = class_of(find[2])
        if index in excused or name not in classes_of(out.half):
            continue
        right = (find[0], find[1], name) in exact
        for score in _rows(find[2], marked, out):
            score.finds += 1
            score.exact += right
            score.finds_touching += index in touching
        if not right:
            _miss(out, "false", (find[0], find[1], name), marked)
        if name in CHECKED_NUMBERS and marked.data.count(b"\n", 0, find[0]) in sparse:
            out.sparse_false[name] += 1


def _counted(marked: Marked) -> list[Label]:
    return [label for label in marked.labels if not label.neutral]


def _same(label: Label, find: Find) -> bool:
    return not label.neutral and class_of(label.kind) == class_of(find[2])


def _rows(kind: str, marked: Marked, out: Judgement) -> list[Score]:
    rows = [out.score(class_of(kind)), out.formats.setdefault(marked.log_type, Score())]
    if kind == "username" and marked.log_type in TEN_FORMATS:
        rows.append(out.score(USERNAME_TEN))
    return rows


def _count_label(label: Label, covered: bytearray, touched: bool, rows: list[Score]) -> None:  # noqa: FBT001 - a count
    for score in rows:
        score.labels += 1
        score.labels_touched += touched
        score.bytes_labelled += label.end - label.start
        score.bytes_leaked += covered.count(0, label.start, label.end)


def _overlaps(labels: Sequence[Label], finds: Sequence[Find]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    first = 0
    for index, (start, end, _) in enumerate(finds):
        while first < len(labels) and labels[first].end <= start:
            first += 1
        at = first
        while at < len(labels) and labels[at].start < end:
            out.append((at, index))
            at += 1
    return out


def _sparse_lines(marked: Marked) -> set[int]:
    data = marked.data
    dense = {
        data.count(b"\n", 0, label.start)
        for label in marked.labels
        if label.kind in CHECKED_NUMBERS
    }
    return set(range(data.count(b"\n"))) - dense


def _miss(out: Judgement, what: str, span: tuple[int, int, str], marked: Marked) -> None:
    start, end, name = span
    line = marked.data.rfind(b"\n", 0, start) + 1
    stop = marked.data.find(b"\n", end)
    text = [
        marked.data[a:b].decode(errors="replace") for a, b in pairwise((line, start, end, stop))
    ]
    out.misses.append(f"{what} {name} {marked.log_type}: {text[0]}▶{text[1]}◀{text[2]}")


def table(out: Judgement) -> str:
    """Lay a judgement out for people."""
    head = f"{out.half}: {out.lines} lines"
    rows = [
        head,
        f"{'class':24}{'labels':>7}{'P':>8}{'R':>8}{'F1':>8}{'lenient':>9}{'leak':>8}{'false':>7}",
    ]
    for name in (*classes_of(out.half), USERNAME_TEN):
        score = out.score(name)
        rows.append(
            f"{name:24}{score.labels:7}{score.precision:8.3f}{score.recall:8.3f}{score.f1:8.3f}"
            f"{score.lenient:9.3f}{score.leak:8.4f}{score.false:7}"
        )
    rows.append(
        f"leak, all labelled bytes: {out.leak:.4f}; false phone, card, IBAN per 1,000 of "
        f"{out.sparse_lines} sparse lines: {out.sparse_per_thousand:.2f} {dict(out.sparse_false)}"
    )
    return "\n".join(rows)


def by_format(out: Judgement) -> str:
    """Lay a judgement out by the logs' types, the leakiest first."""
    rows = [f"{out.half:24}{'labels':>7}{'P':>8}{'R':>8}{'F1':>8}{'leak':>8}{'false':>7}"]
    for name, score in sorted(out.formats.items(), key=lambda each: (-each[1].leak, each[0])):
        rows.append(
            f"{name:24}{score.labels:7}{score.precision:8.3f}{score.recall:8.3f}{score.f1:8.3f}"
            f"{score.leak:8.4f}{score.false:7}"
        )
    return "\n".join(rows)


def shown(out: Judgement, wanted: Sequence[str] = CLASSES) -> list[str]:
    """Give the misses of these classes, and none of a part that rule writers may not read."""
    return [miss for miss in out.misses if out.half not in UNREAD and miss.split()[1] in wanted]


def main() -> None:
    """Print the tables of the parts named, --formats by type, and with --misses what was wrong."""
    from tests.scan.labelled.scanner import finds_of  # noqa: PLC0415 - kernels load

    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    for half in [word for word in words if word in PARTS] or PARTS:
        judgement = audit(half, finds_of)
        sys.stdout.write(table(judgement) + "\n")
        if "--formats" in sys.argv:
            sys.stdout.write(by_format(judgement) + "\n")
        wanted = [word for word in words if word not in PARTS] or CLASSES
        for miss in shown(judgement, wanted) if "--misses" in sys.argv else ():
            sys.stdout.write(miss + "\n")


if __name__ == "__main__":
    main()
