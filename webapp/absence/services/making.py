"""The rows of a report that may be sent, who hears of it at once, and what is kept of the form's result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.queries.reporting import KnownReport, ReportableChild, last_report_held
from webapp.absence.rules.drafts import ChildDraft, Draft
from webapp.absence.rules.kinds import Channel
from webapp.absence.rules.said_again import Said, new_words
from webapp.absence.rules.states import State, first_state
from webapp.absence.rules.times import local_day
from webapp.absence.services.calls import want_call_in
from webapp.absence.services.happenings import ReportMade
from webapp.absence.services.own_voice import Spoken, tell_others_in
from webapp.absence.services.rows import add_rows
from webapp.absence.services.sending import add_reports
from webapp.absence.services.telling import ABOUT_KIND, About, tell_danger_in, tell_receipt_in
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation import events, ids, trail
from webapp.foundation.trail import Deed

_LAST_SAID = (
    select(ReportMessage.words)
    .where(
        ReportMessage.organisation_id == bindparam("organisation_id"),
        ReportMessage.report_id == bindparam("report_id"), ReportMessage.side == "family",
        ReportMessage.author_id == bindparam("contact_id"),
    )
    .order_by(ReportMessage.at.desc(), ReportMessage.id.desc())
    .limit(1)
)  # fmt: skip
_READ_FIRST = (
    update(AbsenceReport)
    .where(AbsenceReport.organisation_id == bindparam("organisation"), AbsenceReport.id == bindparam("report"))
    .values(read_first=True, version=AbsenceReport.version + 1)
)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: the adult, one contact an organisation, and the signed-in phone (None for a link or staff)."""

    adults: tuple[ContactKey, ...]
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReportedChild:
    """What came of it for one child at one school.

    ``already``: this adult had told school before; nothing new was made. ``added``: what was new in the form went onto
    the report that stands.
    ``asked_until``: the run was too long, only its first days were sent.
    """

    organisation_id: int
    key: str
    first_name: str
    school_id: int
    report: str
    state: State
    sent_at: datetime
    already: bool = False
    asked_until: date | None = None
    added: bool = False


