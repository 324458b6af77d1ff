"""Rows of cases: what was done is added, what is next is written over; every deed goes to the trail."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from webapp.first_day.models import CaseEvent, FirstDayCase
from webapp.first_day.rules import CaseState, NextStep, Owner
from webapp.first_day.rules.owners import COVER
from webapp.first_day.services.school_session import SchoolSession
from webapp.foundation import trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import take_ids
from webapp.foundation.trail import Actor, Deed
from webapp.foundation.work import NewWork, Priority, enqueue_many
from webapp.people.queries import Family, family_of
from webapp.people.queries.covering import half_of, load_standing
from webapp.record.rules import CaseOutcome

STEP_WORK = "first_day_step"
"""The kind of work that looks at a case when its next step is due."""
LATE_AFTER = timedelta(minutes=5)
"""The board shows at once that a step is late; phones ring when nobody has done it by then."""
TOLD_ANYWAY_AFTER = timedelta(minutes=10)
"""So long the office has to tell the DSL itself."""
LONGEST_WORDS = 1000
_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class Done:
    """Something done or heard in a case. ``line`` is what the board shows of it, empty to leave what it shows."""

    case_id: int
    kind: str
    words: str
    by: str
    contact_id: int | None = None
    outcome: str = ""
    message_id: int | None = None
    line: str = ""


_LINE = (
    update(FirstDayCase)
    .where(
        FirstDayCase.organisation_id == bindparam("the_organisation"), FirstDayCase.id == bindparam("the_case"),
    )
    .values(last_words=bindparam("line"))
)  # fmt: skip
_NEXT = (
    update(FirstDayCase)
    .where(
        FirstDayCase.organisation_id == bindparam("the_organisation"), FirstDayCase.id == bindparam("the_case"),
    )
    .values(
        next_step=bindparam("step"), next_due_at=bindparam("due_at", type_=FirstDayCase.next_due_at.type),
        next_contact_id=bindparam("contact_id"), owner_role=bindparam("role"), owner_id=bindparam("owner"),
        version=FirstDayCase.version + 1,
    )
)  # fmt: skip


def note_in(tx: Connection, organisation_id: int, at: datetime, done: Sequence[Done]) -> None:
    """Keep what was done, and let the board show the newest line of each case."""
    if not done:
        return
    numbers = take_ids(tx, CaseEvent, len(done))
    tx.execute(
        insert(CaseEvent),
        [
            {
                "organisation_id": organisation_id, "id": number, "case_id": each.case_id, "at": at,
                "kind": each.kind, "contact_id": each.contact_id, "outcome": each.outcome,
                "words": each.words[:LONGEST_WORDS], "by": each.by, "message_id": each.message_id,
            }
            for number, each in zip(numbers, done, strict=True)
        ],
    )  # fmt: skip
    lines = {each.case_id: each.line[:_LONGEST_LINE] for each in done if each.line}
    if lines:
        tx.execute(
            _LINE,
            [{"the_organisation": organisation_id, "the_case": case, "line": line} for case, line in lines.items()],
        )


def put_next_in(
    tx: Connection, session: SchoolSession, steps: Mapping[int, NextStep], owners: Mapping[Owner, int | None]
) -> None:
    """Write the next step of each case, and have it looked at when it is due: a late step is loud."""
    if not steps:
        return
    tx.execute(
        _NEXT,
        [
            {"the_organisation": session.organisation_id, "the_case": case_id, "step": step.step.value,
             "due_at": step.due_at, "contact_id": step.contact_id, "role": step.owner.value,
             "owner": owners.get(step.owner)}
            for case_id, step in steps.items()
        ],
    )  # fmt: skip
    enqueue_many(
        tx,
        [
            NewWork(
                kind=STEP_WORK, subject=f"{session.organisation_id}-{case_id}", slot=step.due_at.isoformat(),
                organisation_id=session.organisation_id, school_id=session.school_id, payload={"case": case_id},
                priority=Priority.ABSENCE, school_due_at=step.due_at + LATE_AFTER,
            )
            for case_id, step in steps.items()
        ],
    )  # fmt: skip


def owners_in(db: Connection, session: SchoolSession) -> dict[Owner, int | None]:
    """Who owns the steps of each role now: of one who is away their cover."""
    half = half_of(db, session.organisation_id, session.school_id, school_now())
    standing = load_standing(db, session.organisation_id, session.school_id, session.on, half)
    return {owner: standing.taker(COVER[owner]) for owner in Owner}


def move_in(
    tx: Connection, organisation_id: int, case_ids: Collection[int], state: CaseState, *, by: str, at: datetime,
    outcome: CaseOutcome | None = None, words: str = "",
) -> None:  # fmt: skip
    """Put cases into a state. Closing takes the claim and the alarm away; opening takes the outcome away."""
    if not case_ids:
        return
    values: dict[str, Any] = {"state": state.value, "version": FirstDayCase.version + 1, "outcome": ""}
    if state is CaseState.CLOSED:
        values |= {
            "outcome": outcome.value if outcome else "", "outcome_words": words, "closed_at": at, "closed_by": by,
            "alarm": False, "next_due_at": None, "next_contact_id": None, "ringing_by_id": None, "ringing_by": "",
            "ringing_until": None,
        }  # fmt: skip
    elif state is CaseState.CARRIED:
        values |= {"outcome": (outcome or CaseOutcome.CARRIED_TO_DSL).value, "outcome_words": words}
    else:
        values |= {"closed_at": None, "closed_by": "", "outcome_words": "", "next_due_at": at}
    tx.execute(
        update(FirstDayCase)
        .where(FirstDayCase.organisation_id == organisation_id, FirstDayCase.id.in_(sorted(case_ids)))
        .values(values)
    )


def tell_trail(
    tx: Connection, session: SchoolSession, actor: Actor, action: str, cases: Sequence[tuple[int, int]],
    detail: dict[str, Any] | None = None, *, before: Mapping[int, dict[str, Any]] | None = None,
) -> None:  # fmt: skip
    """One entry a case; ``cases`` are (case id, pupil id), ``before`` how a case stood until then."""
    held = {case_id: {"before": stood} for case_id, stood in (before or {}).items()}
    trail.write(
        tx, session.organisation_id, actor,
        *(
            Deed(action, "first_day_case", case_id, session.school_id, pupil_id,
                 {**(detail or {}), **held.get(case_id, {})})
            for case_id, pupil_id in cases
        ),
    )  # fmt: skip


def families_in(db: Connection, organisation_id: int, pupil_ids: Collection[int]) -> Family:
    """The adults around these children; an empty family for no children."""
    return family_of(db, organisation_id, pupil_ids) if pupil_ids else Family({}, (), {})
