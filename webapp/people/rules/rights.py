"""What each contact may do for each child, on a day.

Rights are per child, never per family. Everything not granted is denied; a court order takes away. Once the review
date of an order has passed, what it takes away stays away and nothing new is shown until a person has looked at it; who
is asked and rung about a missing child does not change. A contact learns that a thing is not
possible, never why: the sentences are the same whatever the cause, so that an order cannot be guessed from them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from webapp.people.rules.ages import age_on, school_leaving_date


class Right(StrEnum):
    """Something a contact may do for one child."""

    VIEW_ATTENDANCE = "view_attendance"
    VIEW_PLANS = "view_plans"
    VIEW_MESSAGES = "view_messages"
    REPORT = "report"
    REQUEST_LEAVE = "request_leave"
    COLLECT = "collect"


EVERY_RIGHT = frozenset(Right)


class Denial(StrEnum):
    """What an order takes away; stored as a list of these words."""

    VIEW = "view"
    REPORT = "report"
    LEAVE = "leave"
    COLLECT = "collect"
    CONTACT = "contact"


_TAKES_AWAY: dict[Denial, frozenset[Right]] = {
    Denial.VIEW: frozenset({Right.VIEW_ATTENDANCE, Right.VIEW_PLANS, Right.VIEW_MESSAGES}),
    Denial.REPORT: frozenset({Right.REPORT}),
    Denial.LEAVE: frozenset({Right.REQUEST_LEAVE}),
    Denial.COLLECT: frozenset({Right.COLLECT}),
    Denial.CONTACT: EVERY_RIGHT,
}

_PARENTS_BY_RELATIONSHIP = frozenset({"mother", "father", "parent", "adoptive parent", "guardian", "special guardian"})
_PARENTS_BY_CARE = frozenset(
    {"foster carer", "carer", "step-parent", "step-mother", "step-father", "grandparent", "grandmother", "grandfather"}
)


@dataclass(frozen=True, slots=True)
class Link:
    """One contact's tie to one child, as the school recorded it. ``priority`` counts from 1, the first to be rung;
    ``starts_on`` and ``ends_on`` are included."""

    pupil_id: int
    contact_id: int
    relationship: str
    priority: int
    is_parent: bool = False
    parental_responsibility: bool = False
    lives_with: bool = False
    may_view_attendance: bool = False
    may_view_plans: bool = False
    may_view_messages: bool = False
    may_report: bool = False
    may_request_leave: bool = False
    may_collect: bool = False
    do_not_contact: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    is_pupil: bool = False
    """The pupil's own: what it gives, ``own_voice`` alone says."""

    @property
    def granted(self) -> frozenset[Right]:
        """The rights ticked on the record, before orders and dates."""
        return frozenset(right for right in Right if getattr(self, f"may_{right}"))

    def holds(self, on: date) -> bool:
        return (self.starts_on is None or self.starts_on <= on) and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True, slots=True)
