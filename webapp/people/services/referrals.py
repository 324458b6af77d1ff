"""Showing a pupil's case to a welfare officer, and ending that; the officer is told without the child's name."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from webapp.foundation import events, ids, trail
from webapp.foundation.clock import school_now, school_today
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Deed
from webapp.people.models import Pupil, Referral, StaffRole
from webapp.people.queries.schools import get_school
from webapp.people.rules.names import clean_text
from webapp.people.rules.referrals import LONGEST_REASON, ReferralRefused, read_referral
from webapp.people.rules.roles import Role
from webapp.people.services.staff_events import StaffNews
from webapp.people.services.stops import Protector


def refer_pupil(by: Protector, pupil_id: int, officer_id: int, until: str, reason: str) -> None:
    """Show the case to an officer up to a day. Where it is shown to them already, nothing is made twice.

    Raises ReferralRefused naming ``officer``, ``until`` or ``reason``, TextRefused.
    """
    today = school_today()
    wanted = read_referral(until, reason, today)
    with unit_of_work() as tx:
        # Two taps are one referral.
        mine = select(Pupil.id).where(Pupil.organisation_id == by.organisation_id, Pupil.id == pupil_id)
        tx.execute(mine.with_for_update(key_share=True)).one()
        if not _is_officer(tx, by, officer_id):
            raise ReferralRefused("officer", "Choose an education welfare officer of this school.")
        standing = select(Referral.id).where(
            Referral.organisation_id == by.organisation_id, Referral.school_id == by.school_id,
            Referral.pupil_id == pupil_id, Referral.officer_id == officer_id, Referral.ended_at.is_(None),
            Referral.ends_on >= today,
        )  # fmt: skip
        if tx.execute(standing).first() is not None:
            return
        number = insert_row(
            tx, Referral, organisation_id=by.organisation_id, public_id=ids.public_id(), school_id=by.school_id,
            pupil_id=pupil_id, officer_id=officer_id, reason=wanted.reason, starts_on=today, ends_on=wanted.ends_on,
            referred_at=school_now(), referred_by=by.actor.name,
        )  # fmt: skip
        deed = Deed("referred_pupil", "referral", number, by.school_id, pupil_id,
                    {"officer": officer_id, "until": wanted.ends_on.isoformat()})  # fmt: skip
        trail.write(tx, by.organisation_id, by.actor, deed)
        school = get_school(tx, by.organisation_id, by.school_id)
        events.emit(
            tx,
            StaffNews(by.organisation_id, by.school_id, officer_id, "A case was referred to you.",
                      f"/staff/{school.code}/referred", f"referral:{number}"),
        )  # fmt: skip


def end_referral(by: Protector, pupil_id: int, public_id: str, why: str) -> None:
    """The officer sees the case no more, from this moment. Raises ReferralRefused for one that was ended."""
    text = clean_text(why, LONGEST_REASON, "why")
    with unit_of_work() as tx:
        number = tx.execute(
            update(Referral)
            .where(
                Referral.organisation_id == by.organisation_id, Referral.school_id == by.school_id,
                Referral.pupil_id == pupil_id, Referral.public_id == public_id, Referral.ended_at.is_(None),
            )
            .values(ended_at=school_now(), ended_by=by.actor.name, ended_why=text)
            .returning(Referral.id)
        ).scalar_one_or_none()  # fmt: skip
        if number is None:
            raise ReferralRefused("referral", "Somebody ended this before you. Look at the page again.")
        deed = Deed("ended_referral", "referral", number, by.school_id, pupil_id)
        trail.write(tx, by.organisation_id, by.actor, deed)


def _is_officer(tx: Connection, by: Protector, officer_id: int) -> bool:
    today = school_today()
    found = select(StaffRole.staff_id).where(
        StaffRole.organisation_id == by.organisation_id, StaffRole.school_id == by.school_id,
        StaffRole.staff_id == officer_id, StaffRole.role == Role.WELFARE_OFFICER.value,
        StaffRole.starts_on <= today, StaffRole.ends_on.is_(None) | (StaffRole.ends_on >= today),
    )  # fmt: skip
    return tx.execute(found).first() is not None
