"""API tokens: shown once, held to their actor, and ended at their next use, whatever ends them."""

from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.absence import holds
from tests.answers import asked
from tests.monitor.fixture import FOUNDER, POLICIES, MonitorFixture, founded

from bailee import errors
from bailee.accounts.acts import AddToken, ListTokens, RetireActor, RevokeToken
from bailee.accounts.admission import Admission, NotAdmitted
from bailee.accounts.model import NewToken
from bailee.accounts.token import SecretToken
from bailee.accounts.tokens import DAY_MS
from bailee.act import Denial, Principal, Strength
from bailee.adapters.sql.engine import SqlTx, sql
from bailee.adapters.sql.rows.accounts import SqlTokenRows
from bailee.adapters.sql.rows.power.clock import SqlClockRows
from bailee.approvals.acts import GiveApproval
from bailee.approvals.service import ApprovalActs
from bailee.clients.acts import LockClient
from bailee.grant import Grant
from bailee.ids import ActorId, TokenId
from bailee.keyring.port import Macs
from bailee.monitor.service import COMPARED_SECONDS
from bailee.policy import Decision, Question, Role
from bailee.secret import Secret
from bailee.text import Speaker

INSIDE, OUTSIDE = ip_address("192.0.2.7"), ip_address("198.51.100.7")
SHIPPER = "shipper"
MOST_DAYS = 90


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[MonitorFixture]:
    made = founded(tmp_path)
    made.work.run(made.provider, made.keeper.believe)
    made.actor(SHIPPER, "service")
    yield made
    made.close()


def actor_of(fixture: MonitorFixture, name: str) -> str:
    row = fixture.work.read(lambda tx: fixture.register.actor_named(tx, Principal(os_user=name)))
    assert row is not None
    return str(row.id)


def made(fixture: MonitorFixture, name: str = SHIPPER, **more: object) -> NewToken:
    request = AddToken(actor=actor_of(fixture, name), **more)  # type: ignore[arg-type]  # fields of a request
    return fixture.tokens.add(FOUNDER, request)


def shown(fixture: MonitorFixture, token: NewToken, **at: object) -> Principal | None:
    """Show a token to the process that serves."""
    address = at.get("address", INSIDE)
    return fixture.admission.principal_of_token(Secret(token.secret), address)  # type: ignore[arg-type]  # or None


def ingests(fixture: MonitorFixture, who: Principal, label: str = "alpha") -> Grant | Denial:
    client = fixture.labels.find(who, label)
    return fixture.get(who, client, act="log:ingest", purpose="service")


def test_a_token_lends_what_its_actor_may_do_and_each_entry_names_it(
    fixture: MonitorFixture,
) -> None:
    alpha = fixture.client("alpha")
    token = made(fixture)
    who = shown(fixture, token)
    assert who is not None
    assert who.strength is Strength.SHARED
    assert isinstance(ingests(fixture, who), Grant)
    refused = fixture.get(who, alpha)
    assert isinstance(refused, Denial)
    permitted, denied = fixture.told(alpha)[-3:-1]
    for entry in (permitted, denied):
        assert entry.body["token"] == str(token.token)
        assert entry.body["actor"] == actor_of(fixture, SHIPPER)


def test_roles_follow_the_actor(fixture: MonitorFixture) -> None:
    alpha = fixture.client("alpha")
    who = shown(fixture, made(fixture))
    assert who is not None
    assert isinstance(fixture.get(who, alpha), Denial)
    fixture.actor(SHIPPER, "support")
    assert isinstance(fixture.get(who, alpha), Grant)


def test_the_secret_is_nowhere_but_in_the_answer(fixture: MonitorFixture, tmp_path: Path) -> None:
    token = made(fixture)
    secret = token.secret
    stored = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    tail = secret.rpartition("_")[2]
    assert not [one for one in stored if holds(one, tail.encode())]
    assert not holds(repr(token), tail)
    assert not holds(repr(fixture.tokens.list(FOUNDER, ListTokens())), tail)
    assert not holds(repr(fixture.told(fixture.provider)), tail)