@dataclass(frozen=True, slots=True)
class Reported:
    """Every child of the form, in the order of the form."""

    children: tuple[ReportedChild, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A form that has been read and may be written, with what is known of its children."""

    draft: Draft
    pairs: tuple[tuple[ReportableChild, ChildDraft], ...]
    channel: Channel
    phone_time: datetime | None
    now: datetime
    actor: str
    anchor: int
    key: str
    content: dict[str, Any]


def make_reports(
    tx: Connection, prepared: Prepared, organisation_id: int, pairs: Sequence[tuple[ReportableChild, ChildDraft]]
) -> list[ReportedChild]:
    """Write the reports of one organisation, in the order of ``pairs``, and tell whoever has to hear at once."""
    draft, now = prepared.draft, prepared.now
    rows = [_row(tx, prepared, child, own) for child, own in pairs]
    asked = [{"asked_until": own.asked_until.isoformat()} if own.asked_until else {} for _, own in pairs]
    numbers = add_reports(tx, rows, asked, now)
    first = pairs[0][0]
    trail.write(
        tx, organisation_id, first.by,
        *(
            Deed("reported_absence", "absence_report", number, child.school.id, child.pupil_id,
                 {"kind": draft.kind.value, "channel": prepared.channel.value, "state": row["state"]})
            for number, row, (child, _) in zip(numbers, rows, pairs, strict=True)
        ),
    )  # fmt: skip
    children = [child for child, _ in pairs]
    abouts = [_about(child, n, row["public_id"]) for child, n, row in zip(children, numbers, rows, strict=True)]
    _tell(tx, prepared, abouts, children)
    for about, child in zip(abouts, children, strict=True):
        if child.is_own:
            _tell_others(tx, prepared, about, child)
    for number, row, (child, own) in zip(numbers, rows, pairs, strict=True):
        events.emit(
            tx,
            ReportMade(
                organisation_id, child.school.id, child.enrolment_id, child.pupil_id, number, own.away.starts_on,
                own.away.ends_on, row["state"], danger=draft.danger,
            ),
        )  # fmt: skip
    return [
        ReportedChild(
            organisation_id, child.key, child.first_name, child.school.id, row["public_id"], State(row["state"]), now,
            asked_until=own.asked_until,
        )
        for row, (child, own) in zip(rows, pairs, strict=True)
    ]  # fmt: skip


def _row(tx: Connection, prepared: Prepared, child: ReportableChild, own: ChildDraft) -> dict[str, Any]:
    draft = prepared.draft
    held_before = child.order_in_place and last_report_held(
        tx, child.organisation_id, child.enrolment_id, child.contact_id
    )
    state = first_state(
        new_phone=_is_new(prepared, child), order_in_place=child.order_in_place, last_held=held_before
    )
    return {
        "organisation_id": child.organisation_id, "public_id": ids.public_id(), "school_id": child.school.id,
        "enrolment_id": child.enrolment_id, "contact_id": child.contact_id, "told_by": child.contact_name,
        "channel": prepared.channel.value, "kind": draft.kind.value, "starts_on": own.away.starts_on,
        "ends_on": own.away.ends_on, "leaves_at": own.away.leaves_at, "arrives_at": own.away.arrives_at,
        "reason": draft.reason.value, "symptoms": ",".join(draft.symptoms), "words": draft.words,
        "wants_call": draft.wants_call, "back_on": None if own.asked_until else draft.back_on,
        "suggested_code": own.suggested_code, "read_first": draft.read_first or own.asked_until is not None,
        "not_sure": draft.not_sure, "danger": draft.danger, "after_close": own.after_close, "state": state.value,
        "sent_at": prepared.now, "phone_time": prepared.phone_time,
    }  # fmt: skip


def _is_new(prepared: Prepared, child: ReportableChild) -> bool:
    """A link was sent to a number that school knows; an app may run on anybody's phone."""
    return prepared.channel is Channel.APP and not child.known_phone


def _about(child: ReportableChild, number: int, public_id: str) -> About:
    return About(
        child.organisation_id, child.school.id, number, public_id, child.pupil_id, child.first_name, child.contact_id
    )


def _tell(
    tx: Connection, prepared: Prepared, abouts: Sequence[About], children: Sequence[ReportableChild]
) -> None:
    draft, now = prepared.draft, prepared.now
    receipts: dict[int, list[About]] = {}
    of_school: dict[int, list[About]] = {}
    for about, child in zip(abouts, children, strict=True):
        of_school.setdefault(about.school_id, []).append(about)
        if draft.wants_call:
            want_call_in(tx, about, child.contact_name, now)
        if _is_new(prepared, child) or child.flagged:
            receipts.setdefault(about.school_id, []).append(about)
    if draft.danger:
        for endangered in of_school.values():
            tell_danger_in(tx, endangered, f"report:{endangered[0].report_id}", now)
    for told in receipts.values():
        tell_receipt_in(tx, told, now, about_today=draft.starts_on == local_day(now))


def _tell_others(tx: Connection, prepared: Prepared, about: About, child: ReportableChild) -> None:
    """The pupil speaks for themselves: the parents hear as the school says."""
    today = local_day(prepared.now)
    said = Spoken(
        child.organisation_id, child.school.id, child.pupil_id, child.first_name, child.born, ABOUT_KIND,
        about.report_id, prepared.draft.starts_on == today, child.flagged, prepared.draft.danger, child.by,
    )  # fmt: skip
    tell_others_in(tx, said, prepared.now, today)


def add_to_report(
    tx: Connection, prepared: Prepared, child: ReportableChild, own: ChildDraft, before: KnownReport
) -> ReportedChild:
    """The report stands; what is new in this form is added to the talk on it, so that nothing said is lost."""
    draft, now = prepared.draft, prepared.now
    again = Said(own.away, draft.reason, draft.symptoms, draft.words)
    words = new_words(before.said, again, local_day(now))
    about = _about(child, before.id, before.public_id)
    keys = {"organisation_id": child.organisation_id, "report_id": before.id, "contact_id": child.contact_id}
    # The same form twice more, by Back, is still one thing said.
    added = bool(words) and tx.scalar(_LAST_SAID, keys) != words
    if added:
        message = {
            "organisation_id": child.organisation_id, "report_id": before.id, "side": "family",
            "author": child.contact_name, "author_id": child.contact_id, "words": words, "at": now,
        }  # fmt: skip
        (number,) = add_rows(tx, ReportMessage, [message], ("report_id",))
        deed = Deed("wrote_on_report", "absence_report", before.id, child.school.id, child.pupil_id)
        trail.write(tx, child.organisation_id, child.by, deed)
        if words != draft.words:
            # Another reason or time: the code that the first form suggests is not confirmed unread.
            tx.execute(_READ_FIRST, {"organisation": child.organisation_id, "report": before.id})
        if draft.danger:
            tell_danger_in(tx, [about], f"message:{number}", now)
    if draft.wants_call:
        want_call_in(tx, about, child.contact_name, now)
    return ReportedChild(
        child.organisation_id, child.key, child.first_name, child.school.id, before.public_id, State(before.state),
        before.sent_at, already=True, added=added,
    )  # fmt: skip


def as_json(child: ReportedChild) -> dict[str, Any]:
    """What is kept of a child's result beside the submission."""
    held = asdict(child)
    return {
        **held, "state": child.state.value, "sent_at": child.sent_at.isoformat(),
        "asked_until": child.asked_until.isoformat() if child.asked_until else None,
    }  # fmt: skip


def from_result(result: Any) -> Reported:
    """The result of a submission that was acted on before."""
    return Reported(
        tuple(
            replace(
                ReportedChild(**{**held, "state": State(held["state"])}),
                sent_at=datetime.fromisoformat(held["sent_at"]),
                asked_until=date.fromisoformat(held["asked_until"]) if held["asked_until"] else None,
            )
            for held in result
        )
    )