class CourtOrder:
    """An order that limits one contact for one child. ``denies`` None stands for words that could not be read."""

    pupil_id: int
    contact_id: int
    denies: frozenset[Denial] | None
    starts_on: date
    ends_on: date | None = None
    review_on: date | None = None

    def needs_check(self, on: date) -> bool:
        """True once the review date has passed without a new one.

        Reaching ``ends_on`` later does not lift it: nobody looked. A person lifts it by clearing the review date, or by
        an end before it.
        """
        if self.starts_on > on or self.review_on is None or self.review_on >= on:
            return False
        return self.ends_on is None or self.ends_on >= self.review_on

    def in_force(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


def read_denies(raw: str) -> frozenset[Denial] | None:
    """The denials of "view,report"; None, which takes everything away, if a word is unknown or nothing is named."""
    words = {word.strip().lower() for word in raw.split(",") if word.strip()}
    return frozenset(Denial(word) for word in words) if words and words <= set(Denial) else None


@dataclass(frozen=True, slots=True)
class Rights:
    """What holds for one contact and one child on one day.

    ``blocked``: no message, no page, no call without the DSL. ``needs_check``: an order waits for a person to look.
    ``asked``: the contact may be asked where a missing child is, and answer; an order that waits leaves this as it was.
    """

    link: Link
    allowed: frozenset[Right]
    blocked: bool = False
    needs_check: bool = False
    restricted: bool = False
    asked: bool = False


_PARENT_AT_HOME = frozenset({Right.REQUEST_LEAVE})


def effective_rights(link: Link, orders: Iterable[CourtOrder], on: date) -> Rights:
    """The rights of a day from the record and its orders; orders of other contacts or children are passed over.

    Leave can be asked for only by a parent the child normally lives with (SI 2024/208 reg. 11; Working together, 2024).
    """
    mine = [order for order in orders if (order.pupil_id, order.contact_id) == (link.pupil_id, link.contact_id)]
    in_force = [order for order in mine if order.in_force(on)]
    lapsed = [order for order in mine if order.needs_check(on)]
    limits = [*in_force, *lapsed]
    unread = any(order.denies is None for order in limits)
    needs_check = bool(lapsed) or unread
    denials = {denial for order in limits for denial in order.denies or ()}
    blocked = link.do_not_contact or unread or Denial.CONTACT in denials
    allowed = link.granted if link.holds(on) and not blocked else frozenset()
    for denial in denials:
        allowed -= _TAKES_AWAY[denial]
    if not (link.is_parent and link.lives_with):
        allowed -= _PARENT_AT_HOME
    asked = Right.REPORT in allowed
    return Rights(link, frozenset() if needs_check else allowed, blocked, needs_check, bool(limits), asked)


def may(rights: Rights, what: Right) -> bool:
    """True if the right holds; the gate of pages and messages."""
    return what in rights.allowed


def refusal(rights: Rights, what: Right, child: str = "your child") -> str:
    """The sentence a contact reads instead of what they may not do. ``child`` is a first name or "your child"."""
    if what is Right.REQUEST_LEAVE and not rights.link.lives_with:
        return (
            f"A parent {child} lives with has to ask. Our record says that is not you. If this is wrong, ring school."
        )
    return _REFUSALS[what].format(child=child)


_REFUSALS = {
    Right.VIEW_ATTENDANCE: "We cannot show days in school for {child} here. Please ring the school office.",
    Right.VIEW_PLANS: "We cannot show a plan for {child} here. Please ring the school office.",
    Right.VIEW_MESSAGES: "We cannot show messages about {child} here. Please ring the school office.",
    Right.REPORT: "You cannot tell us about {child} here. Please ring the school office.",
    Right.REQUEST_LEAVE: "You cannot ask for time off for {child} here. Please ring the school office.",
    Right.COLLECT: "Our record does not say that you can collect {child}. Please ring the school office.",
}


def is_parent(relationship: str, *, parental_responsibility: bool, lives_with: bool) -> bool:
    """Parent in education law: a parent, or whoever has parental responsibility or care (Education Act 1996 s.576)."""
    words = relationship.strip().lower()
    return parental_responsibility or words in _PARENTS_BY_RELATIONSHIP or (lives_with and words in _PARENTS_BY_CARE)


def with_usual_rights(link: Link) -> Link:
    """The link with the rights a school starts from: a parent has all, an emergency contact none (they are rung only).

    Separated parents keep their rights; only leave waits for the parent the child lives with.
    """
    parent = link.is_parent
    return replace(
        link,
        may_view_attendance=parent,
        may_view_plans=parent,
        may_view_messages=parent,
        may_report=parent,
        may_request_leave=parent and link.lives_with,
        may_collect=parent,
    )


@dataclass(frozen=True, slots=True)
class FirstDayContacts:
    """Whom to reach about a child not seen. ``text`` and ``ring`` are in order; ``held`` are for the DSL alone."""

    text: tuple[Link, ...]
    ring: tuple[Link, ...]
    held: tuple[Link, ...]


def first_day_contacts(
    links: Iterable[Link], orders: Iterable[CourtOrder], on: date, stopped: Collection[int] = ()
) -> FirstDayContacts:
    """Who gets the first-day text and who is rung, for the links of one child.

    Parents the child lives with come first, then the school's priority. The text goes to those parents if they may
    report; where there is none, to the first parent who may. Everybody not blocked is rung, rights or no rights; those
    of ``stopped`` (contact ids) are the DSL's. The pupil's own number is none of them: who is missing is not asked to
    account for themselves alone.
    """
    every_order = tuple(orders)
    known = [effective_rights(link, every_order, on) for link in links if link.holds(on) and not link.is_pupil]
    known.sort(key=lambda rights: (not _at_home(rights.link), rights.link.priority, rights.link.contact_id))
    held = [rights for rights in known if rights.blocked or rights.link.contact_id in stopped]
    reachable = [rights for rights in known if rights not in held]
    parents = [rights.link for rights in reachable if rights.link.is_parent and rights.asked]
    text = [link for link in parents if link.lives_with] or parents[:1]
    return FirstDayContacts(
        text=tuple(text),
        ring=tuple(rights.link for rights in reachable),
        held=tuple(rights.link for rights in held),
    )


def _at_home(link: Link) -> bool:
    return link.is_parent and link.lives_with


_SIXTEEN = 16


def pupil_may_report(date_of_birth: date, on: date, from_age: int | None) -> bool:
    """True if the school lets a pupil of this age report for themselves (setting ``pupils.report_from_age``): 16 stands
    for over compulsory school age, when parents no longer answer in law for the pupil's being in school (Education Act
    1996 s.7, s.8); some are fifteen until August then."""
    if from_age is None or on <= school_leaving_date(date_of_birth):
        return False
    return from_age <= _SIXTEEN or age_on(date_of_birth, on) >= from_age
