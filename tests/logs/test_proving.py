"""Receipts of lines from real batches: they verify anywhere, and hold nothing of a neighbour."""

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.logs.sources import Held
from tests.people import enrol
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.clients.acts import AddClient
from bailee.grant import Scope
from bailee.ids import BatchId
from bailee.keys.acts import TurnKeys
from bailee.ledgers.acts import ShowEntries
from bailee.limits import LINE_BYTES
from bailee.logs.acts import (
    EraseLog,
    ExportLog,
    Ingested,
    IngestLog,
    LineProved,
    LinesFound,
    ProveLog,
    SearchLog,
)
from bailee.logs.model import SegmentPart, part_ref
from bailee.logs.store import lines as cutting
from bailee.logs.store.segment import Block, TextReader
from bailee.logs.store.segments import SegmentStore
from bailee.logs.token import token_text
from bailee.proof.receipt.line_receipt import VALUES_MAX, read_line_receipt
from bailee.proof.shown import ShownPart
from bailee.proof.tree.note import VerifierKey
from bailee.proof.verdict import Outcome, Verdict
from bailee.proof.verify_line import verify_line_receipt
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import ROWS
from bailee.scan.kinds import Kind
from bailee.seal.salts import line_salts, value_salts

DPO = Principal(os_user="dede")
GUARD = Principal(os_user="sekou")
AUDITOR = Principal(os_user="aude")
_A, _B, _C, _D, _S = (mark().encode() for _ in range(5))
SECRET = b"hunter2%b" % _S
ALICE, BOB, CAROL, DAVE, HOST = (
    (Kind.USERNAME, _A),
    (Kind.EMAIL, b"%b@example.org" % _B),
    (Kind.EMAIL, b"%b@example.net" % _C),
    (Kind.USERNAME, _D),
    (Kind.IPV4, b"198.51.100.7"),
)
LINES = b"""198.51.100.7 - %(alice)b [10/Oct/2025:13:55:36 +0000] "GET /?q=%(bob)b" 200
mail to %(carol)b and %(bob)b from 198.51.100.7
nothing of anybody stands in this one
user=%(dave)b password=%(secret)b
caf\xe9 \x1a of \xff %(carol)b

the last is about %(bob)b
""" % {
    b"alice": ALICE[1],
    b"bob": BOB[1],
    b"carol": CAROL[1],
    b"dave": DAVE[1],
    b"secret": SECRET,
}
Value = tuple[Kind, bytes]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proving")
    make(folder)
    with opened(folder) as house:
        for label in ("acme", "zebu"):
            house.caller.call(AddClient(label=label))
        house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))
        enrol(house, GUARD, "security", agreed_by=DPO)
        enrol(house, AUDITOR, "auditor", agreed_by=DPO)
    return folder


@pytest.fixture(scope="module")
def house(place: Path) -> Iterator[App]:
    with opened(place) as house:
        yield house


def ask(house: App, request: ProveLog, who: Principal = GUARD) -> LineProved | Denial:
    """Ask as somebody other than who opened the house."""
    return App(house.parts, who).caller.call(request)


@dataclass(frozen=True)
class Taken:
    """A batch that was taken in, and what asks about it."""

    house: App
    batch: str
    epoch: int
    client: str = "acme"

    @property
    def vkey(self) -> VerifierKey:
        ident = self.house.parts.find_client(SOMEONE, self.client)
        return self.house.parts.ledger.key(ident)

    def token(self, value: Value) -> str:
        """Give the token of a value that was found."""
        ident = self.house.parts.find_client(SOMEONE, self.client)
        kind, raw = value
        found = self.house.parts.vault().intern(ident, self.epoch, [kind], [raw], [None])
        assert not found.fresh[0]
        return token_text(found.tokens[0].tobytes())

    def prove(self, line: int, *values: Value, **more: object) -> bytes:
        query: dict[str, Any] = {
            "client": self.client,
            "batch": self.batch,
            "line": line,
            "open": tuple(self.token(value) for value in values),
            "purpose": "security" if values else None,
        }
        answer = ask(self.house, ProveLog(**{**query, **more}))
        assert isinstance(answer, LineProved)
        assert (answer.line, answer.opened) == (line, len(values))
        return answer.receipt

    def audit(self, receipt: bytes) -> Verdict:
        return verify_line_receipt(receipt, key=self.vkey)

    def blocks(self) -> list[Block]:
        """Open the text itself, as an export does."""
        house = self.house
        client = house.parts.find_client(SOMEONE, self.client)
        rows, ident = SqlLogRows(), BatchId.parse(self.batch)
        row = house.parts.work.read(lambda tx: rows.parts(tx, client, ident))[SegmentPart.TEXT]
        store = SegmentStore(
            work=house.parts.work, keys=house.parts.keyring, blobs=house.parts.blobs
        )
        ref = part_ref(client, ident, SegmentPart.TEXT, self.epoch)
        request = ExportLog(client=self.client, batch=self.batch, purpose="client-request")
        scope = Scope(noun="text", ids=frozenset((ident.raw,)))
        with (
            house.parts.monitor.authorize(
                SOMEONE, request, client, scopes=(scope,), count=1
            ) as act,
            TextReader(store.open(ref, row.sealed, act.grant)) as text,
        ):
            return [text.block(number) for number in range(len(text.notes))]


