"""Families who were told something wrong are told so; a text that has not gone out is not sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from notifications.rules.message_kinds import MessageName
from webapp.first_day.queries.cases import texts_of_cases, texts_of_messages
from webapp.first_day.services.casework import Done, note_in
from webapp.first_day.services.school_session import SchoolSession
from webapp.first_day.services.telling import Missing, Wrong, correct_in


def correct_families_in(tx: Connection, session: SchoolSession, children: Sequence[Missing], now: datetime) -> int:
    """Say sorry to everybody to whom a text about these children had gone out, once a text; returns how many were told.

    A text that has not gone out yet is not sent any more: its ``still_true`` says no.
    """
    by_case = {one.case_id: one for one in children}
    rows = texts_of_cases(tx, session.organisation_id, list(by_case))
    done: dict[tuple[int, int], int] = {}
    for row in rows:
        if row.name == MessageName.CORRECTION:
            done[row.case_id, row.contact_id] = max(row.message_id, done.get((row.case_id, row.contact_id), 0))
    newest: dict[tuple[int, int], Wrong] = {}
    for row in rows:
        told_until = done.get((row.case_id, row.contact_id), 0)
        if row.name == MessageName.CORRECTION or row.sent_at is None or row.message_id < told_until:
            continue
        one = by_case[row.case_id]
        newest[row.case_id, row.contact_id] = Wrong(
            row.contact_id, row.message_id, row.about_id, row.sent_at, one.case_id, one.pupil_id, one.first_name
        )
    sent = correct_in(tx, session, list(newest.values()))
    note_in(
        tx, session.organisation_id, now,
        [
            Done(
                wrong.case_id, "correction", "Told the family that our text was wrong", "Firstbell", wrong.contact_id,
                message_id=sent[wrong.contact_id, wrong.message_id].message_id,
            )
            for wrong in newest.values()
        ],
    )  # fmt: skip
    return len(sent)


def unsent_with(tx: Connection, organisation_id: int, closed: Collection[int]) -> frozenset[int]:
    """Cases that shared a text with one now closed, before it went out: it will not go, so they need one again."""
    unsent = {
        row.message_id for row in texts_of_cases(tx, organisation_id, closed)
        if row.sent_at is None and row.name != MessageName.CORRECTION
    }  # fmt: skip
    return frozenset(
        row.case_id for row in texts_of_messages(tx, organisation_id, unsent) if row.case_id not in closed
    )
