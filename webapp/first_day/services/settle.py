"""The cases of a session brought in line with where each child is: opened, closed, opened again, families asked.

Everything that changes a child's whereabouts comes here, and so does the first-day run: one answer, from ``day_state``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, insert

from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.cases import cases_by_id, histories
from webapp.first_day.queries.morning import Morning, PupilNow, load_morning
from webapp.first_day.queries.told import marked_in
from webapp.first_day.rules import CaseEvent, CaseState, Owner, Step, next_case_state
from webapp.first_day.rules.afternoon import answers_the_morning
from webapp.first_day.rules.answers import text_fits
from webapp.first_day.services.again import ask_again_in, is_stale
from webapp.first_day.services.asking import (
    Asked,
    ask_in,
    is_text_time,
    missing_of,
    note_texts_not_read_in,
    put_steps_in,
    tell_of_strangers_in,
    tell_of_vanished_in,
    vanished_in,
)
from webapp.first_day.services.casework import Done, families_in, move_in, note_in, tell_trail
from webapp.first_day.services.correcting import correct_families_in, correct_later_in, unsent_with
from webapp.first_day.services.school_session import SchoolSession, closes_at, opens_at
from webapp.first_day.services.undone import as_it_stands, put_back_in
from webapp.foundation import ids
from webapp.foundation.db import take_ids
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor
from webapp.foundation.work import NewWork, Priority, enqueue
from webapp.record.rules import CaseOutcome, Whereabouts, Why

LOOK_WORK = "first_day_look"
"""The kind of work that looks at a session again when time alone changes where a child is."""
_LIVE = frozenset({CaseState.OPEN, CaseState.CARRIED})


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done. ``nobody_to_text`` are the cases that go straight to the call list; ``stale_marks``: no text went
    out, because the marks are too old."""

    opened: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    reopened: tuple[int, ...] = ()
    messages: int = 0
    nobody_to_text: tuple[int, ...] = ()
    stale_marks: bool = False


@dataclass(slots=True)
class _Sorted:
    """The pupils of the session by what is to be done about them."""

    new: list[PupilNow] = field(default_factory=list)
    lost: list[PupilNow] = field(default_factory=list)
    standing: list[PupilNow] = field(default_factory=list)
    seen: list[PupilNow] = field(default_factory=list)
    explained: list[PupilNow] = field(default_factory=list)


def settle_in(
    tx: Connection, session: SchoolSession, now: datetime, by: Actor, *, only: Collection[int] | None = None,
    texts: bool, words: str = "", seen: bool = False, undone: datetime | None = None,
) -> Settled:  # fmt: skip
    """Bring the cases of the session, or those of the enrolments in ``only``, in line with where the children are.

    The caller holds ``lock_session``. ``texts``: the first-day run of this session is due or done, so families are
    asked. ``by`` closes what is closed; ``words`` say why. Doing it twice changes nothing. ``seen``: somebody says so
    by one tap, which can be undone; ``undone``: the sighting of that time is taken back.
    """
    morning = load_morning(
        tx, session.organisation_id, session.school_id, session.on, session.half, now, enrolment_ids=only
    )
    _look_again_when(tx, session, morning)
    found = _sort(morning)
    _leave_to_the_afternoon(tx, session, found, now)
    closed = _close(tx, session, found, now, by, words, seen=seen)
    again = unsent_with(tx, session.organisation_id, closed)
    waiting = [pupil for pupil in found.standing if pupil.row.case_state == CaseState.OPEN]
    back: dict[int, CaseState] = {}
    if undone is not None:
        back = put_back_in(tx, session, [pupil.row.case_id for pupil in found.lost], now, by, undone)
        waiting += [pupil for pupil in found.lost if back.get(pupil.row.case_id) is CaseState.OPEN]
        found.lost = [pupil for pupil in found.lost if pupil.row.case_id not in back]
    if not (found.new or found.lost or waiting):
        return Settled(closed=tuple(closed), reopened=tuple(back))
    past = histories(tx, session.organisation_id, [p.row.case_id for p in (*found.lost, *waiting)])
    vanished = vanished_in(tx, session, [*found.new, *found.lost])
    numbers = _open(tx, session, found.new, now, by)
    reopened = _reopen(tx, session, found.lost, now, by)
    cases = {p.row.enrolment_id: n for p, n in zip(found.new, numbers, strict=True)}
    cases |= {p.row.enrolment_id: p.row.case_id for p in (*found.lost, *waiting)}
    untexted = [
        pupil
        for pupil in (*found.new, *found.lost, *waiting)
        if (not past[cases[pupil.row.enrolment_id]].texted or pupil.row.case_id in again)
        and text_fits(pupil.state)
    ]
    fresh = [*found.new, *found.lost]
    people = {pupil.row.enrolment_id: pupil for pupil in (*fresh, *untexted)}.values()
    family = families_in(tx, session.organisation_id, [pupil.row.pupil_id for pupil in people])
    stale = is_stale(tx, session, now)
    asked = Asked()
    if texts and not stale and is_text_time(tx, session, now):
        asked = ask_in(tx, session, untexted, cases, family, now)
    stepped = [pupil for pupil in untexted if pupil.row.case_id not in back]
    put_steps_in(tx, session, fresh, stepped, cases, past, family, asked, now, at_once=vanished)
    tell_of_strangers_in(tx, session, fresh, cases)
    tell_of_vanished_in(tx, session, [pupil for pupil in fresh if pupil.row.enrolment_id in vanished], cases, now)
    note_texts_not_read_in(tx, session, found.new, cases, family, now)
    if texts:
        # Whose time for the second text passed while the case was closed has it now.
        asked.messages += ask_again_in(tx, session, (*reopened, *back))
    return Settled(
        tuple(numbers), tuple(closed), (*reopened, *back), asked.messages, tuple(asked.nobody),
        stale_marks=texts and stale and bool(untexted),
    )  # fmt: skip