def ingest(
    house: App,
    text: bytes,
    stream: str,
    client: str = "acme",
    *,
    address: str = "/var/log/web.log",
    **more: object,
) -> Taken:
    query: dict[str, Any] = {"stream": stream, "origin": "client-application", **more}
    source = Held(text, address=address, lasting=False)
    answer = done(house.caller.send(IngestLog(client=client, **query), source))
    assert isinstance(answer, Ingested)
    (batch,) = answer.batches
    return Taken(house, str(batch), answer.epoch, client)


@pytest.fixture(scope="module")
def taken(house: App) -> Taken:
    return ingest(house, LINES, "web")


def shown(verdict: Verdict) -> list[ShownPart]:
    assert verdict.outcome is Outcome.VERIFIED, verdict.steps[-1]
    assert verdict.line is not None
    return list(verdict.line.parts)


def raw(verdict: Verdict, closed: bytes = b"?") -> bytes:
    """Give the line as it is shown, with `?` where it is closed."""
    return b"".join(closed if part.raw is None else part.raw for part in shown(verdict))


# --- what it shows ---------------------------------------------------------------------------


def test_every_line_verifies_closed(taken: Taken) -> None:
    expected = LINES
    for kind, value in (ALICE, BOB, CAROL, HOST, DAVE, (Kind.SECRET, SECRET)):
        assert kind
        expected = expected.replace(value, b"?")
    for number, line in enumerate(expected.splitlines(), 1):
        assert raw(taken.audit(taken.prove(number))) == line


def test_chosen_values_open_and_the_others_stay_closed(taken: Taken) -> None:
    verdict = taken.audit(taken.prove(2, BOB))
    assert raw(verdict) == b"mail to ? and %b from ?" % BOB[1]
    opened = [(part.kind, part.raw) for part in shown(verdict) if part.ordinal is not None]
    assert opened == [("email", None), ("email", BOB[1]), ("ipv4", None)]


def test_all_values_open_give_the_line_as_it_was_received(taken: Taken) -> None:
    for number, values in ((1, (ALICE, BOB, HOST)), (2, (BOB, CAROL, HOST)), (5, (CAROL,))):
        line = LINES.splitlines()[number - 1]
        assert raw(taken.audit(taken.prove(number, *values))) == line


def test_a_secret_stays_closed_where_it_is_kept_too(house: App) -> None:
    taken = ingest(house, LINES, "kept", keep_secrets=True, reason="a dispute")
    receipt = taken.prove(4, DAVE)
    assert raw(taken.audit(receipt)) == b"user=%b password=?" % DAVE[1]
    assert not any(holds(part, SECRET) for part in decoded(receipt))


def test_without_a_key_it_is_consistent_and_no_more(taken: Taken) -> None:
    verdict = verify_line_receipt(taken.prove(2), key=None)
    assert verdict.outcome is Outcome.UNJUDGED


def test_the_key_of_another_client_is_not_that_of_the_signer(taken: Taken) -> None:
    other = replace(taken, client="zebu")
    assert other.audit(taken.prove(2)).outcome is Outcome.FAILED


