"""A call or a text that says again what the same adult has told school: one report, and no word of it lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, select

from webapp.absence.models import ReportMessage
from webapp.absence.queries.desk import SchoolChild
from webapp.absence.queries.statements import Statement, statements_on
from webapp.absence.rules.drafts import Draft
from webapp.absence.rules.kinds import Channel
from webapp.absence.rules.states import ReportRefused, State
from webapp.absence.services.deciders import Decider
from webapp.absence.services.rows import add_rows
from webapp.absence.services.telling import About, tell_danger_in
from webapp.foundation import trail
from webapp.foundation.clock import london, school_now
from webapp.foundation.trail import Deed
from webapp.foundation.words import staff_time
from webapp.people.models import Enrolment

# Not FOR UPDATE: a case that is opened meanwhile points at the pupil, and would wait for ever.
_LOCK = (
    select(Enrolment.id)
    .where(
        Enrolment.organisation_id == bindparam("organisation_id"),
        Enrolment.id.in_(bindparam("enrolments", expanding=True)),
    )
    .order_by(Enrolment.id)
    .with_for_update(key_share=True)
)


class AlreadyTold(ReportRefused):
    """School has this from the same adult, for the same hours and reason. ``report`` is the one that stands."""

    def __init__(self, report: Statement) -> None:
        at = staff_time(london(report.sent_at))
        if report.channel == Channel.PHONE:
            said = f"{report.read_by or 'Somebody'} took this call from {report.told_by} at {at}."
        else:
            said = f"{report.told_by} told school this at {at} by {Channel(report.channel).words}."
        super().__init__("contact", f"{said} It is one report: open it, or add these words to it.")
        self.report = report


def told_before_in(
    tx: Connection, by: Decider, children: Sequence[SchoolChild], draft: Draft, contact_id: int | None, name: str
) -> Mapping[int, Statement]:
    """The report that stands by enrolment, where the last word of this adult about the day is what they say now.

    Holds the children's rows until the transaction ends, so that two who take down one call are one after the other.
    """
    enrolments = [child.enrolment_id for child in children]
    tx.execute(_LOCK, {"organisation_id": by.organisation_id, "enrolments": enrolments})
    last: dict[int, Statement] = {}
    for each in statements_on(tx, by.organisation_id, by.school_id, enrolments, draft.starts_on, draft.ends_on):
        same = each.contact_id == contact_id if each.contact_id is not None else each.told_by == name
        if same and each.state != State.WITHDRAWN:
            last[each.enrolment_id] = each
    return {number: each for number, each in last.items() if _is_the_same(each, draft)}


def _is_the_same(report: Statement, draft: Draft) -> bool:
    said = (report.kind, report.reason, report.leaves_at, report.arrives_at)
    return said == (draft.kind, draft.reason, draft.leaves_at, draft.arrives_at) and (
        report.starts_on <= draft.starts_on and draft.ends_on <= report.ends_on
    )


def add_words_in(
    tx: Connection, by: Decider, told: Sequence[tuple[SchoolChild, Statement]], draft: Draft, contact_id: int | None,
    name: str,
) -> None:  # fmt: skip
    """Put what was said this time onto the reports that stand; whoever took it down has read it."""
    if not told or not draft.words:
        return
    now = school_now()
    rows = [
        {
            "organisation_id": by.organisation_id, "report_id": report.id, "side": "family", "author": name,
            "author_id": contact_id or 0, "words": draft.words, "at": now, "read_at": now,
        }
        for _, report in told
    ]  # fmt: skip
    numbers = add_rows(tx, ReportMessage, rows, ("report_id",))
    trail.write(
        tx, by.organisation_id, by.actor,
        *(
            Deed("wrote_on_report", "absence_report", report.id, by.school_id, child.pupil_id)
            for child, report in told
        ),
    )  # fmt: skip
    if draft.danger:
        for number, (child, report) in zip(numbers, told, strict=True):
            about = About(
                by.organisation_id, by.school_id, report.id, report.public_id, child.pupil_id, child.first_name,
                contact_id or 0,
            )  # fmt: skip
            tell_danger_in(tx, [about], f"message:{number}", now)
