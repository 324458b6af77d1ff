"""A text was about another child: the case that took it for an answer stands as though it had never come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, update

from notifications.events import TextMoved
from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.cases import MOVED, cases_by_id, cases_of, events_of, runs_of
from webapp.first_day.rules import CaseState
from webapp.first_day.services.again import ask_again_in
from webapp.first_day.services.casework import LONGEST_WORDS, Done, note_in, tell_trail
from webapp.first_day.services.opened import Opened, session_of, step_in
from webapp.first_day.services.school_session import day_of, lock_sessions
from webapp.first_day.services.settle import settle_in
from webapp.foundation.clock import school_now

_CLOCKS = timedelta(seconds=1)
LINE = "The text was about another child"


def on_text_moved(tx: Connection, event: TextMoved) -> None:
    """What the text did in today's cases of the others is taken back: the line, the alarm, and the step it brought on.

    That words of danger were in it stays told: the DSL decides what they mean.
    """
    today = day_of(school_now())
    if day_of(event.at) != today or not event.enrolment_ids:
        return
    found = cases_of(tx, event.organisation_id, event.enrolment_ids, today, today)
    rows = cases_by_id(tx, event.organisation_id, [row.id for row in found])
    lock_sessions(tx, [session_of(event.organisation_id, row) for row in rows])
    for row in cases_by_id(tx, event.organisation_id, [row.id for row in rows], lock=True):
        _take_back(tx, event, row)


def _take_back(tx: Connection, event: TextMoved, row: Any) -> None:
    session, now = session_of(event.organisation_id, row), school_now()
    past = events_of(tx, event.organisation_id, row.id)
    gone = {each.outcome for each in past if each.kind == MOVED}
    replies = [each for each in past if _is_its(each, event) and str(each.id) not in gone]
    if not replies:
        return
    reply = replies[-1]
    done = Done(row.id, MOVED, LINE, event.actor.name, event.contact_id, outcome=str(reply.id), line=LINE)
    note_in(tx, event.organisation_id, now, [done])
    tell_trail(tx, session, event.actor, "moved_text", [(row.id, row.pupil_id)], {"inbound": event.inbound_id})
    if row.alarm and not _rings_otherwise(past, reply):
        tx.execute(
            update(FirstDayCase)
            .where(FirstDayCase.organisation_id == event.organisation_id, FirstDayCase.id == row.id)
            .values(alarm=False, version=FirstDayCase.version + 1)
        )
    (row,) = cases_by_id(tx, event.organisation_id, [row.id])
    if row.state == CaseState.OPEN:
        step_in(tx, Opened(session, row, now))
    has_run = session.half.index in runs_of(tx, session.organisation_id, session.school_id, session.on)
    settle_in(tx, session, now, event.actor, only=[row.enrolment_id], texts=has_run)
    if has_run:
        # Whose second text did not go because of this one has it now.
        ask_again_in(tx, session, [row.id])


def _is_its(each: Any, event: TextMoved) -> bool:
    """Words of danger are not kept in the case: then the time and the sender say which reply it was."""
    mine = each.kind == "reply" and each.contact_id == event.contact_id and each.at >= event.at - _CLOCKS
    return bool(mine and (each.words == event.words[:LONGEST_WORDS] or each.words.startswith("Words of danger")))


def _rings_otherwise(past: Any, reply: Any) -> bool:
    """Another answer rang too: an alarm that does not follow at once upon this reply."""
    alarms = [each for each in past if each.kind == "alarm"]
    return any(each.id < reply.id or each.at != reply.at for each in alarms)
