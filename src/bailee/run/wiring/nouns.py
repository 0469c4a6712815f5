"""The nouns: which acts each binds, from which module, with which rows beside the parts.

A command imports the module of its own noun and no other.  A noun whose `bind` needs more than
parts and rows is bound by a module of this room.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from bailee.act import Binding
from bailee.run.wiring.parts import HomeParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """One noun: `module` has its `bind`; `rows` is a class below `adapters/sql/rows`."""

    module: str
    acts: tuple[str, ...]
    rows: str | None = None

    def bind(self, parts: HomeParts) -> Sequence[Binding]:
        """Load the noun and bind its acts."""
        bind: Callable[..., Sequence[Binding]] = import_module(f"bailee.{self.module}").bind
        if self.rows is None:
            return bind(parts)
        module, name = self.rows.split(":")
        made = getattr(import_module(f"bailee.adapters.sql.rows.{module}"), name)
        return bind(parts, made())


NOUNS = (
    Noun(module="clients.bind", rows="clients:SqlClientRows", acts=("client:add", "client:list")),
    Noun(module="accounts.bind", rows="accounts:SqlActorRows", acts=("actor:add", "actor:list")),
    Noun(
        module="objects.bind",
        rows="objects:SqlObjectRows",
        acts=("object:put", "object:get", "object:list", "object:delete"),
    ),
    Noun(module="logs.ingest.bind", rows="logs:SqlLogRows", acts=("log:ingest",)),
    Noun(
        module="logs.search.bind",
        rows="logs:SqlLogRows",
        acts=("log:search", "log:reveal", "stream:list"),
    ),
    Noun(module="logs.proof.bind", rows="logs:SqlLogRows", acts=("log:prove", "log:export")),
    Noun(module="run.wiring.retention", acts=("log:erase", "epoch:list", "epoch:destroy")),
    Noun(
        module="ledgers.bind",
        acts=("ledger:head", "ledger:show", "ledger:key", "ledger:export", "ledger:prove"),
    ),
    Noun(module="run.wiring.keys", acts=("key:list", "key:turn", "key:rotate")),
    Noun(module="run.wiring.backups", acts=("backup:create",)),
    Noun(module="run.wiring.checks", acts=("check:run",)),
)
"""Every noun there is."""
