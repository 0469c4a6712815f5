"""Promise: its sentences, and how far each is enforced: computed from what is there.

Never from what somebody wrote about it: an act without a policy that permits it, a module or a
test that is gone, turns its sentence back.
"""

from bailee.promise.model import Demand, Kept, Sentence, Status
from bailee.promise.service import report, sentences

__all__ = ["Demand", "Kept", "Sentence", "Status", "report", "sentences"]
