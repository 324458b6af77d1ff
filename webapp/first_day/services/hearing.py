"""The one short answer to a text: school has it, and a person will read it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection

from notifications.events import InboundReceived
from notifications.queries.senders import written_since
from notifications.rules.message_kinds import MessageName
from notifications.rules.replies import Meaning
from notifications.services.outgoing import Outgoing
from notifications.services.send import send_in
from webapp.first_day.queries.told import pupils_of_enrolments

_AT_MOST_EVERY = timedelta(minutes=5)
"""A family that writes in pieces is answered once."""
_NO_ANSWER = frozenset(
    {Meaning.STOP, Meaning.MAYBE_STOP, Meaning.START, Meaning.HELP, Meaning.THANKS, Meaning.WRONG_NUMBER}
)


def thank_for_text_in(tx: Connection, event: InboundReceived, looked_for: Collection[str], now: datetime) -> None:
    """Only to a contact who wrote just now, and never twice in a few minutes. ``looked_for``: first names of the
    children whom it may be about and who are looked for today; one alone is named."""
    is_new = event.way == "by text" and now - event.at < _AT_MOST_EVERY
    if not is_new or event.contact_id is None or event.school_id is None or event.reading.meaning in _NO_ANSWER:
        return
    pupils = pupils_of_enrolments(tx, event.organisation_id, event.enrolment_ids)
    since = now - _AT_MOST_EVERY
    if not pupils or written_since(tx, event.organisation_id, event.contact_id, MessageName.TEXT_HEARD, since):
        return
    named = list(looked_for) if len(looked_for) == 1 else []
    send_in(
        tx,
        Outgoing(
            organisation_id=event.organisation_id, school_id=event.school_id, name=MessageName.TEXT_HEARD,
            key=f"text_heard:{event.inbound_id}", contact_id=event.contact_id, pupil_ids=tuple(pupils),
            about_kind=event.about_kind, about_id=event.about_id, words={"children": named, "today": bool(named)},
        ),
    )  # fmt: skip
