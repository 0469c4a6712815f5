"""Deciding: what the policies answer to a request on verified rows, and the entry that says so.

Nothing is written here: the monitor appends the entry in the transaction that reads the rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from bailee.act import Principal
from bailee.clock import Clock
from bailee.ids import ClientId
from bailee.ledger.model import EntryDraft
from bailee.ledger.vocabulary import AWAY, REFUSAL
from bailee.monitor.asking import STRANGER, DecidedAct, purpose_word
from bailee.monitor.model import Tampered
from bailee.monitor.register import ActorRoles, Grounds
from bailee.policy import Decision, Policies, Question
from bailee.work import Tx

_RULED = 4_096
"""Rulings remembered, as many as the policies remember decisions: about 4 MB when all are used."""

SENTENCE = "P1"
"""The sentence of the promise that the monitor's own rules carry out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAct:
    """Asked act: one request, as it came."""

    who: Principal
    act: str
    client: ClientId
    purpose: str | None
    count: int
    body: Mapping[str, str]
    subject: Mapping[str, str] | None
    to_self: bool
    towards: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Ruling: what was decided; the same whenever this is asked on these grounds."""

    decision: Decision
    tampered: bool
    facts: Mapping[str, str]


class VerifiedRows(Protocol):
    """Verified rows: the part of the register that a decision rests on."""

    @property
    def provider(self) -> ClientId:
        """The provider itself."""

    def grounds(self, tx: Tx, who: Principal, client: ClientId) -> Grounds:
        """Look up who asks about a client, and by which policies; NotFound without the client."""


class Deciding:
    """Deciding: rows and policies to an answer."""

    def __init__(
        self,
        *,
        register: VerifiedRows,
        policies: Policies,
        clock: Clock,
        away: Callable[[], int],
    ) -> None:
        """Take the parts; `away` counts the custodians that did not answer."""
        self._register = register
        self._policies = policies
        self._clock = clock
        self._away = away
        # Keyed by the grounds themselves, which are compared by identity: when a row changes, the
        # register gives other grounds, so a ruling never outlives what it rests on. The policies'
        # set is fixed for the life of the process.
        self._ruled = lru_cache(maxsize=_RULED)(self._rule)

    def decide(self, tx: Tx, asked: AskedAct) -> DecidedAct:
        """Decide, and draft the entry; NotFound without the client."""
        grounds = self._register.grounds(tx, asked.who, asked.client)
        ruling = self._ruled(grounds, asked.act, asked.client, asked.purpose, asked.to_self)
        if not ruling.decision.allowed:
            return self._refusal(asked, grounds.standing, ruling)
        # a caller never says who asked, or why it was allowed
        body = {**asked.body, "count": str(asked.count), **ruling.facts}
        # Rows were just compared, with those custodians alone that answered: what is permitted then
        # may rest on rows of before, and its entry says so to whoever reads it.
        away = self._away()
        if away:
            body[AWAY] = str(away)
        draft = EntryDraft(
            kind=asked.act, body=body, subject=asked.subject, t_ms=self._clock.now_ms()
        )
        return DecidedAct(
            log=asked.client, draft=draft, decision=ruling.decision, actor=grounds.standing.actor
        )

    def _rule(
        self,
        grounds: Grounds,
        act: str,
        client: ClientId,
        purpose: str | None,
        to_self: bool,  # noqa: FBT001  # by place, as what remembers the answer wants it
    ) -> Ruling:
        # The policies that rows name must be those that this program has: an older program must not
        # decide by rules that were replaced.
        standing, tampered = grounds.standing, grounds.tampered
        if tampered is None and grounds.policy != self._policies.hash:
            tampered = Tampered.NOT_ADOPTED
        if tampered is not None:
            decision = Decision(allowed=False, rules=(tampered,), sentence=SENTENCE)
        else:
            question = Question(
                roles=standing.roles,
                home=standing.home,
                act=act,
                client=client,
                provider=self._register.provider,
                purpose=purpose,
                to_self=to_self,
                by_token=standing.token is not None,
                elsewhere=not standing.reaches(client),
                locked=grounds.locked,
            )
            decision = self._policies.decide(question)
        facts = {
            "actor": str(standing.actor or STRANGER),
            "purpose": purpose_word(purpose),
            "rule": str(decision.rules[0]),
            "sentence": decision.sentence,
            "policy": self._policies.hash,
        }
        if standing.token is not None:
            facts["token"] = str(standing.token)
        return Ruling(decision=decision, tampered=tampered is not None, facts=facts)

    def _refusal(self, asked: AskedAct, standing: ActorRoles, ruling: Ruling) -> DecidedAct:
        subject = {**(asked.subject or {})}
        if standing.actor is None:  # a stranger has no id: his name goes where it can be forgotten
            subject["os-user"] = asked.who.written
        draft = EntryDraft(
            kind=REFUSAL,
            body={"act": asked.towards, **ruling.facts},
            subject=subject or None,
            t_ms=self._clock.now_ms(),
        )
        # Tampering is the provider's matter: the client's ledger would tell its reader about
        # another's rows.
        log = self._register.provider if ruling.tampered else asked.client
        return DecidedAct(log=log, draft=draft, decision=ruling.decision, actor=None)