def _sort(morning: Morning) -> _Sorted:
    found = _Sorted()
    for pupil in morning.pupils:
        state, case = pupil.state.state, pupil.row.case_state
        if state is Whereabouts.UNEXPLAINED:
            (found.new if case is None else found.lost if case == CaseState.CLOSED else found.standing).append(pupil)
        elif case in _LIVE and state is Whereabouts.IN_SCHOOL:
            found.seen.append(pupil)
        elif case == CaseState.OPEN and state is Whereabouts.EXPLAINED:
            found.explained.append(pupil)
    return found


def _leave_to_the_afternoon(tx: Connection, session: SchoolSession, found: _Sorted, now: datetime) -> None:
    """A child whom the afternoon accounts for is not looked for because of the morning: its mark wants a reason."""
    missed = {pupil.row.enrolment_id for pupil in (*found.new, *found.lost)}
    afternoon = replace(session, half=Half.PM)
    if not missed or session.half is Half.PM or now < opens_at(tx, afternoon):
        return
    later = load_morning(
        tx, session.organisation_id, session.school_id, session.on, Half.PM, now, enrolment_ids=missed
    )
    closed_at = closes_at(tx, session)
    there = marked_in(tx, session.organisation_id, missed, session.on, Half.PM.index)
    there |= {
        pupil.row.enrolment_id
        for pupil in later.pupils
        if answers_the_morning(
            pupil.state.state, pupil.state.why, pupil.report.sent_at if pupil.report else None, closed_at
        )
    }
    # Marked in, and gone since with nobody known, is looked for in the afternoon itself.
    found.new = [pupil for pupil in found.new if pupil.row.enrolment_id not in there]
    found.lost = [pupil for pupil in found.lost if pupil.row.enrolment_id not in there]