# --- what ends it ----------------------------------------------------------------------------


def revokes(fixture: MonitorFixture, token: NewToken) -> None:
    """In another process: nothing is remembered in the one that serves."""
    fixture.again().tokens.revoke(FOUNDER, RevokeToken(token=str(token.token)))


def lets_its_term_end(fixture: MonitorFixture, token: NewToken) -> None:
    del token
    fixture.clock.wall_ms += MOST_DAYS * DAY_MS


def sets_the_clock_back(fixture: MonitorFixture, token: NewToken) -> None:
    """The term passes, and the wall clock is set back to when the token was made."""
    lets_its_term_end(fixture, token)
    fixture.clock.set_ahead(-MOST_DAYS * DAY_MS)


def forges_its_term(fixture: MonitorFixture, token: NewToken) -> None:
    fixture.meddle("update api_token set until_ms = until_ms + 1", {})
    del token


def moves_it_to_another_actor(fixture: MonitorFixture, token: NewToken) -> None:
    del token
    founder = ActorId.parse(actor_of(fixture, FOUNDER.os_user)).raw
    fixture.meddle("update api_token set actor = :founder", {"founder": founder})


def takes_the_row_away(fixture: MonitorFixture, token: NewToken) -> None:
    del token
    fixture.meddle("delete from api_token", {})


def retires_its_actor(fixture: MonitorFixture, token: NewToken) -> None:
    del token
    fixture.again().accounts.retire(FOUNDER, RetireActor(os_user=SHIPPER))


def takes_its_only_role(fixture: MonitorFixture, token: NewToken) -> None:
    del token
    fixture.again().accounts.retire(FOUNDER, RetireActor(os_user=SHIPPER, role="service"))


ENDS: dict[str, Callable[[MonitorFixture, NewToken], None]] = {
    "it is revoked": revokes,
    "its actor is retired": retires_its_actor,
    "its actor's only role is taken away": takes_its_only_role,
    "its term ends": lets_its_term_end,
    "its term ends and the clock is set back": sets_the_clock_back,
    "somebody edits its term": forges_its_term,
    "somebody gives it to another actor": moves_it_to_another_actor,
    "somebody takes its row away": takes_the_row_away,
}


@pytest.mark.parametrize("case", ENDS)
def test_at_its_next_use_a_token_has_ended(fixture: MonitorFixture, case: str) -> None:
    fixture.client("alpha")
    token = made(fixture)
    who = shown(fixture, token)
    assert who is not None
    assert fixture.admission.stands(who)
    assert isinstance(ingests(fixture, who), Grant)
    ENDS[case](fixture, token)
    assert shown(fixture, token) is None
    assert not fixture.admission.stands(who)
    # Whoever was let in before is given nothing either: the decision looks for itself.
    refused = fixture.get(who, fixture.provider, act="backup:create", purpose="security")
    assert isinstance(refused, Denial)


def test_a_lock_keeps_out_a_client_s_tokens_and_its_people(fixture: MonitorFixture) -> None:
    alpha = fixture.client("alpha")
    chloe = fixture.actor("chloe", "client-admin", "alpha")
    held = {
        "for the client": made(fixture, client="alpha"),
        "of its people": made(fixture, "chloe"),
        "for all": made(fixture),
    }
    bearers = {name: shown(fixture, token) for name, token in held.items()}
    other = fixture.again()
    other.clients.lock(FOUNDER, LockClient(label="alpha"))
    admitted = {name: shown(fixture, token) is not None for name, token in held.items()}
    assert admitted == {"for the client": False, "of its people": False, "for all": True}
    free = bearers["for all"]
    assert free is not None
    for who, act, purpose in (
        (free, "log:ingest", "service"),
        (chloe, "object:get", "client-request"),
    ):
        refused = fixture.get(who, alpha, act=act, purpose=purpose)
        assert isinstance(refused, Denial)
        assert refused.rule == "p1-client-locked"
    # The provider's own people answer for what is kept there.
    assert isinstance(fixture.get(FOUNDER, alpha), Grant)
    assert isinstance(ingests(fixture, free, "provider"), Grant)
    other.clients.lock(FOUNDER, LockClient(label="alpha", off=True))
    assert all(shown(fixture, token) is not None for token in held.values())
    assert isinstance(fixture.get(chloe, alpha), Grant)


