"""The families that were asked, as events of their children's cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from notifications.services.outgoing import Queued
from webapp.first_day.rules.asked import Written, asked_words
from webapp.first_day.services.casework import Done
from webapp.first_day.services.school_session import SchoolSession
from webapp.first_day.services.telling import Missing
from webapp.people.queries import Family


def asked_done(
    session: SchoolSession, by_contact: Mapping[int, Sequence[Missing]], queued: Mapping[int, Queued], family: Family,
    now: datetime, *, again: bool = False,
) -> list[Done]:  # fmt: skip
    """An event for each adult and child asked about; the board's line of a child speaks of all its adults."""
    told = {
        contact_id: Written(family.contacts[contact_id].first_name, message.channels, message.call, again)
        for contact_id, message in queued.items()
    }
    of_case: dict[int, list[Written]] = defaultdict(list)
    for contact_id, children in by_contact.items():
        for one in children:
            of_case[one.case_id].append(told[contact_id])
    return [
        Done(
            one.case_id, "text" if message.channels else "no_text", asked_words([told[contact_id]], now, can_ring=True),
            "Firstbell", contact_id, message_id=message.message_id,
            line=asked_words(
                of_case[one.case_id], now, can_ring=bool(family.with_telephone(one.pupil_id, session.on))
            ),
        )
        for contact_id, message in queued.items()
        for one in by_contact[contact_id]
    ]  # fmt: skip
