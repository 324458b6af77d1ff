"""Messages: what school sent to this adult, and the talk on reports that waits to be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, enrolments, frame
from blueprints.parent.shown import note_messages
from blueprints.parent.typed import fit_to_show, new_key
from notifications import channels
from notifications.queries.parents import AnswerRow, MessageRow, answered_by, answers_of, find_message, messages_of
from notifications.rules.message_kinds import MessageName, get_kind
from notifications.services.answering import MessageNotThere, answer_message
from notifications.services.subscriptions import mark_read_in
from webapp.absence.queries.families import FamilyReport, family_reports
from webapp.absence.queries.telling import names_of_reports
from webapp.absence.rules.states import State
from webapp.absence.rules.times import clock_words, local_day
from webapp.absence.services.telling import ABOUT_KIND
from webapp.access import current_parent
from webapp.accounts.queries.parents import ParentViewer
from webapp.first_day.queries.families import FamilyDay, family_day
from webapp.first_day.queries.unread_talk import Asked, unread_talk
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.words import short_day_words
from webapp.people.queries import get_school
from webapp.people.rules.refusals import Refused
from webapp.people.rules.rights import Right

Answer = str | tuple[str, int] | Response
_ABOUT_REPORT = {
    MessageName.SCHOOL_ASKS.value: "Answer school", MessageName.REPORT_OUTCOME.value: "See what school recorded",
}  # fmt: skip
_ASKS_WHERE = frozenset({MessageName.MISSING_CHILD, MessageName.MISSING_CHILD_AGAIN, MessageName.IN_TODAY})
_NOT_SENT = "parent/answer_not_sent.html"
_ONLY_OUTSIDE = ("Sign in to see it", "Please answer here")
"""What a text says before its address, and nobody needs who is signed in."""


@blueprint.get("/messages")
def messages() -> str:
    viewer = current_parent()
    with read_door() as db:
        asked = unread_talk(db, adults(viewer), enrolments(viewer, Right.REPORT))
        found = [row for row in messages_of(db, _pairs(viewer)) if _may_read(viewer, row)]
        reports = _reports(db, viewer, found)
        done = _done(db, viewer, found, reports, asked)
        rows = [{**_row(db, row, reports), "new": row.read_at is None and row.id not in done} for row in found]
    unread = sum(one.lines for one in asked)
    note_messages(
        viewer, "messages",
        ((row.organisation_id, row.school_id, row.pupils, (f"{shown['at']}: {shown['words']}",))
         for row, shown in zip(found, rows, strict=True)),
    )  # fmt: skip
    return render_template(
        "parent/messages.html", rows=rows, waiting=[_waiting(viewer, one) for one in asked],
        **frame(viewer, "messages", unread),
    )  # fmt: skip


@blueprint.get("/messages/<message>")
def message(message: str) -> str:
    return _show(message)


@blueprint.post("/messages/<message>/answers")
def answer(message: str) -> Answer:
    """What the adult answers: the office's inbox has it, as it would have a text, whatever the message asked."""
    viewer, words = current_parent(), fit_to_show(request.form.get("words", ""), whole=True)
    with read_door() as db:
        found = find_message(db, _pairs(viewer), message)
    if found is None or not _may_read(viewer, found):
        abort(404)
    key = request.form.get("submission_key", "")
    try:
        answer_message(_names(viewer), message, words, key)
    except MessageNotThere:
        abort(404)
    except Refused as refused:
        return _show(message, words, refused.mend, key, template=_NOT_SENT), 422
    return redirect(url_for("parent.message", message=message, sent="yes", _anchor="answers"), 303)


def _show(message: str, words: str = "", error: str = "", key: str = "", template: str = "") -> str:
    """One message. That it was opened is kept, so that no text follows a push that has been seen.

    ``template``: of an answer that was refused; a message that asks nothing has no field to show it in.
    """
    viewer = current_parent()
    with read_door() as db:
        found = find_message(db, _pairs(viewer), message)
        found = found if found and _may_read(viewer, found) else None
        row = _row(db, found, _reports(db, viewer, [found])) if found else {}
        asked = unread_talk(db, adults(viewer), enrolments(viewer, Right.REPORT))
        answers = answers_of(db, found.organisation_id, found.id, found.contact_id) if found else []
    if found is None:
        abort(404)
    if found.read_at is None:
        with unit_of_work() as tx:
            mark_read_in(tx, found.organisation_id, contact_id=found.contact_id, public_id=message)
    asks = row["by"] and not row["leads_to"]
    said = (row["at"], row["words"], *(one.words for one in answers))
    note_messages(viewer, "message", [(found.organisation_id, found.school_id, found.pupils, said)])
    return render_template(
        template if template and not asks else "parent/message.html",
        row=row, answers=[_answer(one) for one in answers], typed_words=words, error=error,
        errors=[{"text": error, "href": "#words"}] if error else [], key=key or new_key(),
        action=url_for("parent.answer", message=message), sent=bool(request.args.get("sent") and answers),
        back={"href": "/messages", "text": "Messages"},
        **frame(viewer, "messages", sum(one.lines for one in asked)),
    )  # fmt: skip


