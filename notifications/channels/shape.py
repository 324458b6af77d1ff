"""The shape that every channel has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from notifications.rules.errors import Failure


@dataclass(frozen=True, slots=True)
class PushKeys:
    """The two keys of a push subscription, base64url as the browser gave them."""

    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery as a channel needs it. ``token`` is its own name, sent along so that reports find it again.

    ``worth`` is how long it is worth delivering. ``first_called_at`` is when it may first have been called, machine
    time; ``known_ids`` are ids of other deliveries to the same address, which a look-up must not take for this one.
    """

    token: str
    address: str
    body: str
    worth: timedelta
    first_called_at: datetime
    subject: str = ""
    html: str | None = None
    sender_name: str = ""
    urgent: bool = False
    topic: str = ""
    keys: PushKeys | None = None
    known_ids: frozenset[str] = frozenset()


class Verdict(StrEnum):
    """What a call came to. ``UNKNOWN``: it may or may not have gone through."""

    ACCEPTED = "accepted"
    PERMANENT = "permanent"
    RETRY = "retry"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A report that the channel itself will make after a while: the provider's word for the state, and a code."""

    status: str
    code: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Outcome:
    """``failure`` says what to do about a PERMANENT one; ``words`` are for staff; ``retry_after`` is their wish."""

    verdict: Verdict
    provider_id: str = ""
    code: str = ""
    words: str = ""
    retry_after: timedelta | None = None
    failure: Failure | None = None
    receipt: Receipt | None = None

    @classmethod
    def accepted(cls, provider_id: str, receipt: Receipt | None = None) -> Outcome:
        return cls(Verdict.ACCEPTED, provider_id=provider_id, receipt=receipt)

    @classmethod
    def permanent(cls, failure: Failure, code: str) -> Outcome:
        return cls(Verdict.PERMANENT, code=code, words=failure.words, failure=failure)

    @classmethod
    def retry(cls, words: str, code: str = "", retry_after: timedelta | None = None) -> Outcome:
        return cls(Verdict.RETRY, code=code, words=words, retry_after=retry_after)

    @classmethod
    def unknown(cls, words: str, code: str = "") -> Outcome:
        return cls(Verdict.UNKNOWN, code=code, words=words)


class Looked(StrEnum):
    """What a look-up came to. ``NOT_THERE``: sending is safe. ``NO_TELLING``: the provider cannot say; ``NOT_NOW``: it
    could, but does not answer."""

    FOUND = "found"
    NOT_THERE = "not_there"
    NO_TELLING = "no_telling"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """``status`` and ``code`` are the provider's, of the message that was found."""

    looked: Looked
    provider_id: str = ""
    status: str = ""
    code: str = ""


class Channel(Protocol):
    """One provider of one way out. Its methods may take seconds and are called with no transaction open."""

    @property
    def provider(self) -> str:
        """The name stored with a delivery."""
        ...

    def send(self, parcel: Parcel) -> Outcome:
        """Hand the parcel over. Never raises for what the network or the provider does."""
        ...

    def find(self, parcel: Parcel) -> LookedUp:
        """Whether an earlier call whose answer was lost went through."""
        ...
