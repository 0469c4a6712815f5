"""Decide, record, grant: nothing is granted that no durable entry tells of."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.monitor.fixture import FOUNDER, MonitorFixture, founded
from tests.patience import nothing_sleeps

from bailee import errors, failpoint
from bailee.act import Denial, Principal
from bailee.grant import Grant, Ref
from bailee.ids import ClientId, ObjectId
from bailee.ledger.model import EntryShown
from bailee.limits import GRANT_SECONDS, OS_USER_BYTES
from bailee.policy import Policies
from bailee.policy.service import shipped_policies
from bailee.seal.row import row_aad
from bailee.text import Speaker
from bailee.work import Tx

STRANGER = Principal(os_user="mallory")


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[MonitorFixture]:
    made = founded(tmp_path)
    yield made
    made.close()


def last(fixture: MonitorFixture, client: ClientId) -> EntryShown:
    """Return the newest entry but the one of this look."""
    return fixture.told(client)[-2]


def count(fixture: MonitorFixture, client: ClientId) -> int:
    return fixture.ledger.row_of(client).count


def granted(found: Grant | Denial) -> Grant:
    assert isinstance(found, Grant)
    return found


def refused(found: Grant | Denial) -> Denial:
    assert isinstance(found, Denial)
    return found


# --- what is recorded ----------------------------------------------------------------------


def test_a_grant_stands_on_an_entry_that_says_who_what_why_and_by_which_rule(
    fixture: MonitorFixture,
) -> None:
    client = fixture.client("alpha")
    grant = granted(fixture.get(FOUNDER, client))
    entry = last(fixture, client)
    assert entry.entry == grant.entry
    assert entry.index == grant.index
    assert entry.opening.kind == "object:get"
    assert entry.body == {
        "actor": str(grant.actor),
        "purpose": "client-request",
        "rule": "p7-objects-served",
        "sentence": "P7",
        "policy": fixture.policies.hash,
        "count": "1",
    }
    assert entry.subject is None


def test_a_refusal_is_recorded_and_names_a_stranger_only_where_he_can_be_forgotten(
    fixture: MonitorFixture,
) -> None:
    client = fixture.client("alpha")
    name = mark()
    denial = refused(fixture.get(Principal(os_user=name), client))
    entry = last(fixture, client)
    assert entry.entry == denial.entry
    assert entry.opening.kind == "refusal"
    assert entry.body["rule"] == denial.rule == "unknown-actor"
    assert not holds(repr(entry.body), name)
    assert entry.subject == {"os-user": name}


def test_a_purpose_of_the_asker_s_own_making_stays_out_of_the_body(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    denial = refused(fixture.get(FOUNDER, client, purpose="for alice@example.org"))
    assert denial.rule == "unknown-purpose"
    assert last(fixture, client).body["purpose"] == "unknown"


def test_a_refusal_says_what_to_do_in_both_languages(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    denial = refused(fixture.get(FOUNDER, client, purpose=None))
    assert (denial.rule, denial.sentence) == ("p1-purpose-named", "P1")
    for language in ("en", "fr"):
        speaker = Speaker(language)
        assert speaker(denial.why, **denial.facts)
        assert "--purpose" in speaker(denial.next_step, **denial.facts)
        assert "service, client-request" in speaker(denial.next_step, **denial.facts)


def test_a_caller_cannot_say_who_asked_or_why_it_was_allowed(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    claims = {"actor": "someone-else", "rule": "p0", "purpose": "rights", "count": "0"}
    grant = granted(fixture.get(FOUNDER, client, body={**claims, "object": "ob-x"}))
    body = last(fixture, client).body
    assert body["actor"] == str(grant.actor)
    assert (body["rule"], body["purpose"]) == ("p7-objects-served", "client-request")
    assert body["count"] == "1"


def test_an_outcome_follows_its_entry(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    grant = granted(fixture.get(FOUNDER, client))

    def end(tx: Tx) -> int:
        return fixture.monitor.outcome(tx, client, grant.entry, "done", body={"bytes": "7"}).index

    index = fixture.work.run(client, end)
    entry = last(fixture, client)
    assert entry.index == index
    assert entry.body == {"of": str(grant.entry), "result": "done", "bytes": "7"}


def test_an_unknown_client_is_not_found_and_nothing_is_recorded(fixture: MonitorFixture) -> None:
    before = count(fixture, fixture.provider)
    with pytest.raises(errors.NotFound):
        fixture.get(FOUNDER, ClientId.new())
    assert count(fixture, fixture.provider) == before


# --- what a grant opens --------------------------------------------------------------------


def sealed(fixture: MonitorFixture, client: ClientId) -> tuple[Ref, bytes, bytes]:
    ref = Ref(client=client, noun="object", id=ObjectId.new().raw, version=1)
    aad = row_aad(client.raw, "object", ref.id, "value", 1)
    sealer = fixture.keys.sealer(ref)
    fixture.work.run(client, lambda tx: fixture.keys.enrol(tx, sealer))
    return ref, aad, sealer.seal_row(aad, b"content")


def test_a_grant_opens_what_it_names_once_and_within_five_seconds(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    ref, aad, blob = sealed(fixture, client)

    def opened(grant: Grant) -> bytes:
        opener = fixture.work.read(lambda tx: fixture.keys.opener(tx, ref, grant))
        return opener.open_row(aad, blob)

    grant = granted(fixture.get(FOUNDER, client))
    assert opened(grant) == b"content"
    with pytest.raises(errors.Sealed):
        opened(grant)
    late = granted(fixture.get(FOUNDER, client))
    fixture.clock.running_s += GRANT_SECONDS + 0.001
    with pytest.raises(errors.Sealed):
        opened(late)


# --- when it cannot be recorded ------------------------------------------------------------


def test_an_entry_that_may_not_be_durable_permits_nothing(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    granted(fixture.get(FOUNDER, client))
    for side in ("before", "after"):
        made = fixture.again()
        failpoint.arm(f"rows.commit:{side}=raise")
        with pytest.raises(errors.CannotRecord):
            made.get(FOUNDER, client)
        with nothing_sleeps(), pytest.raises(errors.CannotRecord):  # and from then on, at once
            made.get(FOUNDER, client)
        failpoint.arm("")
    granted(fixture.again().get(FOUNDER, client))


def test_no_grant_while_the_reserve_is_in_use_and_refusals_are_still_recorded(
    fixture: MonitorFixture,
) -> None:
    client = fixture.client("alpha")
    fixture.space.kept = False
    fixture.clock.running_s += 10
    with pytest.raises(errors.CannotRecord):
        fixture.get(FOUNDER, client)
    before = count(fixture, client)
    denial = refused(fixture.get(STRANGER, client))
    assert count(fixture, client) == before + 1
    fixture.space.kept = True
    assert last(fixture, client).entry == denial.entry


def test_no_grant_while_an_older_entry_waits_for_its_checkpoint(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    granted(fixture.get(FOUNDER, client))
    fixture.clock.wall_ms += 6_000
    fixture.clock.running_s += 6
    failpoint.arm("*=raise-always")
    with pytest.raises(errors.CannotRecord):
        fixture.get(FOUNDER, client)
    failpoint.arm("")
    granted(fixture.again().get(FOUNDER, client))


def test_who_must_wait_is_granted_once_a_checkpoint_includes_the_entry(
    fixture: MonitorFixture,
) -> None:
    client = fixture.client("alpha")
    grant = granted(fixture.get(FOUNDER, client))
    assert fixture.ledger.row_of(client).head.size <= grant.index
    waited = granted(fixture.get(FOUNDER, client, wait=True))
    assert fixture.ledger.row_of(client).head.size > waited.index
    exported = granted(fixture.get(FOUNDER, client, act="ledger:export", purpose=None))
    assert fixture.ledger.row_of(client).head.size > exported.index


def test_without_its_checkpoint_a_waiting_act_fails_and_says_so(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    failpoint.arm("objects.rename:before=raise-always")
    with pytest.raises(errors.CannotRecord):
        fixture.get(FOUNDER, client, wait=True)
    failpoint.arm("")
    entries = fixture.told(client)
    asked = next(entry for entry in entries if entry.opening.kind == "object:get")
    ended = next(entry for entry in entries if entry.opening.kind == "outcome")
    assert ended.body == {"of": str(asked.entry), "result": "failed"}


# --- policies in force ---------------------------------------------------------------------


def test_other_policies_grant_nothing_until_their_adoption_is_recorded(
    fixture: MonitorFixture,
) -> None:
    client = fixture.client("alpha")
    stricter = Policies(
        shipped_policies()
        + '@id("p1-quiet") @sentence("P1") forbid (principal, action, resource)'
        + ' when { context.purpose == Purpose::"retention" };'
    )
    other = fixture.again(stricter)
    assert refused(other.get(FOUNDER, client)).rule == "policy-not-adopted"
    other.monitor.start()
    granted(other.get(FOUNDER, client))
    entries = [one for one in other.told(other.provider) if one.opening.kind == "policy:adopt"]
    assert [entry.body["version"] for entry in entries] == ["1", "2"]
    assert entries[-1].body["hash"] == stricter.hash
    before = count(other, other.provider)
    other.monitor.start()
    assert count(other, other.provider) == before


def test_an_installation_is_founded_once(fixture: MonitorFixture) -> None:
    with pytest.raises(errors.Conflict):
        fixture.work.run(fixture.provider, fixture._begin)


# --- bounds and company --------------------------------------------------------------------


@pytest.mark.parametrize(("size", "fits"), [(1, True), (OS_USER_BYTES, True), (0, False)])
def test_the_length_of_a_user_name(size: int, *, fits: bool) -> None:
    make: Callable[[], Principal] = lambda: Principal(os_user="a" * size)  # noqa: E731
    if fits:
        assert make().os_user
        return
    with pytest.raises(errors.LimitExceeded):
        make()


def test_a_user_name_over_the_limit_is_refused() -> None:
    with pytest.raises(errors.LimitExceeded):
        Principal(os_user="a" * (OS_USER_BYTES + 1))


def test_many_at_once_each_have_an_entry_of_their_own(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    entries: list[Grant] = []

    def ask() -> None:
        for _ in range(10):
            entries.append(granted(fixture.get(FOUNDER, client)))  # noqa: PERF401  # one at a time

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({grant.entry for grant in entries}) == 80
    assert len({grant.index for grant in entries}) == 80
