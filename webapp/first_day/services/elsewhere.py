"""A pupil planned to be at another place is there, says somebody there: nobody has to look for them."""

from __future__ import annotations

from datetime import date

from webapp.first_day.rules import CaseRefused
from webapp.first_day.services.handling import Caseworker
from webapp.first_day.services.school_session import SchoolSession, closes_at, lock_session
from webapp.first_day.services.settle import settle_in
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.people.rules.names import need_line
from webapp.record.services.elsewhere import confirm_elsewhere_in


def confirm_at_other_place(by: Caseworker, enrolment_id: int, on: date, half: Half, told_by: str) -> None:
    """Keep who at the other place said that the pupil is there, and end the search that had begun.

    ``told_by`` is at most 200 characters. Raises CaseRefused where nothing is planned or marked elsewhere for this
    session, and TextRefused.
    """
    who = need_line(told_by, 200, "told_by")
    session = SchoolSession(by.organisation_id, by.school_id, on, half)
    with unit_of_work() as tx:
        now = school_now()
        lock_session(tx, session)
        if not confirm_elsewhere_in(
            tx, by.organisation_id, by.school_id, enrolment_id, on, half, at=now, told_by=who, actor=by.actor
        ):
            raise CaseRefused("told_by", "Nothing is planned at another place for this child in this session.")
        if now >= closes_at(tx, session):
            settle_in(tx, session, now, by.actor, only=[enrolment_id], texts=False, words=f"There, says {who}")
