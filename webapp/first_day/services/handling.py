"""What staff do in a case: ring, log the call, pass over a step, tell the DSL, say where the child is, close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, or_, update

from notifications.services.points import mark_point_bad_in
from webapp.absence.queries.statements import last_said_at
from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.before import when_dsl_was_told
from webapp.first_day.rules import CallOutcome, CaseEvent, CaseRefused, CaseState, next_case_state
from webapp.first_day.rules.owners import told_already
from webapp.first_day.services.casework import Done, move_in, note_in, tell_trail
from webapp.first_day.services.opened import Opened, hand_to_dsl_in, open_case_in, session_at, step_in, where_now
from webapp.first_day.services.school_session import day_of
from webapp.first_day.services.settle import settle_in
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.submissions import SubmissionReused, find_result, keep_result
from webapp.foundation.trail import Actor
from webapp.people.queries import family_of, settings_of
from webapp.people.rules.names import clean_text, need_line
from webapp.people.rules.settings import RINGING_HOLD_MINUTES
from webapp.record.rules import CaseOutcome, SightingKind, Whereabouts
from webapp.record.services.sightings import Desk, Kept, note_sighting_in

_LONGEST = 500
_CALLS = {
    CallOutcome.SPOKE: "spoke to", CallOutcome.VOICEMAIL: "left a message for",
    CallOutcome.NO_ANSWER: "no answer from", CallOutcome.WRONG_NUMBER: "wrong number for",
}  # fmt: skip
_CLOSING = {
    CaseOutcome.LOCATED: CaseEvent.LOCATED, CaseOutcome.EXPLAINED: CaseEvent.EXPLAINED,
    CaseOutcome.OPENED_IN_ERROR: CaseEvent.OPENED_IN_ERROR,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caseworker:
    """A member of staff at one school; ``actor.id`` is theirs. ``is_dsl``: they hold the DSL's role or deputise.

    ``key`` is of the form that they sent: a deed in a case with the same key again is the same deed.
    """

    organisation_id: int
    school_id: int
    actor: Actor
    is_dsl: bool = False
    key: str = ""


def claim_ringing(by: Caseworker, case: str) -> None:
    """"S Khan is ringing": holds the case for a few minutes. Raises CaseRefused while somebody else holds it."""
    with unit_of_work() as tx:
        opened = _live(tx, by, case)
        minutes = settings_of(tx, by.organisation_id, by.school_id, opened.session.on)[RINGING_HOLD_MINUTES]
        claimed = tx.execute(
            update(FirstDayCase)
            .where(
                FirstDayCase.organisation_id == by.organisation_id, FirstDayCase.id == opened.row.id,
                or_(
                    FirstDayCase.ringing_until.is_(None), FirstDayCase.ringing_until <= opened.now,
                    FirstDayCase.ringing_by_id == by.actor.id,
                ),
            )
            .values(
                ringing_by_id=by.actor.id, ringing_by=by.actor.name,
                ringing_until=opened.now + timedelta(minutes=minutes),
            )
        )  # fmt: skip
        if claimed.rowcount != 1:
            raise CaseRefused("ringing", f"{opened.row.ringing_by} is ringing.")
        tell_trail(tx, opened.session, by.actor, "claimed_ringing", [(opened.row.id, opened.row.pupil_id)])


def log_call(
    by: Caseworker, case: str, contact_id: int, outcome: CallOutcome, *, words: str = "", number: str = ""
) -> None:
    """Keep what came of a call, let the claim go, and set the next step.

    ``number`` (as stored) with WRONG_NUMBER: nothing more is sent there. What the family said about the absence is a
    report of its own (``absence.services.desk``). Raises CaseRefused or TextRefused.
    """
    said = clean_text(words, _LONGEST, "words")
    with unit_of_work() as tx:
        opened = _live(tx, by, case)
        if _done_before(tx, by, "call", case, contact_id, outcome.value, said):
            return
        family = family_of(tx, by.organisation_id, [opened.row.pupil_id])
        contact = family.contacts.get(contact_id)
        if contact is None:
            raise CaseRefused("contact", "This person is not one of the child's contacts. Choose one from the list.")
        line = f"Rang: {_CALLS[outcome]} {contact.first_name}"
        note_in(
            tx, by.organisation_id, opened.now,
            [Done(opened.row.id, "call", said or line, by.actor.name, contact_id, outcome.value, line=line)],
        )  # fmt: skip
        if outcome is CallOutcome.WRONG_NUMBER and number in {point.value for point in contact.points}:
            mark_point_bad_in(
                tx, by.organisation_id, number, "Wrong number, says a call", school_id=by.school_id, actor=by.actor
            )
        _let_go(tx, opened)
        tell_trail(
            tx, opened.session, by.actor, "logged_call", [(opened.row.id, opened.row.pupil_id)],
            {"contact": contact_id, "outcome": outcome.value},
        )  # fmt: skip
        step_in(tx, opened)


def _let_go(tx: Connection, opened: Opened) -> None:
    tx.execute(
        update(FirstDayCase)
        .where(
            FirstDayCase.organisation_id == opened.session.organisation_id, FirstDayCase.id == opened.row.id,
        )
        .values(ringing_by_id=None, ringing_by="", ringing_until=None)
    )  # fmt: skip


def skip_step(by: Caseworker, case: str, reason: str) -> None:
    """Pass over the next step, with a reason: the step after it is set. Raises CaseRefused or TextRefused."""
    why = need_line(reason, _LONGEST, "reason")
    with unit_of_work() as tx:
        opened = _live(tx, by, case)
        if _done_before(tx, by, "skip", case, why):
            return
        if opened.row.next_contact_id is None:
            raise CaseRefused("step", "This step cannot be passed over. Tell the DSL, or say where the child is.")
        done = Done(
            opened.row.id, "skip", why, by.actor.name, opened.row.next_contact_id, line=f"Passed over: {why}"
        )
        note_in(tx, by.organisation_id, opened.now, [done])
        tell_trail(tx, opened.session, by.actor, "skipped_step", [(opened.row.id, opened.row.pupil_id)])
        step_in(tx, opened)


def add_note(by: Caseworker, case: str, words: str) -> None:
    """Write something down in the case. Raises CaseRefused or TextRefused."""
    said = clean_text(words, _LONGEST, "words")
    if not said:
        raise CaseRefused("words", "Write something first.")
    with unit_of_work() as tx:
        opened = open_case_in(tx, by.organisation_id, by.school_id, case)
        if _done_before(tx, by, "note", case, said):
            return
        note_in(tx, by.organisation_id, opened.now, [Done(opened.row.id, "note", said, by.actor.name, line=said)])
        tell_trail(tx, opened.session, by.actor, "noted_in_case", [(opened.row.id, opened.row.pupil_id)])


def tell_dsl(by: Caseworker, case: str, words: str = "") -> None:
    """Hand the search to the DSL, who is told at once; the office can no longer close it.

    Raises CaseRefused, also where the DSL has been told already and there is nothing to add.
    """
    said = clean_text(words, _LONGEST, "words")
    with unit_of_work() as tx:
        opened = _live(tx, by, case)
        if _done_before(tx, by, "tell-dsl", case, said):
            return
        if opened.state is CaseState.CARRIED and not said:
            told = when_dsl_was_told(tx, by.organisation_id, opened.row.id)
            raise CaseRefused("case", told_already(told.at, told.by))
        hand_to_dsl_in(tx, opened, by.actor, said or "Not found by the office")


def tell_police(by: Caseworker, case: str, words: str) -> None:
    """The DSL has called the police or children's services; the case stays open with the DSL.

    Raises CaseRefused for anybody else, and TextRefused.
    """
    said = need_line(words, _LONGEST, "words")
    with unit_of_work() as tx:
        opened = _live(tx, by, case)
        if not by.is_dsl:
            raise CaseRefused("case", "Tell the DSL. Calling the police about a child is the DSL's to record.")
        if _done_before(tx, by, "police", case, said):
            return
        move_in(
            tx, by.organisation_id, [opened.row.id], next_case_state(opened.state, CaseEvent.CARRIED),
            by=by.actor.name, at=opened.now, outcome=CaseOutcome.CARRIED_TO_POLICE, words=said,
        )  # fmt: skip
        note_in(
            tx, by.organisation_id, opened.now,
            [Done(opened.row.id, "told_police", said, by.actor.name, line="Police told")],
        )  # fmt: skip
        tell_trail(tx, opened.session, by.actor, "told_police", [(opened.row.id, opened.row.pupil_id)])
        step_in(tx, opened, carried=True)


def close_case(by: Caseworker, case: str, outcome: CaseOutcome, words: str, *, version: int | None = None) -> None:
    """Close a case with an outcome and words: located, explained, or opened in error.

    ``seen_in_school`` is ``here_now``'s. An outcome that leaves the child unexplained is refused: a report, a code or a
    sighting has to say it. Raises CaseRefused or TextRefused.
    """
    said = need_line(words, _LONGEST, "words")
    event = _CLOSING.get(outcome)
    if event is None:
        raise CaseRefused("outcome", "Choose how the child was found.")
    with unit_of_work() as tx:
        opened = _live(tx, by, case, version)
        if opened.state is CaseState.CARRIED and not by.is_dsl:
            raise CaseRefused("case", "The DSL has this child. Only the DSL can close it.")
        after = next_case_state(opened.state, event)
        if after is not CaseState.CLOSED:
            raise CaseRefused("outcome", "The search ends when the child is seen or located.")
        move_in(
            tx, by.organisation_id, [opened.row.id], after, by=by.actor.name, at=opened.now, outcome=outcome,
            words=said,
        )  # fmt: skip
        pupil = where_now(tx, opened)
        if pupil is not None and pupil.state.state is Whereabouts.UNEXPLAINED:
            raise CaseRefused(
                "outcome", "The record does not say where the child is. Log what the family said, or mend the mark."
            )
        note_in(
            tx, by.organisation_id, opened.now,
            [Done(opened.row.id, "closed", said, by.actor.name, outcome=outcome.value[:16], line=said)],
        )  # fmt: skip
        tell_trail(
            tx, opened.session, by.actor, "closed_case", [(opened.row.id, opened.row.pupil_id)],
            {"outcome": outcome.value},
        )  # fmt: skip


def end_alarm(by: Caseworker, case: str, words: str) -> None:
    """Somebody has spoken to the family: the alarm is over, and what is known decides again. Raises CaseRefused."""
    said = need_line(words, _LONGEST, "words")
    with unit_of_work() as tx:
        opened = _live(tx, by, case)
        if _done_before(tx, by, "alarm-over", case, said):
            return
        tx.execute(
            update(FirstDayCase)
            .where(FirstDayCase.organisation_id == by.organisation_id, FirstDayCase.id == opened.row.id)
            .values(alarm=False, version=FirstDayCase.version + 1)
        )
        note_in(
            tx, by.organisation_id, opened.now, [Done(opened.row.id, "alarm_over", said, by.actor.name, line=said)]
        )
        tell_trail(tx, opened.session, by.actor, "ended_alarm", [(opened.row.id, opened.row.pupil_id)])
        session = session_at(tx, by.organisation_id, opened.row, opened.now)
        settled = settle_in(
            tx, session, opened.now, by.actor, only=[opened.row.enrolment_id], texts=False, words=said
        )
        if opened.row.id not in settled.closed:
            step_in(tx, opened, alarm=False)


def here_now(by: Caseworker, enrolment_id: int, place: str = "In class") -> Kept:
    """Somebody sees the child in school: the search ends, and a family that had a text is told that it was wrong.

    A second tap is the first, unless the family has said something in between: then somebody went and looked again.
    Raises SightingRefused or TextRefused.
    """
    where = need_line(place, 80, "place")
    desk = Desk(by.organisation_id, by.school_id, by.actor)
    with unit_of_work() as tx:
        said_at = last_said_at(tx, by.organisation_id, by.school_id, enrolment_id, day_of(school_now()))
        kind = SightingKind.SEEN_ELSEWHERE_IN_SCHOOL
        return note_sighting_in(tx, desk, enrolment_id, kind, said_at=said_at, place=where)


def _done_before(tx: Connection, by: Caseworker, deed: str, case: str, *said: object) -> bool:
    """True for a form that was acted on; else it is kept that it is now. Asked for with the case locked."""
    if not by.key:
        return False
    actor, content = f"staff:{by.actor.id}", {"deed": deed, "case": case, "said": said}
    try:
        if find_result(tx, by.organisation_id, actor, by.key, content) is not None:
            return True
    except SubmissionReused:
        raise CaseRefused("words", "This was sent before with other words. Open the page again.") from None
    keep_result(tx, by.organisation_id, actor, by.key, content, True)
    return False


def _live(tx: Connection, by: Caseworker, case: str, version: int | None = None) -> Opened:
    opened = open_case_in(tx, by.organisation_id, by.school_id, case, version)
    if opened.state is CaseState.CLOSED:
        who = opened.row.closed_by or "Somebody"
        raise CaseRefused("case", f"{who} has closed this. Look at the child again.")
    return opened
