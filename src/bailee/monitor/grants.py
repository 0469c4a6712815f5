"""Grants of roles: what the provider's log says of who gave whom which role, and who looked.

Pure.  What somebody has looked at stands in the log as well, as their own act: a row or a file that
says "seen" could be written by whoever gave the role.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bailee.ids import ActorId
from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import APPROVAL, OUTCOME

LOOKED = "roles"
"""The field by which the entry of a look at grants is told from other looks at the log."""

_SHOW, _DONE, _HELD = "ledger:show", "done", "role."
FOLLOWED = frozenset({OUTCOME, APPROVAL, _SHOW, "actor:add"})
"""The kinds of entries that tell of grants and of looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGrant:
    """Role grant: one role that one actor was given; `agreed` is who else agreed, if anyone did."""

    index: int
    time_ms: int
    actor: str
    role: str
    by: str
    agreed: str | None


class RoleGrants:
    """Role grants: made of entries in the order of the log."""

    def __init__(self) -> None:
        self._acts: dict[str, EntryShown] = {}
        self._agreed: dict[str, frozenset[str]] = {}
        self._held: dict[str, frozenset[str]] = {}
        self._grants: list[RoleGrant] = []
        self._looked: dict[str, int] = {}

    def take(self, entry: EntryShown) -> None:
        """Take the next entry."""
        kind, body = entry.opening.kind, entry.body
        if kind == APPROVAL and body.get("state") == "used":
            people = (body.get("asked-by"), body.get("given-by"))
            self._agreed[body.get("of", "")] = frozenset(one for one in people if one)
        elif kind == OUTCOME:
            self._ended(entry)
        elif kind in FOLLOWED:
            self._acts[str(entry.entry)] = entry

    def _ended(self, outcome: EntryShown) -> None:
        body = outcome.body
        act = self._acts.pop(body.get("of", ""), None)
        if body.get("result") != _DONE:
            return
        if act is not None and LOOKED in act.body:
            # By the index of the act, not of its outcome: what came between was not shown.
            self._looked[act.body.get("actor", "")] = act.index
        if body.get("table") != "actor":
            return
        row = body["row"]
        held = frozenset(key.removeprefix(_HELD) for key in body if key.startswith(_HELD))
        by = "" if act is None else act.body.get("actor", "")
        others = self._agreed.get(body.get("of", ""), frozenset()) - {by}
        for role in sorted(held - self._held.get(row, frozenset())):
            self._grants.append(
                RoleGrant(
                    index=outcome.index,
                    time_ms=outcome.opening.time_ms,
                    actor=row,
                    role=role,
                    by=by or row,
                    agreed=next(iter(sorted(others)), None),
                )
            )
        self._held[row] = held

    def since(self, reader: ActorId | None) -> Sequence[RoleGrant]:
        """Return what was given after this reader looked last; all of it where they never did."""
        looked = self._looked.get(str(reader), -1)
        return [one for one in self._grants if one.index > looked]
