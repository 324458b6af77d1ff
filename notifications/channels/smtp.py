"""E-mail over SMTP: plain text and HTML, over TLS."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from notifications.channels.shape import Looked, LookedUp, Outcome, Parcel
from notifications.rules.errors import Effect, of_smtp
from webapp.foundation.clock import machine_now
from webapp.foundation.config import Mail

_TIMEOUT = 15.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


class SmtpMail:
    """One mail server. ``smtp://`` begins plainly and must turn to TLS (but for this machine), ``smtps://`` is TLS."""

    provider = "smtp"

    def __init__(self, settings: Mail) -> None:
        parts = urlsplit(settings.smtp_url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or (465 if self._tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._from = settings.mail_from

    def send(self, parcel: Parcel) -> Outcome:
        """Hand it to the mail server. ACCEPTED says that the server took it."""
        message = self._message(parcel)
        begun = taken = False
        try:
            with self._connect() as server:
                if self._user:
                    server.login(self._user, self._password)
                _must(server.mail(self._from), about_recipient=False)
                _must(server.rcpt(parcel.address), about_recipient=True)
                begun = True
                _must(server.data(message.as_bytes()), about_recipient=False)
                taken = True
        except _Refused as refused:
            return refused.outcome
        except (OSError, smtplib.SMTPException) as error:
            # How the talk ends after the server has taken it does not matter.
            if not taken:
                return _broken(error, begun)
        return Outcome.accepted(str(message["Message-ID"]))

    def find(self, parcel: Parcel) -> LookedUp:
        """A mail server cannot be asked. A repeat has the same Message-ID, which many mailboxes show once."""
        return LookedUp(Looked.NO_TELLING)

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT)
        server.ehlo()
        if server.has_extn("starttls") or self._host not in _LOOPBACK:
            server.starttls(context=context)
            server.ehlo()
        return server

    def _message(self, parcel: Parcel) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(parcel.sender_name, addr_spec=self._from)
        message["To"] = Address(addr_spec=parcel.address)
        message["Subject"] = parcel.subject
        message["Date"] = format_datetime(machine_now())
        message["Message-ID"] = f"<{parcel.token}@{self._from.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(parcel.body + "\n")
        if parcel.html:
            message.add_alternative(parcel.html, subtype="html")
        return message


class _Refused(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


def _must(reply: tuple[int, bytes], *, about_recipient: bool) -> None:
    code, text = reply
    if not 200 <= code < 300:
        raise _Refused(_outcome(code, _text(text), about_recipient=about_recipient))


def _broken(error: Exception, begun: bool) -> Outcome:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome.permanent(of_smtp(535, about_recipient=False), str(error.smtp_code))
    if isinstance(error, smtplib.SMTPResponseException):
        return _outcome(error.smtp_code, _text(error.smtp_error), about_recipient=False)
    name = type(error).__name__
    return Outcome.unknown(name) if begun else Outcome.retry(name)


def _outcome(code: int, text: str, *, about_recipient: bool) -> Outcome:
    enhanced = _ENHANCED.search(text)
    failure = of_smtp(code, about_recipient=about_recipient, enhanced=enhanced[1] if enhanced else "")
    if failure.effect is Effect.RETRY:
        return Outcome.retry(failure.words, str(code))
    return Outcome.permanent(failure, str(code))


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
