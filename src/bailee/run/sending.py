"""Sending: makes the ways by which notices go out of what `bailee.toml` says of them.

Secrets come as the passphrase does, from a descriptor or a program: `BAILEE_MAIL_PASSWORD_FD` or
`…_COMMAND`, and for the webhook named `ops`, `BAILEE_WEBHOOK_OPS_FD` or `…_COMMAND`.
"""

import os
from collections.abc import Mapping
from functools import cache, partial

from bailee import errors
from bailee.adapters.kms.passphrase import COMMAND, FD, PLAIN, passphrase
from bailee.adapters.mail.smtp import MailServer, SmtpWay
from bailee.adapters.mail.webhook import WebhookReceiver, WebhookWay
from bailee.clock import Clock
from bailee.notices.model import Medium
from bailee.notices.port import Way
from bailee.run.config import Config
from bailee.secret import Secret

_ENDS = ((FD, "_FD"), (COMMAND, "_COMMAND"), (PLAIN, ""))


# Asked once for each in the life of a process: a descriptor can be read no second time.
@cache
def secret(name: str) -> Secret[str]:
    """Take a secret from the one place that is set; Sealed when it is not to be had."""
    given = {key: os.environ.get(f"BAILEE_{name}{end}") for key, end in _ENDS}
    try:
        return passphrase({key: value for key, value in given.items() if value is not None})
    except errors.BaileeError:
        # By its own name: what is said of the passphrase would send people to the wrong variable.
        raise errors.Sealed("errors_notices.no-secret", name=name) from None


def ways(settings: Config, clock: Clock) -> Mapping[Medium, Way]:
    """Make the ways that are set; nothing is opened before something is sent."""
    found: dict[Medium, Way] = {}
    if settings.mail is not None:
        mail = settings.mail
        server = MailServer(
            host=mail.host, port=mail.port, sender=mail.sender, user=mail.user, ca=mail.ca
        )
        found[Medium.MAIL] = SmtpWay(server, partial(secret, "MAIL_PASSWORD"), settings.domain)
    if settings.webhooks:
        receivers = {
            one.name: WebhookReceiver(
                url=one.url, secret=partial(secret, f"WEBHOOK_{one.name.upper()}"), ca=one.ca
            )
            for one in settings.webhooks
        }
        found[Medium.WEBHOOK] = WebhookWay(receivers, clock)
    return found
