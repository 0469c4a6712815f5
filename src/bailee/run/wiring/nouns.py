"""Nouns: from which module each is bound and audited, with which rows beside the parts.

A command imports the module of its own noun and no other.  Which acts a noun binds is what its
package declares, as the act table has it; they are named here where several modules share them.
A noun whose `bind` needs more than parts and rows is bound by a module of this room, and one whose
audit does is given it by `checks`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from bailee.act import ACTS, Binding
from bailee.audit import AuditMaker
from bailee.run.wiring.parts import HomeParts

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """Noun: `module` has its `bind`; `package` declares its acts, all of them unless `named`.

    `rows` is a class below `adapters/sql/rows`, or a mapped table where plain reads and writes
    are enough.  `audit` names the function that gives its audits, where it has any.
    """

    module: str
    package: str
    named: tuple[str, ...] = ()
    rows: str | None = None
    audit: str | None = None

    @property
    def acts(self) -> tuple[str, ...]:
        """Name the acts that it binds."""
        return self.named or tuple(
            act.name for act in ACTS.values() if act.request.startswith(f"{self.package}:")
        )

    def bind(self, parts: HomeParts) -> Sequence[Binding]:
        """Load the noun and bind its acts."""
        return self._given(f"{self.module}:bind", parts)

    def audits(self, parts: HomeParts) -> Sequence[AuditMaker]:
        """Load what `check` compares of the noun; none where another entry gives it."""
        return () if self.audit is None else self._given(self.audit, parts)

    def _given(self, path: str, parts: HomeParts) -> Sequence[T]:
        module, _, name = path.partition(":")
        # Imported now, not at the top: a command must not wait for kernels or Arrow of nouns it
        # does not use.
        function: Callable[..., Sequence[T]] = getattr(import_module(f"bailee.{module}"), name)
        if self.rows is None or not module.startswith(self.package):
            return function(parts)  # a function of this room makes the rows that it needs
        room, rows = self.rows.split(":")
        made = getattr(import_module(f"bailee.adapters.sql.rows.{room}"), rows)
        return function(parts, made() if isinstance(made, type) else made)


def _noun(package: str, *, rows: str | None = None) -> Noun:
    return Noun(
        module=f"{package}.bind", package=package, rows=rows, audit=f"{package}.audit:audits"
    )


NOUNS = (
    _noun("clients", rows="clients:SqlClientRows"),
    _noun("accounts", rows="accounts:SqlAccountRows"),
    Noun(module="approvals.bind", package="approvals"),
    _noun("objects", rows="objects:SqlObjectRows"),
    Noun(
        module="logs.ingest.bind",
        package="logs",
        named=("log:ingest",),
        rows="logs:SqlLogRows",
        audit="run.wiring.checks:log_audits",
    ),
    Noun(module="logs.push.bind", package="logs.push", rows="logs:SqlLogRows"),
    Noun(
        module="logs.search.bind",
        package="logs",
        named=("log:search", "log:reveal", "stream:list"),
        rows="logs:SqlLogRows",
    ),
    Noun(
        module="logs.proof.bind",
        package="logs",
        named=("log:prove", "log:export"),
        rows="logs:SqlLogRows",
    ),
    Noun(
        module="run.wiring.retention",
        package="logs",
        named=("log:erase", "epoch:list", "epoch:destroy"),
    ),
    Noun(module="ledgers.bind", package="ledgers", audit="run.wiring.checks:ledger_audits"),
    Noun(module="run.wiring.keys", package="keys", audit="run.wiring.checks:key_audits"),
    Noun(
        module="run.wiring.backups",
        package="backup",
        named=("backup:create",),
        audit="run.wiring.checks:backup_audits",
    ),
    Noun(module="run.wiring.jobs", package="jobs", audit="run.wiring.jobs:audits"),
    Noun(module="run.wiring.checks", package="check", audit="run.wiring.checks:power_audits"),
)
"""Every noun there is."""
