"""Messages: what the program says to people, in French and English, from `locale/`.

A message id is `<prefix>.<key>`.  What one noun says stands in one page below `nouns/`, with a
table for each prefix: `[search]` of `locale/en/nouns/logs.toml` holds `search.…`.  What belongs to
no noun stands in a file of its prefix: `locale/en/cli.toml` holds `cli.…`.  Keys, enum values, exit
codes and JSON are never translated.  The language `xx` is a pseudo-locale that brackets every
message, so that a test finds a string that came from nowhere.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

LANGUAGES = ("en", "fr")
PSEUDO = "xx"
# Double punctuation after a plain space; `»` and what ends a word, but not the `:` of `12:30`.
_DOUBLE = re.compile(r" ([;:!?»])(?=\s|$)")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Load all messages of one language, by id."""
    # Cached for ever: the files are part of the installed package and do not change under it.
    folder = resources.files("bailee") / "locale" / language
    out: dict[str, str] = {}
    for page in _pages(folder):
        _flatten(page.name.removesuffix(".toml"), tomllib.loads(page.read_text("utf-8")), out)
    for page in _pages(folder / "nouns"):
        for prefix, table in tomllib.loads(page.read_text("utf-8")).items():
            _flatten(prefix, table, out)
    if language == "fr":
        return {key: _typeset(message) for key, message in out.items()}
    return out


def _pages(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():  # the verifier ships with one page of messages, and no nouns
        return []
    pages = (page for page in folder.iterdir() if page.name.endswith(".toml"))
    return sorted(pages, key=lambda page: page.name)


def _typeset(message: str) -> str:
    """Set French as French is set: a narrow no-break space before double punctuation."""
    return _DOUBLE.sub("\u202f\\1", message)


def _flatten(prefix: str, table: Mapping[str, object], out: dict[str, str]) -> None:
    for key, value in table.items():
        if isinstance(value, Mapping):
            _flatten(f"{prefix}.{key}", value, out)
        else:
            assert f"{prefix}.{key}" not in out, f"{prefix}.{key} is said twice"
            out[f"{prefix}.{key}"] = str(value)


def language_of(environment: Mapping[str, str]) -> str:
    """Choose by BAILEE_LANG, LC_ALL, LC_MESSAGES, LANG, in that order; English otherwise."""
    for name in ("BAILEE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")[:2].lower()
        if value in (*LANGUAGES, PSEUDO):
            return value
        if value:
            return LANGUAGES[0]
    return LANGUAGES[0]


class Speaker:
    """Says messages in one language."""

    def __init__(self, language: str = LANGUAGES[0]) -> None:
        self.language = language

    def __call__(self, message_id: str, **facts: str | int) -> str:
        """Fill a message; KeyError when there is none with this id.

        tests/house/test_text.py finds every id that the source uses, so none is missing here.
        """
        source = LANGUAGES[0] if self.language == PSEUDO else self.language
        said = catalogue(source)[message_id].format(**facts)
        return f"⟦{said}⟧" if self.language == PSEUDO else said

    def knows(self, message_id: str) -> bool:
        """Return whether the catalogue has this id."""
        return message_id in catalogue(LANGUAGES[0])


# One for the process: a command speaks one language, chosen before it says anything.
_speaker = Speaker(language_of(os.environ))


def say(message_id: str, **facts: str | int) -> str:
    """Say a message in the language of this process."""
    return _speaker(message_id, **facts)


def knows(message_id: str) -> bool:
    """Return whether there is a message with this id."""
    return _speaker.knows(message_id)


def language() -> str:
    """Return the language of this process."""
    return _speaker.language


def speak(language: str) -> None:
    """Set the language of this process."""
    _speaker.language = language
