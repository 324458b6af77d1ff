"""A request for data from its coming to its end: kept with its clock, gathered, checked, handed over.

Each step is a compare-and-set on the version that the page showed, with its trail entry in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from webapp.foundation import ids, trail, work
from webapp.foundation.clock import school_now, school_today
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.submissions import SubmissionReused, find_result, keep_result
from webapp.foundation.trail import Actor, Deed
from webapp.foundation.work import NewWork
from webapp.insight.models import SubjectRequest
from webapp.insight.queries.requests import (
    GATHER_WORK,
    MAKE_WORK,
    AboutPerson,
    is_maintained,
    line_counts,
    parents_of,
    work_subject,
)
from webapp.insight.rules.deadlines import Basis, RequestClock, due_on
from webapp.insight.rules.requests import (
    Outcome,
    RequestEvent,
    RequestMoved,
    RequestRefused,
    RequestState,
    TypedRequest,
    need_why,
    read_request,
    step,
)
from webapp.people.queries import calendar_of
from webapp.people.rules.session_days import EventKind

SUBJECT = "subject_request"


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who acts, at which school; the caller has checked that they may."""

    organisation_id: int
    school_id: int
    actor: Actor


def log_request(by: Keeper, about: AboutPerson, typed: TypedRequest, *, submission_key: str) -> str:
    """Keep a request and work out its day; returns its public id, the first's where the form came twice.

    Raises RequestRefused naming the field, TextRefused.
    """
    content = {"request": about.public_id, **{name: getattr(typed, name) for name in TypedRequest.__slots__}}
    sender = f"{by.actor.kind.value}:{by.actor.id}"
    with unit_of_work() as tx:
        try:
            held = find_result(tx, by.organisation_id, sender, submission_key, content)
        except SubmissionReused:
            raise RequestMoved from None
        if held is not None:
            return str(held)
        read = read_request(
            typed, school_today(), of_pupil=about.kind == "pupil",
            parents={number: allowed for number, _, allowed in about.parents},
            maintained=is_maintained(tx, by.organisation_id),
        )  # fmt: skip
        public_id = ids.public_id()
        clock = RequestClock(read.basis, read.starts_clock_on)
        number = insert_row(
            tx, SubjectRequest, organisation_id=by.organisation_id, public_id=public_id, school_id=by.school_id,
            pupil_id=about.id if about.kind == "pupil" else None,
            contact_id=about.id if about.kind == "contact" else None, requester_id=read.requester_id,
            asked_by=read.asked_by.value, basis=read.basis.value, words=read.words, received_on=read.received_on,
            starts_clock_on=read.starts_clock_on, due_on=_due(tx, by, clock), state=RequestState.LOGGED.value,
            logged_at=school_now(), logged_by=by.actor.name,
        )  # fmt: skip
        _tell(tx, by, "logged_data_request", number, about.id if about.kind == "pupil" else None)
        keep_result(tx, by.organisation_id, sender, submission_key, content, public_id)
    return public_id


def confirm_identity(by: Keeper, public_id: str, version: int) -> None:
    """It is certain now who asks: the month begins today. Raises RequestRefused, RequestMoved."""
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        if row.starts_clock_on is not None:
            raise RequestRefused("clock", "This is known already.")
        _write(tx, by, row, version, "confirmed_who_asks", starts_clock_on=school_today())


def pause_clock(by: Keeper, public_id: str, version: int, why: str) -> None:
    """Stop the clock: school has asked what is meant, and cannot go on without the answer. Raises RequestRefused."""
    reason = need_why(why, "why", "Write what you have asked, and when.")
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        if row.basis == Basis.EDUCATIONAL_RECORD:
            raise RequestRefused("why", "Nothing stops the 15 school days of an educational record.")
        if row.starts_clock_on is None or row.paused_on is not None:
            raise RequestRefused("why", "The clock stands still already.")
        _write(tx, by, row, version, "paused_data_request", paused_on=school_today(), pause_why=reason)


def resume_clock(by: Keeper, public_id: str, version: int) -> None:
    """The answer has come: the days of the pause do not count. Raises RequestRefused."""
    today = school_today()
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        if row.paused_on is None:
            raise RequestRefused("clock", "The clock is running already.")
        days = row.paused_days + (today - row.paused_on).days
        _write(tx, by, row, version, "resumed_data_request", paused_on=None, paused_days=days)


def extend_time(by: Keeper, public_id: str, version: int, why: str) -> None:
    """Two months more, for a request that is complex, told within the first month. Raises RequestRefused."""
    reason = need_why(why, "extended_why", "Write why it takes longer, as you have told the person.")
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        if row.basis == Basis.EDUCATIONAL_RECORD:
            raise RequestRefused("extended_why", "The 15 school days of an educational record cannot be made longer.")
        if row.extended_why:
            raise RequestRefused("extended_why", "It was made longer already; the law allows it once.")
        if row.due_on is not None and school_today() > row.due_on:
            raise RequestRefused("extended_why", "The month is over: it can only be made longer while it runs.")
        _write(tx, by, row, version, "extended_data_request", extended_why=reason)


def gather(by: Keeper, public_id: str, version: int) -> None:
    """Have the worker gather every row; what was decided about the same words before holds. Raises RequestMoved."""
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        if row.starts_clock_on is None:
            raise RequestRefused("clock", "First make sure who asks.")
        _check_still_theirs(tx, by, row)
        move(tx, row, version, RequestEvent.GATHER, failed_words="")
        _tell(tx, by, "gathered_data", row.id, row.pupil_id)
        _enqueue(tx, by, row, GATHER_WORK, version)


