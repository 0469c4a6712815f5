"""Notices of a real home, sent to a real mail server and a real receiver: once, never lost."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.check.rooms import audit
from tests.keyring.custody import HandClock
from tests.notices.servers import (
    LOCAL,
    Certificate,
    Mailbox,
    Posted,
    certificate,
    mail_server,
    webhook_receiver,
)
from tests.patience import HANGS_S
from tests.run.homes import Shell, make, opened

from bailee import errors
from bailee.adapters.mail.smtp import MailServer, SmtpWay
from bailee.adapters.mail.webhook import WebhookReceiver, WebhookWay, signature
from bailee.clients.acts import AddClient, LockClient
from bailee.ids import NoticeId
from bailee.jobs.acts import ListJobs, RunJobs
from bailee.jobs.model import JobName, JobResult, JobShown, JobState
from bailee.ledger.vocabulary import NOTICE_SEND
from bailee.ledgers.acts import EntriesShown, ShowEntries
from bailee.notices.model import Cause, Message
from bailee.run import config, sending, ways
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import ROWS
from bailee.secret import Secret
from bailee.text import Speaker
from bailee.work import Tx

OPS = f"ops-{mark()}@hosting.example"
WHSEC = "whsec_" + b64encode(bytes(range(32))).decode()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def tls(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


@pytest.fixture
def box(tls: Certificate) -> Iterator[Mailbox]:
    with mail_server(tls.context()) as found:
        yield found


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Posted]:
    monkeypatch.setenv("BAILEE_WEBHOOK_OPS_COMMAND", f"echo {WHSEC}")
    sending.secret.cache_clear()
    with webhook_receiver() as found:
        yield found


def mail_table(box: Mailbox, tls: Certificate, *more: str) -> str:
    lines = (
        "[mail]",
        f'host = "{LOCAL}"',
        f"port = {box.port}",
        'from = "bailee@hosting.example"',
        f'to = ["{OPS}"]',
        f'ca = "{tls.cert}"',
        *more,
    )
    return "\n".join(lines) + "\n"


def founded(place: Path, *tables: str, clock: HandClock | None = None) -> None:
    """Found a home whose backups fail, with ways for notices."""
    make(place, clock=clock, backups=(place / "backups",))
    page = place / "home" / config.FILE_NAME
    page.write_text(page.read_text("utf-8") + "\n" + "\n".join(tables), "utf-8")
    (place / "backups").rename(place / "elsewhere")
    (place / "backups").write_text("no folder")


def run(house: App) -> dict[JobName, JobResult]:
    return {one.job: one.result for one in done(house.caller.call(RunJobs()))}


def shown(house: App, name: JobName) -> JobShown:
    return next(one for one in done(house.caller.call(ListJobs())) if one.job is name)


def sent(house: App) -> list[dict[str, str]]:
    found = done(house.caller.call(ShowEntries(client="provider", purpose="security")))
    assert isinstance(found, EntriesShown)
    return [dict(one.body) for one in found.entries if one.opening.kind == NOTICE_SEND]


def test_a_failing_job_is_told_once_by_each_way(
    tmp_path: Path, clock: HandClock, tls: Certificate, box: Mailbox, hook: Posted
) -> None:
    webhook = f'[[webhook]]\nname = "ops"\nurl = "http://{LOCAL}:{hook.port}/in?a=b"\n'
    founded(tmp_path, mail_table(box, tls), webhook, clock=clock)
    with opened(tmp_path, clock=clock) as house:
        assert run(house)[JobName.BACKUP] is JobResult.FAILED
        for _ in range(3):
            clock.wall_ms = shown(house, JobName.BACKUP).due_ms
            assert run(house)[JobName.BACKUP] is JobResult.FAILED
        assert sorted(entry["medium"] for entry in sent(house)) == ["mail", "webhook"]
        # The folder of backups is none, which is what fails.
        unread = [one.facts.get("part") for one in audit(house).findings]
        assert not {"jobs", "notices", "sets"} & set(unread)
    [mail] = box.taken
    assert (mail["To"], mail["From"]) == (OPS, "bailee@hosting.example")
    assert mail["Subject"] == Speaker()("notices.job-failing-subject")
    assert "backup" in mail.get_content()
    [(head, body)] = hook.taken
    told = json.loads(body)
    assert (told["type"], told["data"]["job"]) == ("job.failing", "backup")
    at_s = int(head["webhook-timestamp"])
    assert head["webhook-signature"] == signature(Secret(WHSEC), head["webhook-id"], at_s, body)


def test_a_job_that_was_done_and_fails_again_is_told_again(
    tmp_path: Path, clock: HandClock, tls: Certificate, box: Mailbox
) -> None:
    founded(tmp_path, mail_table(box, tls, 'language = "fr"'), clock=clock)
    with opened(tmp_path, clock=clock) as house:
        run(house)
        (tmp_path / "backups").unlink()
        (tmp_path / "elsewhere").rename(tmp_path / "backups")
        clock.wall_ms = shown(house, JobName.BACKUP).due_ms
        assert run(house)[JobName.BACKUP] is JobResult.DONE
        (tmp_path / "backups").rename(tmp_path / "elsewhere")
        (tmp_path / "backups").write_text("no folder")
        clock.wall_ms = shown(house, JobName.BACKUP).due_ms
        run(house)
    assert len(set(box.ids())) == len(box.taken) == 2
    assert {mail["Subject"] for mail in box.taken} == {Speaker("fr")("notices.job-failing-subject")}


def test_what_cannot_be_sent_waits_is_shown_and_is_sent_later(
    tmp_path: Path, clock: HandClock, tls: Certificate, box: Mailbox
) -> None:
    box.answer = "451 try again"
    founded(tmp_path, mail_table(box, tls), clock=clock)
    with opened(tmp_path, clock=clock) as house:
        assert run(house)[JobName.NOTICES] is JobResult.FAILED
        failing = shown(house, JobName.NOTICES)
        assert (failing.state, failing.error) == (JobState.FAILING, "errors_notices.mail-refused")
        assert sent(house) == []
        box.answer = "250 OK"
        clock.wall_ms = failing.due_ms
        assert run(house)[JobName.NOTICES] is JobResult.DONE
        assert len(sent(house)) == 1
    assert len(box.taken) == 1


def test_one_way_that_is_gone_keeps_no_other_waiting(
    tmp_path: Path, clock: HandClock, tls: Certificate, box: Mailbox, hook: Posted
) -> None:
    hook.status = 307
    webhook = f'[[webhook]]\nname = "ops"\nurl = "http://{LOCAL}:{hook.port}/"\n'
    founded(tmp_path, webhook, mail_table(box, tls), clock=clock)
    with opened(tmp_path, clock=clock) as house:
        assert run(house)[JobName.NOTICES] is JobResult.FAILED
        assert [entry["medium"] for entry in sent(house)] == ["mail"]
        assert shown(house, JobName.NOTICES).error == "errors_notices.webhook-refused"
        # The next run sends to the one that lacks it, and to no other.
        hook.status = 200
        clock.wall_ms = shown(house, JobName.NOTICES).due_ms
        assert run(house)[JobName.NOTICES] is JobResult.DONE
    assert len(box.taken) == 1
    assert len({head["webhook-id"] for head, _ in hook.taken}) == 1


def test_a_lock_is_told_in_the_transaction_that_makes_it(
    tmp_path: Path, clock: HandClock, tls: Certificate, box: Mailbox
) -> None:
    label = mark()
    founded(tmp_path, mail_table(box, tls), clock=clock)
    with opened(tmp_path, clock=clock) as house:
        done(house.caller.call(AddClient(label=label)))
        done(house.caller.call(LockClient(label=label)))
        with pytest.raises(errors.Conflict):
            house.caller.call(LockClient(label=label))
        run(house)
        done(house.caller.call(LockClient(label=label, off=True)))
        done(house.caller.call(LockClient(label=label)))
        run(house)
    told = [mail for mail in box.taken if "locked" in str(mail["Subject"])]
    # One for each lock; none for the one that was not made, or for the end of one.
    assert len(told) == 2
    assert not holds("".join(mail.as_string() for mail in told), label)


def test_what_is_undone_is_not_told(
    tmp_path: Path, clock: HandClock, tls: Certificate, box: Mailbox
) -> None:
    founded(tmp_path, mail_table(box, tls), clock=clock)
    with opened(tmp_path, clock=clock) as house:
        parts = house.parts
        provider = parts.keyring.provider

        def undone(tx: Tx) -> None:
            assert parts.tell(tx, "client-locked", {"client": str(provider), "entry": "1"}) == 1
            raise errors.Conflict("errors_jobs.lease-over")

        with pytest.raises(errors.Conflict):
            parts.work.run(provider, undone)
        run(house)
    assert not any(str(mail["Subject"]).count("locked") for mail in box.taken)


def test_whom_a_home_writes_to_is_in_no_row_and_no_subject(
    tmp_path: Path, clock: HandClock, tls: Certificate, box: Mailbox
) -> None:
    box.answer = "451 try again"
    founded(tmp_path, mail_table(box, tls), clock=clock)
    with opened(tmp_path, clock=clock) as house:
        run(house)
    kept = b"".join(one.read_bytes() for one in (tmp_path / "home").glob(f"{ROWS}*"))
    assert not holds(kept, OPS.encode())
    box.answer = "250 OK"
    with opened(tmp_path, clock=clock) as house:
        clock.wall_ms = shown(house, JobName.NOTICES).due_ms
        run(house)
    [mail] = box.taken
    assert not holds(str(mail["Subject"]), "hosting.example")
    with closing(sqlite3.connect(tmp_path / "home" / ROWS)) as rows:
        assert rows.execute("select distinct length(sealed) from notice").fetchall() == [(0,)]


# --- killed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param("before the server has it", marks=pytest.mark.sweep),
        "after the server has it",
    ],
)
def test_killed_while_it_sends_nothing_is_lost_and_an_id_tells_what_is_one(
    tmp_path: Path, tls: Certificate, box: Mailbox, taken: str
) -> None:
    shell = Shell(tmp_path)
    shell("init", "--provider", "hosting.example")
    page = tmp_path / "home" / config.FILE_NAME
    page.write_text(page.read_text("utf-8") + mail_table(box, tls), "utf-8")
    backups = tmp_path / "home.backups"
    backups.rename(tmp_path / "elsewhere")
    backups.write_text("no folder")
    if taken.startswith("before"):
        box.answer = "451 not now"
    box.on_data = lambda: os.kill(child.pid, signal.SIGKILL)
    child = subprocess.Popen(
        [sys.executable, "-m", "bailee", "job", "run"],
        env=shell.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child.communicate(timeout=HANGS_S)
    assert child.returncode == -signal.SIGKILL
    box.on_data, box.answer = (lambda: None), "250 OK"
    with closing(sqlite3.connect(tmp_path / "home" / ROWS)) as rows, rows:
        assert rows.execute("select sent_ms from notice").fetchall() == [(None,)]
        rows.execute("update job set lease_until_ms = 0")  # as two minutes would
    shell("job", "run", expect=None)
    assert len(set(box.ids())) == 1
    assert len(box.taken) == (1 if taken.startswith("before") else 2)
    shell("job", "run", expect=None)
    assert len(set(box.ids())) == 1
    shell("check", expect=None)


# --- ways ------------------------------------------------------------------------------------


def message(to: str = OPS) -> Message:
    return Message(
        id=NoticeId(bytes(16)),
        cause=Cause.JOB_FAILING,
        to=to,
        made_ms=1_790_000_000_000,
        subject="é",
        body="corps\n",
        facts={"job": "backup"},
    )


def smtp(box: Mailbox, ca: str | None, user: str | None = None, password: str = "") -> SmtpWay:
    server = MailServer(
        host=LOCAL, port=box.port, sender="bailee@hosting.example", user=user, ca=ca
    )
    return SmtpWay(server, lambda: Secret(password), "hosting.example")


def reason(way: SmtpWay | WebhookWay, to: str = OPS) -> str:
    with pytest.raises(errors.BaileeError) as raised:
        way.send(message(to))
    return raised.value.reason.partition(".")[2]


def test_nothing_is_handed_to_a_server_without_encryption() -> None:
    with mail_server(None) as box:
        assert reason(smtp(box, None)) == "no-starttls"
        assert box.taken == []


def test_nothing_is_handed_to_a_server_that_nobody_vouches_for(
    tmp_path: Path, box: Mailbox
) -> None:
    other = certificate(tmp_path, "127.0.0.2")
    assert reason(smtp(box, None)) == "certificate"
    assert reason(smtp(box, str(other.cert))) == "certificate"
    assert box.taken == []


def test_a_user_logs_in_by_a_password_that_is_asked_for(tls: Certificate) -> None:
    right = mark()
    with mail_server(tls.context(), password=right) as box:
        smtp(box, str(tls.cert), "bailee", right).send(message())
        assert box.users == [("bailee", right)]
        assert reason(smtp(box, str(tls.cert), "bailee", mark())) == "mail-login"
    assert len(box.taken) == 1


def test_a_server_that_is_gone_is_unreachable(tls: Certificate) -> None:
    with mail_server(tls.context()) as box:
        way = smtp(box, str(tls.cert))
    assert reason(way) == "unreachable"


def test_a_webhook_over_https_is_verified(
    tmp_path: Path, tls: Certificate, clock: HandClock
) -> None:
    other = certificate(tmp_path, "127.0.0.2")
    with webhook_receiver(tls.context()) as posted:
        url = f"https://{LOCAL}:{posted.port}/"

        def way(ca: Path) -> WebhookWay:
            made = WebhookReceiver(url=url, secret=lambda: Secret(WHSEC), ca=str(ca))
            return WebhookWay({"ops": made}, clock)

        assert reason(way(other.cert), "ops") == "certificate"
        assert posted.taken == []
        way(tls.cert).send(message("ops"))
        assert len(posted.taken) == 1
        assert reason(way(tls.cert), "gone") == "no-way"


def test_the_signature_is_that_of_the_specification() -> None:
    """The vector that the libraries of the specification are tested with."""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("text", ["whsec_", "whsec_c2hvcnQ=", "not base64!", "é" * 40])
def test_a_secret_that_is_none_signs_nothing(text: str) -> None:
    with pytest.raises(errors.UsageError, match="secret"):
        signature(Secret(text), "no-1", 1, b"")


def test_a_secret_that_nobody_gives_is_named_by_its_own_variable() -> None:
    sending.secret.cache_clear()
    with pytest.raises(errors.Sealed) as raised:
        sending.secret("WEBHOOK_NOWHERE")
    assert (raised.value.reason, raised.value.facts) == (
        "errors_notices.no-secret",
        {"name": "WEBHOOK_NOWHERE"},
    )


# --- settings --------------------------------------------------------------------------------

MAIL = '[mail]\nhost = "mail.example"\nfrom = "b@a.example"\nto = ["o@a.example"]\n'
HOOK = '[[webhook]]\nname = "ops"\nurl = "https://a.example/in"\n'
WRONG = {
    "an unknown key": MAIL + 'password = "x"\n',
    "no recipient": MAIL.replace('["o@a.example"]', "[]"),
    "a recipient that is none": MAIL.replace("o@a.example", "o@a.example\\nBcc: x@y.z"),
    "a port that is none": MAIL + "port = 0\n",
    "a port that is a word": MAIL + "port = true\n",
    "a language that nobody speaks": MAIL + 'language = "de"\n',
    "a relative authority": MAIL + 'ca = "ca.pem"\n',
    "no sender": MAIL.replace('from = "b@a.example"\n', ""),
    "mail that is a word": 'mail = "x"\n',
    "a webhook without encryption": HOOK.replace("https", "http"),
    "a webhook with a password in it": HOOK.replace("//a", "//u:p@a"),
    "a URL with a line in it": HOOK.replace("/in", "/in\\r\\nx: y"),
    "a name that no variable has": HOOK.replace('"ops"', '"o-p"'),
    "two of one name": HOOK + HOOK,
    "one that is no list": HOOK.replace("[[webhook]]", "[webhook]"),
}
PLAIN = '[provider]\ndomain = "hosting.example"\n[backup]\ndestinations = []\n[turn]\ndays = 7\n'


@pytest.mark.parametrize("case", WRONG)
def test_ways_that_are_not_exactly_that_are_refused(tmp_path: Path, case: str) -> None:
    top = WRONG[case].startswith("mail =")
    text = WRONG[case] + PLAIN if top else PLAIN + WRONG[case]
    (tmp_path / config.FILE_NAME).write_text(text, "utf-8")
    with pytest.raises(errors.UsageError, match="settings-wrong"):
        config.read(tmp_path)


def test_ways_are_read_as_they_are_set(tmp_path: Path) -> None:
    (tmp_path / config.FILE_NAME).write_text(PLAIN + MAIL + HOOK, "utf-8")
    found = config.read(tmp_path)
    assert found.mail is not None
    assert (found.mail.port, found.mail.to, found.webhooks[0].name) == (
        587,
        ("o@a.example",),
        "ops",
    )
    assert [(one.medium, one.to) for one in ways.addresses(found.mail, found.webhooks)] == [
        ("mail", "o@a.example"),
        ("webhook", "ops"),
    ]
