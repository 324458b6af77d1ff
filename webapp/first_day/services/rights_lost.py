"""A contact loses a right for a child: what is on its way to them about that child stops here."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection

from notifications.events import ContactPointWentBad
from notifications.rules.message_kinds import KINDS, Urgency
from notifications.services.calling_off import call_off_messages_in
from webapp.absence.services.telling import ANSWER_QUESTION
from webapp.accounts.queries.points import find_point_of
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.endings import part_contact_in
from webapp.accounts.services.links import withdraw_links_in
from webapp.first_day.queries.cases import cases_by_id
from webapp.first_day.queries.told import cases_and_reports_of, pupils_of_contact
from webapp.first_day.rules import CaseState
from webapp.first_day.rules.answers import WHERE_IS_CHILD
from webapp.first_day.services.opened import Opened, session_of, step_in
from webapp.first_day.services.school_session import day_of, lock_session
from webapp.foundation.clock import school_now
from webapp.people.queries import Family, family_of
from webapp.people.rules.rights import Right, Rights, effective_rights
from webapp.people.services.rights_events import RightsChanged


def on_rights_changed(tx: Connection, event: RightsChanged) -> None:
    """Links about the child die, what waits to be sent is not sent, and the next contact is rung.

    A contact who is left with no right for any child is signed out.
    """
    by_contact: dict[int, list[int]] = defaultdict(list)
    for pupil_id, contact_id in event.pairs:
        by_contact[contact_id].append(pupil_id)
    for contact_id, pupil_ids in sorted(by_contact.items()):
        family = family_of(tx, event.organisation_id, pupils_of_contact(tx, event.organisation_id, contact_id))
        for pupil_id in sorted(set(pupil_ids)):
            allowed = _allowed(family, contact_id, pupil_id)
            asked = any(rights.asked for rights in _rights(family, contact_id, pupil_id))
            _stop(tx, event.organisation_id, contact_id, pupil_id, allowed, asked=asked)
        if not any(_allowed(family, contact_id, pupil_id) for pupil_id in family.links):
            part_contact_in(tx, event.organisation_id, contact_id)


def on_point_went_bad(tx: Connection, event: ContactPointWentBad) -> None:
    """The last number or address of a contact is theirs no longer: links that went there show school's questions to
    nobody. One that asks where a child is stays, for whoever has the phone to say that the number is wrong."""
    if find_point_of(tx, ContactKey(event.organisation_id, event.contact_id)) is None:
        withdraw_links_in(tx, event.organisation_id, event.contact_id, ANSWER_QUESTION)


def _rights(family: Family, contact_id: int, pupil_id: int) -> list[Rights]:
    today = day_of(school_now())
    links = (link for link in family.links.get(pupil_id, ()) if link.contact_id == contact_id)
    return [effective_rights(link, family.orders, today) for link in links]


def _allowed(family: Family, contact_id: int, pupil_id: int) -> frozenset[Right]:
    return frozenset().union(*(rights.allowed for rights in _rights(family, contact_id, pupil_id)))


def _stop(
    tx: Connection, organisation_id: int, contact_id: int, pupil_id: int, allowed: frozenset[Right], *, asked: bool
) -> None:
    denied = [
        name.value
        for name, kind in KINDS.items()
        if kind.right is not None and kind.right not in allowed and not (asked and kind.urgency is Urgency.MISSING)
    ]
    if not denied:
        return
    if not asked:
        cases, reports = cases_and_reports_of(tx, organisation_id, pupil_id)
        withdraw_links_in(tx, organisation_id, contact_id, WHERE_IS_CHILD, about=cases)
        withdraw_links_in(tx, organisation_id, contact_id, ANSWER_QUESTION, about=reports)
        _ring_the_next(tx, organisation_id, contact_id, cases)
    call_off_messages_in(tx, organisation_id, contact_id, pupil_id, denied)


def _ring_the_next(tx: Connection, organisation_id: int, contact_id: int, cases: frozenset[int]) -> None:
    for seen in cases_by_id(tx, organisation_id, cases):
        if seen.state != CaseState.OPEN or seen.next_contact_id != contact_id:
            continue
        session = session_of(organisation_id, seen)
        lock_session(tx, session)
        (row,) = cases_by_id(tx, organisation_id, [seen.id], lock=True)
        if row.state == CaseState.OPEN:
            step_in(tx, Opened(session, row, school_now()))
