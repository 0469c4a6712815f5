"""What people find identifiers with now, each as a function that can be timed.

Whoever counts or masks with one constant does less than is asked of a scanner here, which gives
place, kind, rule and flags; so these are upper bounds for their kind.  Presidio runs with a blank
language model, for its real ones cannot be had from the package index: pattern recognisers alone.
"""

import os
import re
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np

BLOCK = 8 << 20
FOUR = (
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b",
    r"\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b",
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
TWELVE = (
    r"[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    rf"\b(?:{_OCTET}\.){{3}}{_OCTET}\b",
    r"(?:\b[0-9a-fA-F]{1,4}:(?::?[0-9a-fA-F]{1,4}){1,7}|::(?:[0-9a-fA-F]{1,4}:?)+)",
    r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b",
    FOUR[2],
    r"(?:\+|\b00)[1-9](?:[ .-]?\d){7,13}\b|\b0[1-9](?:[ .-]\d\d){4}\b",
    r"\b(?:4\d{3}|5[1-5]\d\d|3[47]\d\d|6\d{3})(?:[ -]?\d{4}){2}[ -]?\d{1,7}\b",
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
    r"Mozilla/\d[^\"]*|(?i:user.?agent)[=:]\s*\"[^\"]*",
    (
        r"(?i:user(?:name)?|login|acct|utilisateur)[\"']?[=:]\s*[\"']?[\w.@-]+"
        r"|for (?:invalid user )?[\w.-]+ from|/home/[\w.-]+"
    ),
    r"(?i:session(?:_?id)?|sid|phpsessid|jsessionid)[\"']?[=:]\s*[\"']?[\w-]+",
    (
        r"(?i:password|passwd|pwd|secret)[\"']?[=:]\s*[\"']?[^\s&\"']+|Bearer [\w.-]+"
        r"|AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*"
    ),
)
"""What a careful developer would write for the same kinds; engines without look-around take it."""
_ALL = "|".join(TWELVE)
_ASCII = {r"\b": r"(?-u:\b)", r"\d": "[0-9]", r"[\w": "[0-9A-Za-z_", r"\w": "[0-9A-Za-z_]"}
"""What the same patterns need in Rust's syntax so that they are not matched on all of Unicode,
which costs that engine a factor of ten; others take bytes, or do so by themselves."""
_EXTENDED_IPV4 = r"([0-9]{1,3}\.){3}[0-9]{1,3}"

Work = Callable[[], object]
ByLine = Callable[[str], object]


def _command(*words: str) -> Callable[[Path], Work]:
    def make(page: Path) -> Work:
        environment = {**os.environ, "LC_ALL": "C"}

        def run() -> None:
            # Into a pipe: grep stops at the first match when its output is /dev/null.
            done = subprocess.run(
                [*words, str(page)], stdout=subprocess.PIPE, env=environment, check=True
            )
            assert int(done.stdout) > 0

        return run

    return make


def _memory_copy(page: Path) -> Work:
    whole = np.fromfile(page, np.uint8)
    room = np.empty_like(whole)
    return lambda: np.copyto(room, whole)


def _polars_alternation(page: Path) -> Work:
    polars: Any = import_module("polars")
    pattern = _ALL
    for wide, narrow in _ASCII.items():
        pattern = pattern.replace(wide, narrow)
    lines = polars.Series(page.read_bytes().decode("utf-8", "replace").split("\n"))
    return lambda: lines.str.replace_all(pattern, "<x>")


def _re2_blocks(page: Path) -> Work:
    re2: Any = import_module("re2")
    pattern = re2.compile(_ALL.encode())

    def count() -> int:
        found = 0
        with page.open("rb") as source:
            while block := source.read(BLOCK):
                found += sum(1 for _ in pattern.finditer(block))
        return found

    return count


RIPGREP, POLARS = "ripgrep, four kinds", "polars, one alternation"
COMMANDS: dict[str, Callable[[Path], Work]] = {
    "ripgrep --json": _command("rg", "--no-config", "-a", "-j1", "--json", "|".join(FOUR)),
    "ripgrep -o": _command("rg", "--no-config", "-a", "-j1", "-no", "|".join(FOUR)),
}
"""Commands that write each find, as `bailee log scan` does; timed on the whole corpus."""

FAST: dict[str, Callable[[Path], Work]] = {
    RIPGREP: _command("rg", "--no-config", "-a", "-j1", "--count-matches", "|".join(FOUR)),
    "grep -cE, IPv4 alone": _command("grep", "-acE", _EXTENDED_IPV4),
    POLARS: _polars_alternation,
    "re2, blocks": _re2_blocks,
    "memcpy": _memory_copy,
}
"""Timed on the whole corpus; a command that is not installed raises FileNotFoundError."""


def _linewise_re() -> ByLine:
    return re.compile(_ALL).findall


def _datafog() -> ByLine:
    return cast("ByLine", import_module("datafog").scan)


def _datafog_core() -> ByLine:
    return cast("ByLine", import_module("datafog_core").scan)


def _scrubadub() -> ByLine:
    return cast("ByLine", import_module("scrubadub").Scrubber().clean)


def _presidio() -> ByLine:
    spacy, presidio = import_module("spacy"), import_module("presidio_analyzer")
    models = import_module("presidio_analyzer.nlp_engine")

    class Blank(models.SpacyNlpEngine):  # type: ignore[misc,name-defined]  # has no types here
        """Tokens and nothing else."""

        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

    engine = presidio.AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])
    return lambda line: engine.analyze(line, language="en")


SLOW: dict[str, Callable[[], ByLine]] = {
    "datafog's Rust core": _datafog_core,
    "re, line by line": _linewise_re,
    "datafog": _datafog,
    "scrubadub": _scrubadub,
    "Presidio, patterns": _presidio,
}
"""Timed line by line, on a slice of the corpus."""
