"""Who does somebody's work while they are away: the cover whom they named, that one's cover, then those who answer for
it. Cover brings work and no rights: whoever covers must be allowed to do that work already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from webapp.people.rules.roles import Permission, Role, permissions_of

_OFFICE = (Role.ATTENDANCE_OFFICER, Role.ATTENDANCE_LEAD, Role.RECEPTION, Role.DEPUTY_HEAD, Role.HEAD)
_SAFEGUARDING = (Role.DSL, Role.DEPUTY_DSL, Role.HEAD, Role.DEPUTY_HEAD)
_LEADERS = (Role.HEAD, Role.DEPUTY_HEAD, Role.DSL, Role.DEPUTY_DSL)

OFFICE_LADDER = _OFFICE
"""Who takes the office's work, in order, where nobody was named."""
SAFEGUARDING_LADDER = _SAFEGUARDING
"""Who takes the safeguarding lead's work, in order."""

COVER_NEEDS: Mapping[Role, Permission] = MappingProxyType(
    {
        Role.TEACHER: Permission.TAKE_OWN_REGISTER,
        Role.TUTOR: Permission.TAKE_OWN_REGISTER,
        Role.COVER_TEACHER: Permission.TAKE_OWN_REGISTER,
        Role.ATTENDANCE_OFFICER: Permission.LOG_CALLS,
        Role.RECEPTION: Permission.ADD_NOTES,
        Role.MEDICAL_ROOM: Permission.SEE_MEDICAL_NOTES,
        Role.PASTORAL_LEAD: Permission.WRITE_TO_FAMILIES,
        Role.SEN_COORDINATOR: Permission.WRITE_TO_FAMILIES,
        Role.ATTENDANCE_LEAD: Permission.LOG_CALLS,
        Role.ATTENDANCE_CHAMPION: Permission.VIEW_TOTALS,
        Role.HEAD: Permission.MANAGE_RIGHTS,
        Role.DEPUTY_HEAD: Permission.MANAGE_RIGHTS,
        # Only somebody trained for it may act as a safeguarding lead, and only they may stop messages.
        Role.DSL: Permission.STOP_MESSAGES,
        Role.DEPUTY_DSL: Permission.STOP_MESSAGES,
        Role.GOVERNOR: Permission.VIEW_TOTALS,
        Role.WELFARE_OFFICER: Permission.VIEW_REFERRED_CASES,
        Role.ADMINISTRATOR: Permission.MANAGE_STAFF,
        Role.TRUST_LEAD: Permission.MANAGE_STAFF,
    }
)
"""What whoever covers one of these roles must be allowed to do at the school."""

