"""The talk on a report: the family writes to school, school asks the family."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, update

from notifications.rules.message_kinds import MessageName
from notifications.services.subscriptions import mark_read_in
from webapp.absence.models import ReportMessage
from webapp.absence.queries.deciding import reports_to_decide
from webapp.absence.queries.families import OwnReport, find_own_report
from webapp.absence.rules.states import ReportRefused
from webapp.absence.rules.talk import WordsRefused, need_words
from webapp.absence.rules.times import local_day
from webapp.absence.services.change import ReportNotThere
from webapp.absence.services.deciders import Decider
from webapp.absence.services.rows import add_events, add_rows
from webapp.absence.services.telling import ABOUT_KIND, ANSWER_QUESTION, About, tell_danger_in, tell_question_in
from webapp.accounts.rules.links import LinkRefused, LinkState
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.links import use_link_in
from webapp.foundation import trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.submissions import find_result, keep_result, key_of_words
from webapp.foundation.trail import Deed
from webapp.people.rules.danger import speaks_of_danger

NOTHING_WRITTEN = "Write what you would like to tell school."
NOTHING_ASKED = "Write what you would like to ask."


def write_to_school(adults: Collection[ContactKey], public_id: str, words: str, key: str) -> int:
    """Add the family's words to the talk and return their number; the same ``key`` again is the same words.

    Words are taken whatever the state of the report. Raises ReportNotThere, WordsRefused or TextRefused.
    """
    text = need_words(words, "words", NOTHING_WRITTEN)
    with unit_of_work() as tx:
        now = school_now()
        report = find_own_report(tx, adults, public_id, local_day(now), lock=True)
        if report is None:
            raise ReportNotThere("no such report")
        return add_family_words_in(tx, report, text, key, now)


def add_family_words_in(tx: Connection, report: OwnReport, words: str, key: str, now: datetime) -> int:
    """As ``write_to_school`` with cleaned words, for a report whose row the transaction holds."""
    if not key:
        raise WordsRefused("words", "Send it once more.")
    key = key_of_words(key, f"{report.id} {words}")
    actor, content = f"talk:{report.contact_id}", {"report": report.id, "words": words}
    held = find_result(tx, report.organisation_id, actor, key, content)
    if held is not None:
        return int(held)
    number = _add_line(tx, report.organisation_id, report.id, "family", report.told_by, report.contact_id, words, now)
    deed = Deed("wrote_on_report", "absence_report", report.id, report.school_id, report.pupil_id)
    who = report.by
    trail.write(tx, report.organisation_id, who, deed)
    if speaks_of_danger(words):
        about = About(
            report.organisation_id, report.school_id, report.id, report.public_id, report.pupil_id, report.first_name,
            report.contact_id,
        )  # fmt: skip
        tell_danger_in(tx, [about], f"message:{number}", now)
    keep_result(tx, report.organisation_id, actor, key, content, number)
    return number


def ask(by: Decider, report_id: int, words: str, key: str) -> int:
    """Ask the family about the report, and tell them that school asks; the same ``key`` again is the same question.

    Raises ReportRefused where the report is not the school's, is not trusted, or no contact sent it; WordsRefused,
    TextRefused, SubmissionReused.
    """
    text = need_words(words, "words", NOTHING_ASKED)
    with unit_of_work() as tx:
        now = school_now()
        found = reports_to_decide(tx, by.organisation_id, by.school_id, [report_id], lock=True)
        if not found:
            raise ReportRefused("report", "This report is not there.")
        report = found[0]
        if report.contact_id is None or report.state == "held":
            raise ReportRefused("report", "Ring the family instead: school does not know who sent this report.")
        actor, content = f"staff:{by.actor.id}", {"report": report_id, "words": text}
        held = find_result(tx, by.organisation_id, actor, key, content)
        if held is not None:
            return int(held)
        number = _add_line(tx, by.organisation_id, report.id, "school", by.actor.name, by.actor.id or 0, text, now)
        add_events(tx, by.organisation_id, now, "asked", by.actor.name, [(report.id, {})])
        deed = Deed("asked_family", "absence_report", report.id, by.school_id, report.pupil_id)
        trail.write(tx, by.organisation_id, by.actor, deed)
        about = About(
            by.organisation_id, by.school_id, report.id, report.public_id, report.pupil_id, report.first_name,
            report.contact_id,
        )  # fmt: skip
        tell_question_in(tx, about, number)
        keep_result(tx, by.organisation_id, actor, key, content, number)
        return number


def answer_by_link(token: str, words: str) -> None:
    """Answer school's question by its single-task link, without signing in; the link is used up, and the
    message that asked is read.

    Raises WordsRefused or TextRefused with the link still living, LinkRefused for one that no longer acts or was given
    out for something else.
    """
    text = need_words(words, "words", NOTHING_WRITTEN)
    with unit_of_work() as tx:
        now = school_now()
        link = use_link_in(tx, token, "answered")
        if link.purpose != ANSWER_QUESTION:
            raise LinkRefused(LinkState.ALTERED)
        found = reports_to_decide(tx, link.organisation_id, link.school_id, link.subjects)
        adult = ContactKey(link.organisation_id, link.contact_id)
        report = find_own_report(tx, (adult,), found[0].public_id, local_day(now), lock=True) if found else None
        if report is None:
            # The right to speak about this child was taken away since the question was asked.
            raise LinkRefused(LinkState.WITHDRAWN)
        add_family_words_in(tx, report, text, f"link:{link.id}", now)
        # Read is a person's deed: whoever previews a link only looks.
        mark_read_in(
            tx, link.organisation_id, contact_id=link.contact_id, about_kind=ABOUT_KIND, about_id=report.id,
            name=MessageName.SCHOOL_ASKS,
        )  # fmt: skip
        _mark_talk_read_in(tx, link.organisation_id, report.id, "school", now)


def mark_talk_read(organisation_id: int, report_id: int, side: str) -> None:
    """The lines that ``side`` (school or family) wrote have been opened by the other. The caller has checked who."""
    with unit_of_work() as tx:
        _mark_talk_read_in(tx, organisation_id, report_id, side, school_now())


def _mark_talk_read_in(tx: Connection, organisation_id: int, report_id: int, side: str, now: datetime) -> None:
    tx.execute(
        update(ReportMessage)
        .where(
            ReportMessage.organisation_id == organisation_id, ReportMessage.report_id == report_id,
            ReportMessage.side == side, ReportMessage.read_at.is_(None),
        )
        .values(read_at=now)
    )  # fmt: skip


def _add_line(
    tx: Connection, organisation_id: int, report_id: int, side: str, author: str, author_id: int, words: str,
    now: datetime,
) -> int:  # fmt: skip
    row = {
        "organisation_id": organisation_id, "report_id": report_id, "side": side, "author": author,
        "author_id": author_id, "words": words, "at": now,
    }  # fmt: skip
    return add_rows(tx, ReportMessage, [row], ("report_id",))[0]
