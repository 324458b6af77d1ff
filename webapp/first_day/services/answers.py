"""A family answers the first-day text, by its link or in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, update

from notifications.rules.message_kinds import MessageName
from notifications.services.points import mark_point_bad_in
from notifications.services.subscriptions import mark_read_in
from webapp.absence.models import AbsenceReport
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import FieldError, Refusals, TypedReport
from webapp.absence.rules.kinds import Channel, Kind
from webapp.absence.rules.reasons import Reason
from webapp.absence.rules.times import read_time
from webapp.absence.services.report import ChildNotThere, Reported, Reporter, report_absence_in
from webapp.accounts.queries.links import Link, find_link
from webapp.accounts.rules.links import LinkRefused, LinkState, looks_like_token
from webapp.accounts.services.links import open_link, use_link_in
from webapp.accounts.services.tokens import token_hash
from webapp.first_day.queries.answers_given import answers_given
from webapp.first_day.queries.cases import answered_by, cases_by_id, numbers_texted, texts_of_cases
from webapp.first_day.rules.answers import WHERE_IS_CHILD, Answer
from webapp.first_day.services.casework import Done, note_in, tell_trail
from webapp.first_day.services.opened import Opened, is_in_school, raise_alarm_in, session_at, session_of, step_in
from webapp.first_day.services.school_session import day_of, lock_session
from webapp.first_day.services.settle import settle_in
from webapp.first_day.services.telling import ABOUT, thank_in
from webapp.foundation.clock import machine_now, school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.submissions import SubmissionReused, find_result
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.queries import ContactRow, family_of
from webapp.people.queries.reporting_rights import may_report_for
from webapp.people.rules.school_times import in_london


@dataclass(frozen=True, slots=True)
class AskedChild:
    """A child about whom the link asks. ``case`` names it in the form; ``answered``: this adult has answered."""

    case: str
    first_name: str
    on: date
    half: int
    answered: bool
    pupil_id: int = 0


@dataclass(frozen=True, slots=True)
class AskedPage:
    """What the page behind a link needs, and no more."""

    link: Link
    children: tuple[AskedChild, ...]


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """One answer about one child, each field as the form sent it. ``arrives_at`` goes with "on the way"."""

    answer: Answer
    reason: str = ""
    symptoms: tuple[str, ...] = ()
    words: str = ""
    wants_call: bool = False
    arrives_at: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer was taken. ``report`` is the public id of the report that was made of it, empty for none;
    ``in_school``: school has seen the child. ``left`` are the children about whom the link still asks."""

    answer: Answer
    first_name: str
    report: str = ""
    in_school: bool = False
    left: tuple[AskedChild, ...] = ()


class AnswerLost(LinkRefused):
    """Another answer than the one that school has, and it could not be taken: whoever sent it must be told so."""


def read_link(token: str) -> AskedPage:
    """What the link asks; changes nothing but that it was opened. Raises LinkRefused where it no longer acts."""
    link = open_link(token)
    if link.state is not LinkState.LIVE or link.purpose != WHERE_IS_CHILD:
        raise LinkRefused(link.state if link.purpose == WHERE_IS_CHILD else LinkState.ALTERED)
    with read_door() as db:
        children = _children(db, link)
    if not children:
        # A right can end by its date alone, and nobody withdraws the link then.
        raise LinkRefused(LinkState.WITHDRAWN)
    return AskedPage(link, children)


def _children(db: Connection, link: Link) -> tuple[AskedChild, ...]:
    done = answered_by(db, link.organisation_id, link.subjects, link.contact_id)
    rows = cases_by_id(db, link.organisation_id, link.subjects)
    allowed = _allowed(db, link, [row.pupil_id for row in rows])
    return tuple(
        AskedChild(
            row.public_id, "your child" if link.child_words == "your_child" else row.first_name, row.date, row.half,
            row.id in done, row.pupil_id,
        )
        for row in rows
        if row.pupil_id in allowed
    )  # fmt: skip


def _allowed(db: Connection, link: Link, pupil_ids: Sequence[int]) -> frozenset[int]:
    return may_report_for(db, link.organisation_id, link.contact_id, pupil_ids, day_of(school_now()))


