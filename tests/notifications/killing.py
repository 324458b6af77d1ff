"""What a worker process of the test of kills does: send deliveries to a stand-in in another process."""

from __future__ import annotations

import os

from notifications import channels as ways
from notifications.channels import Channels
from notifications.channels.demo import DemoPhone
from notifications.channels.twilio import TwilioSms
from notifications.services import load_handlers
from tests.notifications.twilio_standin import ACCOUNT, SERVICE, TOKEN
from webapp.foundation.config import Twilio

PUBLIC_URL = "https://attend.hill.example"


def channels(provider_url: str) -> Channels:
    """Real texts towards the stand-in; nothing else goes out."""
    none = DemoPhone(reports=False)
    sms = TwilioSms(Twilio(ACCOUNT, TOKEN, SERVICE, provider_url), PUBLIC_URL)
    return Channels(sms, none, none, PUBLIC_URL, True, lambda _endpoint: False)


def load_deliveries() -> None:
    """Named on the command line of the worker."""
    ways.use(channels(os.environ["STANDIN_PROVIDER"]))
    load_handlers(lease_seconds=float(os.environ["STANDIN_LEASE"]))
