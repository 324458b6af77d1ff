"""The DSL stops messages about a child: what waits and every link about the child die, and the DSL leads the search."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from notifications.rules.message_kinds import KINDS
from notifications.services.calling_off import call_off_messages_in, keep_message_in
from webapp.absence.services.telling import ANSWER_QUESTION
from webapp.accounts.services.links import withdraw_links_in
from webapp.first_day.queries.told import cases_and_reports_of
from webapp.first_day.rules.answers import WHERE_IS_CHILD
from webapp.first_day.services.opened import Opened, session_of, step_in
from webapp.first_day.services.rights_lost import hold_in, open_cases_in
from webapp.foundation.clock import school_now
from webapp.people.queries import family_of
from webapp.people.queries.withheld import is_still_withheld
from webapp.people.services.rights_events import EntryShown, EntryWithheld, MessagesStopped, StopLifted

_ABOUT_A_CHILD = tuple(name.value for name, kind in KINDS.items() if kind.right is not None)


def on_messages_stopped(tx: Connection, event: MessagesStopped) -> None:
    """In the transaction of the stop: nothing that was made before it goes out after it."""
    cases, reports = cases_and_reports_of(tx, event.organisation_id, event.pupil_id)
    family = family_of(tx, event.organisation_id, [event.pupil_id])
    everybody = [link.contact_id for link in family.links.get(event.pupil_id, ())]
    stopped = sorted(everybody if event.contact_id is None else [event.contact_id])
    hold_in(tx, event.organisation_id, stopped, cases)
    for contact_id in stopped:
        withdraw_links_in(tx, event.organisation_id, contact_id, WHERE_IS_CHILD, about=cases)
        withdraw_links_in(tx, event.organisation_id, contact_id, ANSWER_QUESTION, about=reports)
        call_off_messages_in(tx, event.organisation_id, contact_id, event.pupil_id, _ABOUT_A_CHILD)
    _step_again(tx, event.organisation_id, cases)


def on_stop_lifted(tx: Connection, event: StopLifted) -> None:
    """The office has its steps again, unless another stop of the child stands."""
    cases, _ = cases_and_reports_of(tx, event.organisation_id, event.pupil_id)
    hold_in(tx, event.organisation_id, (), cases)
    _step_again(tx, event.organisation_id, cases)


def _step_again(tx: Connection, organisation_id: int, cases: Collection[int]) -> None:
    for row in open_cases_in(tx, organisation_id, cases):
        step_in(tx, Opened(session_of(organisation_id, row), row, school_now()))


def on_entry_withheld(tx: Connection, event: EntryWithheld) -> None:
    """A message that is kept from its reader stands on no page of theirs, and what of it waits does not go."""
    if event.kind == "message":
        keep_message_in(tx, event.organisation_id, event.subject_id, event.contact_id, kept=True)


def on_entry_shown(tx: Connection, event: EntryShown) -> None:
    if event.kind == "message" and not is_still_withheld(tx, event.organisation_id, event.kind, event.subject_id):
        keep_message_in(tx, event.organisation_id, event.subject_id, None, kept=False)