def test_a_lock_that_is_taken_away_is_found_within_seconds(fixture: MonitorFixture) -> None:
    fixture.client("alpha")
    who = shown(fixture, made(fixture))
    assert who is not None
    assert isinstance(ingests(fixture, who), Grant)
    fixture.clients.lock(FOUNDER, LockClient(label="alpha"))
    fixture.meddle("delete from client_lock")
    fixture.clock.running_s += COMPARED_SECONDS
    refused = ingests(fixture, who)
    assert isinstance(refused, Denial)
    assert refused.rule == "row-differs"


def test_a_clock_set_ahead_lengthens_no_term(fixture: MonitorFixture) -> None:
    fixture.clock.set_ahead(400 * DAY_MS)
    token = made(fixture)
    fixture.clock.set_ahead(-400 * DAY_MS)
    fixture.clock.wall_ms += MOST_DAYS * DAY_MS - 1
    assert shown(fixture, token) is not None
    fixture.clock.wall_ms += 1
    assert shown(fixture, token) is None


def test_without_shown_time_the_wall_clock_alone_decides(tmp_path: Path) -> None:
    made_home = founded(tmp_path)
    made_home.actor(SHIPPER, "service")
    token = made(made_home)
    assert made_home.work.read(lambda tx: SqlClockRows().get(tx, made_home.provider)) is None
    assert shown(made_home, token) is not None
    lets_its_term_end(made_home, token)
    assert shown(made_home, token) is None
    made_home.close()


def test_a_token_of_before_that_is_put_back_is_found_within_seconds(
    fixture: MonitorFixture,
) -> None:
    """Who writes the database, and was a token's bearer, puts its row of before back."""
    fixture.client("alpha")
    token = made(fixture)
    who = shown(fixture, token)
    assert who is not None
    assert isinstance(ingests(fixture, who), Grant)
    before = fixture.work.read(lambda tx: SqlTokenRows().get(tx, token.token))
    assert before is not None
    revokes(fixture, token)
    fixture.meddle(
        "update api_token set state = :state, version = :version, log_index = :at, mac = :mac",
        {
            "state": before.state,
            "version": before.version,
            "at": before.log_index,
            "mac": before.mac,
        },
    )
    fixture.clock.running_s += COMPARED_SECONDS
    refused = ingests(fixture, who)
    assert isinstance(refused, Denial)
    assert refused.rule == "row-differs"
    fixture.clock.running_s += COMPARED_SECONDS - 1
    assert isinstance(ingests(fixture, who), Denial)


# --- one answer, one amount of work ----------------------------------------------------------


class CountingMacs:
    """The real MACs, counted."""

    def __init__(self, keys: Macs) -> None:
        self._keys = keys
        self.done: Counter[str] = Counter()

    def mac(self, domain: str, message: bytes) -> bytes:
        self.done[domain] += 1
        return self._keys.mac(domain, message)

    def verify_mac(self, domain: str, message: bytes, tag: bytes) -> bool:
        self.done[domain] += 1
        return self._keys.verify_mac(domain, message, tag)


def as_it_is(token: NewToken) -> Secret[str]:
    return Secret(token.secret)


def of_nobody(token: NewToken) -> Secret[str]:
    del token
    return SecretToken.draw().written()


def with_another_secret(token: NewToken) -> Secret[str]:
    other = SecretToken.draw()
    return SecretToken(id=token.token, secret=other.secret).written()


def cut_short(token: NewToken) -> Secret[str]:
    return Secret(token.secret[:-1])


def with_a_slip(token: NewToken) -> Secret[str]:
    text = token.secret
    return Secret(text[:-1] + ("b" if text[-1] == "a" else "a"))