def answer_by_link(token: str, case: str, given: LinkAnswer) -> Answered | Refusals:
    """Take one answer about one child; the link is used up when every child has one, and the last word holds.

    Until its time is over another answer than the last is taken too, so that none is lost under a thank-you.
    Raises LinkRefused: altered, used (the same answer again), expired or withdrawn; AnswerLost; and ChildNotThere where
    the adult may no longer report.
    """
    if not looks_like_token(token):
        raise LinkRefused(LinkState.ALTERED)
    with unit_of_work() as tx:
        link = find_link(tx, token_hash(token), machine_now())
        if link is None or link.purpose != WHERE_IS_CHILD:
            raise LinkRefused(LinkState.ALTERED)
        used = link.state is LinkState.USED
        if used and link.expires_at <= machine_now():
            raise AnswerLost(LinkState.USED)
        if not used and link.state is not LinkState.LIVE:
            raise LinkRefused(link.state)
        opened = _open(tx, link, case)
        if not _allowed(tx, link, [opened.row.pupil_id]):
            raise LinkRefused(LinkState.WITHDRAWN)
        before = answers_given(tx, link.organisation_id, opened.row.id, link.contact_id)
        if _is_said_again(tx, link, opened, given, before):
            raise LinkRefused(LinkState.USED)
        contact = family_of(tx, link.organisation_id, [opened.row.pupil_id]).contacts.get(link.contact_id)
        if contact is None:
            raise ChildNotThere("this adult is no longer tied to the child")
        result = _take(tx, link, opened, contact, given, len(before))
        if isinstance(result, Refusals):
            if used:
                raise AnswerLost(LinkState.USED)
            return result
        for subject in link.subjects:
            # Read is a person's deed: whoever previews a link only looks.
            mark_read_in(
                tx, link.organisation_id, contact_id=link.contact_id, about_kind=ABOUT, about_id=subject
            )
        left = tuple(child for child in _children(tx, link) if not child.answered)
        if not left and not used:
            use_link_in(tx, token, given.answer.value)
        return Answered(result.answer, result.first_name, result.report, result.in_school, left)


def _is_said_again(
    tx: Connection, link: Link, opened: Opened, given: LinkAnswer, before: Sequence[str]
) -> bool:
    """Back, or a second tap: the very answer that was the last."""
    if not before or before[-1] != given.answer.value:
        return False
    if given.answer is Answer.THOUGHT_IN:
        return bool(opened.row.alarm)
    if given.answer is Answer.WRONG_NUMBER:
        return True
    typed = _away(opened, given) if given.answer is Answer.AWAY else _late(opened, given)
    actor, content = f"report:{link.contact_id}:-", {**asdict(typed), "channel": Channel.LINK.value}
    try:
        key = _key(link, opened, len(before) - 1)
        return find_result(tx, link.organisation_id, actor, key, content) is not None
    except SubmissionReused:
        return False


def _key(link: Link, opened: Opened, number: int) -> str:
    """Of one answer in the order of those that an adult gave."""
    return f"link-{link.id}-{opened.row.id}-{number}"


def _open(tx: Connection, link: Link, case: str) -> Opened:
    rows = {row.public_id: row for row in cases_by_id(tx, link.organisation_id, link.subjects)}
    if case not in rows:
        raise LinkRefused(LinkState.ALTERED)
    session = session_of(link.organisation_id, rows[case])
    lock_session(tx, session)
    (row,) = cases_by_id(tx, link.organisation_id, [rows[case].id], lock=True)
    return Opened(session, row, school_now())


def _take(
    tx: Connection, link: Link, opened: Opened, contact: ContactRow, given: LinkAnswer, number: int
) -> Answered | Refusals:
    by = Actor(ActorKind.CONTACT, contact.id, contact.name)
    if given.answer is Answer.AWAY:
        return _report(tx, link, opened, by, given, _away(opened, given), number)
    if given.answer is Answer.ON_THE_WAY:
        fault = _arrival_fault(opened, given)
        if fault is not None:
            return Refusals((fault,), _late(opened, given))
        return _report(tx, link, opened, by, given, _late(opened, given), number)
    _note(tx, opened, by, given.answer, "")
    if given.answer is Answer.WRONG_NUMBER:
        _wrong_number(tx, opened, by)
        return Answered(given.answer, opened.row.first_name)
    if is_in_school(tx, opened):
        return Answered(given.answer, opened.row.first_name, in_school=True)
    raise_alarm_in(tx, opened, by, f"{contact.first_name} {Answer.THOUGHT_IN.words}")
    thank_in(tx, opened.session, contact.id, opened.row.id, opened.row.pupil_id, opened.row.first_name)
    return Answered(given.answer, opened.row.first_name)


