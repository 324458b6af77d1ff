"""The school's settings on their pages: what holds, changing it from a day on, and what is planned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from tests.factories import TODAY, World, add_staff
from tests.pages import Enter, counted_statements, page
from tests.people.imports.filing import rows_of
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import OrganisationSetting, SchoolSetting
from webapp.people.queries import settings_of
from webapp.people.rules.setting_changes import groups
from webapp.people.rules.settings import AM_REGISTER_CLOSES, AM_REGISTER_OPENS, REGISTRY

SETTINGS = "/staff/hill/settings"
DAY, FIRST = f"{SETTINGS}/day", f"{SETTINGS}/first-day"
NEXT = TODAY + timedelta(days=7)


def change(client: FlaskClient, address: str, **typed: str) -> object:
    return client.post(address, data={**page(client.get(address)).fields(address), **typed})


def of_today(world: World, key: object, on: date = TODAY) -> object:
    with read_door() as db:
        return settings_of(db, world.organisation, world.hill, on)[key]  # type: ignore[index]


def test_every_key_is_listed_with_its_value_and_since_when(keeper: FlaskClient, db: Database) -> None:
    assert sorted(key for group in groups() for key in group.keys) == sorted(REGISTRY)
    assert [group.name for group in groups()][-1] != "other", "give the new setting a group and a title"
    with counted_statements(db) as seen:
        found = page(keeper.get(SETTINGS))
    assert len(seen) <= 12
    assert len(list(found.all(".//tbody/tr"))) == len(REGISTRY)
    assert not [name for name in REGISTRY if name in found.text]
    assert "Morning register opens08:45Since Mon 1 September 2025" in found.text
    assert "Marks that were brought in are too old after20 minutesAs it came: nobody has changed it" in found.text


def test_a_change_holds_from_its_day_on_and_says_who(keeper: FlaskClient, world: World) -> None:
    answer = change(keeper, FIRST, **{"first_day.ring_after_minutes": "25", "effective_from": NEXT.isoformat()})
    assert answer.status_code == 303  # type: ignore[attr-defined]
    ring = REGISTRY["first_day.ring_after_minutes"]
    assert (of_today(world, ring), of_today(world, ring, NEXT)) == (15, 25)
    assert "25 minutes from Tue 23 June 2026" in page(keeper.get(SETTINGS)).text
    history = page(keeper.get(FIRST)).text
    assert "15 minutes (as it came) → 25 minutesTue 23 June 2026Adil Farooq, Tue 16 June 2026 07:40" in history
    (deed,) = rows_of(TrailEntry, TrailEntry.subject_kind == "school_setting")
    assert (deed.action, deed.actor_name, deed.school_id) == ("changed_setting", "Adil Farooq", world.hill)
    assert deed.detail == {
        "key": "first_day.ring_after_minutes", "effective_from": "2026-06-23", "before": "", "value": "25",
    }  # fmt: skip


def test_the_history_tells_school_time(keeper: FlaskClient, school_is_behind: Callable[[timedelta], None]) -> None:
    school_is_behind(timedelta(hours=2, minutes=5))
    change(keeper, FIRST, **{"first_day.ring_after_minutes": "25"})
    assert "Adil Farooq, Tue 16 June 2026 05:35" in page(keeper.get(FIRST)).text


def test_a_change_of_today_holds_at_once_where_it_was_read_before(keeper: FlaskClient, world: World) -> None:
    assert str(of_today(world, AM_REGISTER_CLOSES)) == "09:15:00"
    typed = {"register.am.opens": "09:00", "register.am.closes": "09.30"}
    assert change(keeper, DAY, **typed).status_code == 303  # type: ignore[attr-defined]
    assert str(of_today(world, AM_REGISTER_CLOSES)) == "09:30:00"
    assert str(of_today(world, AM_REGISTER_OPENS)) == "09:00:00"
    assert str(of_today(world, AM_REGISTER_OPENS, TODAY - timedelta(days=1))) == "08:45:00"
    assert "Since Tue 16 June 2026, Adil Farooq" in page(keeper.get(SETTINGS)).text
    # Changed again on the same day: one row, two deeds.
    assert change(keeper, DAY, **{"register.am.closes": "09:20"}).status_code == 303  # type: ignore[attr-defined]
    today = (SchoolSetting.key == "register.am.closes", SchoolSetting.effective_from == TODAY)
    assert [row.value for row in rows_of(SchoolSetting, *today)] == ["09:20"]
    assert len(rows_of(TrailEntry, TrailEntry.subject_kind == "school_setting")) == 3


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"register.am.closes": "quarter past"}, "register.am.closes", "Enter a time with hours and minutes"),
        ({"register.am.closes": "09:50"}, "register.am.closes", "A register may be open for 30 minutes at most"),
        ({"register.am.closes": "06:00"}, "register.am.closes", "Use a time from 07:00 to 12:00"),
        ({"register.kept_in": "paper"}, "register.kept_in", "Use one of these"),
        ({"session.am.ends": "13:30"}, "register.pm.opens", "cannot open before the morning session ends"),
        ({"register.am.closes": "09:10", "effective_from": "2026-06-15"}, "effective_from", "Choose today or a later"),
        (
            {"register.am.closes": "09:10", "effective_from": "2036-06-15"},
            "effective_from",
            "within the next two years",
        ),
        ({"register.am.closes": "09:10", "effective_from": "soon"}, "effective_from", "Write the date as"),
        ({}, "register.am.opens", "This is how it is already"),
    ],
)
def test_what_cannot_be_names_the_field_and_changes_nothing(
    keeper: FlaskClient, typed: dict[str, str], field: str, words: str
) -> None:
    before = rows_of(SchoolSetting)
    answer = change(keeper, DAY, **typed)
    found = page(answer)  # type: ignore[arg-type]
    links = {text: href for text, href in found.links().items() if words in text}
    assert (found.status, list(links.values())) == (422, [f"#{field}"])
    kept = {name: value for name, value in typed.items() if name != "register.kept_in"}
    assert kept.items() <= found.fields(DAY).items()
    assert rows_of(SchoolSetting) == before


def test_two_mistakes_are_both_named(keeper: FlaskClient) -> None:
    found = page(change(keeper, DAY, **{"register.am.opens": "x", "session.pm.ends": "y"}))  # type: ignore[arg-type]
    assert [href for href in found.links().values() if href.startswith(("#r", "#s"))] == [
        "#register.am.opens", "#session.pm.ends",
    ]  # fmt: skip


def test_what_is_planned_must_fit_too(keeper: FlaskClient) -> None:
    typed = {"register.am.closes": "09:00", "effective_from": NEXT.isoformat()}
    assert change(keeper, DAY, **typed).status_code == 303  # type: ignore[attr-defined]
    # 09:05 to 09:15 fits today; next week the register would close before it opens.
    found = page(change(keeper, DAY, **{"register.am.opens": "09:05"}))  # type: ignore[arg-type]
    assert found.status == 422
    assert "must close after it opens. This would be so from 23 June 2026." in found.text


def test_a_plan_is_withdrawn_before_its_day(keeper: FlaskClient, world: World) -> None:
    change(keeper, FIRST, **{"first_day.ring_after_minutes": "25", "effective_from": NEXT.isoformat()})
    fields = page(keeper.get(FIRST)).fields(f"{FIRST}/withdraw")
    assert keeper.post(f"{FIRST}/withdraw", data=fields).status_code == 303
    assert of_today(world, REGISTRY["first_day.ring_after_minutes"], NEXT) == 15
    assert "25 minutes withdrawn" in page(keeper.get(FIRST)).text
    gone = keeper.post(f"{FIRST}/withdraw", data=fields)
    assert gone.status_code == 409
    held = keeper.post(f"{DAY}/withdraw", data={**fields, "key": "register.am.opens", "from": "2025-09-01"})
    assert held.status_code == 422
    assert keeper.post(f"{DAY}/withdraw", data=fields).status_code == 404


def test_two_people_at_once_and_the_same_form_twice(keeper: FlaskClient, as_staff: Enter, world: World) -> None:
    head = as_staff(world.head)
    mine, hers = (page(client.get(FIRST)).fields(FIRST) for client in (keeper, head))
    mine |= {"first_day.ring_after_minutes": "25"}
    assert [keeper.post(FIRST, data=mine).status_code for _ in range(2)] == [303, 303]
    late = head.post(FIRST, data={**hers, "first_day.ring_after_minutes": "5"})
    assert late.status_code == 409
    assert page(late).fields(FIRST)["first_day.ring_after_minutes"] == "25"
    assert of_today(world, REGISTRY["first_day.ring_after_minutes"]) == 25
    assert len(rows_of(TrailEntry, TrailEntry.subject_kind == "school_setting")) == 1


def test_a_setting_of_the_trust_is_said_and_stays_the_trusts(keeper: FlaskClient, world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(
            OrganisationSetting.__table__.insert().values(  # type: ignore[attr-defined]
                organisation_id=world.organisation, key="link.hours", effective_from=date(2025, 9, 1), value="24"
            )
        )
    assert (
        "A link in a text works for24 hoursSince Mon 1 September 2025, for the whole trust"
        in page(keeper.get(SETTINGS)).text
    )
    change(keeper, f"{SETTINGS}/messages", **{"link.hours": "12"})
    assert [row.value for row in rows_of(OrganisationSetting)] == ["24"]
    assert of_today(world, REGISTRY["link.hours"]) == 12


def test_who_may_and_whose_school(keeper: FlaskClient, as_staff: Enter, world: World) -> None:
    assert as_staff(world.officer).get(SETTINGS).status_code == 403
    assert as_staff(world.vale_officer).get(SETTINGS).status_code == 404
    assert keeper.get(f"{SETTINGS}/nothing").status_code == 404
    with unit_of_work() as tx:
        vale = add_staff(tx, world.organisation, world.vale, "Vic", "Vale", "Data manager", "administrator")
    at_vale = as_staff(vale)
    change(at_vale, "/staff/vale/settings/first-day", **{"first_day.ring_after_minutes": "40"})
    assert of_today(world, REGISTRY["first_day.ring_after_minutes"]) == 15
