"""Verification of what lies on a disk: opens the files, asks the verifier, reads and never writes.

What cannot even be asked (a path that is not there, a key that is none) is Misused: the caller
made a slip, and nothing was verified.  spec/verification.md, "The question"
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from bailee.proof.export import CHECKPOINT, open_export, read_file
from bailee.proof.malformed import Malformed
from bailee.proof.receipt.line_receipt import HEADER as LINE_HEADER
from bailee.proof.receipt.line_receipt import LINE_RECEIPT_BYTES_MAX
from bailee.proof.receipt.receipt import HEADER
from bailee.proof.shown import ShownLine, ShownPart, quoted
from bailee.proof.tree.chain import KEYS_BYTES_MAX
from bailee.proof.tree.checkpoint import SignedCheckpoint, read_checkpoint
from bailee.proof.tree.note import NOTE_BYTES_MAX, VerifierKey
from bailee.proof.verdict import Outcome, Verdict, VerificationStep
from bailee.proof.verify import verify_export, verify_receipt
from bailee.proof.verify_line import verify_line_receipt

Say = Callable[..., str]
"""Fills a message with its facts, by its id: `bailee.text.say`, or a Speaker."""

_RECEIPTS = ((LINE_HEADER.encode(), verify_line_receipt), (HEADER.encode(), verify_receipt))
_MARKS = {True: "verify.mark_held", False: "verify.mark_failed", None: "verify.mark_open"}


class Misused(Malformed):
    """Question that cannot be asked: usage, exit code 2, and no verdict."""


def run(
    path: Path, *, key: str | None = None, since: Path | None = None, keys: Path | None = None
) -> Verdict:
    """Verify an export directory or a receipt file; Misused when the question is malformed."""
    # The whole question is looked at first, so that a slip never hides behind a verdict.
    is_export = _is_folder(path)
    vkey = _key(key)
    earlier = _earlier(since)
    chain = _chain(keys, is_export=is_export)
    # A disk that cannot be read says nothing about a log, so it is no failure of the proof.
    try:
        if is_export:
            return _run_export(path, vkey, earlier)
        return _run_receipt(path, vkey, earlier, chain)
    except OSError:
        return _unjudged("unreadable")


def _is_folder(path: Path) -> bool:
    try:
        path.stat()
    except (OSError, ValueError):  # ValueError: a path with a zero byte
        raise Misused("path_absent") from None
    return path.is_dir()


def _run_export(path: Path, key: VerifierKey | None, since: SignedCheckpoint | None) -> Verdict:
    # A folder without a checkpoint is no export that fails, but nothing at all: it accuses nobody.
    if not (path / CHECKPOINT).exists():
        return _unjudged("nothing_to_judge")
    return verify_export(open_export(path), key=key, since=since)


def _run_receipt(
    path: Path, key: VerifierKey | None, since: SignedCheckpoint | None, keys: bytes
) -> Verdict:
    # One limit for both kinds, for what it is shows only once it is read; the smaller one has its
    # own limit where it is parsed.
    blob = read_file(path, LINE_RECEIPT_BYTES_MAX)
    verify = next((verify for header, verify in _RECEIPTS if blob.startswith(header)), None)
    if verify is None:
        return _unjudged("nothing_to_judge")
    return verify(blob, key=key, keys=keys, since=since)


def _unjudged(slug: str) -> Verdict:
    return Verdict(
        outcome=Outcome.UNJUDGED, steps=(VerificationStep(id=f"verify.{slug}", held=None),)
    )


def _key(text: str | None) -> VerifierKey | None:
    try:
        return None if text is None else VerifierKey.parse(text)
    except Malformed:
        raise Misused("vkey_given") from None


def _earlier(path: Path | None) -> SignedCheckpoint | None:
    try:
        return None if path is None else read_checkpoint(read_file(path, NOTE_BYTES_MAX))
    except (Malformed, OSError, ValueError):
        raise Misused("since_given") from None


def _chain(path: Path | None, *, is_export: bool) -> bytes:
    """Read the changes of key that go with a receipt; what is in them is verified, not asked."""
    if path is None:
        return b""
    if is_export:
        raise Misused("keys_export")
    try:
        return read_file(path, KEYS_BYTES_MAX)
    except (OSError, ValueError):
        raise Misused("keys_given") from None


def report(verdict: Verdict, say: Say) -> Iterator[str]:
    """Yield the lines of a report: numbered steps, verdict, what it shows and what it does not."""
    for number, step in enumerate(verdict.steps, 1):
        where = say("verify.at_line", line=step.facts["line"]) if "line" in step.facts else ""
        yield f"{number}. {say(_MARKS[step.held])}  {say(step.id, **step.facts)}{where}"
    yield ""
    yield say("verify.verdict", verdict=say(f"verify.{_verdict_slug(verdict)}"))
    if verdict.line is not None:
        yield from _line(verdict.line, say, shown=verdict.outcome is Outcome.VERIFIED)
    elif verdict.outcome is not Outcome.FAILED and len(verdict.steps) > 1:
        yield say("verify.cannot_show")


def _verdict_slug(verdict: Verdict) -> str:
    # one step alone means that there was nothing to verify; more, that all was consistent
    if verdict.outcome is Outcome.UNJUDGED and len(verdict.steps) > 1:
        return "verdict_consistent"
    return f"verdict_{verdict.outcome.name.lower()}"


def _line(line: ShownLine, say: Say, *, shown: bool) -> Iterator[str]:
    # without a signer the same words are only a claim, and must not read like a proof
    head = "verify.line_shown" if shown else "verify.line_said"
    yield say(head, number=line.number, batch=line.batch, encoding=line.encoding)
    for part in line.parts:
        yield f"    {_part(part, say)}"
    yield say("verify.line_times", received=line.received, event=line.event)
    yield say("verify.line_cannot_show")


def _part(part: ShownPart, say: Say) -> str:
    if part.raw is not None and not part.kind:
        return quoted(part.raw)
    if part.raw is not None:
        return say("verify.part_opened", kind=part.kind, value=quoted(part.raw))
    if part.ordinal is None:
        return say("verify.part_secret")
    return say("verify.part_closed", kind=part.kind, ordinal=part.ordinal)
