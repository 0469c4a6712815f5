"""The tables, one module per noun; whatever is declared in here is one.

spec/rows.md is compared with the declarations by a test (spec/invariants.md I5).

In reading order:

- accounts: actors, their API tokens and budgets
- clients: clients, and which are locked
- policy: the policies in force
- clock: how much time has passed for certain
- settings: what a home's settings were when they were recorded
- keys: the key tree
- approvals: matters that need two people
- ledger: ledgers and their entries
- objects: objects, one row for each version
- names: shards of sealed names, and what waits for one
- vault: sealed values by random token, and keyed indexes
- logs: streams, sources, batches, their sealed objects and index runs
- jobs: what a home does by itself
- notices: what a home has to say and sends by itself
- sets: digests of the rows of all these
"""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from bailee.adapters.sql.table import Table


@cache
def tables() -> Sequence[Table]:
    """Return every table, by module and then in order of declaration."""
    modules = [
        importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    ]
    return [one for module in modules for one in vars(module).values() if isinstance(one, Table)]