def make_bundle(by: Keeper, public_id: str, version: int) -> None:
    """Have the worker make what is handed over. Raises RequestRefused while a line is undecided, RequestMoved."""
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        _check_still_theirs(tx, by, row)
        left = sum(undecided for _, undecided in line_counts(tx, by.organisation_id, row.id).values())
        if left:
            raise RequestRefused("lines", f"Decide about each line first: {left} left.")
        move(tx, row, version, RequestEvent.MAKE, failed_words="")
        _tell(tx, by, "made_data_bundle", row.id, row.pupil_id)
        _enqueue(tx, by, row, MAKE_WORK, version)


def close_request(by: Keeper, public_id: str, version: int, outcome: str, words: str) -> None:
    """End it: handed over, refused or withdrawn. Raises RequestRefused, RequestMoved, TextRefused."""
    if outcome not in set(Outcome):
        raise RequestRefused("outcome", "Choose how it ended.")
    said = need_why(words, "outcome_words", "Write how and when they got it, or why not.")
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        if outcome == Outcome.HANDED_OVER and row.state != RequestState.READY:
            raise RequestRefused("outcome", "There is nothing to hand over yet: make the bundle first.")
        values: dict[str, Any] = {
            "outcome": outcome, "outcome_words": said, "closed_at": school_now(), "closed_by": by.actor.name,
        }  # fmt: skip
        if row.expires_on is None:
            # What was gathered for checking goes with the next night's sweep.
            values["expires_on"] = school_today()
        move(tx, row, version, RequestEvent.CLOSE, **values)
        _tell(tx, by, "closed_data_request", row.id, row.pupil_id, {"outcome": outcome})


def note_lines_read(by: Keeper, request_id: int, pupil_id: int | None, category: str) -> None:
    """Somebody read lines of a request, safeguarding among them: the trail says so before the page is answered."""
    with unit_of_work() as tx:
        _tell(tx, by, "read_data_lines", request_id, pupil_id, {"category": category})


def note_download(by: Keeper, request_id: int, pupil_id: int | None, ending: str) -> None:
    """Somebody fetched a bundle: the trail says so before the bytes leave."""
    with unit_of_work() as tx:
        _tell(tx, by, "downloaded_data_bundle", request_id, pupil_id, {"file": ending})


def get_open(tx: Connection, by: Keeper, public_id: str) -> Any:
    """The row of a request of this school that is not closed. Raises RequestMoved."""
    row = tx.execute(
        select(SubjectRequest.__table__)
        .where(
            SubjectRequest.organisation_id == by.organisation_id, SubjectRequest.school_id == by.school_id,
            SubjectRequest.public_id == public_id, SubjectRequest.state != RequestState.CLOSED.value,
        )
        .with_for_update(key_share=True)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise RequestMoved
    return row


def move(tx: Connection, row: Any, version: int, event: RequestEvent, **values: Any) -> None:
    """Take a request to its next state by compare and set. Raises RequestMoved."""
    state = step(RequestState(row.state), event)
    _set(tx, row, version, state=state.value, **values)


def _set(tx: Connection, row: Any, version: int, **values: Any) -> None:
    moved = tx.execute(
        update(SubjectRequest)
        .where(
            SubjectRequest.organisation_id == row.organisation_id, SubjectRequest.id == row.id,
            SubjectRequest.version == version, SubjectRequest.state == row.state,
        )
        .values(version=version + 1, **values)
    )  # fmt: skip
    if moved.rowcount != 1:
        raise RequestMoved


def _write(tx: Connection, by: Keeper, row: Any, version: int, action: str, **values: Any) -> None:
    """Change the clock, and with it the day."""
    after = {**row._mapping, **values}
    clock = RequestClock(
        Basis(row.basis), after["starts_clock_on"], after["paused_on"], after["paused_days"],
        bool(after["extended_why"]),
    )  # fmt: skip
    _set(tx, row, version, due_on=_due(tx, by, clock), **values)
    _tell(tx, by, action, row.id, row.pupil_id)


def _due(tx: Connection, by: Keeper, clock: RequestClock) -> date | None:
    school = calendar_of(tx, by.organisation_id, by.school_id)
    holidays = frozenset(
        event.starts_on for event in school.events if event.kind is EventKind.BANK_HOLIDAY
    )
    return due_on(clock, school, holidays)


def _check_still_theirs(tx: Connection, by: Keeper, row: Any) -> None:
    """A parent whose right to see the child's record has gone meanwhile gets nothing."""
    if row.requester_id is None:
        return
    allowed = {number: ok for number, _, ok in parents_of(tx, by.organisation_id, row.pupil_id, school_today())}
    if not allowed.get(row.requester_id):
        raise RequestRefused("request", "The parent who asks may not see the pupil's record any more. Ask the DSL.")


def _enqueue(tx: Connection, by: Keeper, row: Any, kind: str, version: int) -> None:
    work.enqueue(
        tx,
        NewWork(
            kind=kind, subject=work_subject(by.organisation_id, row.id), slot=str(version + 1),
            organisation_id=by.organisation_id, school_id=by.school_id, payload={"request": row.id},
        ),
    )  # fmt: skip


def _tell(
    tx: Connection, by: Keeper, action: str, number: int, pupil_id: int | None, detail: dict[str, Any] | None = None
) -> None:
    trail.write(tx, by.organisation_id, by.actor, Deed(action, SUBJECT, number, by.school_id, pupil_id, detail))
