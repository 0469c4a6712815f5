"""Key commands: recovery shares from paper, tried without a home; a server sealed and unsealed."""

import re
import sys

from bailee import errors
from bailee.act import ACTS, Denial
from bailee.encoding import handed
from bailee.keys.acts import SealKeys
from bailee.keys.recovery import join, read_share
from bailee.run.cli import derive, frame
from bailee.run.cli.parser import Command, command, flag

SHARES_CHARS = 65_536
_PAGE = re.compile(r"(?=^bailee recovery share)", re.MULTILINE)


def rehearse() -> Command:
    """Make the command."""
    return command("key rehearse", _rehearse, [flag("--quiet", "-q", help="help.quiet")])


def _rehearse(*, quiet: bool) -> int:
    shares = [read_share(page) for page in typed_pages()]
    # The root that they give is dropped at once: what is shown is that there is one.
    join(shares)
    if not quiet:
        first = shares[0]
        frame.show_one(
            {"install": str(first.install), "kit": first.kit.hex(), "shares": len(shares)}
        )
    return 0


def seal() -> Command:
    """Make the command."""
    return command("key seal", _seal, derive.parameters(SealKeys))


def _seal(**given: object) -> int:
    request = derive.request(SealKeys, given)
    answer = frame.served().caller.call(request)
    if isinstance(answer, Denial):
        return frame.refuse(answer)
    return derive.present(derive.shown(ACTS[SealKeys.act]), answer)


def unseal() -> Command:
    """Make the command: the passphrase is given as to every command that opens a home."""
    return command("key unseal", _unseal)


def _unseal() -> int:
    from bailee.run.wiring.app import asked_passphrase  # noqa: PLC0415  # heavy: kept off --help

    server = frame.served()
    # Before a person is asked: it may be open already.
    if not server.state().sealed:
        raise errors.Conflict("errors_socket.open")
    denial = server.unseal(asked_passphrase())
    if denial is not None:
        return frame.refuse(denial)
    frame.tell("serve.open")
    return 0


def typed_pages() -> list[str]:
    """Read pages from standard input; UsageError when there are none, or it is no text."""
    try:
        return pages(handed(sys.stdin.buffer.read(SHARES_CHARS)).decode())
    except UnicodeDecodeError:
        raise errors.UsageError("errors_cli.value-unreadable") from None


def pages(text: str) -> list[str]:
    """Split what was typed into pages, each from its first line on."""
    _, *found = _PAGE.split(f"\n{text.lower()}")
    if not found:
        raise errors.UsageError("errors_cli.no-shares")
    return found
