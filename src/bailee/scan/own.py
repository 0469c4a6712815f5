"""Own servers and accounts of the operator: finds of these carry the flag `infrastructure`.

A list has one entry a line: an address, a network (`10.0.0.0/8`), a host, an account, a mail
address; case does not matter, `#` begins a comment.  A flag takes nothing from a find: what is
the operator's own is replaced like all else.  Costs a look-up for each find that may be on the
list, and nothing without a list.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bailee.limits import OWN_ENTRIES
from bailee.scan.kinds import Flag, Kind
from bailee.scan.vm.rows import Bytes, Numbers

# Each look-up of an address parses it, which costs microseconds; a log repeats few addresses.  At
# the bound nothing is dropped: a hostile log only makes further look-ups slow.
REMEMBERED_MAX = 65_536
_ADDRESSES = (int(Kind.IPV4), int(Kind.IPV6))
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True)
class Own:
    """What is the operator's own."""

    values: frozenset[bytes] = frozenset()
    networks: tuple[_Network, ...] = ()
    sizes: frozenset[int] = frozenset()
    _known: dict[bytes, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Own":
        """Read a list; ValueError says that it is too long, or a network is none."""
        entries = {line.partition("#")[0].strip().lower() for line in lines} - {""}
        if len(entries) > OWN_ENTRIES:
            raise ValueError
        networks = {ipaddress.ip_network(one, strict=False) for one in entries if "/" in one}
        values = frozenset(one.encode() for one in entries if "/" not in one)
        return cls(
            values=values,
            networks=tuple(sorted(networks, key=str)),
            sizes=frozenset(len(value) for value in values),
        )

    def marked(
        self,
        text: Bytes,
        columns: tuple[Numbers, Numbers, npt.NDArray[np.uint8], npt.NDArray[np.uint16]],
    ) -> npt.NDArray[np.uint16]:
        """Give the flags of these finds, with `infrastructure` where it belongs."""
        start, end, kind, flags = columns
        # By their sizes first, in one pass over the columns: most finds are spared a look-up.
        may = np.isin(end - start, sorted(self.sizes))
        if self.networks:
            may |= np.isin(kind, _ADDRESSES)
        out = flags.copy()
        for index in np.flatnonzero(may).tolist():
            if self._holds(text[start[index] : end[index]].tobytes().lower()):
                out[index] |= int(Flag.INFRASTRUCTURE)
        return out

    def _holds(self, value: bytes) -> bool:
        held = self._known.get(value)
        if held is None:
            held = value in self.values or self._in_network(value)
            if len(self._known) < REMEMBERED_MAX:
                self._known[value] = held
        return held

    def _in_network(self, value: bytes) -> bool:
        try:
            address = ipaddress.ip_address(value.decode("ascii", "replace").partition("%")[0])
        except ValueError:
            return False
        # `::ffff:10.0.0.1` is 10.0.0.1 as a dual-stack socket sees it.
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.networks)