def _may_read(viewer: ParentViewer, found: MessageRow) -> bool:
    """A message about a child is read while the right that it was sent by holds for every child that it names."""
    right = get_kind(found.name).right
    children = (viewer.find_child_of(found.organisation_id, pupil_id) for pupil_id in found.pupils)
    return right is None or all(child is not None and child.may(right) for child in children)


def _answer(found: AnswerRow) -> dict[str, str]:
    settled = f". The office dealt with it {_at(found.settled_at)}" if found.settled_at else ""
    return {"words": found.words, "at": f"Sent {_at(found.at)}{settled}"}


def _at(at: datetime) -> str:
    day = local_day(at)
    return clock_words(at) if day == local_day(school_now()) else f"{short_day_words(day)}, {clock_words(at)}"


def _pairs(viewer: ParentViewer) -> list[tuple[int, int]]:
    return [(contact.organisation_id, contact.id) for contact in viewer.contacts]


def _names(viewer: ParentViewer) -> dict[tuple[int, int], str]:
    return {(contact.organisation_id, contact.id): contact.name for contact in viewer.contacts}


def _reports(db: Connection, viewer: ParentViewer, found: Sequence[MessageRow]) -> Mapping[tuple[int, int], str]:
    """The names in addresses of the viewer's own reports that these messages are about."""
    about = {(row.organisation_id, row.about_id or 0) for row in found if row.about_kind == ABOUT_KIND}
    return names_of_reports(db, _pairs(viewer), about)


def _done(
    db: Connection, viewer: ParentViewer, found: Sequence[MessageRow], reports: Mapping[tuple[int, int], str],
    asked: Sequence[Asked],
) -> set[int]:  # fmt: skip
    """The numbers of those whose matter is over: answered, read with its report, or nobody is looked for any more."""
    answered, waits = answered_by(db, _pairs(viewer)), {one.public_id for one in asked}
    shown = enrolments(viewer, Right.REPORT)
    today = local_day(school_now())
    said = [one for one in family_reports(db, adults(viewer), shown, today, today) if one.state != State.WITHDRAWN]
    days = family_day(db, adults(viewer), shown, school_now(), weeks_since=today)
    done = set()
    for row in found:
        key = (row.organisation_id, row.id)
        report = reports.get((row.organisation_id, row.about_id or 0)) if row.about_kind == ABOUT_KIND else None
        read = row.name == MessageName.SCHOOL_ASKS and report is not None and report not in waits
        where = row.name in _ASKS_WHERE and not (
            local_day(row.created_at) == today and _looked_for(row, days.values(), said)
        )
        if key in answered or read or where:
            done.add(row.id)
    return done


def _looked_for(row: MessageRow, days: Iterable[FamilyDay], said: Sequence[FamilyReport]) -> bool:
    """A child of that family is looked for still, and nobody has said since the message where they are."""
    told = {(one.organisation_id, one.enrolment_id) for one in said if one.sent_at >= row.created_at}
    return any(
        day.case_half is not None and (day.organisation_id, day.enrolment_id) not in told
        for day in days
        if day.organisation_id == row.organisation_id
    )


def _row(db: Connection, found: MessageRow, reports: Mapping[tuple[int, int], str]) -> dict[str, Any]:
    school = get_school(db, found.organisation_id, found.school_id)
    words = _without_address(found)
    return {
        "school": school.name, "phone": school.phone, "words": words, "by": found.by,
        "paragraphs": [part.split("\n") for part in words.split("\n\n") if part.strip()],
        "at": _at(found.created_at),
        "href": url_for("parent.message", message=found.public_id),
        "leads_to": _leads_to(found, reports, is_today=local_day(found.created_at) == local_day(school_now())),
        "can_text": channels.current().can_reply and "sms" in found.channels,
    }  # fmt: skip


def _without_address(found: MessageRow) -> str:
    """The words as sent, but for the address: whoever reads them here is signed in, and gets a link in its place."""
    if not found.link:
        return found.words
    words = found.words.replace(f": {found.link}", "").replace(found.link, "").strip()
    for ending in _ONLY_OUTSIDE:
        words = words.removesuffix(ending).strip()
    words = words.replace(" or reply here.", ".").replace(" or reply.", ".")
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _leads_to(
    found: MessageRow, reports: Mapping[tuple[int, int], str], *, is_today: bool
) -> dict[str, str] | None:
    """What the message is about, where there is a page of it."""
    report = reports.get((found.organisation_id, found.about_id or 0)) if found.about_kind == ABOUT_KIND else None
    if report is not None:
        anchor = "talk" if found.name == MessageName.SCHOOL_ASKS else None
        text = _ABOUT_REPORT.get(found.name, "See what you told school")
        return {"href": url_for("parent.receipt", report=report, _anchor=anchor), "text": text}
    if found.name in _ASKS_WHERE and is_today:
        return {"href": url_for("parent.home"), "text": "Tell school in the app"}
    return None


def _waiting(viewer: ParentViewer, asked: Asked) -> dict[str, str]:
    names = {
        (child.organisation_id, place.id): (child.first_name, place.school.name)
        for child in viewer.children
        for place in child.enrolments
    }
    name, school = names[asked.organisation_id, asked.enrolment_id]
    return {
        "text": f"{school} asks about {name}",
        "note": f"On what you told school for {short_day_words(asked.starts_on)}",
        "href": url_for("parent.receipt", report=asked.public_id, _anchor="talk"),
    }
