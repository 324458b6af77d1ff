"""A contact loses a right for a child: what is on its way to them about that child stops here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from notifications.events import ContactPointWentBad
from notifications.rules.message_kinds import KINDS, Urgency
from notifications.services.calling_off import call_off_messages_in, hold_waiting_in
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
from webapp.first_day.services.school_session import day_of, lock_sessions
from webapp.foundation.clock import school_now
from webapp.people.queries import Family, family_of
from webapp.people.rules.rights import Right, Rights, effective_rights
from webapp.people.services.rights_events import RightsChanged


@dataclass(frozen=True, slots=True)
class _Loss:
    """What a contact may not have about a child any more. ``asked``: still asked where the child is."""

    contact_id: int
    pupil_id: int
    denied: list[str]
    asked: bool
    cases: frozenset[int]
    reports: frozenset[int]


def on_rights_changed(tx: Connection, event: RightsChanged) -> None:
    """Links about the child die, what waits to be sent is not sent, and the next contact is rung.

    A contact who is left with no right for any child is signed out.
    """
    by_contact: dict[int, list[int]] = defaultdict(list)
    for pupil_id, contact_id in event.pairs:
        by_contact[contact_id].append(pupil_id)
    losses, parted = [], []
    for contact_id, pupil_ids in sorted(by_contact.items()):
        family = family_of(tx, event.organisation_id, pupils_of_contact(tx, event.organisation_id, contact_id))
        found = (_loss(tx, event.organisation_id, family, contact_id, pupil) for pupil in sorted(set(pupil_ids)))
        losses += [loss for loss in found if loss is not None]
        if not any(_allowed(family, contact_id, pupil_id) for pupil_id in family.links):
            parted.append(contact_id)
    hold_in(
        tx, event.organisation_id, {loss.contact_id for loss in losses},
        frozenset().union(*(loss.cases for loss in losses)),
    )  # fmt: skip
    for loss in losses:
        _stop(tx, event.organisation_id, loss)
    for contact_id in parted:
        part_contact_in(tx, event.organisation_id, contact_id)


def hold_in(tx: Connection, organisation_id: int, contact_ids: Collection[int], case_ids: Collection[int]) -> None:
    """Everything that is to be changed, locked in the order in which a worker takes it that concludes a delivery: what
    waits for these contacts, then the sessions of the open cases."""
    hold_waiting_in(tx, organisation_id, contact_ids)
    rows = cases_by_id(tx, organisation_id, case_ids)
    lock_sessions(tx, [session_of(organisation_id, row) for row in rows if row.state == CaseState.OPEN])


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


def _loss(
    tx: Connection, organisation_id: int, family: Family, contact_id: int, pupil_id: int
) -> _Loss | None:  # fmt: skip
    allowed = _allowed(family, contact_id, pupil_id)
    asked = any(rights.asked for rights in _rights(family, contact_id, pupil_id))
    denied = [
        name.value
        for name, kind in KINDS.items()
        if kind.right is not None and kind.right not in allowed and not (asked and kind.urgency is Urgency.MISSING)
    ]
    if not denied:
        return None
    none: frozenset[int] = frozenset()
    cases, reports = (none, none) if asked else cases_and_reports_of(tx, organisation_id, pupil_id)
    return _Loss(contact_id, pupil_id, denied, asked, cases, reports)


def _stop(tx: Connection, organisation_id: int, loss: _Loss) -> None:
    if not loss.asked:
        withdraw_links_in(tx, organisation_id, loss.contact_id, WHERE_IS_CHILD, about=loss.cases)
        withdraw_links_in(tx, organisation_id, loss.contact_id, ANSWER_QUESTION, about=loss.reports)
        _ring_the_next(tx, organisation_id, loss.contact_id, loss.cases)
    call_off_messages_in(tx, organisation_id, loss.contact_id, loss.pupil_id, loss.denied)


def _ring_the_next(tx: Connection, organisation_id: int, contact_id: int, cases: frozenset[int]) -> None:
    for row in open_cases_in(tx, organisation_id, cases):
        if row.next_contact_id == contact_id:
            step_in(tx, Opened(session_of(organisation_id, row), row, school_now()))


def open_cases_in(tx: Connection, organisation_id: int, cases: Collection[int]) -> list[Any]:
    """Those of the cases that are open, locked; their sessions are (``hold_in``)."""
    mine = [row.id for row in cases_by_id(tx, organisation_id, cases) if row.state == CaseState.OPEN]
    return [row for row in cases_by_id(tx, organisation_id, mine, lock=True) if row.state == CaseState.OPEN]