def _away(opened: Opened, given: LinkAnswer) -> TypedReport:
    return TypedReport(
        children=(opened.row.pupil_public_id,), kind=Kind.ALL_DAY.value, starts_on=opened.row.date.isoformat(),
        reason=given.reason, symptoms=given.symptoms, words=given.words, wants_call=given.wants_call,
    )  # fmt: skip


def _late(opened: Opened, given: LinkAnswer) -> TypedReport:
    return TypedReport(
        children=(opened.row.pupil_public_id,), kind=Kind.LATE.value, starts_on=opened.row.date.isoformat(),
        arrives_at=given.arrives_at, reason=given.reason or Reason.RUNNING_LATE.value, words=given.words,
        wants_call=given.wants_call,
    )  # fmt: skip


def _arrival_fault(opened: Opened, given: LinkAnswer) -> FieldError | None:
    if opened.row.date != day_of(opened.now):
        return FieldError("answer", "This was about another day. Tell us why, or ring school")
    at = read_time(given.arrives_at)
    if at is None:
        typed = given.arrives_at.strip()
        sentence = "Enter a time, like 9:30am" if typed else f"Enter the time {opened.row.first_name} will be at school"
        return FieldError("arrives_at", sentence)
    if in_london(opened.row.date, at) <= opened.now:
        return FieldError("arrives_at", "This time has passed. Enter a later time")
    return None


def _report(
    tx: Connection, link: Link, opened: Opened, by: Actor, given: LinkAnswer, typed: TypedReport, number: int
) -> Answered | Refusals:
    reporter = Reporter((ContactKey(link.organisation_id, link.contact_id),))
    reported = report_absence_in(tx, typed, reporter, _key(link, opened, number), channel=Channel.LINK)
    if not isinstance(reported, Reported):
        return reported
    (child,) = (one for one in reported.children if one.school_id == link.school_id)
    _note(tx, opened, by, given.answer, given.words)
    if child.already and given.answer is Answer.ON_THE_WAY:
        _expect_later(tx, opened, child.report, given, by)
    return Answered(given.answer, opened.row.first_name, child.report)


def _expect_later(tx: Connection, opened: Opened, report: str, given: LinkAnswer, by: Actor) -> None:
    """The adult had said another time before: the report that stands takes the new one."""
    at = read_time(given.arrives_at)
    assert at is not None
    tx.execute(
        update(AbsenceReport)
        .where(
            AbsenceReport.organisation_id == opened.session.organisation_id, AbsenceReport.public_id == report,
        )
        .values(expected_at=in_london(opened.row.date, at), version=AbsenceReport.version + 1)
    )  # fmt: skip
    session = session_at(tx, opened.session.organisation_id, opened.row, opened.now)
    settle_in(tx, session, opened.now, by, only=[opened.row.enrolment_id], texts=False)


def _note(tx: Connection, opened: Opened, by: Actor, answer: Answer, words: str) -> None:
    name = by.name.split(" ")[0]
    done = Done(
        opened.row.id, "answer", words or answer.words, by.name, by.id, outcome=answer.value,
        line=f"{name}: {answer.words}",
    )  # fmt: skip
    note_in(tx, opened.session.organisation_id, opened.now, [done])
    detail = {"answer": answer.value}
    tell_trail(tx, opened.session, by, "answered_first_day", [(opened.row.id, opened.row.pupil_id)], detail)


def _wrong_number(tx: Connection, opened: Opened, by: Actor) -> None:
    """Nothing more goes to this number; the office is told through the point's own event, and rings somebody else."""
    organisation_id = opened.session.organisation_id
    rows = texts_of_cases(tx, organisation_id, [opened.row.id])
    messages = [row.message_id for row in rows if row.contact_id == by.id and row.name != MessageName.CORRECTION]
    for number in dict.fromkeys(numbers_texted(tx, organisation_id, messages)):
        words = "Whoever has it says that it is the wrong number"
        mark_point_bad_in(tx, organisation_id, number, words, school_id=opened.session.school_id)
    if opened.row.state != "closed":
        step_in(tx, opened, at_once=True)