_STANDS_FOR: Mapping[Role, frozenset[Role]] = MappingProxyType({Role.DSL: frozenset({Role.DEPUTY_DSL})})
"""Roles whose tasks others have too: a deputy of the DSL has every task of the DSL."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with roles at one school today, and whether they are away in this half day."""

    id: int
    name: str
    roles: frozenset[Role]
    cover_id: int | None = None
    away: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Whose a thing is now. ``instead_of``: the one for whom they do it, None where it is their own."""

    by: int
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Mine:
    """Whose tasks are somebody's now: those of these people, those for these roles (as stored), and with ``leavers``
    those of people who hold no role at the school any more."""

    owners: tuple[int, ...]
    roles: tuple[str, ...] = ()
    leavers: bool = False


def needs_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """What somebody must be allowed to do to cover all of these roles."""
    return frozenset(COVER_NEEDS[role] for role in roles)


def can_cover(cover: Iterable[Role], roles: Iterable[Role]) -> bool:
    """True if somebody with the roles ``cover`` may do the work of somebody with ``roles``."""
    return needs_of(roles) <= permissions_of(cover)


def ladder_of(roles: Iterable[Role]) -> tuple[Role, ...]:
    """Who takes the work of these roles where no named cover is here, in order; it ends with head and DSL."""
    held = frozenset(roles)
    if held & {Role.DSL, Role.DEPUTY_DSL}:
        return _SAFEGUARDING
    if held & {*_OFFICE[:3], Role.MEDICAL_ROOM}:
        return (*_OFFICE, Role.DSL, Role.DEPUTY_DSL)
    return _LEADERS


_NOBODY = -1


def _first(*found: int | None) -> int:
    return next(each for each in found if each is not None)


class Standing:
    """The staff of one school in one half day: who stands in for whom."""

    __slots__ = ("_in_for", "away", "members")

    def __init__(self, members: Iterable[Member]) -> None:
        self.members: Mapping[int, Member] = {member.id: member for member in members}
        self.away = frozenset(each for each, member in self.members.items() if member.away)
        self._in_for = {each: self._find(each) for each in self.away}

    def holder(self, staff_id: int) -> int:
        """Who does this person's work now: they themselves while they are here. Never nobody.

        The work of somebody with no role here any more is the head's. Where every leader is away it stays with the
        first of them, who is still written to.
        """
        if staff_id in self.members:
            return self._in_for.get(staff_id, staff_id)
        return _first(self._by_ladder(staff_id, frozenset()), staff_id)

    def hold(self, owner_id: int, begun_by: int | None = None) -> Hold:
        """Whose a task is: what a cover has begun stays theirs when the owner is back."""
        by = self.holder(begun_by if begun_by is not None else owner_id)
        return Hold(by, None if by == owner_id else owner_id)

    def owners(self, staff_id: int) -> tuple[int, ...]:
        """Whose work this person does now: their own first, then those they stand in for."""
        return (staff_id, *sorted(owner for owner, by in self._in_for.items() if by == staff_id and owner != staff_id))

    def queues(self, staff_id: int, roles: Iterable[Role]) -> frozenset[Role]:
        """The roles whose tasks are theirs: their own, and those that nobody else is here to do for whom they cover."""
        held = frozenset(roles)
        own = {role for role in Role if held & {role, *_STANDS_FOR.get(role, ())}}
        return frozenset(own | {role for role in set(Role) - own if staff_id in self._queue(role)})

    def mine(self, staff_id: int, roles: Iterable[Role]) -> Mine:
        """Whose tasks are this person's, who holds ``roles`` here."""
        queues = tuple(sorted(role.value for role in self.queues(staff_id, roles)))
        return Mine(self.owners(staff_id), queues, self._by_ladder(_NOBODY, frozenset()) == staff_id)

    def told(self, roles: Iterable[Role], otherwise: Iterable[Role] = ()) -> tuple[int, ...]:
        """Who hears of something that is for these roles: all who hold one, and whoever covers those who are away.

        Where nobody holds any, those who hold one of ``otherwise``.
        """
        people = self._holding(roles) or self._holding(otherwise)
        covers = {self.holder(member.id) for member in people if member.away}
        return tuple(sorted({member.id for member in people} | covers))

    def taker(self, ladder: Iterable[Role]) -> int | None:
        """The first of a ladder's people who is here, or whose named cover is; the first of all where nobody is."""
        people = [member for role in ladder for member in self._holding((role,))]
        for member in people:
            by = member.id if not member.away else self.named(member.id)
            if by is not None:
                return by
        return people[0].id if people else None

    def usual(self, ladder: Iterable[Role]) -> int | None:
        """The first of a ladder's people, here or away."""
        return next((member.id for role in ladder for member in self._holding((role,))), None)

    def named(self, staff_id: int) -> int | None:
        """The named cover who is here: of the cover who is away too, that one's cover, and so on, each asked once."""
        owner = self.members.get(staff_id)
        seen, following = {staff_id}, owner.cover_id if owner else None
        while owner is not None and following is not None and following not in seen:
            seen.add(following)
            cover = self.members.get(following)
            if cover is None:
                return None
            if not cover.away and can_cover(cover.roles, owner.roles):
                return following
            following = cover.cover_id
        return None

    def _find(self, staff_id: int) -> int:
        return _first(self.named(staff_id), self._by_ladder(staff_id, self.members[staff_id].roles), staff_id)

    def _by_ladder(self, staff_id: int, roles: frozenset[Role]) -> int | None:
        fit = [
            member
            for role in ladder_of(roles)
            for member in self._holding((role,))
            if member.id != staff_id and can_cover(member.roles, roles)
        ]
        here = next((member.id for member in fit if not member.away), None)
        if here is not None:
            return here
        leaders = [member.id for member in fit if member.roles & set(_LEADERS)]
        return leaders[0] if leaders else None

    def _queue(self, role: Role) -> frozenset[int]:
        """Who has the tasks of a role that they do not hold: nobody while one who holds it is here."""
        people = self._holding({role, *_STANDS_FOR.get(role, ())})
        if any(not member.away for member in people):
            return frozenset()
        if people:
            return frozenset(self.holder(member.id) for member in people)
        taker = self._by_ladder(_NOBODY, frozenset({role}))
        return frozenset() if taker is None else frozenset({taker})

    def _holding(self, roles: Iterable[Role]) -> list[Member]:
        wanted = frozenset(roles)
        return sorted((one for one in self.members.values() if one.roles & wanted), key=lambda one: one.id)
