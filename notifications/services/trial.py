"""One push to see whether pushes come, asked for by the person who has just turned them on."""

from __future__ import annotations

from sqlalchemy import Connection

from notifications.rules.message_kinds import MessageName
from notifications.services.outgoing import Outgoing
from notifications.services.send import send_in
from webapp.foundation.db import unit_of_work


def send_push_trial(organisation_id: int, school_id: int, contact_id: int, key: str) -> bool:
    """Send the contact's phones one push in the name of the school; False where none of them takes pushes.

    ``key`` is the form's submission key: a double tap is one push.
    """
    with unit_of_work() as tx:
        return send_push_trial_in(tx, organisation_id, school_id, contact_id, key)


def send_push_trial_in(tx: Connection, organisation_id: int, school_id: int, contact_id: int, key: str) -> bool:
    """As ``send_push_trial``, in the caller's transaction."""
    queued = send_in(
        tx,
        Outgoing(
            organisation_id=organisation_id, school_id=school_id, name=MessageName.PUSH_TRIAL,
            key=f"push-trial:{contact_id}:{key}"[:120], contact_id=contact_id, words={},
        ),
    )  # fmt: skip
    return bool(queued.channels) or not queued.new
