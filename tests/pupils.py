"""Maya of Vale's sixth form, who answers for herself, and her mother Priya."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert

from tests.factories import FULL_RIGHTS, World, add_contact, add_form, add_pupil, link
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import SchoolSetting
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.services.own_voice import Keeper, set_own_points_in

NUMBER = "+447700900031"
PRIYA = "+447700900032"
SEVENTEEN = date(2009, 3, 10)
ADULT = date(2008, 3, 10)
KEEPER = Actor(ActorKind.STAFF, 1, "Vera Moss", "Attendance officer")


@dataclass(frozen=True)
class Sixth:
    """Ids. ``own`` is Maya as her own contact."""

    maya: int
    enrolment: int
    own: int
    priya: int
    key: str = "pup-1-Maya-Patel"


def add_sixth(
    tx: Connection, world: World, *, born: date = SEVENTEEN, from_age: str = "16", sign_out: str = "reception",
    see: str = "everything", number: str = NUMBER, groups: tuple[str, ...] = (),
) -> Sixth:  # fmt: skip
    """Maya on Vale's roll with her own mobile, her mother at home with every right, and what the school says."""
    org = world.organisation
    form = add_form(tx, org, world.vale, "12A")
    maya, enrolment = add_pupil(
        tx, org, world.vale, "Maya", "Patel", form_id=form, year_group=12, born=born, groups=groups
    )
    priya = add_contact(tx, org, "Priya", "Patel", mobile=PRIYA)
    link(tx, org, maya, priya, "mother", 1, lives_with=True, may_request_leave=True, **FULL_RIGHTS)
    say(tx, world, {"pupils.report_from_age": from_age, "pupils.sign_out": sign_out, "pupils.parents_see": see})
    set_own_points_in(
        tx, Keeper(org, world.vale, KEEPER), maya, [ReadPoint(PointKind.MOBILE, number)], 0
    )
    return Sixth(maya, enrolment, own_of(tx, maya), priya)


def say(tx: Connection, world: World, values: dict[str, str], since: date = date(2025, 9, 1)) -> None:
    tx.execute(
        insert(SchoolSetting),
        [
            {"organisation_id": world.organisation, "school_id": world.vale, "key": key, "effective_from": since,
             "value": value}
            for key, value in values.items()
        ],
    )  # fmt: skip


def own_of(tx: Connection, pupil_id: int) -> int:
    from webapp.people.queries.own_voice import find_own_contact

    held = find_own_contact(tx, 1, pupil_id)
    assert held is not None
    return held.id