TEXTS = {
    "UTF-16": ("\ufeff" + "user=émile said no\nuser=émile said yes\n").encode("utf-16-le"),
    "CR and newline": "user=émile said no\r\nuser=émile said yes\r\n".encode(),
    "no last newline": "user=émile said no\nuser=émile said yes".encode(),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_line_of_any_form_is_proven(house: App, name: str) -> None:
    taken = ingest(house, TEXTS[name], f"form-{sorted(TEXTS).index(name)}")
    verdict = taken.audit(taken.prove(2))
    assert verdict.line is not None
    assert verdict.line.encoding == ("utf-16-le" if name == "UTF-16" else "utf-8")
    assert raw(verdict).endswith(b" said yes")


def test_a_line_that_was_cut_is_proven_piece_by_piece(house: App) -> None:
    text = b"from 198.51.100.7 " + b"x" * LINE_BYTES + b" to %b\nshort\n" % BOB[1]
    taken = ingest(house, text, "long")
    pieces = [raw(taken.audit(taken.prove(number, *values))) for number, values in LONG]
    assert b"".join(pieces) == text.splitlines()[0] + b"short"
    assert max(map(len, pieces)) <= LINE_BYTES


LONG: tuple[tuple[int, tuple[Value, ...]], ...] = ((1, (HOST,)), (2, (BOB,)), (3, ()))


def test_lines_of_every_block_are_proven(house: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "BLOCK_LINES", 4)
    rows = [b"user=u%d number %d" % (number % 3, number) for number in range(11)]
    taken = ingest(house, b"\n".join(rows) + b"\n", "blocks")
    assert len(taken.blocks()) == 3
    for number, row in enumerate(rows, 1):
        value = (Kind.USERNAME, b"u%d" % ((number - 1) % 3))
        assert raw(taken.audit(taken.prove(number, value))) == row


# --- what it does not show -------------------------------------------------------------------


def decoded(blob: bytes) -> list[bytes]:
    """Give the receipt, and every word of it that is base64, decoded."""
    out = [blob]
    for word in blob.split():
        try:
            out.append(base64.b64decode(word, validate=True))
        except ValueError:
            continue
    return out


def test_a_receipt_holds_nothing_of_another_line(house: App) -> None:
    taken = ingest(house, LINES, "alone")
    (block,) = taken.blocks()
    batch, stored = BatchId.parse(taken.batch).raw, block.stored
    salts = line_salts(block.note.key, batch, stored.lines)
    texts = [stored.body[stored.starts[at] : stored.starts[at + 1]].tobytes() for at in range(7)]
    for number, values in ((1, (ALICE,)), (2, (BOB,)), (3, ()), (7, (BOB,))):
        held = b"\0".join(decoded(taken.prove(number, *values)))
        for at in range(stored.lines):
            salt = salts[16 * at : 16 * at + 16]
            assert holds(held, salt) == (at == number - 1)
            if texts[at]:
                assert holds(held, texts[at]) == (at == number - 1)
        assert not holds(held, block.note.key)


def test_a_receipt_holds_nothing_of_a_value_that_it_does_not_open(house: App) -> None:
    taken = ingest(house, LINES, "values")
    (block,) = taken.blocks()
    batch, client = BatchId.parse(taken.batch).raw, house.parts.find_client(SOMEONE, "acme")
    everyone = (ALICE, BOB, CAROL, HOST, DAVE)
    salts = value_salts(block.note.key, batch, len(everyone))
    tokens = [base64.b32decode(taken.token(value).upper()) for value in everyone]
    bound = house.parts.work.read(
        lambda tx: house.parts.vault().commitments(tx, client, taken.epoch, tokens)
    )
    receipt = taken.prove(2, BOB)
    held = b"\0".join(decoded(receipt))
    (opened,) = read_line_receipt(receipt).values
    mine = [salts[16 * at : 16 * at + 16] in held for at in range(len(everyone))]
    assert mine == [at == opened.ordinal for at in range(len(everyone))]
    assert not any(holds(held, commitment) for commitment in bound if commitment)
    assert not any(holds(held, token) for token in tokens)
    assert not any(holds(held, value) for _, value in everyone if value != BOB[1])


def test_where_the_source_lay_stays_closed(house: App) -> None:
    address = f"/var/log/{mark()}.log"
    taken = ingest(house, LINES, "lay", address=address)
    assert not holds(b"".join(decoded(taken.prove(2))), address.encode())


def test_two_receipts_of_one_line_are_one(taken: Taken) -> None:
    head = taken.prove(2, BOB).partition(b"\n\n")[0]
    assert taken.prove(2, BOB).partition(b"\n\n")[0] == head


# --- who may, and what is recorded -----------------------------------------------------------


def test_opening_names_a_purpose_that_is_not_verification(taken: Taken) -> None:
    for purpose in (None, "verification"):
        with pytest.raises(errors.UsageError, match=r"errors_proving\.purpose"):
            taken.prove(2, BOB, purpose=purpose)


def test_who_verifies_proves_and_opens_nothing(place: Path, taken: Taken) -> None:
    with opened(place, who=AUDITOR) as house:
        alone = ProveLog(client="acme", batch=taken.batch, line=2)
        assert isinstance(house.caller.call(alone), LineProved)
        request = ProveLog(
            client="acme",
            batch=taken.batch,
            line=2,
            open=(taken.token(BOB),),
            purpose="security",
        )
        assert isinstance(house.caller.call(request), Denial)


def test_who_may_not_prove_learns_nothing_of_what_is_there(house: App, taken: Taken) -> None:
    stranger = Principal(os_user="nobody-here")
    asked = (
        {"batch": taken.batch, "line": 2},
        {"batch": taken.batch, "line": 99_999},
        {"batch": "bt-" + "a" * 26, "line": 1},
    )
    answers = [
        ask(house, ProveLog(client="acme", **one), stranger)  # type: ignore[arg-type]  # the fields' own types
        for one in asked
    ]
    assert all(isinstance(answer, Denial) for answer in answers)
    assert len({answer.rule for answer in answers if isinstance(answer, Denial)}) == 1


def test_a_proof_is_an_entry_and_its_tokens_can_be_forgotten(house: App) -> None:
    taken = ingest(house, LINES, "entry")
    taken.prove(2, BOB, reason="a complaint")
    answer = done(house.caller.call(ShowEntries(client="acme", purpose="security")))
    proofs = [entry for entry in answer.entries if entry.opening.kind == "log:prove"]
    (entry,) = [one for one in proofs if one.body.get("batch") == taken.batch]
    assert (entry.body["line"], entry.body["opened"], entry.body["count"]) == ("2", "1", "4")
    assert entry.subject == {"reason": "a complaint", "tokens": taken.token(BOB)}
    outcomes = {one.body["of"]: one.body for one in answer.entries if one.opening.kind == "outcome"}
    assert outcomes[str(entry.entry)]["result"] == "done"


def test_a_proof_of_a_line_alone_is_granted_the_text_and_nothing_else(taken: Taken) -> None:
    taken.prove(3)
    answer = done(taken.house.caller.call(ShowEntries(client="acme", purpose="security")))
    last = [entry for entry in answer.entries if entry.opening.kind == "log:prove"][-1]
    assert last.body["count"] == "2"
    assert last.subject is None


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "line 0": ({"line": 0}, "no-line"),
    "a line beyond the last": ({"line": 8}, "no-line"),
    "a batch that is none": ({"batch": "bt-nonsense"}, "no-batch"),
    "a batch of nobody": ({"batch": "bt-" + "a" * 26}, "no-batch"),
    "a batch of another client": ({"client": "zebu"}, "no-batch"),
    "a token that is none": ({"open": ("alice",), "purpose": "security"}, "token"),
    "a token of no value": ({"open": ("a" * 16,), "purpose": "security"}, "elsewhere"),
    "too many tokens": (
        {"open": ("a" * 16,) * (VALUES_MAX + 1), "purpose": "security"},
        "values",
    ),
}


