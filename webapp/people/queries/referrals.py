"""Who was referred to a welfare officer, for the officer and for those who refer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, select

from webapp.people.models import Pupil, Referral, Staff
from webapp.people.rules.referrals import stands


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One referral. ``ended_at`` None: nobody has ended it; it may still be over."""

    public_id: str
    pupil_public_id: str
    pupil_name: str
    officer_id: int
    officer_name: str
    reason: str
    starts_on: date
    ends_on: date
    referred_at: datetime
    referred_by: str
    ended_at: datetime | None
    ended_by: str
    ended_why: str

    def stands(self, today: date) -> bool:
        return stands(self.starts_on, self.ends_on, ended=self.ended_at is not None, today=today)


_DAY: Any = bindparam("on")
_ROWS: Select[*tuple[Any, ...]] = (
    select(
        Referral.public_id, Pupil.public_id.label("pupil_public_id"),
        (Pupil.first_name + " " + Pupil.last_name).label("pupil_name"), Referral.officer_id,
        (Staff.first_name + " " + Staff.last_name).label("officer_name"), Referral.reason, Referral.starts_on,
        Referral.ends_on, Referral.referred_at, Referral.referred_by, Referral.ended_at, Referral.ended_by,
        Referral.ended_why,
    )
    .join(Pupil, and_(Pupil.organisation_id == Referral.organisation_id, Pupil.id == Referral.pupil_id))
    .join(Staff, and_(Staff.organisation_id == Referral.organisation_id, Staff.id == Referral.officer_id))
    .where(
        Referral.organisation_id == bindparam("organisation_id"), Referral.school_id == bindparam("school_id"),
    )
    .order_by(Referral.starts_on.desc(), Referral.id.desc())
)  # fmt: skip
_OF_PUPIL = _ROWS.where(Referral.pupil_id == bindparam("pupil_id"))
_STANDING = _ROWS.where(Referral.ended_at.is_(None), Referral.starts_on <= _DAY, Referral.ends_on >= _DAY)
_OFFICERS = _STANDING.where(Referral.officer_id == bindparam("officer_id"))


def referrals_of(db: Connection, organisation_id: int, school_id: int, pupil_id: int) -> Sequence[ReferralRow]:
    """Every referral of the pupil by the school, the newest first."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "pupil_id": pupil_id}
    return [ReferralRow(*row) for row in db.execute(_OF_PUPIL, keys)]


def standing_referrals(
    db: Connection, organisation_id: int, school_id: int, on: date, officer_id: int | None
) -> Sequence[ReferralRow]:
    """The referrals that stand that day: those to one officer, or with None every one of the school."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    if officer_id is None:
        return [ReferralRow(*row) for row in db.execute(_STANDING, keys)]
    return [ReferralRow(*row) for row in db.execute(_OFFICERS, {**keys, "officer_id": officer_id})]
