"""Messenger: carries a finished message to a web address, or to a mail server."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx

from studio.domain.errors import BackendUnavailable, InvalidInput
from studio.domain.monitoring import Letter, MailServer, Post

SECONDS = 5.0
"""For connecting, sending and the answer, each."""
IMPLICIT_TLS = 465
LOCAL = ("localhost", "127.0.0.1", "::1")
TRY_AGAIN = (408, 425, 429)
"""Refusals that pass by themselves."""


class NetworkMessenger:
    """Implements `studio.domain.monitoring.Messenger`."""

    def post(self, post: Post) -> None:
        """Sends a body to a web address; redirects are not followed."""
        # The rest of the address may hold a secret; errors are kept and shown.
        host = urlsplit(post.url).hostname
        try:
            answer = httpx.post(
                post.url,
                content=post.body.encode(),
                headers=post.headers,
                timeout=SECONDS,
                follow_redirects=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise BackendUnavailable(f"{host} could not be reached: {error}.") from error
        status = answer.status_code
        if answer.is_success:
            return
        if status >= 500 or status in TRY_AGAIN:
            raise BackendUnavailable(f"{host} answered with status {status}.")
        where = " and another address, to which nothing is sent" if answer.is_redirect else ""
        raise InvalidInput(f"{host} answered with status {status}{where}.")

    def mail(self, server: MailServer, password: str | None, letter: Letter) -> None:
        """Hands a letter to a mail server, encrypted unless the server is on this machine."""
        message = EmailMessage()
        message["From"], message["To"] = letter.sender, letter.to
        message["Subject"], message["Message-ID"] = letter.subject, letter.message_id
        message.set_content(letter.text)
        try:
            with _connected(server) as line:
                if server.user and password:
                    line.login(server.user, password)
                line.send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPAuthenticationError) as error:
            raise InvalidInput(f"{server.host} refused the letter: {error}.") from error
        except (OSError, smtplib.SMTPException) as error:
            raise BackendUnavailable(f"{server.host} did not take the letter: {error}.") from error


def _connected(server: MailServer) -> smtplib.SMTP:
    safe = ssl.create_default_context()
    if server.port == IMPLICIT_TLS:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=safe)
    line = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    if server.host not in LOCAL:
        line.starttls(context=safe)
    return line