def _close(
    tx: Connection, session: SchoolSession, found: _Sorted, now: datetime, by: Actor, words: str, *, seen: bool
) -> list[int]:
    closed: list[int] = []
    stood = {
        row.id: as_it_stands(row)
        for row in cases_by_id(tx, session.organisation_id, [p.row.case_id for p in found.seen], lock=True)
    }
    for pupils, event, outcome, line in (
        (found.seen, CaseEvent.SEEN, CaseOutcome.SEEN_IN_SCHOOL, "In school"),
        (found.explained, CaseEvent.EXPLAINED, CaseOutcome.EXPLAINED, "Explained"),
    ):
        if not pupils:
            continue
        numbers = [pupil.row.case_id for pupil in pupils]
        for pupil in pupils:
            next_case_state(CaseState(pupil.row.case_state), event)
        why = words or line
        move_in(
            tx, session.organisation_id, numbers, CaseState.CLOSED, by=by.name, at=now, outcome=outcome, words=why
        )
        note_in(
            tx, session.organisation_id, now,
            # What a tap may take back leaves the newest line as it was.
            [Done(number, "closed", why, by.name, outcome=_short(outcome), line="" if seen else f"{line}: {by.name}")
             for number in numbers],
        )  # fmt: skip
        tell_trail(
            tx, session, by, "closed_case", [(p.row.case_id, p.row.pupil_id) for p in pupils],
            {"outcome": outcome.value}, before=stood,
        )  # fmt: skip
        closed += numbers
    if seen:
        correct_later_in(tx, session, list(stood), now)
    else:
        correct_families_in(tx, session, [missing_of(pupil) for pupil in found.seen], now)
    return closed


def _short(outcome: CaseOutcome) -> str:
    return outcome.value[:16]


def _open(
    tx: Connection, session: SchoolSession, pupils: Sequence[PupilNow], now: datetime, by: Actor
) -> Sequence[int]:
    if not pupils:
        return []
    numbers = take_ids(tx, FirstDayCase, len(pupils))
    tx.execute(
        insert(FirstDayCase),
        [
            {
                "organisation_id": session.organisation_id, "id": number, "public_id": ids.public_id(),
                "school_id": session.school_id, "enrolment_id": pupil.row.enrolment_id, "date": session.on,
                "half": session.half.index, "state": CaseState.OPEN.value, "opened_at": now,
                "owner_role": Owner.OFFICE.value, "next_step": Step.RING.value, "next_due_at": now,
            }
            for number, pupil in zip(numbers, pupils, strict=True)
        ],
    )  # fmt: skip
    note_in(
        tx, session.organisation_id, now,
        [Done(n, "opened", p.state.why.value, by.name) for n, p in zip(numbers, pupils, strict=True)],
    )  # fmt: skip
    tell_trail(tx, session, by, "opened_case", [(n, p.row.pupil_id) for n, p in zip(numbers, pupils, strict=True)])
    return numbers


def _reopen(
    tx: Connection, session: SchoolSession, pupils: Sequence[PupilNow], now: datetime, by: Actor
) -> list[int]:
    numbers = [pupil.row.case_id for pupil in pupils]
    if not numbers:
        return []
    next_case_state(CaseState.CLOSED, CaseEvent.LOST_AGAIN)
    move_in(tx, session.organisation_id, numbers, CaseState.OPEN, by=by.name, at=now)
    note_in(
        tx, session.organisation_id, now,
        [Done(p.row.case_id, "reopened", p.state.why.value, by.name, line=_lost_line(p.state.why)) for p in pupils],
    )  # fmt: skip
    tell_trail(tx, session, by, "reopened_case", [(p.row.case_id, p.row.pupil_id) for p in pupils])
    return numbers


def _lost_line(why: Why) -> str:
    if why is Why.DID_NOT_COME:
        return "Did not come at the time given"
    return "Nobody has confirmed them there" if why is Why.NOT_CONFIRMED_ELSEWHERE else "Not accounted for again"


def _look_again_when(tx: Connection, session: SchoolSession, morning: Morning) -> None:
    """A time given that passes, a pupil not back, nobody who confirms: looked at when it comes."""
    turns = [pupil.state.until for pupil in morning.pupils if pupil.state.until is not None]
    if not turns:
        return
    due_at = min(turns)
    enqueue(
        tx,
        NewWork(
            kind=LOOK_WORK, subject=f"{session.organisation_id}-{session.school_id}",
            slot=f"{session.slot}@{due_at:%H:%M:%S}", organisation_id=session.organisation_id,
            school_id=session.school_id, payload={"date": session.on.isoformat(), "half": session.half.index},
            priority=Priority.ABSENCE, school_due_at=due_at,
        ),
    )  # fmt: skip
