"""How actors are shown."""

from bailee.accounts.acts import ListActors
from bailee.act.show import Show, Shows

SHOWS: Shows = {ListActors: Show(columns=("os_user", "roles", "actor", "home"))}
