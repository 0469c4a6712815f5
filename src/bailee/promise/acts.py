"""The act on the promise."""

from collections.abc import Sequence

from bailee.act import Purpose, Request
from bailee.promise.model import Kept


class ShowPromise(
    Request[Sequence[Kept]],
    act="promise:show",
    implied=Purpose.VERIFICATION,
    command="promise",
):
    """Show each sentence with its policies, acts, tests and how far it is enforced."""
