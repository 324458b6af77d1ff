"""How much of school each pupil misses: shares as they are in England, higher where life is harder.

National absence stands near 7 per cent, persistent absence near 18 and severe absence near 2 per cent of pupils
(Pupil absence in schools in England, DfE, 2024/25), lower in primary and higher in secondary schools.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from webapp.demo.shapes import Pupil
from webapp.people.rules.groups import Group

_PERSISTENT = {"hill": 0.133, "vale": 0.1975}
_SEVERE = {"hill": 0.0072, "vale": 0.0248}
_RISKS = {
    Group.PUPIL_PREMIUM: 0.2,
    Group.EHCP: 0.22,
    Group.SEN_SUPPORT: 0.12,
    Group.CHILD_IN_NEED: 0.3,
    Group.CHILD_PROTECTION: 0.35,
    Group.YOUNG_CARER: 0.2,
    Group.MEDICAL: 0.18,
    Group.YOUTH_OFFENDING: 0.4,
    Group.MISSING_BEFORE: 0.3,
    Group.MOBILE_CHILD: 0.4,
    Group.EAL: -0.04,
}
_LATER_YEARS = {9: 0.05, 10: 0.08, 11: 0.1}
_HIGHEST_REGULAR = 0.094


def missed_shares(rng: random.Random, pupils: Sequence[Pupil]) -> list[float]:
    """The share of sessions that each pupil misses, in the order of ``pupils``."""
    shares = [pupil.rate if pupil.rate is not None else 0.0 for pupil in pupils]
    households = {pupil.family: rng.random() for pupil in pupils}
    for school in _PERSISTENT:
        mine = [pupil for pupil in pupils if pupil.school == school]
        cast = [pupil.rate for pupil in mine if pupil.rate is not None]
        severe = round(_SEVERE[school] * len(mine)) - sum(rate >= 0.5 for rate in cast)
        persistent = round(_PERSISTENT[school] * len(mine)) - sum(rate >= 0.1 for rate in cast) - severe
        by_risk = sorted(
            (pupil for pupil in mine if pupil.rate is None),
            key=lambda pupil: -_risk(rng, pupil, households[pupil.family]),
        )
        for place, pupil in enumerate(by_risk):
            if place < severe:
                share = 0.51 + 0.42 * rng.betavariate(1.2, 1.9)
            elif place < severe + persistent:
                share = min(0.46, 0.104 + rng.expovariate(1 / 0.062))
            else:
                share = _HIGHEST_REGULAR * rng.betavariate(1.3, 2.0)
            shares[pupil.number] = share
    return shares


def _risk(rng: random.Random, pupil: Pupil, household: float) -> float:
    risk = 0.4 * household + 0.6 * rng.random() + _LATER_YEARS.get(pupil.year_group, 0.0)
    # Sorted: a sum of floats depends on its order, and the order of a set on the process.
    risk += sum(_RISKS.get(group, 0.0) for group in sorted(pupil.groups))
    return risk + (0.3 if pupil.ethnicity in {"WIRT", "WROM"} else 0.0)
