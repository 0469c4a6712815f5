"""The command line of the verifier, as it ships: the standard library and `cryptography` only.

Exit codes: 0 verified, 2 usage, 10 does not verify, 14 not verified, which includes a signer that
was not checked.  Without `--key` it is never 0.  spec/verification.md
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bailee.proof.run import Misused, report, run
from bailee.text import LANGUAGES, PSEUDO, Speaker, language_of

USAGE_EXIT = 2


class _Parser(argparse.ArgumentParser):
    """Parser of arguments that raises Misused where argparse would print English and leave."""

    def error(self, message: str) -> NoReturn:  # noqa: ARG002  # may repeat what was typed
        raise Misused("usage_wrong")


def _parser() -> _Parser:
    # no abbreviations: `--key` begins `--keys`, and a later option must not change an old script
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--key")
    parser.add_argument("--keys", type=Path)
    parser.add_argument("--since", type=Path)
    parser.add_argument("--lang", choices=(*LANGUAGES, PSEUDO))
    parser.add_argument("-h", "--help", action="store_true")
    return parser


def _ask(argv: Sequence[str]) -> argparse.Namespace:
    asked = _parser().parse_args(argv)
    if asked.path is None and not asked.help:
        raise Misused("usage_wrong")
    return asked


def main(argv: Sequence[str]) -> int:
    """Verify what the arguments name, print the steps and the verdict, return the exit code."""
    # before the arguments are read, so that a slip in them is answered in the reader's language
    say = Speaker(language_of(os.environ))
    try:
        asked = _ask(argv)
        say.language = asked.lang or say.language
        if asked.help:
            sys.stdout.write(say("verify.help") + "\n")
            return 0
        verdict = run(asked.path, key=asked.key, since=asked.since, keys=asked.keys)
    except Misused as slip:
        sys.stderr.write(f"{say(f'verify.{slip.reason}', **slip.facts)}\n{say('verify.help')}\n")
        return USAGE_EXIT
    sys.stdout.write("".join(f"{line}\n" for line in report(verdict, say)))
    return verdict.outcome.value
