"""Pupils as visitors: whose number is a pupil's own, and what is left to the parents of one who answers for themselves.

A pupil comes in only with a number or address that nobody else holds: a number that a parent shares proves the parent,
and a number that changed hands proves nobody. ``people.rules.own_voice`` says who is of age; the statement here says
the same in SQL, so that asking for a code costs one statement whoever asks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from webapp.accounts.models import Session, SessionContact
from webapp.people.models import (
    Contact,
    ContactPoint,
    Enrolment,
    OrganisationSetting,
    Pupil,
    PupilContact,
    SchoolSetting,
)
from webapp.people.queries import settings_of
from webapp.people.rules.own_voice import (
    ADULT,
    ParentsSee,
    SignOut,
    born_by,
    first_of,
    left_to_parents,
    may_sign_out,
    parents_see,
    rights_of,
)
from webapp.people.rules.rights import Link, Rights
from webapp.people.rules.settings import PUPIL_REPORTS_FROM_AGE

_ON: Any = bindparam("own_on", type_=Enrolment.starts_on.type)


def _value(table: type[Any], *of: ColumnElement[bool]) -> Any:
    """The setting as one table has it on the day."""
    return (
        select(table.value)
        .where(*of, table.key == PUPIL_REPORTS_FROM_AGE.name, table.effective_from <= _ON)
        .order_by(table.effective_from.desc())
        .limit(1)
        .correlate(Enrolment)
        .scalar_subquery()
    )


_SCHOOL_SAYS = func.coalesce(
    _value(
        SchoolSetting,
        SchoolSetting.organisation_id == Enrolment.organisation_id, SchoolSetting.school_id == Enrolment.school_id,
    ),
    _value(OrganisationSetting, OrganisationSetting.organisation_id == Enrolment.organisation_id),
    "never",
)  # fmt: skip
_OWN = and_(
    PupilContact.organisation_id == ContactPoint.organisation_id, PupilContact.contact_id == ContactPoint.contact_id,
    PupilContact.is_pupil,
)  # fmt: skip
_IS_OWN = exists().where(_OWN).correlate(ContactPoint)
_OF_AGE = (
    select(Enrolment.id)
    .select_from(PupilContact)
    .join(Pupil, and_(Pupil.organisation_id == PupilContact.organisation_id, Pupil.id == PupilContact.pupil_id))
    .join(Enrolment, and_(Enrolment.organisation_id == Pupil.organisation_id, Enrolment.pupil_id == Pupil.id))
    .where(
        _OWN, ~PupilContact.do_not_contact,
        or_(PupilContact.starts_on.is_(None), PupilContact.starts_on <= _ON),
        or_(PupilContact.ends_on.is_(None), PupilContact.ends_on >= _ON),
        Enrolment.starts_on <= _ON, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _ON),
        or_(
            and_(_SCHOOL_SAYS == "16", Pupil.date_of_birth <= bindparam("own_16", type_=Pupil.date_of_birth.type)),
            and_(_SCHOOL_SAYS == "18", Pupil.date_of_birth <= bindparam("own_18", type_=Pupil.date_of_birth.type)),
        ),
    )
    .correlate(ContactPoint)
    .exists()
)  # fmt: skip
_another = aliased(ContactPoint)
_IS_SHARED = (
    exists()
    .where(
        _another.value == ContactPoint.value, _another.state != "bad",
        or_(
            _another.organisation_id != ContactPoint.organisation_id,
            _another.contact_id != ContactPoint.contact_id,
        ),
    )
    .correlate(ContactPoint)
)  # fmt: skip
MAY_ENTER: ColumnElement[bool] = or_(~_IS_OWN, and_(_OF_AGE, ~_IS_SHARED))
"""Of a row of ``ContactPoint``: an adult's, or the own and only number of a pupil who may answer for themselves. Its
parameters are ``on_the_day``'s."""
_SHARED = select(
    exists().where(
        ContactPoint.value == bindparam("value"), ContactPoint.state != "bad",
        or_(
            ContactPoint.organisation_id != bindparam("organisation_id"),
            ContactPoint.contact_id != bindparam("contact_id"),
        ),
    )
)  # fmt: skip
_CHOICE = (
    select(Contact.parents_see)
    .join(
        PupilContact,
        and_(PupilContact.organisation_id == Contact.organisation_id, PupilContact.contact_id == Contact.id),
    )
    .where(
        PupilContact.organisation_id == bindparam("organisation_id"), PupilContact.pupil_id == bindparam("pupil_id"),
        PupilContact.is_pupil,
    )
    .limit(1)
)  # fmt: skip


def on_the_day(on: date) -> dict[str, date]:
    """The parameters of ``MAY_ENTER``."""
    return {"own_on": on, "own_16": born_by(on, 16), "own_18": born_by(on, ADULT)}


def is_shared(db: Connection, organisation_id: int, contact_id: int, value: str) -> bool:
    """True if anybody else, of any organisation, holds the number or address."""
    keys = {"organisation_id": organisation_id, "contact_id": contact_id, "value": value}
    return bool(db.scalar(_SHARED, keys))


def own_choice(db: Connection, organisation_id: int, pupil_id: int) -> str:
    """What the pupil themselves says that their parents see; empty where they have said nothing."""
    return db.scalar(_CHOICE, {"organisation_id": organisation_id, "pupil_id": pupil_id}) or ""


@dataclass(frozen=True, slots=True)
class Said:
    """What holds for a viewer and a child once the school and the pupil have had their say."""

    rights: Rights
    parents_see: ParentsSee = ParentsSee.EVERYTHING
    sign_out: SignOut = SignOut.NO


def what_school_says(
    db: Connection, rights: Rights, organisation_id: int, born: date, on: date, schools: Collection[int]
) -> Said:
    """The rights of a pupil's own link, and what is left of a parent's, at the schools where the pupil is on roll.

    Of two schools that say different things, the one that lets the pupil do more, and the parents see less. For who is
    not over compulsory school age nothing is asked of the database.
    """
    if born > born_by(on, 16):
        return Said(rights)
    every = [settings_of(db, organisation_id, school_id, on) for school_id in schools]
    pupil_id = rights.link.pupil_id
    choice = own_choice(db, organisation_id, pupil_id) if born <= born_by(on, ADULT) else ""
    see = first_of(parents_see(born, on, settings, choice) for settings in every)
    if not rights.link.is_pupil:
        return Said(replace(rights, allowed=left_to_parents(rights, see)), see)
    held = max((rights_of(rights.link, (), on, born, each) for each in every), key=lambda one: len(one.allowed))
    ways = [may_sign_out(born, on, each) for each in every]
    return Said(held, see, next((way for way in ways if way is not SignOut.NO), SignOut.NO))


_SIGNED_IN = (
    select(PupilContact.organisation_id, *(getattr(PupilContact, field.name) for field in fields(Link)))
    .join(
        SessionContact,
        and_(
            SessionContact.organisation_id == PupilContact.organisation_id,
            SessionContact.contact_id == PupilContact.contact_id,
        ),
    )
    .join(Session, Session.id == SessionContact.session_id)
    .where(PupilContact.is_pupil, Session.ended_at.is_(None))
    .distinct()
)


def own_links_signed_in(db: Connection) -> dict[int, list[Link]]:
    """The own links of pupils who have an open session, by organisation; one statement for the service."""
    found: dict[int, list[Link]] = {}
    for row in db.execute(_SIGNED_IN):
        found.setdefault(row[0], []).append(Link(*row[1:]))
    return found