@pytest.mark.parametrize(("said", "slug"), WRONG.values(), ids=WRONG.keys())
def test_a_request_that_is_wrong_is_refused(taken: Taken, said: dict[str, Any], slug: str) -> None:
    query: dict[str, Any] = {"client": "acme", "batch": taken.batch, "line": 2}
    with pytest.raises((errors.NotFound, errors.UsageError)) as refused:
        ask(taken.house, ProveLog(**{**query, **said}))
    assert refused.value.reason.partition(".")[2] == slug


def test_a_token_of_another_line_opens_nothing(taken: Taken) -> None:
    with pytest.raises(errors.NotFound, match=r"errors_proving\.elsewhere"):
        taken.prove(3, BOB)


def test_as_many_values_as_the_limit_open_at_once(house: App) -> None:
    values = [(Kind.IPV4, b"198.51.%d.%d" % divmod(number, 256)) for number in range(VALUES_MAX)]
    line = b" ".join(value for _, value in values)
    taken = ingest(house, line + b"\n", "crowd")
    assert raw(taken.audit(taken.prove(1, *values))) == line


# --- what is erased or damaged ---------------------------------------------------------------


def test_who_is_erased_opens_no_more_and_old_receipts_hold(tmp_path: Path) -> None:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))
        enrol(house, GUARD, "security", agreed_by=DPO)
        taken = ingest(house, LINES, "web")
        before, vkey = taken.prove(2, BOB, CAROL), taken.vkey
        bob = taken.token(BOB)
    with opened(tmp_path, who=DPO) as house:
        house.caller.call(EraseLog(client="acme", about=BOB[1], purpose="rights"))
    for turned in (False, True):
        with opened(tmp_path) as house:
            if turned:
                house.caller.call(TurnKeys())
            taken = replace(taken, house=house)
            request = ProveLog(
                client="acme", batch=taken.batch, line=2, open=(bob,), purpose="security"
            )
            with pytest.raises(errors.NotFound, match=r"errors_proving\.value-gone"):
                ask(house, request)
            assert raw(taken.audit(taken.prove(2, CAROL, HOST))) == (
                b"mail to %b and ? from 198.51.100.7" % CAROL[1]
            )
    verdict = verify_line_receipt(before, key=vkey)
    assert raw(verdict) == b"mail to %b and %b from ?" % (CAROL[1], BOB[1])


