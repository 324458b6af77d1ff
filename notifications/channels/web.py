"""HTTP for the channels: a connection kept a thread, and what a broken call says of whether it went through."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import cast

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

TIMEOUT = (5.0, 15.0)
"""Seconds to connect, and to wait for an answer."""

_NEVER_SENT = (NewConnectionError, NameResolutionError, ConnectTimeoutError)


class Sessions:
    """One ``requests.Session`` a thread: connections are kept, and no two threads share one."""

    def __init__(self, *, trust_environment: bool = True) -> None:
        self._local = threading.local()
        self._trust = trust_environment

    def mine(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            # A proxy of the machine is used for the real provider, never for a stand-in on this machine.
            session.trust_env = self._trust
            self._local.session = session
        return cast(requests.Session, session)


def was_never_sent(error: requests.RequestException) -> bool:
    """True if no connection was made, so that nothing can have gone through."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, _NEVER_SENT)


def retry_after(header: str | None, now: Callable[[], datetime]) -> timedelta | None:
    """A Retry-After header, seconds or a date (RFC 9110 section 10.2.3), at most a day; None for none or nonsense."""
    if not header:
        return None
    text = header.strip()
    if text.isdecimal():
        return timedelta(seconds=min(int(text), 86_400))
    try:
        wait = parsedate_to_datetime(text) - now()
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta(0)), timedelta(days=1))
