"""Every message about a report: the receipt, what school decided, what school asks, and danger to the DSL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, update

from notifications import channels
from notifications.compose import said_time
from notifications.queries.dispatching import MessageFacts
from notifications.rules.message_kinds import MessageName
from notifications.services.outgoing import Outgoing
from notifications.services.send import send_in, send_many_in
from webapp.absence.models import AbsenceReport
from webapp.absence.queries.telling import outcome_stands, waits_for_family
from webapp.absence.services.happenings import ReportDanger
from webapp.accounts.services.links import issue_link_in
from webapp.foundation import events, trail
from webapp.foundation.trail import FIRSTBELL, Deed
from webapp.people.queries import get_school
from webapp.people.queries.covering import standing_at
from webapp.people.rules.roles import Role

ABOUT_KIND = "absence_report"
ANSWER_QUESTION = "answer_question"
"""The purpose of the single-task link that goes with a question."""

_SAFEGUARDING = (Role.DSL, Role.DEPUTY_DSL)
_HEADS = (Role.HEAD, Role.DEPUTY_HEAD)


@dataclass(frozen=True, slots=True)
class About:
    """The report that a message is about, its child, and the adult who sent it (0 for none)."""

    organisation_id: int
    school_id: int
    report_id: int
    public_id: str
    pupil_id: int
    first_name: str
    contact_id: int


def tell_receipt_in(tx: Connection, abouts: Sequence[About], now: datetime, *, about_today: bool) -> None:
    """A text to the adult whom school knows, about reports of one school that a new phone sent or that are flagged."""
    first = abouts[0]
    words = {"today": about_today, "time": said_time(now)}
    if about_today:
        words["children"] = [about.first_name for about in abouts]
    send_in(
        tx,
        Outgoing(
            organisation_id=first.organisation_id, school_id=first.school_id, name=MessageName.REPORT_RECEIPT,
            key=f"report_receipt:{first.report_id}", contact_id=first.contact_id,
            pupil_ids=tuple(about.pupil_id for about in abouts), about_kind=ABOUT_KIND, about_id=first.report_id,
            words=words,
        ),
    )  # fmt: skip


def tell_outcome_in(tx: Connection, about: About, key: str) -> None:
    """Say that there is an answer to read; what it is stands behind sign-in."""
    send_in(tx, _to_family(about, MessageName.REPORT_OUTCOME, key, f"/absence-reports/{about.public_id}"))


def tell_question_in(tx: Connection, about: About, message_id: int) -> None:
    """Say that school asks, with a link that takes one answer without signing in."""
    token = issue_link_in(
        tx, organisation_id=about.organisation_id, school_id=about.school_id, contact_id=about.contact_id,
        purpose=ANSWER_QUESTION, subjects=(about.report_id,),
    )  # fmt: skip
    send_in(tx, _to_family(about, MessageName.SCHOOL_ASKS, f"school_asks:{message_id}", f"/t/{token}"))


def question_still_true(db: Connection, message: MessageFacts) -> bool:
    """The question goes out only while it is the last word of the talk: a family that has answered is not asked."""
    return message.about_id is not None and waits_for_family(db, message.organisation_id, message.about_id)


def outcome_still_true(db: Connection, message: MessageFacts) -> bool:
    """What school decided goes out only while the family has not taken its words back."""
    return message.about_id is not None and outcome_stands(db, message.organisation_id, message.about_id)


def _to_family(about: About, name: MessageName, key: str, path: str) -> Outgoing:
    return Outgoing(
        organisation_id=about.organisation_id, school_id=about.school_id, name=name, key=key,
        contact_id=about.contact_id, pupil_ids=(about.pupil_id,), about_kind=ABOUT_KIND, about_id=about.report_id,
        words={"link": channels.current().public_url + path},
    )  # fmt: skip


def tell_danger_in(tx: Connection, abouts: Sequence[About], key: str, now: datetime) -> None:
    """Words of danger about children of one school: flag the reports, and write to the safeguarding leads at once.

    Where the record names no safeguarding lead, the heads are written to: nobody's danger goes to nobody.
    """
    first = abouts[0]
    organisation_id, school_id = first.organisation_id, first.school_id
    tx.execute(
        update(AbsenceReport)
        .where(
            AbsenceReport.organisation_id == organisation_id,
            AbsenceReport.id.in_([about.report_id for about in abouts]),
        )
        .values(danger=True, read_first=True)
    )
    leads = standing_at(tx, organisation_id, school_id, now).told(_SAFEGUARDING, _HEADS)
    link = f"{channels.current().public_url}/staff/{get_school(tx, organisation_id, school_id).code}/inbox"
    send_many_in(
        tx,
        [
            Outgoing(
                organisation_id=organisation_id, school_id=school_id, name=MessageName.DANGER_TO_DSL,
                key=f"danger:{key}:{staff_id}", staff_id=staff_id,
                pupil_ids=tuple(about.pupil_id for about in abouts), about_kind=ABOUT_KIND,
                about_id=first.report_id, words={"link": link},
            )
            for staff_id in leads
        ],
    )  # fmt: skip
    trail.write(
        tx, organisation_id, FIRSTBELL,
        *(
            Deed("heard_danger", "absence_report", about.report_id, school_id, about.pupil_id, {"told": len(leads)})
            for about in abouts
        ),
    )  # fmt: skip
    for about in abouts:
        events.emit(tx, ReportDanger(organisation_id, school_id, about.pupil_id, about.report_id))
