"""What every parent's page needs: whose schools may be rung, as whom somebody asks, which children they may see."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection

from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import ChildDay
from webapp.access.looked_for import look_for_parent
from webapp.accounts.queries.parents import ParentViewer, ViewerChild, ViewerEnrolment
from webapp.errors import use_frame
from webapp.first_day.queries.unread_talk import unread_talk
from webapp.people.queries import calendar_of, times_of
from webapp.people.rules.own_voice import SignOut
from webapp.people.rules.rights import Right


def frame(viewer: ParentViewer, tab: str = "", unread: int = 0) -> dict[str, Any]:
    """The context of the layout."""
    schools = {
        (place.school.organisation_id, place.school.id): place.school
        for child in viewer.children
        for place in child.enrolments
    }
    return {
        "schools": [{"name": school.name, "phone": school.phone} for school in schools.values()],
        "school_colour": next((school.colour for school in schools.values()), 0),
        "tab": tab,
        "unread_messages": unread,
        "pupil": next((child.first_name for child in viewer.children if child.rights.link.is_pupil), ""),
        "may_ask_to_leave": any(child.sign_out is not SignOut.NO for child in viewer.children),
    }


def _error_frame() -> dict[str, Any] | None:
    viewer = look_for_parent()
    return frame(viewer) if viewer is not None and viewer.contacts else None


use_frame("parent", _error_frame)


def adults(viewer: ParentViewer) -> tuple[ContactKey, ...]:
    """As whom the viewer acts, one contact an organisation."""
    return tuple(ContactKey(contact.organisation_id, contact.id) for contact in viewer.contacts)


def enrolments(viewer: ParentViewer, *rights: Right) -> list[tuple[int, int]]:
    """(organisation, enrolment) of each child for whom the viewer holds one of the rights."""
    return [
        (child.organisation_id, place.id)
        for child in viewer.children
        if any(child.may(right) for right in rights)
        for place in child.enrolments
    ]


def unread_lines(db: Connection, viewer: ParentViewer) -> int:
    """The number on Messages: lines of school on this adult's reports that they have not read."""
    return sum(asked.lines for asked in unread_talk(db, adults(viewer), enrolments(viewer, Right.REPORT)))


def main_place(child: ViewerChild) -> ViewerEnrolment:
    """The child's own school, where they are at two."""
    return next((place for place in child.enrolments if place.kind == "main"), child.enrolments[0])


def place_words(child: ViewerChild) -> str:
    """Vale Academy, 8B."""
    return " and ".join(
        ", ".join(filter(None, (place.school.name, place.form_name))) for place in child.enrolments
    )


def child_day(db: Connection, child: ViewerChild, on: date) -> ChildDay:
    """The child with the calendar and times of their own school."""
    place = main_place(child)
    keys = (child.organisation_id, place.school.id)
    return ChildDay(
        child.public_id, child.first_name, calendar_of(db, *keys), times_of(db, *keys, on), place.year_group
    )