def empty(token: NewToken) -> Secret[str]:
    del token
    return Secret("")


SHOWN: dict[str, tuple[Callable[[NewToken], Secret[str]], NotAdmitted]] = {
    "one that nobody made": (of_nobody, NotAdmitted.UNKNOWN),
    "the id with another secret": (with_another_secret, NotAdmitted.UNKNOWN),
    "one that was cut": (cut_short, NotAdmitted.UNKNOWN),
    "one with a slip": (with_a_slip, NotAdmitted.UNKNOWN),
    "nothing": (empty, NotAdmitted.UNKNOWN),
    "one from another network": (as_it_is, NotAdmitted.NETWORK),
}


def counted(
    fixture: MonitorFixture, text: Secret[str], address: object
) -> tuple[object, Counter[str]]:
    """Show something in a process of its own; count MACs and looks at rows."""
    other = fixture.again()
    macs = CountingMacs(other.keys)
    other.register._keys = macs
    other.register._name.cache_clear()
    looks: list[str] = []
    read = SqlTx.execute

    def execute(self: SqlTx, text: str, *values: object) -> object:
        looks.append(text)
        return read(self, text, *values)  # type: ignore[arg-type]  # as it was given

    gate = Admission(
        work=other.work,
        rows=SqlTokenRows(),
        keys=macs,
        register=other.register,
        clock=other.clock,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqlTx, "execute", execute)
        found = gate.look(text, address)  # type: ignore[arg-type]  # an address or None
    return found, macs.done + Counter({"looks": len(looks)})


def test_whatever_is_wrong_the_work_is_the_same(fixture: MonitorFixture) -> None:
    token = made(fixture, networks=("192.0.2.0/24",))
    work = {}
    for case, (make, why) in SHOWN.items():
        look, work[case] = counted(
            fixture, make(token), OUTSIDE if why is NotAdmitted.NETWORK else INSIDE
        )
        assert (look.principal, look.why) == (None, why), case  # type: ignore[attr-defined]  # a TokenLook
    for case in ("it is revoked", "its actor is retired", "its term ends"):
        ENDS[case](fixture, token)
        look, work[case] = counted(fixture, Secret(token.secret), INSIDE)
        assert look.principal is None, case  # type: ignore[attr-defined]  # a TokenLook
    assert len({tuple(sorted(one.items())) for one in work.values()}) == 1, work


def test_who_runs_the_custody_is_told_why(fixture: MonitorFixture) -> None:
    token = made(fixture)
    lets_its_term_end(fixture, token)
    assert fixture.admission.look(Secret(token.secret), INSIDE).why is NotAdmitted.SUSPENDED
    revokes(fixture, token)
    assert fixture.admission.look(Secret(token.secret), INSIDE).why is NotAdmitted.REVOKED


# --- networks --------------------------------------------------------------------------------

