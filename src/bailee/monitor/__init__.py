"""The reference monitor: decide, record durably, then grant; there is no other way to open.

What confers power (actors, roles, clients, the adopted policies) is read from rows whose MAC a
database administrator cannot make, and which are projections of the provider's log.
"""

from bailee.act import Denial, Principal
from bailee.monitor.service import Monitor

__all__ = ["Denial", "Monitor", "Principal"]