def test_a_month_without_names_has_lines_that_are_proven_closed(house: App) -> None:
    taken = ingest(house, LINES, "old", epoch="2001-01")
    assert raw(taken.audit(taken.prove(2))) == b"mail to ? and ? from ?"
    request = ProveLog(
        client="acme", batch=taken.batch, line=2, open=("a" * 16,), purpose="security"
    )
    with pytest.raises(errors.NotFound, match=r"errors_proving\.value-gone"):
        ask(house, request)


def test_a_month_whose_names_have_ended_is_proven_closed_and_then_not_at_all(
    house: App,
) -> None:
    taken = ingest(house, LINES, "ends", epoch="2026-02")
    before, bob = taken.prove(2, BOB), taken.token(BOB)
    client, parts = house.parts.find_client(SOMEONE, "acme"), house.parts
    request = ProveLog(client="acme", batch=taken.batch, line=2, open=(bob,), purpose="security")
    parts.work.run(client, lambda tx: parts.keyring.destroy_epoch(tx, client, taken.epoch))
    with pytest.raises(errors.NotFound, match=r"errors_proving\.value-gone"):
        ask(house, request)
    assert raw(taken.audit(taken.prove(2))) == b"mail to ? and ? from ?"
    parts.work.run(
        client, lambda tx: parts.keyring.destroy_epoch(tx, client, taken.epoch, text=True)
    )
    with pytest.raises(errors.NotFound, match=r"errors_proving\.text-ended"):
        taken.prove(2)
    assert raw(taken.audit(before)) == b"mail to ? and %b from ?" % BOB[1]


BENT = {
    "a batch that is said to have come a second later": "received_ms = received_ms + 1000",
    "the entry of a batch of as many lines": "entry = (select entry from log_batch where"
    " batch <> ? and lines >= 7 order by log_index limit 1)",
    "the entry of a batch of fewer lines": "entry = (select entry from log_batch where"
    " batch <> ? and lines = 1 order by log_index limit 1)",
    "an entry that is not of a batch": "entry = (select entry from ledger_entry where"
    " client = (select client from log_batch where batch = ?) order by idx limit 1)",
}


@pytest.mark.parametrize("change", BENT.values(), ids=BENT.keys())
def test_rows_that_were_bent_give_no_receipt(
    house: App, place: Path, taken: Taken, change: str
) -> None:
    ingest(house, b"nothing but this\n", f"short-{len(change)}")
    tampered = ingest(house, LINES + b"one line more\n", f"bent-{len(change)}")
    batch = BatchId.parse(tampered.batch).raw
    assert taken.batch != tampered.batch
    with closing(sqlite3.connect(place / "home" / ROWS, isolation_level=None)) as rows:
        values = (batch,) * (change.count("?") + 1)
        asked = "select received_ms, entry from log_batch where batch = ?"
        (before,) = rows.execute(asked, (batch,))
        rows.execute(f"update log_batch set {change} where batch = ?", values)  # noqa: S608  # constants
        with pytest.raises(errors.Damaged, match=r"errors_proving\.does-not-verify"):
            tampered.prove(2, BOB)
        # As it was: others search the same home, and a search refuses rows that were altered.
        rows.execute(
            "update log_batch set received_ms = ?, entry = ? where batch = ?", (*before, batch)
        )


def test_a_line_that_was_found_is_proven_by_what_the_search_showed(house: App) -> None:
    ingest(house, LINES, "found")
    answer = done(house.caller.call(SearchLog(client="acme", stream="found", text="mail to")))
    assert isinstance(answer, LinesFound)
    (line,) = answer.lines
    request = ProveLog(
        client="acme",
        batch=str(line.batch),
        line=line.line,
        open=tuple(token_text(one.token) for one in line.tokens),
        purpose="security",
    )
    proved = ask(house, request)
    assert isinstance(proved, LineProved)
    taken = Taken(house, str(line.batch), line.epoch)
    assert raw(taken.audit(proved.receipt)) == LINES.splitlines()[1]
