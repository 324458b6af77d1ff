"""Pupils who answer for themselves: from when, what they may do, and what their parents then see.

A pupil is of age for it once over compulsory school age (``ages.school_leaving_date``) and the school says so; it
begins and ends by itself, as the settings and the roll of the day have it. At eighteen a pupil is an adult: what they
say about what their parents see goes before what the school says (decision 0016).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from webapp.people.rules.ages import age_on, school_leaving_date
from webapp.people.rules.rights import CourtOrder, Link, Right, Rights, effective_rights, pupil_may_report
from webapp.people.rules.settings import PARENTS_SEE, PUPIL_REPORTS_FROM_AGE, PUPIL_SIGN_OUT, Settings

ADULT = 18
OWN_RIGHTS = frozenset({Right.VIEW_ATTENDANCE, Right.VIEW_MESSAGES, Right.REPORT})
"""What a pupil may do for themselves. Leave is asked for by a parent while the child is of compulsory school age, and
by a pupil on a page of its own once there is one; nobody collects themselves."""


class ParentsSee(StrEnum):
    """What the parents of a pupil who answers for themselves see."""

    EVERYTHING = "everything"
    FACT = "fact"
    EMERGENCIES = "emergencies"


class SignOut(StrEnum):
    """How a pupil who answers for themselves leaves during the day."""

    NO = "no"
    RECEPTION = "reception"
    PHONE = "phone"


def is_adult(date_of_birth: date, on: date) -> bool:
    return age_on(date_of_birth, on) >= ADULT


def answers(date_of_birth: date, on: date, settings: Settings) -> bool:
    """True if the school lets this pupil answer for themselves on that day."""
    return pupil_may_report(date_of_birth, on, settings[PUPIL_REPORTS_FROM_AGE])


def born_by(on: date, from_age: int) -> date:
    """The latest day of birth of a pupil who may answer for themselves on a day, for a setting of 16 or 18.

    ``pupil_may_report(born, on, from_age)`` is true exactly for who was born then or before.
    """
    year = on.year if on > school_leaving_date(date(on.year - 16, 1, 1)) else on.year - 1
    over_school_age = date(year - 16, 8, 31)
    if from_age <= 16:
        return over_school_age
    try:
        of_age = on.replace(year=on.year - from_age)
    except ValueError:
        # 29 February: who was born on 1 March is not of age yet.
        of_age = date(on.year - from_age, 2, 28)
    return min(over_school_age, of_age)


def rights_of(link: Link, orders: Iterable[CourtOrder], on: date, born: date, settings: Settings) -> Rights:
    """The rights of a day: of a pupil's own link by age and setting, of every other link by its record and orders.

    ``settings`` are those of a school where the pupil is on roll that day. No tick on a pupil's own link gives
    anything; that the link has ended, or that they are not to be contacted, takes everything.
    """
    if not link.is_pupil:
        return effective_rights(link, orders, on)
    held = link.holds(on) and not link.do_not_contact and answers(born, on, settings)
    return Rights(link, OWN_RIGHTS if held else frozenset(), blocked=link.do_not_contact, asked=held)


def parents_see(born: date, on: date, settings: Settings, choice: str = "") -> ParentsSee:
    """What parents see of a pupil on a day.

    Before the pupil answers for themselves: everything. ``choice`` is the pupil's own word, which counts from eighteen;
    an adult who has said nothing shows their parents that they are away, and not why.
    """
    if not answers(born, on, settings):
        return ParentsSee.EVERYTHING
    school = ParentsSee(settings[PARENTS_SEE])
    if not is_adult(born, on):
        return school
    if choice:
        return ParentsSee(choice)
    return ParentsSee.FACT if school is ParentsSee.EVERYTHING else school


def left_to_parents(rights: Rights, see: ParentsSee) -> frozenset[Right]:
    """What remains on a parent's pages. That they are asked where a missing pupil is does not change."""
    return rights.allowed & {Right.COLLECT} if see is ParentsSee.EMERGENCIES else rights.allowed


def may_sign_out(born: date, on: date, settings: Settings) -> SignOut:
    return SignOut(settings[PUPIL_SIGN_OUT]) if answers(born, on, settings) else SignOut.NO


_SEEN_WORDS = {
    ParentsSee.EVERYTHING: "Your parents can see what you tell school here: when, why and in your own words.",
    ParentsSee.FACT: "Your parents can see that you told school, and the days. They cannot see why, or your words.",
    ParentsSee.EMERGENCIES: "Your parents cannot see your days or what you tell school.",
}
_ALWAYS = (
    "If school does not know where you are, it will ask them. If school is worried about you, people at school who "
    "keep pupils safe will read what you wrote, and may have to tell someone."
)


def seen_words(see: ParentsSee) -> tuple[str, str]:
    """What a pupil reads of what their parents see, and what holds whatever is chosen."""
    return _SEEN_WORDS[see], _ALWAYS


def first_of(seen: Iterable[ParentsSee]) -> ParentsSee:
    """The most careful of several (a pupil on roll at two schools)."""
    order = (ParentsSee.EMERGENCIES, ParentsSee.FACT, ParentsSee.EVERYTHING)
    return min(seen, key=order.index, default=ParentsSee.EVERYTHING)
