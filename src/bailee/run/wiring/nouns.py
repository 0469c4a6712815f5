"""The nouns: from which module each is bound, with which rows beside the parts.

A command imports the module of its own noun and no other.  Which acts a noun binds is what its
package declares, as the act table has it; they are named here where several modules share them.
A noun whose `bind` needs more than parts and rows is bound by a module of this room.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from bailee.act import ACTS, Binding
from bailee.run.wiring.parts import HomeParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """One noun: `module` has its `bind`; `package` declares its acts, all of them unless `named`.

    `rows` is a class below `adapters/sql/rows`, or a mapped table where plain reads and writes
    are enough.
    """

    module: str
    package: str
    named: tuple[str, ...] = ()
    rows: str | None = None

    @property
    def acts(self) -> tuple[str, ...]:
        """Name the acts that it binds."""
        return self.named or tuple(
            act.name for act in ACTS.values() if act.request.startswith(f"{self.package}:")
        )

    def bind(self, parts: HomeParts) -> Sequence[Binding]:
        """Load the noun and bind its acts."""
        bind: Callable[..., Sequence[Binding]] = import_module(f"bailee.{self.module}").bind
        if self.rows is None:
            return bind(parts)
        module, name = self.rows.split(":")
        made = getattr(import_module(f"bailee.adapters.sql.rows.{module}"), name)
        return bind(parts, made() if isinstance(made, type) else made)


def _noun(package: str, *, rows: str | None = None) -> Noun:
    return Noun(module=f"{package}.bind", package=package, rows=rows)


NOUNS = (
    _noun("clients", rows="clients:SqlClientRows"),
    _noun("accounts", rows="accounts:SqlActorRows"),
    _noun("objects", rows="objects:SqlObjectRows"),
    Noun(module="logs.ingest.bind", package="logs", named=("log:ingest",), rows="logs:SqlLogRows"),
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
    _noun("ledgers"),
    Noun(module="run.wiring.keys", package="keys"),
    Noun(module="run.wiring.backups", package="backup", named=("backup:create",)),
    Noun(module="run.wiring.checks", package="check"),
)
"""Every noun there is."""