PLACES = {
    "192.0.2.7": True,
    "::ffff:192.0.2.7": True,
    "198.51.100.7": False,
    "2001:db8:1::9": True,
    "2001:db8:2::9": False,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_token_is_held_to_its_networks(fixture: MonitorFixture, place: str) -> None:
    token = made(fixture, networks=("192.0.2.0/24", "2001:db8:1::/48"))
    assert (shown(fixture, token, address=ip_address(place)) is not None) is PLACES[place]


def test_without_a_network_only_a_token_for_anywhere_counts(fixture: MonitorFixture) -> None:
    held, free = made(fixture, networks=("0.0.0.0/0", "::/0")), made(fixture)
    assert shown(fixture, held, address=None) is None
    assert shown(fixture, free, address=None) is not None


# --- power -----------------------------------------------------------------------------------

POWER = (
    "actor:add",
    "actor:retire",
    "client:lock",
    "token:add",
    "token:revoke",
    "budget:raise",
    "approval:give",
    "approval:withdraw",
    "clock:accept",
    "backup:restore",
)


@pytest.mark.parametrize("act", POWER)
def test_a_token_gives_nobody_power(fixture: MonitorFixture, act: str) -> None:
    """Not even one of the founder's own: stolen, it would else outlive its revocation."""

    def decided(*, by_token: bool) -> Decision:
        question = Question(
            roles=frozenset({Role.OPERATIONS}),
            home=fixture.provider,
            act=act,
            client=fixture.provider,
            provider=fixture.provider,
            purpose="security",
            by_token=by_token,
        )
        return POLICIES.decide(question)

    assert decided(by_token=False).allowed
    assert decided(by_token=True).rules == ("p1-no-power-by-token",)


def test_a_token_makes_no_token(fixture: MonitorFixture) -> None:
    own = made(fixture, FOUNDER.os_user)
    who = shown(fixture, own)
    assert who is not None
    request = AddToken(actor=actor_of(fixture, FOUNDER.os_user))
    refused = asked(fixture.tokens.add, who, request)
    assert isinstance(refused, Denial)
    assert refused.rule == "p1-no-power-by-token"
    assert [one.token for one in fixture.tokens.list(FOUNDER, ListTokens())] == [own.token]


def test_a_token_of_one_client_reaches_no_other(fixture: MonitorFixture) -> None:
    alpha, beta = fixture.client("alpha"), fixture.client("beta")
    who = shown(fixture, made(fixture, client="alpha"))
    assert who is not None
    assert isinstance(fixture.get(who, alpha, act="log:ingest", purpose="service"), Grant)
    refused = fixture.get(who, beta, act="log:ingest", purpose="service")
    assert isinstance(refused, Denial)
    assert refused.rule == "p1-token-of-one-client"
    # What is there and what is not look alike.
    for label in ("beta", "gamma"):
        with pytest.raises(errors.NotFound, match="not-found"):
            fixture.labels.find(who, label)


def test_nobody_makes_a_token_for_another_person_of_the_provider(fixture: MonitorFixture) -> None:
    fixture.actor("binta", "support")
    with pytest.raises(errors.Conflict, match="token-of-a-person"):
        made(fixture, "binta")
    binta = Principal(os_user="binta")
    own = fixture.tokens.add(binta, AddToken(actor=actor_of(fixture, "binta")))
    assert shown(fixture, own) is not None
    refused = asked(fixture.tokens.add, binta, AddToken(actor=actor_of(fixture, SHIPPER)))
    assert isinstance(refused, Denial)


def test_a_token_of_a_client_s_person_reaches_that_client(fixture: MonitorFixture) -> None:
    alpha, beta = fixture.client("alpha"), fixture.client("beta")
    fixture.actor("chloe", "client-admin", "alpha")
    who = shown(fixture, made(fixture, "chloe"))
    assert who is not None
    assert isinstance(fixture.get(who, alpha), Grant)
    assert isinstance(fixture.get(who, beta), Denial)
    with pytest.raises(errors.Conflict, match="token-elsewhere"):
        made(fixture, "chloe", client="beta")


def test_a_machine_s_token_needs_two_people(fixture: MonitorFixture) -> None:
    fixture.actor("dede", "dpo")
    fixture.client("alpha")
    with pytest.raises(errors.WaitingForSecond) as waiting:
        made(fixture)
    assert fixture.tokens.list(FOUNDER, ListTokens()) == []
    acts = ApprovalActs(
        work=fixture.work,
        approvals=fixture.approvals,
        monitor=fixture.monitor,
        register=fixture.register,
        clock=fixture.clock,
    )
    given = GiveApproval(approval=str(waiting.value.facts["approval"]))
    approval = acts.give(Principal(os_user="dede"), given)
    assert approval.what["holder"] == "machine"
    # Another term, another client or another network is another matter.
    for other in ({"days": 1}, {"client": "alpha"}, {"networks": ("192.0.2.0/24",)}):
        with pytest.raises(errors.WaitingForSecond):
            made(fixture, **other)
    assert shown(fixture, made(fixture)) is not None
    with pytest.raises(errors.WaitingForSecond):
        made(fixture)


# --- asking for what cannot be ---------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, object], type[errors.BaileeError], str]] = {
    "an actor that is none": ({"actor": "ac-x"}, errors.NotFound, "no-such-actor"),
    "an actor that is not there": (
        {"actor": str(ActorId(bytes(16)))},
        errors.NotFound,
        "no-such-actor",
    ),
    "a term beyond the policies": ({"days": MOST_DAYS + 1}, errors.UsageError, "token-days"),
    "a network that is none": ({"networks": ("nowhere",)}, errors.UsageError, "token-network"),
    "a network with bits beyond its prefix": (
        {"networks": ("192.0.2.7/24",)},
        errors.UsageError,
        "token-network",
    ),
    "a network of mapped addresses": (
        {"networks": ("::ffff:192.0.2.0/120",)},
        errors.UsageError,
        "token-network",
    ),
    "a client that is not there": ({"client": "gamma"}, errors.NotFound, "not-found"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_token_that_cannot_be(fixture: MonitorFixture, case: str) -> None:
    more, kind, slug = REFUSED[case]
    request = AddToken(**{"actor": actor_of(fixture, SHIPPER), **more})  # type: ignore[arg-type]  # fields of a request
    with pytest.raises(kind) as caught:
        fixture.tokens.add(FOUNDER, request)
    assert caught.value.reason.endswith(f".{slug}")
    for language in ("en", "fr"):
        assert Speaker(language)(caught.value.reason, **caught.value.facts)
        assert Speaker(language)(caught.value.reason + "_remedy", **caught.value.facts)
    assert fixture.tokens.list(FOUNDER, ListTokens()) == []


@pytest.mark.parametrize("text", ["tk-x", str(TokenId(bytes(16)))])
def test_a_token_that_is_not_there_is_not_revoked(fixture: MonitorFixture, text: str) -> None:
    with pytest.raises(errors.NotFound, match="no-such-token"):
        fixture.tokens.revoke(FOUNDER, RevokeToken(token=text))


def test_a_token_is_revoked_once(fixture: MonitorFixture) -> None:
    token = made(fixture)
    revokes(fixture, token)
    with pytest.raises(errors.Conflict, match="token-revoked-already"):
        revokes(fixture, token)


# --- listed ----------------------------------------------------------------------------------


def test_a_list_says_what_stands_and_when_it_was_used(fixture: MonitorFixture) -> None:
    days = {"short": made(fixture, days=1), "used": made(fixture), "revoked": made(fixture)}
    fixture.clock.wall_ms += DAY_MS
    assert shown(fixture, days["used"]) is not None
    first_ms = fixture.clock.wall_ms
    fixture.tokens.revoke(FOUNDER, RevokeToken(token=str(days["revoked"].token)))
    listed = {one.token: one for one in fixture.tokens.list(FOUNDER, ListTokens())}
    states = {name: listed[token.token].state for name, token in days.items()}
    assert states == {"short": "expired", "used": "standing", "revoked": "revoked"}
    assert {name: listed[one.token].used_ms for name, one in days.items()} == {
        "short": None,
        "used": first_ms,
        "revoked": None,
    }


def test_a_use_is_written_once_a_minute(fixture: MonitorFixture) -> None:
    token = made(fixture)
    first_ms = fixture.clock.wall_ms
    written = []
    for step_ms in (0, 59_999, 1, 60_000, -200_000):
        fixture.clock.wall_ms += step_ms
        fixture.clock.set_ms += min(0, step_ms)
        before = fixture.work.read(lambda tx: sql(tx).execute("select used_ms from api_token"))
        assert shown(fixture, token) is not None
        (after,) = fixture.work.read(lambda tx: sql(tx).execute("select used_ms from api_token"))
        written.append((after[0] - first_ms, (after,) != tuple(before)))
    assert written == [
        (0, True),
        (0, False),
        (60_000, True),
        (120_000, True),
        (-80_000, True),
    ]
