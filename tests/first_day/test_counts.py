"""What first-day contact asks of the database: the same number of statements for ten children as for three hundred."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert

from tests.factories import FULL_RIGHTS, TODAY, World, add_contact, add_pupil, link
from tests.first_day.mornings import run, take
from tests.first_day.test_morning_loader import statements
from webapp.foundation.db import Database, unit_of_work
from webapp.record.models import Mark

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]


def add_missing(world: World, count: int) -> None:
    """Pupils of 3K who are not there, each with a mother of their own."""
    with unit_of_work() as tx:
        for number in range(count):
            name = f"P{number}"
            pupil, enrolment = add_pupil(tx, world.organisation, world.hill, name, "Many", form_id=world.form_3k)
            tx.execute(
                insert(Mark).values(
                    organisation_id=world.organisation, enrolment_id=enrolment, date=TODAY, half=0, code="N"
                )
            )
            mother = add_contact(tx, world.organisation, f"M{number}", "Many", mobile=f"+4477009009{number % 100:02d}")
            link(tx, world.organisation, pupil, mother, "mother", 1, lives_with=True, **FULL_RIGHTS)


def own(seen: list[str]) -> int:
    return sum(not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) for statement in seen)


def statements_of_a_run(db: Database, world: World, when: When, missing: int) -> int:
    take(world)
    add_missing(world, missing)
    when("09:15")
    # What is kept for seconds only must not decide the count.
    db.memo.forget()
    with statements(db) as seen:
        result = run(world)
    assert len(result.settled.opened) == missing + 1
    assert result.settled.messages == missing + 1
    return own(seen)


_seen: dict[str, int] = {}


@pytest.mark.parametrize("missing", [10, 300])
def test_a_run_costs_the_same_for_all(db: Database, db_kind: str, world: World, when: When, missing: int) -> None:
    found = statements_of_a_run(db, world, when, missing)
    assert found <= 60
    assert _seen.setdefault(db_kind, found) == found


def test_before_the_close_a_register_asks_little_more(db: Database, world: World, when: When) -> None:
    with statements(db) as seen:
        take(world)
    assert own(seen) <= 22
    with statements(db) as seen:
        take(world, tom="L")
    assert own(seen) <= 22
