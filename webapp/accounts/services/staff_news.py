"""A line for a member of staff about their work here, to their address at school."""

from __future__ import annotations

from sqlalchemy import Connection

from notifications import channels
from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import Point
from notifications.services import Outgoing, send_in
from webapp.people.queries import get_staff
from webapp.people.services.staff_events import StaffNews


def on_staff_news(tx: Connection, event: StaffNews) -> None:
    """Queue the line; in the transaction of what it tells."""
    person = get_staff(tx, event.organisation_id, event.staff_id)
    send_in(
        tx,
        Outgoing(
            organisation_id=event.organisation_id, school_id=event.school_id, name=MessageName.STAFF_NEWS,
            key=f"staff_news:{event.key}", staff_id=event.staff_id, about_kind="staff", about_id=event.staff_id,
            words={"news": event.news, "link": f"{channels.current().public_url}{event.path}"},
            to=Point("email", person.email),
        ),
    )  # fmt: skip
