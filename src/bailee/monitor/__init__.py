"""The reference monitor: decide, record durably, then grant; there is no other way to open.

What confers power (actors, roles, clients, the adopted policies) is read from rows whose MAC a
database administrator cannot make, and which are projections of the provider's log.

In reading order:

- model: the rules of the monitor itself
- port: what the monitor needs from outside
- asking: what a request brings, and how its entry may say it
- deciding: what the policies answer to a request on verified rows, and its entry
- service: decides, records, grants
- authorized: an act under way, and its outcome recorded however it ends
- approval: matters that need two people: asked for, agreed to, used once
- budget: how many identifiers each actor may open on a day, counted before any is
- register: reads rows that confer power, and believes none without its MAC
- power: those rows, each a projection of one entry of the provider's log
- projection: what the provider's log says of them, and where the rows differ
- grants: who gave whom which role, and who looked
- settings: what a home is set to, recorded before the first act under it
- shown: how late it is for certain, of that row and the kernel's count
- timekeeping: how much time has passed for certain
- guard: finds a row that is an older, once genuine state of itself
"""

from bailee.act import Denial, Principal
from bailee.monitor.service import Monitor

__all__ = ["Denial", "Monitor", "Principal"]
