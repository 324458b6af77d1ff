"""Which pupils belong to which groups, in the shares of an English city.

National shares near which these stand: pupil premium about 25 per cent, SEN support 13, education, health and care
plans 4 (Schools, pupils and their characteristics, DfE).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from webapp.demo.shapes import Pupil
from webapp.people.rules.groups import Group

_TRAVELS_FROM = 5

Likely = Callable[[Pupil], float]


def with_groups(rng: random.Random, pupils: Iterable[Pupil]) -> tuple[Pupil, ...]:
    """The pupils with their groups; those of the named cast keep what the table says."""
    everybody = tuple(pupils)
    groups: dict[int, set[Group]] = {pupil.number: set(pupil.groups) for pupil in everybody}
    free = [pupil for pupil in everybody if not pupil.key]
    households: dict[int, list[Pupil]] = defaultdict(list)
    for pupil in free:
        households[pupil.family].append(pupil)
        if pupil.language != "en":
            groups[pupil.number].add(Group.EAL)
        if pupil.ethnicity == "WIRT":
            groups[pupil.number] |= {Group.MOBILE_CHILD, Group.PUPIL_PREMIUM, Group.FREE_SCHOOL_MEALS}
        if Group.LOOKED_AFTER in pupil.groups:
            groups[pupil.number].add(Group.PUPIL_PREMIUM)

    def by_household(group: Group, share: float) -> None:
        _give(group, _shuffled(rng, households.values()), share)

    def by_pupil(group: Group, share: float, likely: Likely, without: Group | None = None) -> None:
        able = [pupil for pupil in free if likely(pupil) and without not in groups[pupil.number]]
        keyed = sorted(able, key=lambda pupil: rng.random() ** (1 / likely(pupil)), reverse=True)
        _give(group, [[pupil] for pupil in keyed], share)

    def _give(group: Group, lots: Iterable[list[Pupil]], share: float) -> None:
        wanted = share * len(everybody) - sum(group in held for held in groups.values())
        for lot in lots:
            if wanted < 0.5:
                return
            for pupil in lot:
                wanted -= group not in groups[pupil.number]
                groups[pupil.number].add(group)

    by_household(Group.PUPIL_PREMIUM, 0.25)
    for pupil in free:
        if Group.PUPIL_PREMIUM in groups[pupil.number] and rng.random() < 0.88:
            groups[pupil.number].add(Group.FREE_SCHOOL_MEALS)
    by_pupil(Group.EHCP, 0.042, lambda pupil: 2.4 if pupil.sex == "M" else 1.0)
    by_pupil(Group.SEN_SUPPORT, 0.13, lambda pupil: 1.7 if pupil.sex == "M" else 1.0, without=Group.EHCP)
    by_pupil(Group.NON_VERBAL, 0.002, lambda pupil: float(Group.EHCP in groups[pupil.number]))
    by_pupil(Group.MEDICAL, 0.028, lambda pupil: 1.0)
    by_household(Group.CHILD_IN_NEED, 0.019)
    by_household(Group.CHILD_PROTECTION, 0.005)
    by_household(Group.DOMESTIC_ABUSE, 0.008)
    by_household(Group.SERVICE_CHILD, 0.013)
    by_pupil(Group.PREVIOUSLY_LOOKED_AFTER, 0.007, lambda pupil: float(Group.LOOKED_AFTER not in groups[pupil.number]))
    by_pupil(Group.YOUNG_CARER, 0.014, lambda pupil: float(pupil.year_group >= 4))
    by_pupil(Group.MISSING_BEFORE, 0.003, lambda pupil: float(pupil.year_group >= 8))
    by_pupil(Group.YOUTH_OFFENDING, 0.0025, lambda pupil: float(9 <= pupil.year_group <= 11))
    by_pupil(Group.TRAVELS_ALONE, 0.034, lambda pupil: float(_TRAVELS_FROM <= pupil.year_group <= 8))
    return tuple(replace(pupil, groups=frozenset(groups[pupil.number])) for pupil in everybody)


def _shuffled(rng: random.Random, lots: Iterable[list[Pupil]]) -> list[list[Pupil]]:
    shuffled = list(lots)
    rng.shuffle(shuffled)
    return shuffled
