"""What goes along with the messages, reports and tasks that a person has deleted, and what of it stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.factories import World
from tests.insight.conftest import NOW
from webapp.absence.models import SignOutRequest
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.insight.models import RecordHold, ShownPage
from webapp.insight.rules.keeping import RecordKind, schedule_of
from webapp.insight.services.forgetting_along import forget_along
from webapp.insight.services.pupils_gone import forget_pupils_in
from webapp.insight.services.requests import Keeper
from webapp.people.models import Contact, DetailChange, ReachNote
from webapp.people.queries import settings_of

OLD, YOUNG = date(2018, 11, 5), date(2026, 6, 1)
TABLES = (ShownPage, SignOutRequest, DetailChange, ReachNote)


@pytest.fixture
def old(world: World, keeper: Keeper) -> World:
    """Old and young rows of Tom and Alice at Hill, and old ones of Ella, who is at Vale."""
    of = world.organisation
    with unit_of_work() as tx:
        for day in (OLD, YOUNG):
            at = datetime.combine(day, time(9), tzinfo=UTC)
            for pupil in (world.tom, None, world.ella):
                page(tx, world, world.alice if pupil != world.ella else world.bob, pupil, at)
            insert_row(
                tx, SignOutRequest, organisation_id=of, public_id=f"s-{day}", school_id=world.hill,
                enrolment_id=world.tom_enrolment, contact_id=world.alice, date=day, leaves_at=time(13), reason="r",
                asked_at=at,
            )  # fmt: skip
            insert_row(
                tx, ReachNote, organisation_id=of, school_id=world.hill, contact_id=world.alice, kind="rang", at=at,
                by_id=1, by="S",
            )  # fmt: skip
            for state in ("asked", "refused"):
                insert_row(
                    tx, DetailChange, organisation_id=of, public_id=f"{state[0]}-{day}", school_id=world.hill,
                    contact_id=world.alice, field="mobile", state=state, asked_at=at, asked_by="A",
                )  # fmt: skip
    return world


def page(tx: Any, world: World, contact: int, pupil: int | None, at: datetime) -> None:
    insert_row(
        tx, ShownPage, organisation_id=world.organisation, contact_id=contact, pupil_id=pupil, page="child", at=at,
        digest="d", version="1", facts={"lines": []},
    )  # fmt: skip


def forget(keeper: Keeper, kind: RecordKind, school: int) -> dict[str, int]:
    """What is gone, by table; nothing of a table of which nothing is."""
    today = NOW.date()
    with unit_of_work() as tx:
        schedule = schedule_of(settings_of(tx, keeper.organisation_id, school, today), today)
        gone = forget_along(tx, kind, keeper.organisation_id, school, schedule)
    return {table: count for table, count in gone.items() if count}


def rows(table: Any) -> int:
    with read_door() as db:
        return int(db.scalar(select(func.count()).select_from(table)) or 0)


@pytest.mark.parametrize(
    ("kind", "gone"),
    [
        (RecordKind.MESSAGES, {"shown_page": 2, "reach_note": 1}),
        (RecordKind.REPORTS, {"sign_out_request": 1}),
        # One that nobody has answered stays.
        (RecordKind.TASKS, {"detail_change": 1}),
        (RecordKind.CASES, {}),
    ],
)
def test_what_is_old_goes_with_its_kind_and_at_its_school(
    old: World, keeper: Keeper, kind: RecordKind, gone: dict[str, int]
):
    assert forget(keeper, kind, old.hill) == gone
    assert forget(keeper, kind, old.hill) == {}


def test_pages_about_a_child_of_another_school_are_that_schools(old: World, keeper: Keeper):
    assert forget(keeper, RecordKind.MESSAGES, old.hill)["shown_page"] == 2
    assert forget(keeper, RecordKind.MESSAGES, old.vale) == {"shown_page": 1}
    assert rows(ShownPage) == 3


@pytest.mark.parametrize("whose", ["pupil", "contact"])
def test_nothing_of_whoever_is_held_goes(old: World, keeper: Keeper, whose: str):
    held = {"pupil_id": old.tom} if whose == "pupil" else {"contact_id": old.alice}
    with unit_of_work() as tx:
        insert_row(
            tx, RecordHold, organisation_id=old.organisation, public_id="hold", school_id=old.hill, why="A claim",
            review_on=YOUNG, held_at=NOW, held_by="D", **held,
        )  # fmt: skip
    assert "shown_page" not in forget(keeper, RecordKind.MESSAGES, old.hill)
    assert forget(keeper, RecordKind.REPORTS, old.hill) == {}
    if whose == "contact":
        assert forget(keeper, RecordKind.MESSAGES, old.hill) == {}
        assert forget(keeper, RecordKind.TASKS, old.hill) == {}


@pytest.mark.parametrize("about_ella", [False, True])
def test_a_contact_goes_with_their_last_child_unless_a_page_about_another_is_kept(
    world: World, keeper: Keeper, about_ella: bool
):
    with unit_of_work() as tx:
        for pupil in (world.tom, None, *([world.ella] if about_ella else [])):
            page(tx, world, world.bob, pupil, NOW)
        insert_row(
            tx, ReachNote, organisation_id=world.organisation, school_id=world.hill, contact_id=world.bob, kind="rang",
            at=NOW, by_id=1, by="S",
        )  # fmt: skip
        forget_pupils_in(tx, world.organisation, [world.tom])
    with read_door() as db:
        left = set(db.scalars(select(ShownPage.pupil_id).where(ShownPage.contact_id == world.bob)))
        stays = db.scalar(select(Contact.id).where(Contact.id == world.bob)) is not None
    assert stays is about_ella
    assert left == ({None, world.ella} if about_ella else set())
    assert rows(ReachNote) == int(about_ella)
