"""SMTP: hands a notice to a mail server, over TLS that is verified; implements `notices.port.Way`.

Nothing goes over a connection that the server did not encrypt (RFC 3207), nor to one whose
certificate is not of its name: a password and an address would else be anybody's.
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import final

from bailee import errors
from bailee.notices.model import Message
from bailee.secret import Secret

TIMEOUT_S = 30.0
"""For each answer of the server: longer than any has a reason to take, short of a lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Mail server: where notices are handed over, as whom; `ca` is a file of certificates."""

    host: str
    port: int
    sender: str
    user: str | None
    ca: str | None


@final
class SmtpWay:
    """SMTP way: sends by one mail server."""

    def __init__(
        self, server: MailServer, password: Callable[[], Secret[str]], domain: str
    ) -> None:
        """Take the server; the password is asked for where a user is named, each time."""
        self._server = server
        self._password = password
        self._domain = domain

    def send(self, message: Message) -> None:
        """Send it; Unreachable or Conflict when the server has not taken it."""
        server = self._server
        try:
            context = ssl.create_default_context(cafile=server.ca)
            with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S) as connection:
                connection.ehlo()
                if not connection.has_extn("starttls"):
                    raise errors.Conflict("errors_notices.no-starttls")
                connection.starttls(context=context)
                connection.ehlo()
                if server.user is not None:
                    connection.login(server.user, self._password().reveal())
                connection.send_message(self._mail(message))
        except smtplib.SMTPAuthenticationError:
            raise errors.Conflict("errors_notices.mail-login") from None
        # Before OSError, of which it is one.
        except ssl.SSLError:
            raise errors.Conflict("errors_notices.certificate") from None
        except smtplib.SMTPResponseException as error:
            # The code alone: a server's own words may repeat the address.
            raise errors.Conflict("errors_notices.mail-refused", code=error.smtp_code) from None
        except smtplib.SMTPRecipientsRefused:
            raise errors.Conflict("errors_notices.mail-recipient") from None
        except (smtplib.SMTPException, OSError):
            raise errors.Unreachable("errors_notices.unreachable") from None

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._server.sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(datetime.fromtimestamp(message.made_ms / 1_000, UTC))
        # The same each time it is sent: whoever receives it twice sees that it is one.
        mail["Message-ID"] = f"<{message.id}@{self._domain}>"
        # RFC 3834: no machine answers it, and no holiday does.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return mail
