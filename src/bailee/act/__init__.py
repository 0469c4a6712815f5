"""One declaration per act: the request's type is the act, and fronts derive all else from it.

Reading order:

- declaration: `Request`, `Upload`, `Download`, and what each field of them is
- answer: who asks, the refusal that is an answer, what pairs a request with its service
- strength: how surely it is known who asks, a closed list
- purpose: why something is opened, a closed list
- facts: what an entry records of an outcome, written and read by one frozen class
- show: how an answer is shown, the same on the command line and in the console
- table: every act by name, generated from the declarations, for rooms that may not import them
"""

from bailee.act.answer import Binding, Denial, Principal, Refused
from bailee.act.declaration import (
    ByteRange,
    Caller,
    Client,
    Download,
    Is,
    Param,
    Reason,
    Request,
    Upload,
    answer_of,
    beside_of,
    param_of,
    params,
)
from bailee.act.facts import Facts
from bailee.act.purpose import Purpose
from bailee.act.show import Show, wire
from bailee.act.strength import Strength
from bailee.act.table import ACTS, Act

__all__ = [
    "ACTS",
    "Act",
    "Binding",
    "ByteRange",
    "Caller",
    "Client",
    "Denial",
    "Download",
    "Facts",
    "Is",
    "Param",
    "Principal",
    "Purpose",
    "Reason",
    "Refused",
    "Request",
    "Show",
    "Strength",
    "Upload",
    "answer_of",
    "beside_of",
    "param_of",
    "params",
    "wire",
]
