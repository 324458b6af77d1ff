"""What a provider's refusal means for us: one row a code, the HTTP class first.

Twilio's codes get split and changed (its change log of July 2024), so the class of the answer decides first, a code
that is not in the table is final for that number only, and staff are shown the code. Source: Twilio's error dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Effect(StrEnum):
    """What to do about a delivery that failed."""

    RETRY = "retry"
    """The same call again later; nothing is known against the number."""
    RETRY_ONCE = "retry_once"
    """A phone that is off or out of reach: once more, then another way."""
    NEXT_WAY = "next_way"
    """Final for this delivery: another number, channel or person."""
    BAD_NUMBER = "bad_number"
    """The number is marked bad, then another way."""
    BAD_ON_REPEAT = "bad_on_repeat"
    """Another way; a number that does so a second time is marked bad."""
    OPTED_OUT = "opted_out"
    """The person sent STOP: marked so, then another way."""
    GONE = "gone"
    """The push subscription is no more."""
    STOP_CHANNEL = "stop_channel"
    """Our account, key or sender is at fault: nothing more goes out on the channel until it is mended."""


@dataclass(frozen=True, slots=True)
class Failure:
    """``words`` are for staff; ``alert`` asks for somebody who runs the service."""

    effect: Effect
    words: str
    alert: bool = False


_TWILIO: MappingProxyType[int, Failure] = MappingProxyType(
    {
        20003: Failure(Effect.STOP_CHANNEL, "our account with the text provider was refused", True),
        20404: Failure(Effect.STOP_CHANNEL, "our account with the text provider was not found", True),
        20429: Failure(Effect.RETRY, "the text provider asks for a slower pace"),
        21211: Failure(Effect.BAD_NUMBER, "wrong number"),
        21217: Failure(Effect.BAD_NUMBER, "wrong number"),
        21408: Failure(Effect.NEXT_WAY, "texts to this country are not switched on", True),
        21602: Failure(Effect.NEXT_WAY, "the text was empty", True),
        21606: Failure(Effect.STOP_CHANNEL, "our sender number cannot send texts", True),
        21610: Failure(Effect.OPTED_OUT, "has stopped our texts"),
        21611: Failure(Effect.RETRY, "too many texts are waiting at the provider"),
        21612: Failure(Effect.NEXT_WAY, "our sender cannot reach this number", True),
        21614: Failure(Effect.BAD_NUMBER, "not a mobile number"),
        21617: Failure(Effect.NEXT_WAY, "the text was too long", True),
        21635: Failure(Effect.BAD_NUMBER, "a landline, which cannot get texts"),
        21703: Failure(Effect.STOP_CHANNEL, "our messaging service has no sender", True),
        21704: Failure(Effect.STOP_CHANNEL, "our messaging service has no sender", True),
        21705: Failure(Effect.STOP_CHANNEL, "our messaging service is not known", True),
        30001: Failure(Effect.RETRY, "too many texts are waiting at the provider"),
        30002: Failure(Effect.STOP_CHANNEL, "our account with the text provider is suspended", True),
        30003: Failure(Effect.RETRY_ONCE, "the phone is off or out of reach"),
        30004: Failure(Effect.NEXT_WAY, "the text was blocked"),
        30005: Failure(Effect.BAD_ON_REPEAT, "wrong number"),
        30006: Failure(Effect.BAD_ON_REPEAT, "a landline, or its network cannot be reached"),
        30007: Failure(Effect.NEXT_WAY, "the network took the text for spam", True),
        30008: Failure(Effect.RETRY_ONCE, "the network did not say why"),
        30036: Failure(Effect.NEXT_WAY, "the text could not be delivered in time"),
    }
)

_WAIT = Failure(Effect.RETRY, "the provider did not answer properly")
_TOO_FAST = Failure(Effect.RETRY, "the provider asks for a slower pace")
_LOCKED_OUT = Failure(Effect.STOP_CHANNEL, "our account with the provider was refused", True)
_NO_SUCH_PLACE = Failure(Effect.STOP_CHANNEL, "our account with the provider was not found", True)
_REFUSED = Failure(Effect.NEXT_WAY, "the provider refused it")
_WITHOUT_CODE = {403: _LOCKED_OUT, 404: _NO_SUCH_PLACE}
_TRANSIENT = frozenset({408, 425, 429})


def known_codes() -> frozenset[int]:
    """The codes of the table."""
    return frozenset(_TWILIO)


def of_answer(status: int, code: int | None) -> Failure:
    """What an answer to our own call to Twilio means: the HTTP ``status`` first, then the ``code`` in its body.

    A client library that finds no code in the body may give the status as the code.
    """
    if status >= 500:
        return _WAIT
    if status in _TRANSIENT:
        return _TOO_FAST
    if status == 401:
        said = _TWILIO.get(code or 0, _LOCKED_OUT)
        return said if said.effect is Effect.STOP_CHANNEL else _LOCKED_OUT
    if code is not None and code in _TWILIO:
        return _TWILIO[code]
    if code in (None, status):
        return _WITHOUT_CODE.get(status, _REFUSED)
    return _REFUSED


def of_report(code: int | None) -> Failure:
    """What the code in a later report of failure means; the provider had taken the message."""
    return _TWILIO.get(code or 0, _REFUSED)


_GONE = Failure(Effect.GONE, "the app is no longer on that phone")
_PUSH_KEY = Failure(Effect.NEXT_WAY, "the push service refused our key", True)
_PUSH_FAULT = Failure(Effect.NEXT_WAY, "the push service refused it", True)


def of_push(status: int) -> Failure:
    """What a push service's answer other than 2xx means (RFC 8030 section 7.3, RFC 8292 section 4.2).

    401 and 403 speak of our key, but each browser's service judges for itself: one that refuses us does not stop the
    others, so the subscription is passed over and somebody is told.
    """
    if status in (404, 410):
        return _GONE
    if status in _TRANSIENT or status >= 500:
        return _WAIT
    return _PUSH_KEY if status in (401, 403) else _PUSH_FAULT


_MAILBOX = Failure(Effect.BAD_NUMBER, "this e-mail address does not exist")
_MAIL_REFUSED = Failure(Effect.NEXT_WAY, "the mail server refused it")
_MAIL_LOGIN = Failure(Effect.STOP_CHANNEL, "the mail server refused our name or password", True)
_NO_MAILBOX = frozenset({550, 551, 553})


def of_smtp(code: int, *, about_recipient: bool, enhanced: str = "") -> Failure:
    """What a mail server's reply means (RFC 5321 section 4.2, RFC 3463 for ``enhanced``, like 5.1.1).

    Only a reply about the recipient that says the mailbox is not there marks the address bad; 550 alone is also said of
    mail that a policy turns away.
    """
    if code in (530, 534, 535, 538):
        return _MAIL_LOGIN
    if code < 500:
        return _WAIT
    if about_recipient and code in _NO_MAILBOX and (enhanced.startswith("5.1.") or not enhanced):
        return _MAILBOX
    return _MAIL_REFUSED
