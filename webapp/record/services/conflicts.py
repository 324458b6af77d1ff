"""Where staff and the school's own system disagree about a mark, staff say which one stands."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import Connection, delete, select, update

from webapp.foundation import trail
from webapp.foundation.db import unit_of_work
from webapp.people.models import Enrolment
from webapp.record.models import Mark, MarkConflict
from webapp.record.rules.codes import RecordRefused
from webapp.record.services.batches import MarkBatch, MarkChange, MarkSource, check_enrolments
from webapp.record.services.marks import write_marks_in


class Keep(StrEnum):
    """Whose code stands."""

    OURS = "ours"
    THEIRS = "theirs"


class NoSuchConflict(RecordRefused):
    """The conflict was settled meanwhile, here or by a later import."""


def settle_conflict(
    organisation_id: int, school_id: int, enrolment_id: int, on: dt.date, half: int, keep: Keep, actor: trail.Actor,
    reason: str, *, seen: tuple[str | None, str] | None = None,
) -> None:  # fmt: skip
    """Close a conflict: keep our mark, or take theirs as an amendment; an import of the same word then changes nothing.

    ``seen`` are our code and theirs as the person saw them; where they are others by now, nothing is settled.
    Raises UnknownEnrolment, NoSuchConflict, or ReasonNeeded when theirs is taken without a reason.
    """
    with unit_of_work() as tx:
        settle_conflict_in(tx, organisation_id, school_id, enrolment_id, on, half, keep, actor, reason, seen=seen)


def settle_conflict_in(
    tx: Connection, organisation_id: int, school_id: int, enrolment_id: int, on: dt.date, half: int, keep: Keep,
    actor: trail.Actor, reason: str, *, seen: tuple[str | None, str] | None = None,
) -> None:  # fmt: skip
    """As ``settle_conflict``, in the caller's transaction."""
    # The enrolment's lock first, as every writer of marks takes it.
    here = (
        select(Enrolment.id, Enrolment.pupil_id)
        .where(
            Enrolment.organisation_id == organisation_id,
            Enrolment.school_id == school_id,
            Enrolment.id == enrolment_id,
        )
        .with_for_update(key_share=True)
    )
    pupils = {row.id: row.pupil_id for row in tx.execute(here)}
    check_enrolments([enrolment_id], list(pupils))
    the_conflict = (
        MarkConflict.organisation_id == organisation_id, MarkConflict.enrolment_id == enrolment_id,
        MarkConflict.date == on, MarkConflict.half == half,
    )  # fmt: skip
    theirs = tx.execute(delete(MarkConflict).where(*the_conflict).returning(MarkConflict.theirs)).scalar()
    the_mark = (
        Mark.organisation_id == organisation_id, Mark.enrolment_id == enrolment_id, Mark.date == on, Mark.half == half,
    )  # fmt: skip
    if theirs is None or (seen is not None and seen != (tx.scalar(select(Mark.code).where(*the_mark)), theirs)):
        raise NoSuchConflict(
            "This conflict is settled already, or one of the codes is another by now.",
            field="conflict",
            mend="Open the list again to see what stands now.",
        )
    if keep is Keep.THEIRS:
        change = MarkChange(enrolment_id, on, half, theirs)
        write_marks_in(tx, MarkBatch(organisation_id, school_id, (change,), actor, reason, MarkSource.STAFF))
    tx.execute(
        update(Mark)
        .where(*the_mark)
        .values(imported_code=theirs)
    )  # fmt: skip
    trail.write(
        tx, organisation_id, actor,
        trail.Deed(
            "settled_mark_conflict", "mark", enrolment_id, school_id, pupils[enrolment_id],
            {"date": on.isoformat(), "half": half, "kept": keep.value},
        ),
    )  # fmt: skip
