"""Which channels this process uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from notifications.channels.demo import DemoPhone
from notifications.channels.shape import Channel
from notifications.channels.smtp import SmtpMail
from notifications.channels.twilio import TwilioSms
from notifications.channels.web_push import WebPushes, is_push_service
from notifications.rules.policy import Channel as Way
from webapp.foundation.config import Config


class NoChannels(RuntimeError):
    """The process did not say how messages go out."""


@dataclass(frozen=True, slots=True)
class Channels:
    """One channel a way. ``public_url`` is the address that parents see; ``can_reply``: our sender receives texts.

    ``push_allowed`` says which endpoints a phone may subscribe with.
    """

    sms: Channel
    push: Channel
    email: Channel
    public_url: str
    can_reply: bool
    push_allowed: Callable[[str], bool]

    def of(self, way: str) -> Channel:
        """The channel of sms, push or email."""
        return {Way.SMS: self.sms, Way.PUSH: self.push, Way.EMAIL: self.email}[Way(way)]


def channels_from(config: Config) -> Channels:
    """The channels that the settings name, and the demo phone for each that is not configured.

    Raises ValueError for a push key that cannot be used.
    """
    return Channels(
        sms=TwilioSms(config.twilio, config.public_url) if config.twilio else DemoPhone(reports=True),
        push=WebPushes(config.push) if config.push else DemoPhone(reports=False),
        email=SmtpMail(config.mail) if config.mail else DemoPhone(reports=False),
        public_url=config.public_url,
        # An alphanumeric sender can only talk.
        can_reply=config.twilio is None or config.twilio.sender.startswith(("MG", "+")),
        push_allowed=is_push_service,
    )


_channels: Channels | None = None


def use(channels: Channels | None) -> None:
    """Say how messages go out of this process."""
    global _channels
    _channels = channels


def current() -> Channels:
    """The channels in use. Raises NoChannels before ``use``."""
    if _channels is None:
        raise NoChannels("no channels are set; start through the factory, the worker or a firstbell command")
    return _channels
