"""Binds the acts on actors to the parts of a process."""

from bailee.accounts.acts import AddActor, ListActors
from bailee.accounts.port import ActorRows
from bailee.accounts.service import Accounts
from bailee.act import Binding
from bailee.parts import Parts


def bind(parts: Parts, rows: ActorRows) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    accounts = Accounts(
        work=parts.work,
        rows=rows,
        keys=parts.keyring,
        monitor=parts.monitor,
        register=parts.register,
        find_client=parts.find_client,
    )
    return AddActor.by(accounts.add), ListActors.by(accounts.list)
