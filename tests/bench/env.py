"""What each module of rows is given."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from sqlalchemy import text

from tests.bench.data import LAST_DAY, ORGANISATION, Store, Trust, school_days, settle, using
from webapp.foundation.trail import Actor, ActorKind
from webapp.record.services import rebuild_caches

WRITTEN = ("mark", "pupil_week", "pupil_year", "enrolment", "trail_entry", "mark_amendment")
"""Tables that writing marks touches."""
OFFICER = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")


@dataclass
class Env:
    """One engine with its trust of many schools (in use), and smaller ones for comparison."""

    store: Store
    schools: int
    fresh: bool
    trust: Trust
    _small: dict[str, Trust] = field(default_factory=dict)

    @property
    def engine(self) -> str:
        return self.store.engine

    def one_school(self) -> Trust:
        """A trust of one school with a whole year of marks that came day by day."""
        return self._get("firstbell_bench_one", 1, by_day=True, fresh=self.fresh)

    def empty(self) -> Trust:
        """A trust of one school with pupils and no mark, new for each run."""
        return self._get("firstbell_bench_empty", 0, by_day=True, fresh=True)

    def _get(self, name: str, schools: int, *, by_day: bool, fresh: bool) -> Trust:
        if name not in self._small:
            self._small[name] = self.store.trust(name, schools, by_day=by_day, fresh=fresh)
        return self._small[name]

    def close(self) -> None:
        """Close every database."""
        for trust in (self.trust, *self._small.values()):
            trust.database.dispose()


def restore(trust: Trust, school_id: int) -> None:
    """Take back what a measurement wrote for one school after the generated year, or to the newcomer."""
    ids = trust.enrolments(school_id)
    scope = {"first": ids[0], "last": ids[-1], "after": LAST_DAY.isoformat(), "school": school_id}
    day = "'0001-01-01'" if school_id == trust.newcomer else "CAST(:after AS date)"
    if trust.database.is_sqlite:
        day = day.replace("CAST(:after AS date)", ":after")
    with trust.database.writing() as tx:
        for table in ("mark", "mark_amendment", "mark_note", "mark_conflict"):
            tx.execute(
                text(
                    f"DELETE FROM {table} WHERE organisation_id = 1 AND enrolment_id BETWEEN :first AND :last"
                    f" AND date > {day}"
                ),
                scope,
            )
        for table in ("pupil_week", "pupil_year"):
            tx.execute(text(f"DELETE FROM {table} WHERE organisation_id = 1 AND school_id = :school"), scope)
        tx.execute(text("DELETE FROM trail_entry WHERE organisation_id = 1 AND school_id = :school"), scope)
    if school_id <= trust.schools:
        with using(trust):
            rebuild_caches(ORGANISATION, school_id, school_days()[0], LAST_DAY)
    settle(trust.database, *WRITTEN)


def codes_of_a_year(seed: int = 7) -> list[tuple[int, int, str]]:
    """380 sessions of codes as a school has them: (day number, half, code)."""
    deal = random.Random(seed)
    cards = ["/\\"] * 90 + ["II", "II", "II", "LL", "OO", "MM", "NN"]
    return [(number, half, deal.choice(cards)[half]) for number in range(190) for half in (0, 1)]
