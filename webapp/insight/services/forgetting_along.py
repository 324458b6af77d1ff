"""What goes with a kind of record and is not counted by itself; nothing of anybody who is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from notifications.services.forgetting import forget_texts_in
from webapp.absence.models import SignOutRequest
from webapp.insight.models import ShownPage
from webapp.insight.queries.keeping import free_texts, held_contacts, held_pupils, instant
from webapp.insight.rules.keeping import RecordKind, Schedule
from webapp.people.models import DetailChange, Enrolment, PupilContact, ReachNote


def forget_along(
    tx: Connection, kind: RecordKind, organisation_id: int, school_id: int, schedule: Schedule
) -> Mapping[str, int]:
    """What goes with a kind once all its units are gone, in the transaction of the batch; the rows by table."""
    of = organisation_id
    since = instant(schedule.before[kind])
    match kind:
        case RecordKind.MESSAGES:
            return {
                "inbound_message": forget_texts_in(tx, of, school_id, since, *free_texts(of)),
                "shown_page": _gone(tx, ShownPage, of, ShownPage.at < since, _shown_at(of, school_id)),
                "reach_note": _gone(
                    tx, ReachNote, of, ReachNote.school_id == school_id, ReachNote.at < since,
                    ReachNote.contact_id.not_in(held_contacts(of)),
                ),
            }  # fmt: skip
        case RecordKind.REPORTS:
            of_held = select(Enrolment.id).where(
                Enrolment.organisation_id == of, Enrolment.pupil_id.in_(held_pupils(of))
            )
            return {
                "sign_out_request": _gone(
                    tx, SignOutRequest, of, SignOutRequest.school_id == school_id,
                    SignOutRequest.date < schedule.before[kind], SignOutRequest.enrolment_id.not_in(of_held),
                    SignOutRequest.contact_id.not_in(held_contacts(of)),
                ),
            }  # fmt: skip
        case RecordKind.TASKS:
            return {
                "detail_change": _gone(
                    tx, DetailChange, of, DetailChange.school_id == school_id, DetailChange.state != "asked",
                    DetailChange.asked_at < since, DetailChange.contact_id.not_in(held_contacts(of)),
                ),
            }  # fmt: skip
    return {}


def _shown_at(of: int, school_id: int) -> ColumnElement[bool]:
    """Pages about pupils of the school, and about no child to contacts of its pupils, where nobody of them is held.

    A page belongs to no school: of two at which a child was, it goes with the first that deletes.
    """
    pupils = select(Enrolment.pupil_id).where(Enrolment.organisation_id == of, Enrolment.school_id == school_id)
    ties = select(PupilContact.contact_id).where(PupilContact.organisation_id == of)
    return and_(
        ShownPage.contact_id.not_in(held_contacts(of)),
        or_(
            and_(ShownPage.pupil_id.in_(pupils), ShownPage.pupil_id.not_in(held_pupils(of))),
            and_(
                ShownPage.pupil_id.is_(None),
                ShownPage.contact_id.in_(ties.where(PupilContact.pupil_id.in_(pupils))),
                ShownPage.contact_id.not_in(ties.where(PupilContact.pupil_id.in_(held_pupils(of)))),
            ),
        ),
    )


def _gone(tx: Connection, table: Any, of: int, *where: ColumnElement[bool]) -> int:
    return tx.execute(delete(table).where(table.organisation_id == of, *where)).rowcount
