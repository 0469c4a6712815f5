"""Each message exists in both languages, with the same blanks, and is said somewhere."""

import ast
import re
import string

from tests.house.source import lines, trees

from bailee.text import LANGUAGES, PSEUDO, Speaker, catalogue

LITERAL = re.compile(r"^[a-z_]+(\.[A-Za-z0-9_-]+)+$")


def blanks(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def literals() -> set[str]:
    """All string literals of the source, those inside f-strings with a * for each blank."""
    found: set[str] = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = (
                    str(part.value) if isinstance(part, ast.Constant) else "*"
                    for part in node.values
                )
                found.add("".join(parts))
    return found


def is_prose(message: str) -> bool:
    """Tell whether there are words in it that a language would write its own way."""
    return len(re.findall(r"[a-z]{2,}", re.sub(r"\{.*?\}", "", message))) > 1


def test_both_languages_know_the_same_messages() -> None:
    english, french = (set(catalogue(language)) for language in LANGUAGES)
    assert english ^ french == set()


def test_both_languages_leave_the_same_blanks() -> None:
    english, french = (catalogue(language) for language in LANGUAGES)
    assert [key for key in english if blanks(english[key]) != blanks(french[key])] == []


def test_french_is_not_english() -> None:
    english, french = (catalogue(language) for language in LANGUAGES)
    same = {key for key in english if english[key] == french[key] and is_prose(english[key])}
    assert same == set()


def test_french_spacing_before_double_punctuation() -> None:
    wrong = {
        key: message
        for key, message in catalogue("fr").items()
        if re.search(r"[\w»)] [;:!?](\s|$)|\w[;!?](\s|$)", message)
    }
    assert wrong == {}


def test_every_error_reason_in_the_source_has_a_sentence_and_a_remedy() -> None:
    known = catalogue("en")
    form = re.compile(r"errors_[a-z_]+\.[A-Za-z0-9_-]*[A-Za-z0-9]")
    reasons = {text for text in literals() if form.fullmatch(text)}
    missing = {
        f"{reason}{end}"
        for reason in reasons
        for end in ("", "_remedy")
        if not reason.endswith("_remedy")
    } - set(known)
    assert missing == set()


def test_every_message_is_said_somewhere() -> None:
    texts = literals()
    patterns = [
        re.compile(re.escape(text).replace(r"\*", r".+"))
        for text in texts
        if "*" in text and len(text.replace("*", "")) > 2
    ]
    source = "\n".join("\n".join(text) for text in lines().values())
    unsaid = [
        key
        for key in catalogue("en")
        if key.removesuffix("_remedy") not in texts
        and f'"{key.removesuffix("_remedy")}"' not in source
        and not any(pattern.fullmatch(key.removesuffix("_remedy")) for pattern in patterns)
    ]
    assert unsaid == []


def test_the_pseudo_locale_brackets_every_message() -> None:
    say = Speaker(PSEUDO)
    for key, message in catalogue("en").items():
        facts = dict.fromkeys(blanks(message), "x")
        assert say(key, **facts).startswith("⟦")
