"""Groups that a pupil may belong to for a time, and what each one means for who sees it and who is looked for first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from webapp.people.rules.roles import Permission


class Group(StrEnum):
    """A dated membership; the value is what is stored. In the order in which they are listed, gravest first."""

    CHILD_PROTECTION = "child_protection"
    CHILD_IN_NEED = "child_in_need"
    LOOKED_AFTER = "looked_after"
    DOMESTIC_ABUSE = "domestic_abuse"
    MISSING_BEFORE = "missing_before"
    YOUTH_OFFENDING = "youth_offending"
    YOUNG_CARER = "young_carer"
    PREVIOUSLY_LOOKED_AFTER = "previously_looked_after"
    MEDICAL = "medical"
    NON_VERBAL = "non_verbal"
    TRAVELS_ALONE = "travels_alone"
    EHCP = "ehcp"
    SEN_SUPPORT = "sen_support"
    PUPIL_PREMIUM = "pupil_premium"
    FREE_SCHOOL_MEALS = "free_school_meals"
    SERVICE_CHILD = "service_child"
    EAL = "eal"
    MOBILE_CHILD = "mobile_child"


class Worker(StrEnum):
    """Who outside school is told of an unexplained absence the same morning (Working together, 2024, paragraph 52)."""

    SOCIAL_WORKER = "social worker"
    YOUTH_OFFENDING_WORKER = "youth offending worker"


@dataclass(frozen=True, slots=True)
class GroupKind:
    """What membership means. ``needs`` is the permission to see it, None for all staff who see the pupil."""

    group: Group
    label: str
    short: str
    needs: Permission | None = None
    look_first: bool = False
    worker: Worker | None = None

    @property
    def sensitive(self) -> bool:
        """True if it is for the DSL and the office alone."""
        return self.needs is not None

    @property
    def order(self) -> int:
        """Place in lists, 0 first."""
        return _ORDER[self.group]


_ORDER = {group: place for place, group in enumerate(Group)}
_FLAG = Permission.SEE_SAFEGUARDING_FLAGS
_HEALTH = Permission.SEE_MEDICAL_NOTES

GROUPS: dict[Group, GroupKind] = {
    kind.group: kind
    for kind in (
        GroupKind(Group.CHILD_PROTECTION, "Child protection plan", "CP", _FLAG, True, Worker.SOCIAL_WORKER),
        GroupKind(Group.CHILD_IN_NEED, "Child in need", "CIN", _FLAG, True, Worker.SOCIAL_WORKER),
        GroupKind(Group.LOOKED_AFTER, "Looked after", "CLA", _FLAG, True, Worker.SOCIAL_WORKER),
        GroupKind(Group.DOMESTIC_ABUSE, "Domestic abuse known", "DA", _FLAG, True),
        GroupKind(Group.MISSING_BEFORE, "Has been missing before", "Missing", _FLAG, True),
        GroupKind(Group.YOUTH_OFFENDING, "Youth offending team", "YOT", _FLAG, True, Worker.YOUTH_OFFENDING_WORKER),
        GroupKind(Group.YOUNG_CARER, "Young carer", "YC", _FLAG, True),
        GroupKind(Group.PREVIOUSLY_LOOKED_AFTER, "Previously looked after", "PLAC", _FLAG),
        GroupKind(Group.MEDICAL, "Medical need", "Med", _HEALTH, True),
        GroupKind(Group.NON_VERBAL, "Non-verbal", "NV", _HEALTH, True),
        GroupKind(Group.TRAVELS_ALONE, "Travels alone", "Alone", None, True),
        GroupKind(Group.EHCP, "Education, health and care plan", "EHCP"),
        GroupKind(Group.SEN_SUPPORT, "SEN support", "SEN"),
        GroupKind(Group.PUPIL_PREMIUM, "Pupil premium", "PP"),
        GroupKind(Group.FREE_SCHOOL_MEALS, "Free school meals", "FSM"),
        GroupKind(Group.SERVICE_CHILD, "Service child", "Service"),
        GroupKind(Group.EAL, "English as an additional language", "EAL"),
        GroupKind(Group.MOBILE_CHILD, "Mobile child", "Mobile"),
    )
}


def look_first(groups: Iterable[Group]) -> bool:
    """True if a pupil of these groups is looked for before the others when nobody knows where they are."""
    return any(GROUPS[group].look_first for group in groups)


def workers_to_tell(groups: Iterable[Group]) -> tuple[Worker, ...]:
    """Whose worker has to hear of an unexplained absence, each once."""
    members = set(groups)
    return tuple(worker for worker in Worker if any(GROUPS[group].worker is worker for group in members))


def visible_groups(groups: Iterable[Group], permissions: frozenset[Permission]) -> tuple[GroupKind, ...]:
    """The groups that somebody with these permissions may see, in order; no trace of the others."""
    kinds = [GROUPS[group] for group in set(groups)]
    return tuple(
        sorted((kind for kind in kinds if kind.needs is None or kind.needs in permissions), key=lambda kind: kind.order)
    )
